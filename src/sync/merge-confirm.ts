/** What confirmed writes of shared fields leave behind: which values they cost, and what the CRM is to hold from now on. */
import { sql } from 'kysely';
import type { FieldValue } from '../mapping/described.ts';
import type { Queryable } from '../store/database.ts';
import { type Overwritten, remember } from '../store/history.ts';
import type { Connection, Environment } from './environment.ts';
import { sharedPlan } from './merge-plan.ts';

/** Notes which shared fields now hold what Sluice wrote, and which values that cost. Called before the shadows move. */
export async function noteSharedWrites(
  env: Environment,
  tx: Queryable,
  connection: Connection,
  object: string,
  written: readonly { readonly id: string; readonly fields: Readonly<Record<string, FieldValue>> }[],
  at: string,
): Promise<void> {
  const plan = sharedPlan(env.connections);
  if (plan === null) return;
  const byField = new Map(
    plan.fieldsOf(connection.name, object).flatMap((each) => (each.policy === 'crm' ? [] : [[each.field, each]])),
  );
  const writes = written.flatMap(({ id, fields }) =>
    Object.entries(fields).flatMap(([field, value]) => {
      const shared = byField.get(field);
      return shared ? [{ id, shared, value }] : [];
    }),
  );
  if (writes.length === 0) return;
  const ids = [...new Set(writes.map(({ id }) => id))];
  const before = await sql<{
    id: string;
    fields: Record<string, FieldValue>;
    held: Record<string, { why: string }> | null;
  }>`
    select r.id, r.fields, s.held from records r
    left join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
    left join shared_values s on s.person_id = l.entity_id
    where r.connection = ${connection.name} and r.object = ${object} and r.id = any(${ids}::text[])`.execute(tx);
  const byId = new Map(before.rows.map((row) => [row.id, row]));
  const place = { connection: connection.name, object };
  const rows = writes.map(({ id, shared, value }) => ({
    ...place,
    record_id: id,
    field: shared.field,
    ours: value,
    at,
  }));
  await sql`insert into contests (connection, object, record_id, field, ours, last_at)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(connection text, object text, record_id text,
      field text, ours jsonb, at timestamptz)
    on conflict (record_id, field, object, connection) do update set ours = excluded.ours`.execute(tx);
  await remember(
    tx,
    writes.flatMap(({ id, shared, value }): Overwritten[] => {
      const row = byId.get(id);
      const theirs = row?.fields[shared.field] ?? null;
      if (row === undefined || theirs === null || theirs === '') return [];
      const why = row.held?.[shared.property]?.why ?? 'the value that Sluice holds';
      const change = { recordId: id, field: shared.field, before: theirs, after: value };
      return [{ ...place, ...change, winner: 'channel', policy: shared.policy, why }];
    }),
    at,
  );
}
