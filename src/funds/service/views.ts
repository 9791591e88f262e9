/** Funds as people are shown them: amounts as decimals, names beside ids, balances derived. */
import { sql } from 'kysely';
import type {
  FundAllocation,
  FundBudget,
  FundClaim,
  FundKind,
  FundProof,
  FundRecord,
  FundRequest,
} from '../../model/fund.ts';
import { decimalOf } from '../../model/money.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import type { Queryable } from '../../store/database.ts';
import { snapshot } from '../../store/snapshot.ts';
import { sumOf } from '../amounts.ts';
import { waitsFor } from '../approval.ts';
import { balanceOf, claimedOf, committedOf, drawnOf } from '../balances.ts';
import type { FundBook, Violation } from '../book.ts';
import { dayOf } from '../outcome.ts';
import type { FundRules } from '../rules.ts';
import { loadBook } from './fund-store.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

interface ItemView {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  /** The CRM record that decides about it; null where it was made in Sluice. */
  readonly heldIn: FundRecord | null;
  readonly partner: Named | null;
}

/** Amounts are decimals of `currency`, as text. */
export interface BudgetView extends ItemView {
  readonly parentId: string | null;
  readonly amount: string;
  readonly children: string;
  readonly allocated: string;
  /** Promised to requests, here and below. */
  readonly promised: string;
  readonly claimed: string;
  readonly paid: string;
  /** Not given away yet; below zero where more was given away than there is. */
  readonly free: string;
  readonly startsOn: string | null;
  readonly endsOn: string | null;
}

export interface AllocationView extends ItemView {
  readonly budget: Named;
  readonly amount: string;
  readonly promised: string;
  readonly claimed: string;
  readonly paid: string;
  readonly free: string;
  readonly expiresOn: string | null;
}

/** Whom something waits for, and from when on the next one. */
export interface WaitingView {
  readonly step: string;
  readonly who: readonly string[];
  readonly until: string | null;
}

export interface RequestView extends ItemView {
  readonly budget: Named;
  readonly allocation: Named | null;
  readonly campaign: Named | null;
  readonly activity: string | null;
  readonly status: string;
  readonly requested: string;
  readonly approved: string | null;
  readonly promised: string;
  readonly claimed: string;
  readonly paid: string;
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly claimBy: string | null;
  readonly waitsFor: WaitingView | null;
}

export interface ClaimView extends ItemView {
  readonly request: Named;
  readonly campaign: Named | null;
  readonly status: string;
  readonly reason: string | null;
  readonly requested: string;
  readonly approved: string | null;
  readonly paid: string;
  /** unpaid, part-paid or paid. */
  readonly payment: string;
  readonly paidOn: string | null;
  readonly payments: readonly { readonly reference: string; readonly amount: string; readonly on: string }[];
  readonly proof: readonly FundProof[];
  readonly waitsFor: WaitingView | null;
}

export interface FundsView {
  readonly budgets: readonly BudgetView[];
  readonly allocations: readonly AllocationView[];
  readonly requests: readonly RequestView[];
  readonly claims: readonly ClaimView[];
}

export interface FundEventView {
  readonly at: string;
  readonly type: string;
  readonly who: string;
  readonly why: string | null;
}

/** An item with what hangs on it, what is wrong with it, and its story. */
export interface FundItemView extends FundsView {
  readonly kind: FundKind;
  readonly id: string;
  readonly problems: readonly { readonly rule: string; readonly message: string; readonly hint: string }[];
  readonly events: readonly FundEventView[];
}

