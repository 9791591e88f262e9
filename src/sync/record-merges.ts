/** Merges of records in a CRM, told by the loser (`mergedInto`) or by the survivor (`absorbed`), whichever is read first. */
import { sql } from 'kysely';
import type { CrmRecord, Page } from '../../connectors/connector.ts';
import { type MergedRecord, unitePeople } from '../leads/service/unite-people.ts';
import { followMergedRecords, type MergedReference } from '../revenue/service/follow-merges.ts';
import type { Queryable } from '../store/database.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { peoplePorts } from './people-ports.ts';
import { type Shadow, streamKey } from './shadows.ts';

/** A merge, with what the object holds. */
export interface RecordMerge extends MergedRecord {
  readonly entities: readonly string[];
}

/** Ids that survivors on the page say they absorbed: their shadows are wanted too. */
export function absorbedIds(page: Page): string[] {
  return page.records.flatMap((record) => record.absorbed ?? []);
}

/** The page with a deleted record for each one that a survivor absorbed and that was thought alive. */
export function withAbsorbed(page: Page, shadows: ReadonlyMap<string, Shadow>): Page {
  const onPage = new Set(page.records.map((record) => record.id));
  const gone = page.records.flatMap((survivor) =>
    (survivor.absorbed ?? []).flatMap((id): CrmRecord[] => {
      const shadow = shadows.get(id);
      if (!shadow || shadow.deleted || onPage.has(id)) return [];
      const { object } = survivor;
      return [{ object, id, fields: {}, modifiedAt: shadow.modified_at, deleted: true, mergedInto: survivor.id }];
    }),
  );
  return gone.length === 0 ? page : { ...page, records: [...page.records, ...gone] };
}

/** The merges that a page tells of, of records that are known. */
export function mergesOn(
  { connection, stream, page }: { readonly connection: Connection; readonly stream: Stream; readonly page: Page },
  shadows: ReadonlyMap<string, ReadonlyMap<string, Shadow>>,
): RecordMerge[] {
  const known = shadows.get(streamKey({ connection: connection.name, object: stream.spec.object }));
  const merge = (loser: string, survivor: string): RecordMerge[] =>
    loser === survivor || !known?.has(loser)
      ? []
      : [
          {
            connection: connection.name,
            object: stream.spec.object,
            loser,
            survivor,
            entities: stream.mappings.map((mapping) => mapping.entity),
          },
        ];
  return page.records.flatMap((record) => [
    ...(record.deleted && record.mergedInto !== undefined ? merge(record.id, record.mergedInto) : []),
    ...(record.absorbed ?? []).flatMap((id) => merge(id, record.id)),
  ]);
}

/** Follows merges that are not known yet, in the caller's transaction, after the shadows and before the entities. */
export async function followMerges(
  env: Environment,
  tx: Queryable,
  told: readonly RecordMerge[],
  at: string,
): Promise<void> {
  if (told.length === 0) return;
  // A merge may be told twice on one page: by its loser and by its survivor.
  const once = new Map(told.map((merge) => [`${merge.connection} ${merge.object} ${merge.loser}`, merge]));
  const rows = JSON.stringify([...once.values()]);
  const { rows: fresh } = await sql<{ connection: string; object: string; loser: string }>`
    insert into record_merges (connection, object, record_id, into_id, at)
    select connection, object, loser, survivor, ${at}::timestamptz from jsonb_to_recordset(${rows}::jsonb)
      as r(connection text, object text, loser text, survivor text)
    on conflict (record_id, object, connection) do update set into_id = excluded.into_id, at = excluded.at
      where record_merges.into_id <> excluded.into_id
    returning connection, object, record_id as loser`.execute(tx);
  const merges = fresh.flatMap(({ connection, object, loser }) => once.get(`${connection} ${object} ${loser}`) ?? []);
  if (merges.length === 0) return;
  await unitePeople(
    tx,
    merges.filter(({ entities }) => entities.includes('person')),
    peoplePorts(env),
    at,
  );
  await followMergedRecords(tx, merges.flatMap(referencesOf), at);
}

function referencesOf(merge: RecordMerge): MergedReference[] {
  const { connection, object, loser, survivor, entities } = merge;
  const kinds = new Set(
    entities.flatMap((entity): MergedReference['entity'][] => {
      if (entity === 'person' || entity === 'opportunity') return [entity];
      return entity === 'company' || entity === 'partner' ? ['company'] : [];
    }),
  );
  return [...kinds].map((entity) => ({ connection, object, loser, survivor, entity }));
}
