import type { ProvisionField, ProvisionSpec } from './described.ts';
import { answerFields, fieldsOf, type Mapping } from './mapping.ts';

/** What is read of one object, for all mappings on it together. */
export interface MappedStream {
  readonly crm: string;
  readonly object: string;
  /** API names, sorted, so that the same mappings always ask for the same. */
  readonly fields: readonly string[];
  readonly associations: readonly { readonly toObject: string }[];
}

/** One stream an object, with the union of the fields that its mappings read and write. */
export function streamsOf(mappings: readonly Mapping[]): MappedStream[] {
  const streams = new Map<string, { crm: string; object: string; fields: Set<string>; to: Set<string> }>();
  for (const mapping of mappings) {
    const key = `${mapping.crm} ${mapping.object}`;
    const stream = streams.get(key) ?? { crm: mapping.crm, object: mapping.object, fields: new Set(), to: new Set() };
    for (const field of fieldsOf(mapping)) stream.fields.add(field);
    for (const association of mapping.associations) stream.to.add(association.toObject);
    streams.set(key, stream);
  }
  return [...streams.values()].map(({ crm, object, fields, to }) => ({
    crm,
    object,
    fields: [...fields].sort(),
    associations: [...to].sort().map((toObject) => ({ toObject })),
  }));
}

/** The fields and custom objects that the mappings ask to be created, in one CRM: pass the mappings of that CRM. */
export function provisionSpecOf(mappings: readonly Mapping[]): ProvisionSpec {
  const objects = new Map<string, ProvisionSpec['objects'][number]>();
  const fields = new Map<string, ProvisionField>();
  for (const mapping of mappings) {
    if (mapping.create) objects.set(mapping.object, { name: mapping.object, ...mapping.create });
    const read = mapping.sources.map(({ fields: [field = ''], create }) => ({ field, create }));
    for (const { field, create } of [...read, ...mapping.writes, ...answerFields(mapping)]) {
      if (create) fields.set(`${mapping.object}.${field}`, { object: mapping.object, name: field, ...create });
    }
  }
  return { objects: [...objects.values()], fields: [...fields.values()] };
}
