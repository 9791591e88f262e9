/**
 * The funds as one book: budgets with what hangs on them, and the rules that hold between them. A change that would break a rule,
 * or break one more than it is broken, is not taken. The rules are those that Salesforce enforces on its objects for market
 * development funds, with the dates and partners that it leaves unchecked (docs/guides/funds.md).
 */
import type { FundAllocation, FundBudget, FundClaim, FundKind, FundRequest } from '../model/fund.ts';
import { amountText, isCurrency, isDay, sumOf } from './amounts.ts';
import { balanceOf, committedOf, isLive } from './balances.ts';

export interface FundItems {
  readonly budget: FundBudget;
  readonly allocation: FundAllocation;
  readonly request: FundRequest;
  readonly claim: FundClaim;
}
/** An item with what it is. */
export type FundItem = { [K in FundKind]: { readonly kind: K; readonly value: FundItems[K] } }[FundKind];

export const FUND_RULES = [
  'amount',
  'currency',
  'parent',
  'loop',
  'levels',
  'dates',
  'partner',
  'overdrawn',
  'unapproved',
] as const;
export type FundRule = (typeof FUND_RULES)[number];

/** A rule that does not hold. */
export interface Violation {
  readonly rule: FundRule;
  readonly kind: FundKind;
  readonly id: string;
  readonly message: string;
  /** What to do. */
  readonly hint: string;
  /** By how much a total is exceeded, in minor units; 1 where the rule is not about a total. */
  readonly over: bigint;
}

/** Salesforce allows five levels of internal users' budgets above five of partners'. */
const MOST_LEVELS = 10;

