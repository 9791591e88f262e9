/** Credits partners with the co-op money that their sales have earned. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { FundAllocation, FundBudget } from '../../model/fund.ts';
import { idOf } from '../../model/ids.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import { upsert } from '../../store/bulk.ts';
import type { Database, Queryable } from '../../store/database.ts';
import { type Accrued, accrue, type Earning, endOf, periodOf } from '../accrual.ts';
import { dayAfter, sumOf } from '../amounts.ts';
import { balanceOf, committedOf } from '../balances.ts';
import { dayOf } from '../outcome.ts';
import { worthIn } from '../roi.ts';
import type { CoopRule } from '../rules.ts';
import { partnerDeals } from './facts.ts';
import { type DeskOptions, FundRefused } from './fund-desk.ts';
import { type FundChange, keep, loadBook, lockTrees } from './fund-store.ts';

export interface AccrualRun {
  readonly budget: { readonly id: string; readonly name: string };
  readonly percent: string;
  readonly currency: string;
  readonly rows: readonly Accrued[];
  /** What was booked in currencies in which the budget's is not known: nothing is earned by it. */
  readonly otherCurrencies: readonly { readonly currency: string; readonly basis: bigint }[];
}

/** Accrues by every rule of funds.yaml; throws FundRefused where a rule names no budget. Doing it again without news changes nothing. */
export async function accrueAll(db: Database, options: DeskOptions): Promise<AccrualRun[]> {
  if (options.rules.coop.length === 0)
    throw new FundRefused(
      'funds.yaml has no rule for co-op funds',
      'Add one under `coop`, with budget, percent and period.',
    );
  const runs: AccrualRun[] = [];
  for (const rule of options.rules.coop) {
    runs.push(await db.transaction().execute((tx) => accrueOne(tx, rule, options)));
  }
  return runs;
}

async function accrueOne(tx: Queryable, rule: CoopRule, options: DeskOptions): Promise<AccrualRun> {
  const named = await budgetNamed(tx, rule.budget);
  const tree = await lockTrees(tx, [named]);
  const book = await loadBook(tx, dayOf(options.now), tree);
  const budget = book.get('budget', named);
  if (budget === null) throw new Error(`budget ${named} went away`);
  const deals = await partnerDeals(tx);
  const credited = await creditedOf(tx, named);
  const found = new Map<string, Earning>();
  const earning = (partnerId: string, period: string): Earning => {
    const allocation = book.get('allocation', allocationId(budget, partnerId, period));
    const requests = allocation === null ? [] : book.under('request', allocation.id);
    return {
      partnerId,
      period,
      basis: 0n,
      credited: credited.get(`${partnerId} ${period}`) ?? 0n,
      promised: sumOf(requests, (request) => committedOf(request, book.under('claim', request.id))),
    };
  };
  const others = new Map<string, bigint>();
  for (const deal of deals) {
    if (budget.partnerId !== null && deal.partnerId !== budget.partnerId) continue;
    const period = periodOf(deal.wonOn, rule.period);
    // A budget that is for a time gives credit for the sales of that time.
    if ((budget.startsOn ?? '') > deal.wonOn || (budget.endsOn ?? '9999') < deal.wonOn) continue;
    const worth = worthIn(budget.currency, deal);
    if (worth.currency !== budget.currency) {
      others.set(worth.currency, (others.get(worth.currency) ?? 0n) + worth.minor);
      continue;
    }
    const key = `${deal.partnerId} ${period}`;
    const known = found.get(key) ?? earning(deal.partnerId, period);
    found.set(key, { ...known, basis: known.basis + worth.minor });
  }
  // A period of which no deal is left had its revenue reversed.
  for (const key of credited.keys()) {
    const [partnerId = '', period = ''] = key.split(' ');
    if (!found.has(key)) found.set(key, earning(partnerId, period));
  }
  const rows = accrue(rule, [...found.values()], balanceOf(book, budget).free);
  await credit(tx, budget, rule, rows, options);
  return {
    budget: { id: budget.id, name: budget.name },
    percent: rule.percent,
    currency: budget.currency,
    rows,
    otherCurrencies: [...others].map(([currency, basis]) => ({ currency, basis })),
  };
}

async function credit(
  tx: Queryable,
  budget: FundBudget,
  rule: CoopRule,
  rows: readonly Accrued[],
  { now, who }: DeskOptions,
): Promise<void> {
  const moved = rows.filter(({ change }) => change !== 0n);
  if (moved.length === 0) return;
  const partners = await tx.selectFrom('partners').select(['id', 'facts']).execute();
  const names = new Map(partners.map(({ id, facts }) => [id, partnerFacts(facts as Partial<PartnerFacts>).name]));
  const changes = moved.map((row): FundChange => {
    const allocation: FundAllocation = {
      id: allocationId(budget, row.partnerId, row.period),
      budgetId: budget.id,
      partnerId: row.partnerId,
      name: `Co-op ${row.period}, ${names.get(row.partnerId) ?? row.partnerId}`,
      currency: budget.currency,
      amount: row.holds,
      expiresOn: rule.expiresDays === null ? null : dayAfter(endOf(row.period), rule.expiresDays),
      record: null,
    };
    const why = `${rule.percent} % of the revenue of ${row.period}`;
    return {
      item: { kind: 'allocation', value: allocation },
      type: row.change > 0n ? 'accrued' : 'taken back',
      who,
      why,
    };
  });
  await keep(tx, changes, iso(now));
  const before = await sql<{ id: string; count: number }>`
    select allocation_id as id, count(*)::int as count from fund_accruals
    where allocation_id = any(${changes.map(({ item }) => item.value.id)}::text[]) group by allocation_id`.execute(tx);
  const place = new Map(before.rows.map(({ id, count }) => [id, count]));
  await upsert(
    tx,
    'fund_accruals',
    moved.map((row) => {
      const id = allocationId(budget, row.partnerId, row.period);
      return {
        id: idOf('fk', id, String(place.get(id) ?? 0)),
        allocation_id: id,
        period: row.period,
        basis_minor: row.basis,
        percent: rule.percent,
        credited_minor: row.change,
        currency: budget.currency,
        at: iso(now),
      };
    }),
    [],
  );
}

/** The allocation of a partner's credit in a period. */
function allocationId(budget: FundBudget, partnerId: string, period: string): string {
  return idOf('fa', 'co-op', budget.id, partnerId, period);
}

async function creditedOf(tx: Queryable, budgetId: string): Promise<Map<string, bigint>> {
  const { rows } = await sql<{ partner: string; period: string; minor: string }>`
    select a.partner_id as partner, k.period, sum(k.credited_minor)::text as minor
    from fund_accruals k join fund_allocations a on a.id = k.allocation_id
    where a.budget_id = ${budgetId} group by a.partner_id, k.period`.execute(tx);
  return new Map(rows.map(({ partner, period, minor }) => [`${partner} ${period}`, BigInt(minor)]));
}

async function budgetNamed(tx: Queryable, word: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id from fund_budgets where id = ${word} or name = ${word}`.execute(
    tx,
  );
  const [first, second] = rows;
  if (first === undefined)
    throw new FundRefused(`there is no budget "${word}"`, 'Correct `coop` in funds.yaml, or make the budget.');
  if (second !== undefined)
    throw new FundRefused(`"${word}" names ${rows.length} budgets`, 'Name it by its id under `coop` of funds.yaml.');
  return first.id;
}
