/** The history of a record: every value of a field that was overwritten, with when, by whom and why. */
import { sql } from 'kysely';
import { among } from './bulk.ts';
import type { Queryable } from './database.ts';

type Scalar = string | number | boolean | null;

export interface Overwritten {
  readonly connection: string;
  readonly object: string;
  readonly recordId: string;
  readonly field: string;
  /** The value that is lost. */
  readonly before: Scalar;
  /** The value that took its place. */
  readonly after: Scalar;
  /** Whose value stands: the CRM's or the channel's. */
  readonly winner: 'crm' | 'channel';
  readonly policy: string;
  readonly why: string;
}

/** Adds to the history, under the run that is at work. */
export async function remember(tx: Queryable, changes: readonly Overwritten[], at: string): Promise<void> {
  if (changes.length === 0) return;
  const rows = JSON.stringify(changes.map(({ recordId, ...change }) => ({ ...change, record_id: recordId })));
  await sql`insert into history (connection, object, record_id, field, before, after, winner, policy, why, at, run)
    select r.connection, r.object, r.record_id, r.field, r.before, r.after, r.winner, r.policy, r.why, ${at}::timestamptz,
      (select id from runs where status = 'running' order by started_at desc, id desc limit 1)
    from jsonb_to_recordset(${rows}::jsonb) as r(connection text, object text, record_id text, field text, before jsonb,
      after jsonb, winner text, policy text, why text)`.execute(tx);
}

export interface HistoryEntry extends Overwritten {
  readonly at: string;
  readonly run: string | null;
}

/** What was overwritten in the records of a lead, newest first, at most `limit` of it. */
export async function historyOfLead(db: Queryable, leadId: string, limit: number): Promise<HistoryEntry[]> {
  const links = await db
    .selectFrom('links')
    .innerJoin('leads', 'leads.person_id', 'links.entity_id')
    .select(['links.connection', 'links.object', 'links.record_id'])
    .where('leads.id', '=', leadId)
    .execute();
  const mine = new Set(links.map((link) => `${link.connection} ${link.object} ${link.record_id}`));
  const rows = await db
    .selectFrom('history')
    .selectAll()
    .where(
      among(
        'record_id',
        links.map((link) => link.record_id),
      ),
    )
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows
    .filter((row) => mine.has(`${row.connection} ${row.object} ${row.record_id}`))
    .map((row) => ({
      connection: row.connection,
      object: row.object,
      recordId: row.record_id,
      field: row.field,
      before: row.before as Scalar,
      after: row.after as Scalar,
      winner: row.winner as Overwritten['winner'],
      policy: row.policy,
      why: row.why,
      at: row.at,
      run: row.run,
    }));
}
