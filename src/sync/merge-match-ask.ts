/** Questions about records that may be a lead's: several that match, or one that the CRM itself takes for a duplicate. */
import { sql } from 'kysely';
import type { Outcome } from '../../connectors/connector.ts';
import { idOf } from '../model/ids.ts';
import { among } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { askReview, type Review } from '../store/errors.ts';
import type { Connection } from './environment.ts';
import { type Creating, type Creation, creatingIn } from './merge-creates.ts';
import type { OutboxRow } from './outbox.ts';

/** The question which of several records is the lead's, or whether it is any. */
export function matchReview(
  { connection, stream }: Creating,
  row: Pick<Creation, 'link_id' | 'person_id'>,
  records: readonly { readonly object: string; readonly id: string }[],
): Review {
  const candidates = records.map(({ object, id }) => ({ object, id }));
  const names = candidates.map(({ object, id }) => `${object} ${id}`).join(', ');
  return {
    id: idOf('rv', 'match', row.link_id, ...candidates.map(({ id }) => id)),
    kind: 'match',
    subject: { person: row.person_id, connection: connection.name, creation: row.link_id, candidates },
    why: `Before a ${stream.spec.object} is made in ${connection.name} for ${row.person_id}: is it ${names}?`,
  };
}

/** The records among these that are known to be somebody's. */
export async function linkedPersons(db: Queryable, connection: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ object: string; id: string }>`select object, record_id as id from links
    where connection = ${connection} and entity = 'person' and record_id = any(${ids}::text[])`.execute(db);
  return new Set(rows.map((row) => `${row.object} ${row.id}`));
}

/**
 * Asks about a record that the CRM refused to make because it takes it for another one: where that is one record alone, and
 * nobody else's, it may be the lead's.
 */
export async function askOfDuplicates(
  tx: Queryable,
  connection: Connection,
  object: string,
  outcomes: readonly Outcome[],
  rows: ReadonlyMap<string, OutboxRow>,
  at: string,
): Promise<void> {
  const creating = creatingIn(connection).find(({ stream }) => stream.spec.object === object);
  if (creating === undefined) return;
  const refused = outcomes.flatMap((outcome) => {
    const row = rows.get(outcome.key);
    if (outcome.status !== 'reject' || row === undefined || row.recordId !== null) return [];
    const [only, ...others] = outcome.duplicateOf ?? [];
    return only !== undefined && others.length === 0 ? [{ linkId: row.rowKey, id: only }] : [];
  });
  if (refused.length === 0) return;
  const taken = await linkedPersons(
    tx,
    connection.name,
    refused.map(({ id }) => id),
  );
  const creations = await tx
    .selectFrom('creations')
    .select(['link_id', 'person_id'])
    .where(
      among(
        'link_id',
        refused.map(({ linkId }) => linkId),
      ),
    )
    .execute();
  const reviews = creations.flatMap((row) => {
    const id = refused.find(({ linkId }) => linkId === row.link_id)?.id;
    if (id === undefined || taken.has(`${object} ${id}`)) return [];
    return [matchReview(creating, row, [{ object, id }])];
  });
  await askReview(tx, reviews, at);
}
