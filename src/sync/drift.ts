/**
 * What a CRM's administrators changed about fields that Sluice uses, by the schema as it was when everything fitted and as it
 * is now. A field that no longer fits is paused, not the sync. Pure.
 */
import type { FieldDescription, ObjectDescription } from '../../connectors/connector.ts';
import { counted } from '../leads/text.ts';
import { sharedSources } from '../mapping/compile-shared.ts';
import { fieldsOf, keyOf, type Mapping } from '../mapping/mapping.ts';
import { fieldNamed } from './foresee.ts';

export type DriftCode =
  | 'OBJECT_REMOVED'
  | 'FIELD_REMOVED'
  | 'TYPE_CHANGED'
  | 'READ_ONLY'
  | 'NOT_UNIQUE'
  | 'NARROWED'
  | 'MADE_REQUIRED'
  | 'VALUES_REMOVED'
  | 'RESTRICTED';

export interface Drift {
  readonly object: string;
  /** Null: the whole object. */
  readonly field: string | null;
  readonly code: DriftCode;
  readonly message: string;
  readonly hint: string;
  readonly pauses: Pause;
}

/** What stands still meanwhile. A value that a list lacks is held by itself, the field goes on. */
type Pause = 'reading and writing' | 'writing' | 'nothing';

export const PAUSES: Readonly<Record<DriftCode, Pause>> = {
  OBJECT_REMOVED: 'reading and writing',
  FIELD_REMOVED: 'reading and writing',
  TYPE_CHANGED: 'reading and writing',
  READ_ONLY: 'writing',
  NOT_UNIQUE: 'writing',
  NARROWED: 'writing',
  MADE_REQUIRED: 'writing',
  VALUES_REMOVED: 'nothing',
  RESTRICTED: 'nothing',
};

/** Finds what has drifted of one object. `before`: as it was when the mappings fitted. */
export function driftOf(
  mappings: readonly Mapping[],
  before: ObjectDescription,
  now: ObjectDescription | null,
): Drift[] {
  if (now === null) {
    return [
      {
        object: before.object,
        field: null,
        code: 'OBJECT_REMOVED',
        message: `${before.object} is gone, or hidden from the connected user`,
        hint: 'Give it back, or take its mapping out.',
        pauses: PAUSES.OBJECT_REMOVED,
      },
    ];
  }
  const written = new Set(
    mappings.flatMap((mapping) => [
      ...mapping.writes.map((write) => write.field),
      ...mapping.nurture.map(({ field }) => field),
      ...sharedSources(mapping).flatMap((source) => source.fields),
    ]),
  );
  const keys = new Set(mappings.flatMap((mapping) => keyOf(mapping)?.field ?? []));
  const used = [...new Set(mappings.flatMap(fieldsOf))].sort();
  return used.flatMap((name): Drift[] => {
    const was = fieldNamed(before, name);
    if (was === undefined) return [];
    const found = changeOf(was, before, now, { isWritten: written.has(name), isKey: keys.has(name) });
    return found === null ? [] : [{ object: before.object, field: name, ...found, pauses: PAUSES[found.code] }];
  });
}

type Found = Omit<Drift, 'object' | 'field' | 'pauses'>;

function changeOf(
  was: FieldDescription,
  before: ObjectDescription,
  now: ObjectDescription,
  use: { readonly isWritten: boolean; readonly isKey: boolean },
): Found | null {
  const { name } = was;
  const is = fieldNamed(now, name);
  if (is === undefined) {
    const heir = renamedTo(was, before, now);
    return {
      code: 'FIELD_REMOVED',
      message: `${name} of ${before.object} is gone, or hidden from the connected user`,
      hint:
        heir === null
          ? 'Give it back, or take it out of the mapping.'
          : `It may now be ${heir.name} ("${heir.label}"): name that one in the mapping, or give the old one back.`,
    };
  }
  if (is.kind !== was.kind) {
    return {
      code: 'TYPE_CHANGED',
      message: `${name} of ${before.object} was a ${was.kind} field and is now a ${is.kind} field`,
      hint: 'Change it back, or see that the mapping fits what it is now and accept it with `sluice errors resend`.',
    };
  }
  return use.isWritten ? writingChangeOf(was, is, before.object, use.isKey) : null;
}

