/** Takes over what CRM records say of products, lines of deals, and partners listed on deals. */
import { sql } from 'kysely';
import type { EntityValue } from '../../mapping/entities.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { type Changed, opportunityId } from './apply.ts';

interface Ref {
  readonly connection: string;
  readonly id: string;
}

export async function applyProducts(
  tx: Queryable,
  records: readonly Changed<EntityValue<'product'>>[],
  at: string,
): Promise<void> {
  // A product that was deleted stays known: lines of closed deals name it.
  const rows = records.flatMap(({ connection, id, value }) =>
    value === null ? [] : [{ connection, record_id: id, name: value.name ?? '(no name)', family: value.family }],
  );
  if (rows.length === 0) return;
  await upsert(tx, 'products', rows, ['connection', 'record_id']);
  const { rows: deals } = await sql<Ref>`
    select distinct l.connection, l.opportunity_record as id from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(connection text, record_id text)
      join line_items l on l.connection = r.connection and l.product_record = r.record_id`.execute(tx);
  await dealsChanged(tx, deals, at);
}

export async function applyLineItems(
  tx: Queryable,
  records: readonly Changed<EntityValue<'lineItem'>>[],
  at: string,
): Promise<void> {
  if (records.length === 0) return;
  const refs = JSON.stringify(records.map(({ connection, id }) => ({ connection, id })));
  const old = await sql<Ref>`
    delete from line_items l using jsonb_to_recordset(${refs}::jsonb) as r(connection text, id text)
    where l.connection = r.connection and l.record_id = r.id
    returning l.connection, l.opportunity_record as id`.execute(tx);
  const rows = records.flatMap(({ connection, id, value }) =>
    value?.opportunity
      ? [
          {
            connection,
            record_id: id,
            opportunity_record: value.opportunity,
            product_record: value.product,
            name: value.name,
            family: value.family,
            quantity: value.quantity,
            amount: value.amount,
            currency: value.currency,
          },
        ]
      : [],
  );
  await upsert(tx, 'line_items', rows, ['connection', 'record_id']);
  const now = rows.map((row) => ({ connection: row.connection, id: row.opportunity_record }));
  await dealsChanged(tx, [...old.rows, ...now], at);
}

/** Partners that a CRM lists on deals, a record each. */
export async function applyListedPartners(
  tx: Queryable,
  records: readonly Changed<EntityValue<'dealPartner'>>[],
  at: string,
): Promise<void> {
  if (records.length === 0) return;
  const refs = JSON.stringify(records.map(({ connection, id }) => ({ connection, id })));
  const old = await sql<Ref>`
    delete from listed_partners l using jsonb_to_recordset(${refs}::jsonb) as r(connection text, id text)
    where l.connection = r.connection and l.record_id = r.id
    returning l.connection, l.opportunity_record as id`.execute(tx);
  const rows = records.flatMap(({ connection, id, value }) =>
    value?.opportunity && value.partner
      ? [
          {
            connection,
            record_id: id,
            opportunity_record: value.opportunity,
            partner_record: value.partner,
            role: value.role,
          },
        ]
      : [],
  );
  await upsert(tx, 'listed_partners', rows, ['connection', 'record_id']);
  const now = rows.map((row) => ({ connection: row.connection, id: row.opportunity_record }));
  await dealsChanged(tx, [...old.rows, ...now], at);
}

async function dealsChanged(tx: Queryable, deals: readonly Ref[], at: string): Promise<void> {
  const ids = [...new Set(deals.map((deal) => opportunityId(deal)))].sort();
  await emit(
    tx,
    ids.map((id) => ({ type: 'opportunity.changed' as const, entity: id })),
    at,
  );
}
