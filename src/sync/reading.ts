import { setImmediate } from 'node:timers/promises';
import type { Page } from '../../connectors/connector.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { appliesTo, type EntityRead, readEntity } from '../mapping/read.ts';
import type { Associations, Change, Fields } from './compare.ts';
import type { Stream } from './environment.ts';

interface Readings {
  readonly associations: Associations | null;
  readonly byMapping: Map<Mapping, EntityRead>;
}

const readings = new WeakMap<Fields, Readings>();

/** Records read in one go; then whoever waits for an answer of the database gets a turn. */
const RECORDS_A_TURN = 200;

/** What a mapping reads from a changed record, as it stands now; worked out once however often it is asked for. */
export function readChange(
  mapping: Mapping,
  object: string,
  change: Pick<Change, 'record' | 'fields' | 'associations'>,
): EntityRead {
  let known = readings.get(change.fields);
  if (known === undefined || known.associations !== change.associations) {
    known = { associations: change.associations, byMapping: new Map() };
    readings.set(change.fields, known);
  }
  let read = known.byMapping.get(mapping);
  if (read === undefined) {
    read = readEntity(mapping, { object, id: change.record.id, fields: change.fields }, change.associations ?? {});
    known.byMapping.set(mapping, read);
  }
  return read;
}

/**
 * Reads the records of a page whose turn has not come, while the database is busy with the one before. Worth its while where
 * hardly any of them is known: a record that is finds no use for it.
 */
export async function readAhead(stream: Stream, page: Page): Promise<void> {
  for (const [place, record] of page.records.entries()) {
    const associations = record.associations ?? null;
    // Those that are still to be asked for belong to the reading.
    if (record.deleted || (associations === null && stream.associations.length > 0)) continue;
    if (place % RECORDS_A_TURN === RECORDS_A_TURN - 1) await setImmediate();
    for (const mapping of stream.mappings) {
      if (appliesTo(mapping, record))
        readChange(mapping, record.object, { record, fields: record.fields, associations });
    }
  }
}