interface ViewOptions {
  readonly rules: FundRules;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Everything there is. */
export async function viewFunds(db: Queryable, options: ViewOptions): Promise<FundsView> {
  return snapshot(db, async (tx) => {
    const viewer = await Viewer.of(tx, options);
    const { book } = viewer;
    return viewer.view({
      budgets: book.all('budget'),
      allocations: book.all('allocation'),
      requests: book.all('request'),
      claims: book.all('claim'),
    });
  });
}

/** One item with what hangs on it; null where there is none of this id. */
export async function viewFund(db: Queryable, id: string, options: ViewOptions): Promise<FundItemView | null> {
  return snapshot(db, async (tx) => {
    const viewer = await Viewer.of(tx, options);
    const { book } = viewer;
    const kind = (['budget', 'allocation', 'request', 'claim'] as const).find((each) => book.get(each, id) !== null);
    if (kind === undefined) return null;
    const only = <T>(item: T | null) => (item === null ? [] : [item]);
    const requests = [...only(kind === 'request' ? book.get('request', id) : null), ...book.under('request', id)];
    const items = {
      budgets: [...only(kind === 'budget' ? book.get('budget', id) : null), ...book.under('budget', id)],
      allocations: [
        ...only(kind === 'allocation' ? book.get('allocation', id) : null),
        ...book.under('allocation', id),
      ],
      requests,
      claims: [
        ...only(kind === 'claim' ? book.get('claim', id) : null),
        ...requests.flatMap((each) => book.under('claim', each.id)),
      ],
    };
    const events = await sql<FundEventView>`
      select at, type, who, why from fund_events where item_id = ${id} order by seq`.execute(tx);
    const problems = book.check().filter((violation) => violation.id === id);
    return {
      kind,
      id,
      ...viewer.view(items),
      problems: problems.map(({ rule, message, hint }) => ({ rule, message, hint })),
      events: events.rows,
    };
  });
}

export interface FundCheck {
  readonly problems: readonly (Omit<Violation, 'over'> & {
    readonly name: string;
    readonly heldIn: FundRecord | null;
  })[];
  /** Requests and claims that wait for an approver. */
  readonly waiting: readonly { readonly id: string; readonly name: string; readonly waitsFor: WaitingView | null }[];
  /** Claims that lack proof. */
  readonly held: readonly { readonly id: string; readonly name: string; readonly reason: string | null }[];
}

/** What does not hold, and what waits for somebody. */
export async function checkFunds(db: Queryable, options: ViewOptions): Promise<FundCheck> {
  return snapshot(db, async (tx) => {
    const viewer = await Viewer.of(tx, options);
    const { book } = viewer;
    const all = viewer.view({ budgets: [], allocations: [], requests: book.all('request'), claims: book.all('claim') });
    return {
      problems: book.check().map(({ over: _over, ...violation }) => {
        const item = book.get(violation.kind, violation.id);
        const name = item === null ? violation.id : 'name' in item ? item.name : item.title;
        return { ...violation, name, heldIn: item?.record ?? null };
      }),
      waiting: [...all.requests, ...all.claims]
        .filter(({ status, heldIn }) => status === 'submitted' && heldIn === null)
        .map(({ id, name, waitsFor: waits }) => ({ id, name, waitsFor: waits })),
      held: all.claims.filter(({ status }) => status === 'held').map(({ id, name, reason }) => ({ id, name, reason })),
    };
  });
}

interface Items {
  readonly budgets: readonly FundBudget[];
  readonly allocations: readonly FundAllocation[];
  readonly requests: readonly FundRequest[];
  readonly claims: readonly FundClaim[];
}

class Viewer {
  readonly book: FundBook;
  readonly #options: ViewOptions;
  readonly #partners: ReadonlyMap<string, PartnerFacts>;
  readonly #campaigns: ReadonlyMap<string, string>;

  static async of(tx: Queryable, options: ViewOptions): Promise<Viewer> {
    const partners = await tx.selectFrom('partners').select(['id', 'facts']).execute();
    const campaigns = await tx.selectFrom('campaigns').select(['id', 'name']).execute();
    return new Viewer(
      await loadBook(tx, dayOf(options.now), null),
      options,
      new Map(partners.map(({ id, facts }) => [id, partnerFacts(facts as Partial<PartnerFacts>)])),
      new Map(campaigns.map(({ id, name }) => [id, name])),
    );
  }

  private constructor(
    book: FundBook,
    options: ViewOptions,
    partners: ReadonlyMap<string, PartnerFacts>,
    campaigns: ReadonlyMap<string, string>,
  ) {
    this.book = book;
    this.#options = options;
    this.#partners = partners;
    this.#campaigns = campaigns;
  }

