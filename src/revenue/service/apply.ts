/** Takes over what CRM records say of campaigns, touches, deals and the people on them. */
import { sql } from 'kysely';
import type { EntityValue } from '../../mapping/entities.ts';
import { idOf } from '../../model/ids.ts';
import { isCurrency, type Money, moneyFrom } from '../../model/money.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit, type NewEvent } from '../../store/events.ts';
import { unifyCampaigns } from '../campaigns.ts';
import { settleCampaignCosts } from './campaign-costs.ts';

interface Ref {
  readonly connection: string;
  readonly object: string;
  readonly id: string;
}

/** A changed record; `value` is null where it was deleted. */
export interface Changed<V> extends Ref {
  readonly value: V | null;
  /** Where else the same thing is known. */
  readonly crossIds?: readonly { readonly crm: string; readonly object: string; readonly id: string }[];
}

/** A touch as its record states it. */
export interface TouchRecord {
  /** The CRM record of the person. */
  readonly subject: { readonly object: string; readonly id: string };
  readonly campaign: { readonly object: string; readonly id: string };
  readonly at: string;
  readonly kind: string;
  /** As the CRM states it, where it does. */
  readonly status?: string | null;
}

/** Applies campaigns and settles anew which records of the CRMs are one campaign. `order`: connections by precedence. */
export async function applyCampaigns(
  tx: Queryable,
  records: readonly Changed<EntityValue<'campaign'>>[],
  order: readonly string[],
  currency: string,
  at: string,
): Promise<void> {
  if (records.length === 0) return;
  for (const gone of records.filter((record) => record.value === null)) {
    await tx
      .deleteFrom('campaign_records')
      .where('connection', '=', gone.connection)
      .where('object', '=', gone.object)
      .where('record_id', '=', gone.id)
      .execute();
  }
  await upsert(
    tx,
    'campaign_records',
    records.flatMap(({ value, connection, object, id, crossIds = [] }) => {
      if (value === null) return [];
      const [same] = crossIds;
      const cost = value.cost === null ? null : moneyFrom(value.cost, value.currency ?? currency);
      return [
        {
          connection,
          object,
          record_id: id,
          campaign_id: '',
          name: value.name ?? '(no name)',
          // A campaign that cost nothing yet has no cost stated: its return is undefined, not infinite.
          cost_minor: cost === null || cost.minor === 0n ? null : cost.minor,
          currency: cost?.currency ?? null,
          same_as: same ? `${same.crm}:${same.id}` : null,
        },
      ];
    }),
    ['connection', 'object', 'record_id'],
    ['name', 'cost_minor', 'currency', 'same_as'],
  );
  const all = await tx.selectFrom('campaign_records').selectAll().orderBy('record_id').execute();
  const byId = new Map(all.map((row) => [idOf('ca', row.connection, row.record_id), row]));
  const kinds = new Map(
    (await tx.selectFrom('connections').select(['name', 'kind']).execute()).map((row) => [row.name, row.kind]),
  );
  const named = new Map(all.map((row) => [`${kinds.get(row.connection) ?? row.connection}:${row.record_id}`, row]));
  const unified = unifyCampaigns(
    [...byId].map(([id, row]) => ({
      id,
      connection: row.connection,
      name: row.name,
      cost:
        row.cost_minor === null || row.currency === null
          ? null
          : { minor: BigInt(row.cost_minor), currency: row.currency },
      sameAs: sameAs(named.get(row.same_as ?? ''), row),
    })),
    order,
  );
  await sql`delete from campaigns`.execute(tx);
  await upsert(
    tx,
    'campaigns',
    unified.map((campaign) => ({
      id: campaign.id,
      name: campaign.name,
      cost_minor: campaign.cost?.minor ?? null,
      currency: campaign.cost?.currency ?? null,
      cost_source: campaign.cost === null ? null : 'campaign',
    })),
    ['id'],
  );
  await upsert(
    tx,
    'campaign_records',
    unified.flatMap((campaign) =>
      campaign.recordIds.flatMap((id) => {
        const row = byId.get(id);
        return row ? [{ ...row, campaign_id: campaign.id }] : [];
      }),
    ),
    ['connection', 'object', 'record_id'],
    ['campaign_id'],
  );
  await settleCampaignCosts(tx);
  await emit(tx, [{ type: 'campaign.changed', entity: 'all' }], at);
}