export class FundBook {
  readonly #items = {
    budget: new Map<string, FundBudget>(),
    allocation: new Map<string, FundAllocation>(),
    request: new Map<string, FundRequest>(),
    claim: new Map<string, FundClaim>(),
  };
  /** Ids of what hangs on an item, by kind. */
  readonly #under = new Map<string, Set<string>>();
  readonly today: string;

  /** `today`: YYYY-MM-DD; what an allocation holds depends on whether it has expired. Items are taken as they are, broken or not. */
  constructor(today: string, items: Iterable<FundItem> = []) {
    this.today = today;
    for (const item of items) this.#place(item);
  }

  get<K extends FundKind>(kind: K, id: string): FundItems[K] | null {
    return this.#of(kind).get(id) ?? null;
  }

  all<K extends FundKind>(kind: K): FundItems[K][] {
    return [...this.#of(kind).values()];
  }

  /** What hangs on an item directly: budgets, allocations and requests on a budget, requests on an allocation, claims on a request. */
  under<K extends FundKind>(kind: K, id: string): FundItems[K][] {
    return [...(this.#under.get(`${kind} of ${id}`) ?? [])].flatMap((each) => this.get(kind, each) ?? []);
  }

  /** Takes an item over, new or changed, where no rule is broken by it that was not; else nothing changes and the answer says what would. */
  take(item: FundItem): Violation[] {
    const before = this.get(item.kind, item.value.id);
    const known = this.#around(item);
    this.#place(item);
    const broken = this.#around(item).filter(
      (now) => !known.some(({ rule, id, over }) => rule === now.rule && id === now.id && over >= now.over),
    );
    if (broken.length === 0) return [];
    this.#remove(item);
    if (before !== null) this.#place({ kind: item.kind, value: before } as FundItem);
    return broken;
  }

  /** Takes an item out, with the ties of what hangs on it left as they are. */
  drop(kind: FundKind, id: string): void {
    const value = this.get(kind, id);
    if (value !== null) this.#remove({ kind, value } as FundItem);
  }

  /** Everything that does not hold, budgets first. */
  check(): Violation[] {
    return (['budget', 'allocation', 'request', 'claim'] as const).flatMap((kind) =>
      this.all(kind).flatMap((value) => this.#check({ kind, value } as FundItem)),
    );
  }

  /** The budgets from the one that an item hangs on up to the root, each once. */
  budgetsAbove(item: FundItem): FundBudget[] {
    const found = new Map<string, FundBudget>();
    let next = this.#budgetOver(item);
    while (next !== null && !found.has(next)) {
      const budget = this.get('budget', next);
      if (budget === null) break;
      found.set(next, budget);
      next = budget.parentId;
    }
    return [...found.values()];
  }

  #budgetOver({ kind, value }: FundItem): string | null {
    if (kind === 'budget') return value.parentId;
    if (kind === 'claim') return this.get('request', value.requestId)?.budgetId ?? null;
    return value.budgetId;
  }

  /** What the rules say of an item, of what it hangs on and of what hangs on it. */
  #around(item: FundItem): Violation[] {
    const { kind, value } = item;
    const seen = new Map<string, FundItem>();
    const look = (each: FundItem | null) => {
      if (each !== null && each.value !== null) seen.set(`${each.kind} ${each.value.id}`, each);
    };
    const at = (what: FundKind, id: string | null) => {
      const found = id === null ? null : this.get(what, id);
      return found === null ? null : ({ kind: what, value: found } as FundItem);
    };
    for (const now of [at(kind, value.id), item]) {
      if (now === null) continue;
      look(at(now.kind, now.value.id));
      if (now.kind === 'claim') look(at('request', now.value.requestId));
      const request = now.kind === 'claim' ? this.get('request', now.value.requestId) : null;
      if (now.kind === 'request' || request)
        look(at('allocation', (request ?? (now.value as FundRequest)).allocationId));
      for (const budget of this.budgetsAbove(now)) look({ kind: 'budget', value: budget });
      for (const child of ['budget', 'allocation', 'request', 'claim'] as const)
        for (const under of this.under(child, now.value.id)) look({ kind: child, value: under } as FundItem);
    }
    return [...seen.values()].flatMap((each) => this.#check(each));
  }

  #check(item: FundItem): Violation[] {
    const found: Violation[] = [];
    const { kind, value } = item;
    const says = (rule: FundRule, message: string, hint: string, over = 1n) =>
      found.push({ rule, kind, id: value.id, message, hint, over });
    if (!isCurrency(value.currency))
      says('currency', `"${value.currency}" is no currency`, 'Give an ISO 4217 code, such as EUR.');
    else if (kind === 'budget') this.#checkBudget(value, says);
    else if (kind === 'allocation') this.#checkAllocation(value, says);
    else if (kind === 'request') this.#checkRequest(value, says);
    else this.#checkClaim(value, says);
    return found;
  }

  #checkBudget(budget: FundBudget, says: Says): void {
    if (budget.amount < 0n) says('amount', `the amount ${amountText(budget)} is negative`, 'A budget holds 0 or more.');
    checkDays(says, ['starts', budget.startsOn], ['ends', budget.endsOn]);
    if (budget.parentId !== null) {
      const parent = this.get('budget', budget.parentId);
      const above = this.budgetsAbove({ kind: 'budget', value: budget });
      if (parent === null) missing(says, 'budget', budget.parentId);
      else if (above.some(({ id }) => id === budget.id))
        says('loop', `"${budget.name}" is a part of itself`, 'Take it out of the budget that it is in.');
      else if (above.length >= MOST_LEVELS)
        says('levels', `it stands ${above.length} levels deep`, `A tree of budgets has at most ${MOST_LEVELS} levels.`);
      if (parent !== null) {
        sameCurrency(says, budget, parent, `budget "${parent.name}"`);
        samePartner(says, budget, parent, `budget "${parent.name}"`);
      }
    }
    const { free, children, allocations, requests } = balanceOf(this, budget);
    if (free < 0n)
      says(
        'overdrawn',
        `"${budget.name}" holds ${amountText(budget)}, and ${amountText(budget, children + allocations + requests)} of it are given away`,
        `Raise it by ${amountText(budget, -free)}, or give less away.`,
        -free,
      );
  }

  #checkAllocation(allocation: FundAllocation, says: Says): void {
    if (allocation.amount < 0n)
      says('amount', `the amount ${amountText(allocation)} is negative`, 'An allocation holds 0 or more.');
    checkDays(says, ['expires', allocation.expiresOn]);
    const budget = this.get('budget', allocation.budgetId);
    if (budget === null) missing(says, 'budget', allocation.budgetId);
    else {
      sameCurrency(says, allocation, budget, `budget "${budget.name}"`);
      samePartner(says, allocation, budget, `budget "${budget.name}"`);
      if (budget.startsOn !== null && allocation.expiresOn !== null && allocation.expiresOn < budget.startsOn)
        says(
          'dates',
          `it expires on ${allocation.expiresOn}, before its budget starts on ${budget.startsOn}`,
          'Correct one of the dates.',
        );
    }
    const promised = sumOf(this.under('request', allocation.id), (request) =>
      committedOf(request, this.under('claim', request.id)),
    );
    const over = promised - allocation.amount;
    if (over > 0n)
      says(
        'overdrawn',
        `"${allocation.name}" holds ${amountText(allocation)}, and ${amountText(allocation, promised)} of it are promised`,
        `Raise it by ${amountText(allocation, over)}, or approve less.`,
        over,
      );
  }

  #checkRequest(request: FundRequest, says: Says): void {
    if (request.requested < 0n || (request.approved ?? 0n) < 0n)
      says('amount', 'an amount of it is negative', 'Ask for 0 or more.');
    checkDays(says, ['starts', request.startsOn], ['ends', request.endsOn], ['can be claimed until', request.claimBy]);
    const budget = this.get('budget', request.budgetId);
    if (budget === null) missing(says, 'budget', request.budgetId);
    else {
      sameCurrency(says, request, budget, `budget "${budget.name}"`);
      samePartner(says, request, budget, `budget "${budget.name}"`);
    }
    if (request.allocationId !== null) {
      const allocation = this.get('allocation', request.allocationId);
      if (allocation === null) missing(says, 'allocation', request.allocationId);
      else {
        samePartner(says, request, allocation, `allocation "${allocation.name}"`);
        if (allocation.budgetId !== request.budgetId)
          says(
            'parent',
            `allocation "${allocation.name}" is of another budget`,
            'Name the budget of the allocation, or leave it out.',
          );
      }
    }
    const taken = sumOf(this.under('claim', request.id), (claim) =>
      isLive(claim) ? (claim.approved ?? claim.requested) : 0n,
    );
    if (
      request.approved === null &&
      (request.status === 'approved' || request.status === 'claimed' || request.status === 'paid')
    )
      says('amount', `it is ${request.status}, and no amount is approved`, 'Say how much is approved.');
    if ((request.approved ?? 0n) > request.requested)
      says(
        'amount',
        `${amountText(request, request.approved ?? 0n)} are approved, and ${amountText(request, request.requested)} were asked for`,
        'Approve at most what was asked for.',
      );
    const over = taken - (request.approved ?? 0n);
    if (over > 0n)
      says(
        'overdrawn',
        `${amountText(request, taken)} are claimed, and ${amountText(request, request.approved ?? 0n)} are approved`,
        `Claim at most what is left, or let ${amountText(request, over)} more be approved.`,
        over,
      );
  }

  #checkClaim(claim: FundClaim, says: Says): void {
    if (claim.requested < 0n || (claim.approved ?? 0n) < 0n || claim.paid < 0n)
      says('amount', 'an amount of it is negative', 'Claim 0 or more.');
    const request = this.get('request', claim.requestId);
    if (request === null) missing(says, 'request', claim.requestId);
    else {
      sameCurrency(says, claim, request, `request "${request.title}"`);
      if (isLive(claim) && !['approved', 'claimed', 'paid', 'expired'].includes(request.status))
        says('unapproved', `request "${request.title}" is ${request.status}`, 'Claim once it is approved.');
    }
    if (claim.paid > 0n && claim.status !== 'approved' && claim.status !== 'paid')
      says(
        'unapproved',
        `${amountText(claim, claim.paid)} are paid, and it is ${claim.status}`,
        'Only what is approved is paid: correct its status, or have the money paid back.',
      );
    if ((claim.approved ?? 0n) > claim.requested)
      says(
        'amount',
        `${amountText(claim, claim.approved ?? 0n)} are approved, and ${amountText(claim, claim.requested)} were asked for`,
        'Approve at most what was asked for.',
      );
    const over = claim.paid - (claim.approved ?? 0n);
    if (over > 0n)
      says(
        'overdrawn',
        `${amountText(claim, claim.paid)} are paid, and ${amountText(claim, claim.approved ?? 0n)} are approved`,
        'Approve what was paid, or have the rest paid back.',
        over,
      );
  }

  #of<K extends FundKind>(kind: K): Map<string, FundItems[K]> {
    return this.#items[kind] as unknown as Map<string, FundItems[K]>;
  }

  #place(item: FundItem): void {
    const before = this.get(item.kind, item.value.id);
    if (before !== null) this.#remove({ kind: item.kind, value: before } as FundItem);
    this.#of<FundKind>(item.kind).set(item.value.id, item.value);
    for (const parent of parentsOf(item)) {
      const key = `${item.kind} of ${parent}`;
      this.#under.set(key, (this.#under.get(key) ?? new Set()).add(item.value.id));
    }
  }

  #remove(item: FundItem): void {
    this.#items[item.kind].delete(item.value.id);
    for (const parent of parentsOf(item)) this.#under.get(`${item.kind} of ${parent}`)?.delete(item.value.id);
  }
}

