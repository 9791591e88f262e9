import { canonical, type Limits } from './canonical.ts';
import type { FieldDescription, FieldKind, FieldValue, ObjectDescription } from './described.ts';
import type { WriteName } from './entities.ts';
import type { Mapping, WriteField } from './mapping.ts';

/** What Sluice has to say of one record, by write property; a property left out is left alone, null clears the field. */
export type WriteValues = Readonly<Partial<Record<WriteName, FieldValue>>>;

/**
 * The CRM fields to write, in the form in which the CRM will hold them: in its own words, cut to its lengths. Properties
 * that the mapping does not name are dropped. Kinds and lengths come from `description` where given, else from the
 * mapping's `create`.
 */
export function writeFields(
  mapping: Mapping,
  values: WriteValues,
  description?: ObjectDescription | null,
): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {};
  for (const write of mapping.writes) {
    const value = values[write.property];
    if (value === undefined) continue;
    const { kind, limits } = formOf(write, description);
    const word = typeof value === 'string' ? (write.values.get(value) ?? value) : value;
    fields[write.field] = canonical(word, kind, limits);
  }
  return fields;
}

/** What a field can hold. Only texts are cut; the length of a picklist or an id is the CRM's own affair. */
export function limitsOf({ kind, length, scale, values }: FieldDescription): Limits {
  return { length: kind === 'text' ? length : undefined, scale, values };
}

/** How values of a written field are compared: with sameValue this finds our own write coming back. */
export function formOf(
  write: WriteField,
  description?: ObjectDescription | null,
): { readonly kind: FieldKind; readonly limits: Limits } {
  const described = description?.fields.find((field) => field.name === write.field);
  if (described) return { kind: described.kind, limits: limitsOf(described) };
  const kind = write.create?.kind ?? write.kind;
  return {
    kind,
    limits: {
      length: kind === 'text' ? write.create?.length : undefined,
      scale: kind === 'number' ? (write.create?.scale ?? 0) : undefined,
      values: write.create?.values,
    },
  };
}