/** The campaign that a record names as the same; none of its own CRM. */
function sameAs(
  other: { connection: string; record_id: string } | undefined,
  own: { readonly connection: string },
): string | null {
  return other && other.connection !== own.connection ? idOf('ca', other.connection, other.record_id) : null;
}

/** Replaces the touches that came from each of the given records. */
export async function applyTouches(
  tx: Queryable,
  records: readonly (Ref & { readonly touches: readonly TouchRecord[] })[],
  at: string,
): Promise<void> {
  if (records.length === 0) return;
  const streams = [...new Set(records.map(({ connection, object }) => `${connection} ${object}`))];
  const gone = await sql<{
    id: string;
    connection: string;
    subject_object: string;
    subject_id: string;
    at: string;
    campaign_record: string;
    status: string | null;
  }>`
    delete from touches where record_id = any(${records.map(({ id }) => id)}::text[])
      and connection || ' ' || object = any(${streams}::text[])
    returning id, connection, subject_object, subject_id, at, campaign_record, status`.execute(tx);
  const rows = records.flatMap((record) =>
    record.touches.map((touch, place) => ({
      id: idOf('to', record.connection, record.object, record.id, String(place)),
      connection: record.connection,
      object: record.object,
      record_id: record.id,
      subject_object: touch.subject.object,
      subject_id: touch.subject.id,
      campaign_object: touch.campaign.object,
      campaign_record: touch.campaign.id,
      at: touch.at,
      kind: touch.kind,
      status: touch.status ?? null,
    })),
  );
  await upsert(tx, 'touches', rows, ['id']);
  // A record that was read again for another reason has the touches it had: nobody needs to hear of them.
  const told = (touch: (typeof gone.rows)[number]) =>
    `${touch.id} ${touch.at} ${touch.campaign_record} ${touch.subject_id} ${touch.status ?? ''}`;
  const before = new Set(gone.rows.map(told));
  const after = new Set(rows.map(told));
  const moved = [
    ...gone.rows.filter((touch) => !after.has(told(touch))),
    ...rows.filter((touch) => !before.has(told(touch))),
  ];
  if (moved.length === 0) return;
  const subjects = JSON.stringify(
    moved.map((touch) => ({ connection: touch.connection, object: touch.subject_object, id: touch.subject_id })),
  );
  const people = await sql<{ person: string }>`
    select distinct l.entity_id as person from jsonb_to_recordset(${subjects}::jsonb) as r(connection text, object text, id text)
    join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
    order by 1`.execute(tx);
  await emit(
    tx,
    people.rows.map((row): NewEvent => ({ type: 'touch.changed', entity: row.person })),
    at,
  );
}

/** What the store keeps of a deal: the mapped values, amounts as decimal text. */
export interface OpportunityFacts {
  readonly name: string;
  readonly amount: string | null;
  readonly currency: string;
  readonly stage: string;
  readonly isClosed: boolean;
  readonly isWon: boolean;
  readonly closeDate: string | null;
  /** ISO instant or calendar date; left out or null: the CRM does not say. */
  readonly createdAt?: string | null;
  /** Record id of the partner that the deal names, in the same CRM. */
  readonly partner?: string | null;
  /** The lead that the deal names: its id, or that of one of its records. */
  readonly lead?: string | null;
  readonly deleted: boolean;
  /** The deal that it became part of, where the CRM merged it away. */
  readonly mergedInto?: string;
}

/** The amount of a deal. What is no currency has no minor unit either: such an amount is zero, and the ledger holds the deal. */
export function amountOf({ amount, currency }: Pick<OpportunityFacts, 'amount' | 'currency'>): Money | null {
  if (amount === null) return null;
  return isCurrency(currency) ? moneyFrom(amount, currency) : { minor: 0n, currency };
}

