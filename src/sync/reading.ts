import type { Mapping } from '../mapping/mapping.ts';
import { type EntityRead, readEntity } from '../mapping/read.ts';
import type { Change } from './compare.ts';

const readings = new WeakMap<Change, Map<Mapping, EntityRead>>();

/** What a mapping reads from a changed record, as it stands now; worked out once however often it is asked for. */
export function readChange(mapping: Mapping, object: string, change: Change): EntityRead {
  let known = readings.get(change);
  if (known === undefined) {
    known = new Map();
    readings.set(change, known);
  }
  let read = known.get(mapping);
  if (read === undefined) {
    read = readEntity(mapping, { object, id: change.record.id, fields: change.fields }, change.associations ?? {});
    known.set(mapping, read);
  }
  return read;
}
