import { sql } from 'kysely';
import type { EntityValue } from '../../mapping/entities.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { companyKey } from '../company-key.ts';
import type { Changed } from './apply.ts';

/**
 * Keeps what companies are called and their domains; deals of one that is new, or known by another name or
 * domain than before, are looked at again.
 */
export async function applyAccounts(
  tx: Queryable,
  records: readonly Changed<EntityValue<'company'>>[],
  at: string,
): Promise<void> {
  const rows = records.flatMap(({ connection, id, value }) =>
    value === null
      ? []
      : [{ connection, record_id: id, name: value.name, name_key: companyKey(value.name), domain: value.domain }],
  );
  const gone = records.flatMap(({ connection, id, value }) => (value === null ? [{ connection, id }] : []));
  if (gone.length > 0)
    await sql`delete from accounts a using jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as r(connection text, id text)
      where a.connection = r.connection and a.record_id = r.id`.execute(tx);
  if (rows.length === 0) return;
  const given = JSON.stringify(rows);
  const { rows: moved } = await sql<{ id: string }>`
    select o.id from jsonb_to_recordset(${given}::jsonb) as r(connection text, record_id text, name_key text, domain text)
      left join accounts a on a.connection = r.connection and a.record_id = r.record_id
      join opportunities o on o.connection = r.connection and o.account_record = r.record_id
    where a.record_id is null or a.name_key <> r.name_key or a.domain is distinct from r.domain order by 1`.execute(tx);
  await upsert(tx, 'accounts', rows, ['connection', 'record_id']);
  await emit(
    tx,
    moved.map(({ id }) => ({ type: 'opportunity.changed' as const, entity: id })),
    at,
  );
}
