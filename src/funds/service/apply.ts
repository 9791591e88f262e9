/** Takes over what CRM records say of funds. The CRM decides about what it holds: it is taken as it is, and `fund check` says what does not hold. */
import { sql } from 'kysely';
import type { EntityValue } from '../../mapping/entities.ts';
import type { ClaimStatus, FundKind, RequestStatus } from '../../model/fund.ts';
import { idOf } from '../../model/ids.ts';
import { moneyFrom } from '../../model/money.ts';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { isCurrency } from '../amounts.ts';
import type { FundItem } from '../book.ts';
import { type CampaignRecord, type FundChange, keep, tellCrms } from './fund-store.ts';

/** A changed record of a CRM; `value` is null where it is gone. */
export interface FundRecordChange<V> {
  readonly connection: string;
  readonly object: string;
  readonly id: string;
  readonly modifiedAt: string;
  /** The id that Sluice gave it, of a request or claim that was made here. */
  readonly ownId: string | null;
  readonly value: V | null;
}

export interface FundRecords {
  readonly budgets: readonly FundRecordChange<EntityValue<'fundBudget'>>[];
  readonly allocations: readonly FundRecordChange<EntityValue<'fundAllocation'>>[];
  readonly requests: readonly FundRecordChange<EntityValue<'fundRequest'>>[];
  readonly claims: readonly FundRecordChange<EntityValue<'fundClaim'>>[];
}

/** A record that says too little to be a fund. */
export interface UnusableFund {
  readonly connection: string;
  readonly object: string;
  readonly id: string;
  readonly field: string;
  readonly message: string;
}

const PREFIX: Readonly<Record<FundKind, string>> = { budget: 'fb', allocation: 'fa', request: 'fr', claim: 'fc' };

/** The id of what a CRM record holds. */
function idFor(kind: FundKind, connection: string, record: string): string {
  return idOf(PREFIX[kind], connection, record);
}

/** Applies changed records in the caller's transaction; `currency`: of amounts that name none. Answers what could not be used. */
export async function applyFunds(
  tx: Queryable,
  records: FundRecords,
  currency: string,
  at: string,
): Promise<UnusableFund[]> {
  const all = [...records.budgets, ...records.allocations, ...records.requests, ...records.claims];
  if (all.length === 0) return [];
  const problems: UnusableFund[] = [];
  await removeGone(tx, records, at);
  // What was made here is told to the CRM again where somebody changed it there.
  const own = [...records.requests, ...records.claims].flatMap(({ ownId, value }) =>
    value === null ? [] : (ownId ?? []),
  );
  await tellCrms(tx, await knownOf(tx, own));
  const partners = await partnersOf(tx);
  const read = new Reading(partners, currency, problems);
  const items: { item: FundItem; from: string; campaign: CampaignRecord | null }[] = [
    ...records.budgets.flatMap((each) => read.budget(each)),
    ...records.allocations.flatMap((each) => read.allocation(each)),
  ];
  await keep(tx, items.map(changeOf), at);
  const theirs = records.requests.filter(({ ownId }) => ownId === null);
  const campaigns = await campaignsOf(tx);
  const budgetOf = await budgetsOf(tx);
  const requests = theirs.flatMap((each) => read.request(each, campaigns, budgetOf));
  await keep(tx, requests.map(changeOf), at);
  const requestOf = await requestsOf(
    tx,
    records.claims.flatMap(({ connection, value }) => (value?.request ? [{ connection, record: value.request }] : [])),
  );
  const claims = records.claims.filter(({ ownId }) => ownId === null).flatMap((each) => read.claim(each, requestOf));
  await keep(tx, claims.map(changeOf), at);
  return problems;
}

function changeOf({
  item,
  from,
  campaign,
}: {
  item: FundItem;
  from: string;
  campaign: CampaignRecord | null;
}): FundChange {
  return { item, type: 'read', who: from, why: null, contents: '', campaign };
}

/** Which campaigns are one was settled anew: requests and claims follow. */
export async function followCampaigns(tx: Queryable): Promise<void> {
  await sql`update fund_requests r set campaign_id = c.campaign_id from campaign_records c
    where c.connection = r.campaign_connection and c.record_id = r.campaign_record
      and r.campaign_id is distinct from c.campaign_id`.execute(tx);
  await sql`update fund_claims c set campaign_id = r.campaign_id from fund_requests r
    where r.id = c.request_id and c.campaign_id is distinct from r.campaign_id`.execute(tx);
}

