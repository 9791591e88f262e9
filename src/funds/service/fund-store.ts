/** Loads funds as a book and keeps what changed, with the story of it. Whoever decides about money locks the tree of budgets first. */
import { sql } from 'kysely';
import type { FundKind } from '../../model/fund.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { FundBook, type FundItem } from '../book.ts';
import {
  allocationFrom,
  allocationRow,
  budgetFrom,
  budgetRow,
  claimFrom,
  claimRow,
  requestFrom,
  requestRow,
} from './fund-rows.ts';

/** Where the campaign of a request is held; which records are one campaign may be settled anew. */
export interface CampaignRecord {
  readonly connection: string;
  readonly record: string;
}

/** Something that happened to an item. */
export interface FundChange {
  readonly item: FundItem;
  readonly type: string;
  readonly who: string;
  readonly why: string | null;
  /** What was asked for as one text, of an item that is new. */
  readonly contents?: string;
  readonly campaign?: CampaignRecord | null;
}

/**
 * Locks the budgets that hang together with one of these, so that nobody else promises their money meanwhile, and answers their
 * ids. Two who lock do so in the same order.
 */
export async function lockTrees(tx: Queryable, budgetIds: readonly string[]): Promise<string[]> {
  for (let known: string[] = []; ; ) {
    const tree = await treeOf(tx, budgetIds);
    if (tree.every((id) => known.includes(id))) return tree;
    // A budget that joined the tree while the lock was waited for is locked in the next round.
    await sql`select id from fund_budgets where id = any(${tree}::text[]) order by id for update`.execute(tx);
    known = tree;
  }
}

async function treeOf(tx: Queryable, budgetIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive tree as (
      select id, parent_id from fund_budgets where id = any(${budgetIds}::text[])
      union select b.id, b.parent_id from fund_budgets b join tree t on b.id = t.parent_id or b.parent_id = t.id)
    select distinct id from tree order by id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** The budgets of these ids with all that hangs on them, or all funds where `budgetIds` is null. */
export async function loadBook(tx: Queryable, today: string, budgetIds: readonly string[] | null): Promise<FundBook> {
  const mine = <T extends 'id' | 'budget_id'>(column: T) =>
    budgetIds === null ? sql<boolean>`true` : among(column, budgetIds);
  const budgets = await tx.selectFrom('fund_budgets').selectAll().where(mine('id')).orderBy('id').execute();
  const allocations = await tx
    .selectFrom('fund_allocations')
    .selectAll()
    .where(mine('budget_id'))
    .orderBy('id')
    .execute();
  const requests = await tx.selectFrom('fund_requests').selectAll().where(mine('budget_id')).orderBy('id').execute();
  const ids = budgetIds === null ? null : requests.map(({ id }) => id);
  const claims = await tx
    .selectFrom('fund_claims')
    .selectAll()
    .where(ids === null ? sql<boolean>`true` : among('request_id', ids))
    .orderBy('id')
    .execute();
  return new FundBook(today, [
    ...budgets.map((row): FundItem => ({ kind: 'budget', value: budgetFrom(row) })),
    ...allocations.map((row): FundItem => ({ kind: 'allocation', value: allocationFrom(row) })),
    ...requests.map((row): FundItem => ({ kind: 'request', value: requestFrom(row) })),
    ...claims.map((row): FundItem => ({ kind: 'claim', value: claimFrom(row) })),
  ]);
}

/** Keeps items as they are now, what happened to each, and an event for whoever follows. */
export async function keep(tx: Queryable, changes: readonly FundChange[], at: string): Promise<void> {
  const last = new Map(changes.map((change) => [`${change.item.kind} ${change.item.value.id}`, change.item]));
  const items = [...last.values()];
  await upsert(
    tx,
    'fund_budgets',
    items.flatMap((item) => (item.kind === 'budget' ? budgetRow(item.value) : [])),
    ['id'],
  );
  await upsert(
    tx,
    'fund_allocations',
    items.flatMap((item) => (item.kind === 'allocation' ? allocationRow(item.value) : [])),
    ['id'],
  );
  const made = new Map(
    changes.flatMap(({ item, contents, campaign }) =>
      contents === undefined ? [] : ([[item.value.id, { contents, campaign }]] as const),
    ),
  );
  const requests = items.flatMap((item) => (item.kind === 'request' ? [item.value] : []));
  const claims = items.flatMap((item) => (item.kind === 'claim' ? [item.value] : []));
  for (const isNew of [true, false]) {
    await upsert(
      tx,
      'fund_requests',
      requests
        .filter(({ id }) => made.has(id) === isNew)
        .map((request) => {
          const campaign = made.get(request.id)?.campaign ?? null;
          return {
            ...requestRow(request),
            ...(isNew
              ? {
                  campaign_connection: campaign?.connection ?? null,
                  campaign_record: campaign?.record ?? null,
                  contents: made.get(request.id)?.contents ?? '',
                }
              : { contents: '' }),
          };
        }),
      ['id'],
      isNew ? undefined : REQUEST_CHANGES,
    );
    await upsert(
      tx,
      'fund_claims',
      claims
        .filter(({ id }) => made.has(id) === isNew)
        .map((claim) => ({ ...claimRow(claim), contents: made.get(claim.id)?.contents ?? '' })),
      ['id'],
      isNew ? undefined : CLAIM_CHANGES,
    );
  }
  await upsert(
    tx,
    'fund_events',
    changes.map(({ item, type, who, why }) => ({
      kind: item.kind,
      item_id: item.value.id,
      type,
      at,
      who,
      why,
      data: shown(item.value),
    })),
    [],
  );
  const own = items.filter(({ kind, value }) => (kind === 'request' || kind === 'claim') && value.record === null);
  await tellCrms(
    tx,
    own.map(({ value }) => value.id),
  );
  await emit(
    tx,
    items.map((item) => ({
      type: 'fund.changed' as const,
      entity: item.value.id,
      data: {
        kind: item.kind,
        campaign: item.kind === 'request' || item.kind === 'claim' ? item.value.campaignId : null,
      },
    })),
    at,
  );
}

/** What a request and a claim never lose: how they were asked for, and where their campaign is held. */
const REQUEST_CHANGES = ['approved_minor', 'status', 'claim_by', 'requested_by', 'submitted_at', 'escalated'] as const;
const CLAIM_CHANGES = [
  'approved_minor',
  'paid_minor',
  'paid_on',
  'payments',
  'proof',
  'status',
  'reason',
  'claimed_by',
  'submitted_at',
  'escalated',
] as const;

function shown(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? each.toString() : each)));
}

