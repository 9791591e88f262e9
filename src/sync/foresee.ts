/** What a CRM would refuse of a write, as far as its described schema tells. */
import type { FieldDescription, FieldValue, ObjectDescription } from '../../connectors/connector.ts';
import { counted } from '../leads/text.ts';

export type ForeseenCode =
  | 'NO_SUCH_FIELD'
  | 'READ_ONLY'
  | 'NOT_A_VALUE'
  | 'CANNOT_BE_HELD'
  | 'TOO_LONG'
  | 'REQUIRED_MISSING';

export interface Foreseen {
  readonly code: ForeseenCode;
  readonly field: string;
  /** Says nothing of the record's contents. */
  readonly message: string;
}

const byName = new WeakMap<ObjectDescription, ReadonlyMap<string, FieldDescription>>();

export function fieldNamed(description: ObjectDescription, name: string): FieldDescription | undefined {
  let fields = byName.get(description);
  if (fields === undefined) {
    fields = new Map(description.fields.map((field) => [field.name.toLowerCase(), field]));
    byName.set(description, fields);
  }
  return fields.get(name.toLowerCase());
}

/** What would be refused of a row; nothing where the CRM does not describe the object. */
export function foresee(
  description: ObjectDescription | null,
  fields: Readonly<Record<string, FieldValue>>,
  isCreate: boolean,
): Foreseen[] {
  if (description === null) return [];
  const found = Object.entries(fields).flatMap(([name, value]) => refusalOf(description, name, value) ?? []);
  if (!isCreate) return found;
  const given = new Set(
    Object.entries(fields)
      .filter(([, value]) => value !== null)
      .map(([name]) => name.toLowerCase()),
  );
  const missing = description.fields
    .filter((field) => field.required === true && field.writable && !given.has(field.name.toLowerCase()))
    .map(
      (field): Foreseen => ({
        code: 'REQUIRED_MISSING',
        field: field.name,
        message: `${description.object} cannot be created without ${field.name}`,
      }),
    );
  return [...found, ...missing];
}

function refusalOf(description: ObjectDescription, name: string, value: FieldValue): Foreseen | null {
  const field = fieldNamed(description, name);
  if (field === undefined)
    return { code: 'NO_SUCH_FIELD', field: name, message: `${description.object} has no field ${name}` };
  if (!field.writable) {
    return {
      code: 'READ_ONLY',
      field: name,
      message: `${name} of ${description.object} cannot be written by this user`,
    };
  }
  if (value === null) return null;
  if (field.values !== undefined && typeof value === 'string') {
    const allowed = new Set(field.values);
    const given = field.kind === 'multipicklist' ? value.split(';') : [value];
    if (given.some((each) => each !== '' && !allowed.has(each))) {
      return {
        code: 'NOT_A_VALUE',
        field: name,
        message: `${name} of ${description.object} takes only the values of its list, and this is none of them`,
      };
    }
  }
  if (field.length !== undefined && typeof value === 'string' && [...value].length > field.length) {
    return {
      code: 'TOO_LONG',
      field: name,
      message: `${name} of ${description.object} holds ${counted(field.length, 'character', 'characters')}, and this has more`,
    };
  }
  return null;
}