async function removeGone(tx: Queryable, records: FundRecords, at: string): Promise<void> {
  const gone = (kind: FundKind, changes: readonly FundRecordChange<unknown>[]) =>
    changes
      .filter(({ value }) => value === null)
      .map(({ connection, id }) => ({ kind, connection, id: idFor(kind, connection, id) }));
  const all = [
    ...gone('budget', records.budgets),
    ...gone('allocation', records.allocations),
    ...gone('request', records.requests),
    ...gone('claim', records.claims),
  ];
  if (all.length === 0) return;
  const ids = all.map(({ id }) => id);
  for (const table of ['fund_budgets', 'fund_allocations', 'fund_requests', 'fund_claims'] as const) {
    const { rows } = await sql<{ id: string; connection: string }>`
      delete from ${sql.id(table)} where id = any(${ids}::text[]) returning id, connection`.execute(tx);
    if (rows.length === 0) continue;
    const told = JSON.stringify(rows.map((row) => ({ kind: all.find(({ id }) => id === row.id)?.kind, ...row })));
    await sql`insert into fund_events (kind, item_id, type, at, who, data)
      select kind, id, 'deleted', ${at}::timestamptz, connection, '{}'::jsonb
      from jsonb_to_recordset(${told}::jsonb) as r(kind text, id text, connection text)`.execute(tx);
  }
}