function writingChangeOf(was: FieldDescription, is: FieldDescription, object: string, isKey: boolean): Found | null {
  const what = `${was.name} of ${object}`;
  const accept = 'or accept it as it is with `sluice errors resend`';
  if (was.writable && !is.writable) {
    return {
      code: 'READ_ONLY',
      message: `${what} can no longer be written by the connected user`,
      hint: `Give the user edit access to the field, ${accept}.`,
    };
  }
  if (isKey && was.unique && !is.unique) {
    return {
      code: 'NOT_UNIQUE',
      message: `${what} is no longer unique, so that it no longer names one record`,
      hint: 'Make it unique again: records are found by it.',
    };
  }
  if (less(is.length, was.length) || less(is.scale, was.scale)) {
    const size = less(is.length, was.length)
      ? `${counted(is.length ?? 0, 'character', 'characters')}${was.length === undefined ? '' : ` instead of ${was.length}`}`
      : `${counted(is.scale ?? 0, 'decimal', 'decimals')}${was.scale === undefined ? '' : ` instead of ${was.scale}`}`;
    return {
      code: 'NARROWED',
      message: `${what} now takes ${size}`,
      hint: `Widen it again, ${accept}; longer values are then cut.`,
    };
  }
  if (is.required === true && was.required !== true) {
    return {
      code: 'MADE_REQUIRED',
      message: `${what} must now always hold a value, and Sluice writes it empty at times`,
      hint: `Make it optional again, ${accept}.`,
    };
  }
  if (is.values === undefined) return null;
  if (was.values === undefined) {
    return {
      code: 'RESTRICTED',
      message: `${what} now takes only the values of its list`,
      hint: `Add to the list what Sluice writes, ${accept}. Values that it lacks are held back meanwhile.`,
    };
  }
  const allowed = new Set(is.values);
  const gone = was.values.filter((value) => !allowed.has(value));
  if (gone.length === 0) return null;
  return {
    code: 'VALUES_REMOVED',
    message: `${what} no longer takes ${gone.map((value) => `"${value}"`).join(', ')}`,
    hint: `Add them again, translate them in the mapping, ${accept}. They are held back meanwhile.`,
  };
}

/** Whether a limit became tighter; none is the widest. */
function less(now: number | undefined, before: number | undefined): boolean {
  return now !== undefined && (before === undefined || now < before);
}

/** A field that came when this one went, of its kind and under its label or nearly its name. */
function renamedTo(was: FieldDescription, before: ObjectDescription, now: ObjectDescription): FieldDescription | null {
  const added = now.fields.filter((field) => fieldNamed(before, field.name) === undefined && field.kind === was.kind);
  const bare = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]|__c$/g, '');
  return (
    added.find((field) => field.label.toLowerCase() === was.label.toLowerCase()) ??
    added.find((field) => bare(field.name).includes(bare(was.name)) || bare(was.name).includes(bare(field.name))) ??
    (added.length === 1 ? (added[0] ?? null) : null)
  );
}

/** The schema to hold the next description against: what drifted stays as it was, until it is mended or accepted. */
export function baselineOf(
  before: ObjectDescription,
  now: ObjectDescription | null,
  drifts: readonly Drift[],
): ObjectDescription {
  if (now === null) return before;
  const drifted = new Set(drifts.flatMap(({ field }) => field?.toLowerCase() ?? []));
  const kept = before.fields.filter((field) => drifted.has(field.name.toLowerCase()));
  return { ...now, fields: [...now.fields.filter((field) => !drifted.has(field.name.toLowerCase())), ...kept] };
}