type Says = (rule: FundRule, message: string, hint: string, over?: bigint) => void;

/** What an item hangs on: a request on its allocation where it has one, else on its budget. */
function parentsOf({ kind, value }: FundItem): string[] {
  if (kind === 'budget') return value.parentId === null ? [] : [value.parentId];
  if (kind === 'allocation') return [value.budgetId];
  if (kind === 'request') return [value.allocationId ?? value.budgetId];
  return [value.requestId];
}

function checkDays(says: Says, ...days: readonly (readonly [what: string, day: string | null])[]): void {
  let last: readonly [string, string] | null = null;
  for (const [what, day] of days) {
    if (day === null) continue;
    if (!isDay(day)) says('dates', `it ${what} "${day}", which is no day`, 'Write a day as 2026-12-31.');
    else if (last !== null && day < last[1])
      says('dates', `it ${what} on ${day}, before it ${last[0]} on ${last[1]}`, 'Correct one of the dates.');
    else last = [what, day];
  }
}

function missing(says: Says, kind: FundKind, id: string): void {
  says('parent', `there is no ${kind} "${id}"`, `Make the ${kind} first, or name another one.`);
}

function sameCurrency(says: Says, one: { currency: string }, over: { currency: string }, what: string): void {
  if (one.currency !== over.currency)
    says(
      'currency',
      `it is in ${one.currency}, and ${what} in ${over.currency}`,
      'A whole tree of budgets has one currency.',
    );
}

function samePartner(
  says: Says,
  one: { partnerId: string | null },
  over: { partnerId: string | null },
  what: string,
): void {
  if (over.partnerId !== null && one.partnerId !== null && one.partnerId !== over.partnerId)
    says('partner', `${what} is for another partner`, 'Name the same partner, or another budget.');
}