async function knownOf(tx: Queryable, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select id from fund_requests where id = any(${ids}::text[]) union all select id from fund_claims where id = any(${ids}::text[])`.execute(
    tx,
  );
  return rows.map(({ id }) => id);
}

async function partnersOf(tx: Queryable): Promise<Map<string, string>> {
  const rows = await tx.selectFrom('partners').select(['id', 'connection', 'record_id']).execute();
  return new Map(rows.map(({ id, connection, record_id }) => [`${connection} ${record_id}`, id]));
}

async function campaignsOf(tx: Queryable): Promise<Map<string, string>> {
  const rows = await tx.selectFrom('campaign_records').select(['connection', 'record_id', 'campaign_id']).execute();
  return new Map(rows.map(({ connection, record_id, campaign_id }) => [`${connection} ${record_id}`, campaign_id]));
}

/** The budget of each allocation. */
async function budgetsOf(tx: Queryable): Promise<Map<string, string>> {
  const rows = await tx.selectFrom('fund_allocations').select(['id', 'budget_id']).execute();
  return new Map(rows.map(({ id, budget_id }) => [id, budget_id]));
}

interface RequestOf {
  readonly id: string;
  readonly campaignId: string | null;
}

/** The requests behind CRM records: held there, or made here and written there. */
async function requestsOf(
  tx: Queryable,
  records: readonly { readonly connection: string; readonly record: string }[],
): Promise<Map<string, RequestOf>> {
  const ids = records.map(({ connection, record }) => idFor('request', connection, record));
  const held = await tx
    .selectFrom('fund_requests')
    .select(['connection', 'record_id', 'id', 'campaign_id'])
    .where(among('id', ids))
    .execute();
  const linked = await sql<{ connection: string; record: string; id: string; campaign: string | null }>`
    select l.connection, l.record_id as record, r.id, r.campaign_id as campaign
    from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as w(connection text, record text)
    join links l on l.connection = w.connection and l.record_id = w.record and l.entity = 'fundRequest'
    join fund_requests r on r.id = l.entity_id`.execute(tx);
  return new Map([
    ...held.map((row) => [`${row.connection} ${row.record_id}`, { id: row.id, campaignId: row.campaign_id }] as const),
    ...linked.rows.map((row) => [`${row.connection} ${row.record}`, { id: row.id, campaignId: row.campaign }] as const),
  ]);
}

type Read = { item: FundItem; from: string; campaign: CampaignRecord | null }[];

/** Records as items; what says too little becomes a problem. */
class Reading {
  readonly #partners: ReadonlyMap<string, string>;
  readonly #currency: string;
  readonly #problems: UnusableFund[];

  constructor(partners: ReadonlyMap<string, string>, currency: string, problems: UnusableFund[]) {
    this.#partners = partners;
    this.#currency = currency;
    this.#problems = problems;
  }

  budget(change: FundRecordChange<EntityValue<'fundBudget'>>): Read {
    const { value } = change;
    if (value === null) return [];
    const base = this.#base('budget', change, value);
    const amount = this.#amount(change, 'amount', value.amount, value.currency);
    if (base === null || amount === null) return [];
    const parentId = value.parent === null ? null : idFor('budget', change.connection, value.parent);
    const { currency, title: name, ...rest } = base;
    return this.#one(change, {
      kind: 'budget',
      value: { ...rest, name, currency, amount, parentId, startsOn: value.starts, endsOn: value.ends },
    });
  }

  allocation(change: FundRecordChange<EntityValue<'fundAllocation'>>): Read {
    const { value } = change;
    if (value === null) return [];
    const base = this.#base('allocation', change, value);
    const amount = this.#amount(change, 'amount', value.amount, value.currency);
    if (value.budget === null) this.#problem(change, 'budget', 'names no budget');
    if (base === null || amount === null || value.budget === null) return [];
    const { title: name, ...rest } = base;
    const budgetId = idFor('budget', change.connection, value.budget);
    return this.#one(change, {
      kind: 'allocation',
      value: { ...rest, name, amount, budgetId, expiresOn: value.expires },
    });
  }

  request(
    change: FundRecordChange<EntityValue<'fundRequest'>>,
    campaigns: ReadonlyMap<string, string>,
    budgetOf: ReadonlyMap<string, string>,
  ): Read {
    const { value, connection } = change;
    if (value === null) return [];
    const base = this.#base('request', change, value);
    const allocationId = value.allocation === null ? null : idFor('allocation', connection, value.allocation);
    const budgetId =
      value.budget === null ? (budgetOf.get(allocationId ?? '') ?? null) : idFor('budget', connection, value.budget);
    if (budgetId === null) this.#problem(change, 'budget', 'names neither a budget nor an allocation that is known');
    const requested =
      value.requested === null ? 0n : this.#amount(change, 'requested', value.requested, value.currency);
    const approved = value.approved === null ? null : this.#amount(change, 'approved', value.approved, value.currency);
    if (base === null || budgetId === null || requested === null) return [];
    const status: RequestStatus = value.status ?? 'draft';
    const isPromised = status === 'approved' || status === 'claimed' || status === 'paid';
    const campaignId = value.campaign === null ? null : (campaigns.get(`${connection} ${value.campaign}`) ?? null);
    return this.#one(
      change,
      {
        kind: 'request',
        value: {
          ...base,
          budgetId,
          allocationId,
          campaignId,
          activity: value.activity,
          requested,
          // Where nobody filled in what is approved, it is what was asked for.
          approved: isPromised ? (approved ?? requested) : approved,
          status,
          startsOn: value.starts,
          endsOn: value.ends,
          claimBy: value.claimBy,
          requestedBy: null,
          submittedAt: null,
          escalated: 0,
        },
      },
      value.campaign === null ? null : { connection, record: value.campaign },
    );
  }

  claim(change: FundRecordChange<EntityValue<'fundClaim'>>, requestOf: ReadonlyMap<string, RequestOf>): Read {
    const { value, connection } = change;
    if (value === null) return [];
    const base = this.#base('claim', change, { ...value, partner: null });
    const requested = this.#amount(change, 'amount', value.amount, value.currency);
    if (value.request === null) this.#problem(change, 'request', 'names no request');
    if (base === null || requested === null || value.request === null) return [];
    const request = requestOf.get(`${connection} ${value.request}`);
    const status: ClaimStatus = value.status ?? 'draft';
    const approved = status === 'approved' || status === 'paid' ? requested : null;
    const { partnerId: _partner, ...rest } = base;
    // The CRM keeps no day of payment: it is the day on which the claim was last changed there.
    const paidOn = status === 'paid' ? change.modifiedAt.slice(0, 10) : null;
    return this.#one(change, {
      kind: 'claim',
      value: {
        ...rest,
        requestId: request?.id ?? idFor('request', connection, value.request),
        campaignId: request?.campaignId ?? null,
        requested,
        approved,
        paid: status === 'paid' ? requested : 0n,
        paidOn,
        payments: paidOn === null ? [] : [{ reference: change.id, amount: requested, on: paidOn }],
        proof: [],
        status,
        reason: null,
        claimedBy: null,
        submittedAt: null,
        escalated: 0,
      },
    });
  }

  #base(
    kind: FundKind,
    change: FundRecordChange<unknown>,
    value: { readonly name: string | null; readonly currency: string | null; readonly partner: string | null },
  ) {
    const { connection, id } = change;
    const currency = value.currency ?? this.#currency;
    if (!isCurrency(currency)) {
      this.#problem(change, 'currency', `"${currency}" is no currency`);
      return null;
    }
    // A partner that is not known here is none of the channel's: named by its record, it is still another one.
    const partnerId =
      value.partner === null ? null : (this.#partners.get(`${connection} ${value.partner}`) ?? value.partner);
    return {
      id: idFor(kind, connection, id),
      title: value.name ?? '(no name)',
      currency,
      partnerId,
      record: { connection, id },
    };
  }

  #amount(
    change: FundRecordChange<unknown>,
    field: string,
    written: string | null,
    stated: string | null,
  ): bigint | null {
    const currency = stated ?? this.#currency;
    if (!isCurrency(currency)) return null;
    const money = written === null ? null : moneyFrom(written, currency);
    if (money !== null && money.minor >= 0n) return money.minor;
    this.#problem(change, field, money === null ? 'states no amount' : `states ${written}, which is negative`);
    return null;
  }

  #problem({ connection, object, id }: FundRecordChange<unknown>, field: string, message: string): void {
    this.#problems.push({ connection, object, id, field, message });
  }

  #one({ connection }: FundRecordChange<unknown>, item: FundItem, campaign: CampaignRecord | null = null): Read {
    return [{ item, from: connection, campaign }];
  }
}
