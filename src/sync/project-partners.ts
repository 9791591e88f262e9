/** What the records of partners should show of them: their scores, wherever they differ from the shadow. */
import { sql } from 'kysely';
import type { PartnerScore } from '../insight/service/partner-scores.ts';
import type { FieldValue } from '../mapping/described.ts';
import { writeFields } from '../mapping/write.ts';
import type { Queryable } from '../store/database.ts';
import { holdBack } from './drift-hold.ts';
import type { Environment } from './environment.ts';
import { withoutContested } from './merge-contests.ts';
import { type DesiredWrite, enqueue } from './outbox.ts';
import { different } from './project.ts';

/** Whether any mapping writes to the records of partners. */
export function writesToPartners({ connections }: Environment): boolean {
  return connections.some(({ mappings }) =>
    mappings.some(({ entity, writes }) => entity === 'partner' && writes.length > 0),
  );
}

/** Puts into the outbox what has to change on the records of these partners, in the caller's transaction. */
export async function projectPartners(
  env: Environment,
  tx: Queryable,
  scores: readonly PartnerScore[],
  at: string,
): Promise<void> {
  if (scores.length === 0) return;
  const scoreOf = new Map(scores.map((score) => [score.partnerId, score]));
  const wants: DesiredWrite[] = [];
  for (const connection of env.connections) {
    const mapping = connection.mappings.find(({ entity, writes }) => entity === 'partner' && writes.length > 0);
    const stream = connection.streams.find(({ spec }) => spec.object === mapping?.object && !spec.deleted);
    if (mapping === undefined || stream === undefined) continue;
    const { rows } = await sql<{ partner: string; record: string; fields: Record<string, FieldValue> }>`
      select p.id as partner, p.record_id as record, r.fields from partners p
      join records r on r.connection = p.connection and r.object = ${mapping.object} and r.id = p.record_id and not r.deleted
      where p.connection = ${connection.name} and p.active and p.id = any(${[...scoreOf.keys()]}::text[])
      order by p.id`.execute(tx);
    for (const { partner, record, fields } of rows) {
      const { score = null, rank = null, scoredOn = null } = scoreOf.get(partner) ?? {};
      const wanted = writeFields(mapping, { score, rank, scoredOn }, stream.description);
      wants.push({
        connection: connection.name,
        object: mapping.object,
        rowKey: partner,
        recordId: record,
        external: null,
        fields: different(stream, wanted, fields),
      });
    }
  }
  const none = { isAny: false, problems: [] };
  const writes: DesiredWrite[] = [];
  const settled: DesiredWrite[] = [];
  for (const want of await holdBack(env, tx, await withoutContested(env, tx, wants, at), none, at))
    (Object.keys(want.fields).length > 0 ? writes : settled).push(want);
  await enqueue(tx, writes, settled, at);
}