/** The budget that an item of this id hangs on; null where there is none of this id. */
export async function placeOf(tx: Queryable, id: string): Promise<{ kind: FundKind; budgetId: string } | null> {
  const { rows } = await sql<{ kind: FundKind; budgetId: string }>`
    select 'budget' as kind, id as "budgetId" from fund_budgets where id = ${id}
    union all select 'allocation', budget_id from fund_allocations where id = ${id}
    union all select 'request', budget_id from fund_requests where id = ${id}
    union all select 'claim', r.budget_id from fund_claims c join fund_requests r on r.id = c.request_id where c.id = ${id}
    limit 1`.execute(tx);
  return rows[0] ?? null;
}

/** The currency of an item of this id; null where there is none. */
export async function currencyOf(tx: Queryable, id: string): Promise<string | null> {
  const { rows } = await sql<{ currency: string }>`
    select currency from fund_budgets where id = ${id} union all select currency from fund_allocations where id = ${id}
    union all select currency from fund_requests where id = ${id} union all select currency from fund_claims where id = ${id}`.execute(
    tx,
  );
  return rows[0]?.currency ?? null;
}

/** What new items of these ids asked for when they were made; null in the map means: held in a CRM. */
export async function contentsOf(tx: Queryable, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; contents: string }>`
    select id, contents from fund_requests where id = any(${ids}::text[])
    union all select id, contents from fund_claims where id = any(${ids}::text[])`.execute(tx);
  return new Map(rows.map(({ id, contents }) => [id, contents]));
}

/** Requests and claims of which the CRMs that hold their funds are to be told by the next run. */
export async function tellCrms(tx: Queryable, ids: readonly string[]): Promise<void> {
  await upsert(
    tx,
    'fund_untold',
    ids.map((item_id) => ({ item_id })),
    ['item_id'],
    [],
  );
}

/** Takes the ids of what the CRMs are to be told of. */
export async function takeUntold(tx: Queryable): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`delete from fund_untold returning item_id as id`.execute(tx);
  return rows.map(({ id }) => id);
}