  view(items: Items): FundsView {
    return {
      budgets: items.budgets.map((each) => this.#budget(each)),
      allocations: items.allocations.map((each) => this.#allocation(each)),
      requests: items.requests.map((each) => this.#request(each)),
      claims: items.claims.map((each) => this.#claim(each)),
    };
  }

  #budget(budget: FundBudget): BudgetView {
    const balance = balanceOf(this.book, budget);
    return {
      ...this.#base(budget, budget.name, budget.partnerId),
      parentId: budget.parentId,
      amount: text(budget, budget.amount),
      children: text(budget, balance.children),
      allocated: text(budget, balance.allocations),
      ...this.#drawn(budget),
      free: text(budget, balance.free),
      startsOn: budget.startsOn,
      endsOn: budget.endsOn,
    };
  }

  #allocation(allocation: FundAllocation): AllocationView {
    const { promised } = drawnOf(this.book, allocation.id);
    return {
      ...this.#base(allocation, allocation.name, allocation.partnerId),
      budget: this.#named('budget', allocation.budgetId),
      amount: text(allocation, allocation.amount),
      ...this.#drawn(allocation),
      free: text(allocation, allocation.amount - promised),
      expiresOn: allocation.expiresOn,
    };
  }

  #request(request: FundRequest): RequestView {
    const claims = this.book.under('claim', request.id);
    return {
      ...this.#base(request, request.title, request.partnerId),
      budget: this.#named('budget', request.budgetId),
      allocation: request.allocationId === null ? null : this.#named('allocation', request.allocationId),
      campaign: this.#campaign(request.campaignId),
      activity: request.activity,
      status: request.status,
      requested: text(request, request.requested),
      approved: request.approved === null ? null : text(request, request.approved),
      promised: text(request, committedOf(request, claims)),
      claimed: text(request, claimedOf(claims)),
      paid: text(
        request,
        sumOf(claims, ({ paid }) => paid),
      ),
      startsOn: request.startsOn,
      endsOn: request.endsOn,
      claimBy: request.claimBy,
      waitsFor: this.#waits(request, request.partnerId, request.requestedBy),
    };
  }

  #claim(claim: FundClaim): ClaimView {
    const request = this.book.get('request', claim.requestId);
    return {
      ...this.#base(claim, claim.title, request?.partnerId ?? null),
      request: this.#named('request', claim.requestId),
      campaign: this.#campaign(claim.campaignId),
      status: claim.status,
      reason: claim.reason,
      requested: text(claim, claim.requested),
      approved: claim.approved === null ? null : text(claim, claim.approved),
      paid: text(claim, claim.paid),
      payment: claim.paid === 0n ? 'unpaid' : claim.paid === claim.approved ? 'paid' : 'part-paid',
      paidOn: claim.paidOn,
      payments: claim.payments.map((payment) => ({ ...payment, amount: text(claim, payment.amount) })),
      proof: claim.proof,
      waitsFor: this.#waits(claim, request?.partnerId ?? null, claim.claimedBy),
    };
  }

  #base(
    item: { id: string; currency: string; record: FundRecord | null },
    name: string,
    partnerId: string | null,
  ): ItemView {
    const partner =
      partnerId === null ? null : { id: partnerId, name: this.#partners.get(partnerId)?.name ?? partnerId };
    return { id: item.id, name, currency: item.currency, heldIn: item.record, partner };
  }

  #drawn(item: { id: string; currency: string }) {
    const { promised, claimed, paid } = drawnOf(this.book, item.id);
    return { promised: text(item, promised), claimed: text(item, claimed), paid: text(item, paid) };
  }

  #named(kind: 'budget' | 'allocation' | 'request', id: string): Named {
    const item = this.book.get(kind, id);
    return { id, name: item === null ? id : 'name' in item ? item.name : item.title };
  }

  #campaign(id: string | null): Named | null {
    return id === null ? null : { id, name: this.#campaigns.get(id) ?? id };
  }

  #waits(item: FundRequest | FundClaim, partnerId: string | null, by: string | null): WaitingView | null {
    if (item.status !== 'submitted' || item.record !== null) return null;
    const manager = this.#partners.get(partnerId ?? '')?.managerEmail ?? null;
    const asked = { currency: item.currency, submittedAt: item.submittedAt, by, manager };
    const waiting = waitsFor(this.#options.rules.approval, asked, item.requested, this.#options.now);
    if (waiting === null) return null;
    return {
      step: waiting.step.name,
      who: waiting.step.who.flatMap((who) => (who === 'manager' ? (manager ?? []) : who)),
      until: waiting.until === null ? null : new Date(waiting.until).toISOString(),
    };
  }
}

function text({ currency }: { readonly currency: string }, minor: bigint): string {
  return decimalOf({ minor, currency });
}