export async function applyOpportunities(
  tx: Queryable,
  records: readonly Changed<EntityValue<'opportunity'>>[],
  currency: string,
  at: string,
): Promise<void> {
  if (records.length === 0) return;
  const ids = records.map((record) => opportunityId(record));
  const known = await tx.selectFrom('opportunities').selectAll().where(among('id', ids)).execute();
  const before = new Map(known.map((row) => [row.id, row]));
  const rows: {
    id: string;
    connection: string;
    record_id: string;
    account_record: string | null;
    facts: OpportunityFacts;
  }[] = [];
  for (const record of records) {
    const id = opportunityId(record);
    const old = before.get(id);
    const { value } = record;
    if (value === null) {
      // One that was deleted before it was ever seen has no story to correct.
      if (old === undefined) continue;
      rows.push({ ...old, facts: { ...(old.facts as OpportunityFacts), deleted: true } });
      continue;
    }
    rows.push({
      id,
      connection: record.connection,
      record_id: record.id,
      account_record: value.account,
      facts: {
        name: value.name ?? '(no name)',
        amount: value.amount,
        currency: value.currency ?? currency,
        stage: value.stage ?? '',
        isClosed: value.isClosed === true,
        isWon: value.isWon === true,
        closeDate: value.closeDate,
        createdAt: value.createdAt,
        partner: value.partner,
        lead: value.lead,
        deleted: false,
      },
    });
  }
  await upsert(tx, 'opportunities', rows, ['id']);
  const stated = records.filter(({ value }) => value !== null);
  await tx
    .deleteFrom('deal_names')
    .where(among('opportunity_id', stated.map(opportunityId)))
    .execute();
  const names = stated.flatMap((record) =>
    (record.crossIds ?? []).map((cross) => ({
      opportunity_id: opportunityId(record),
      crm: cross.crm,
      record_id: cross.id,
    })),
  );
  await upsert(tx, 'deal_names', names, ['opportunity_id', 'crm', 'record_id'], []);
  await emit(
    tx,
    rows.map((row): NewEvent => ({ type: 'opportunity.changed', entity: row.id })),
    at,
  );
}

export async function applyContactRoles(
  tx: Queryable,
  records: readonly Changed<EntityValue<'contactRole'>>[],
  at: string,
): Promise<void> {
  if (records.length === 0) return;
  const deals = new Set<string>();
  const refs = JSON.stringify(records.map(({ connection, id }) => ({ connection, id })));
  const old = await sql<{ connection: string; opportunity_record: string }>`
    delete from contact_roles using jsonb_to_recordset(${refs}::jsonb) as r(connection text, id text)
    where contact_roles.connection = r.connection and contact_roles.record_id = r.id
    returning contact_roles.connection, contact_roles.opportunity_record`.execute(tx);
  for (const row of old.rows) deals.add(opportunityId({ connection: row.connection, id: row.opportunity_record }));
  const rows = records.flatMap(({ value, connection, id }) => {
    if (value === null || value.opportunity === null || value.contact === null) return [];
    deals.add(opportunityId({ connection, id: value.opportunity }));
    return [
      {
        connection,
        record_id: id,
        opportunity_record: value.opportunity,
        contact_record: value.contact,
        is_primary: value.primary === true,
      },
    ];
  });
  await upsert(tx, 'contact_roles', rows, ['connection', 'record_id']);
  await emit(
    tx,
    [...deals].map((id): NewEvent => ({ type: 'opportunity.changed', entity: id })),
    at,
  );
}

/**
 * Contact roles of a deal whose contacts are tied to it by associations: one a contact, none of them primary, for such
 * a CRM does not say who of them leads. `before`: the contacts at the last look; who is tied no more loses the role.
 */
export function associatedRoles(
  deal: Ref,
  contacts: readonly string[],
  before: readonly string[],
): Changed<EntityValue<'contactRole'>>[] {
  const role = (contact: string) => ({ ...deal, id: `${deal.id}/${contact}` });
  return [
    ...before.filter((contact) => !contacts.includes(contact)).map((contact) => ({ ...role(contact), value: null })),
    ...contacts.map((contact) => ({ ...role(contact), value: { opportunity: deal.id, contact, primary: false } })),
  ];
}

export function opportunityId(record: { readonly connection: string; readonly id: string }): string {
  return idOf('op', record.connection, record.id);
}
