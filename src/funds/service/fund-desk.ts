/** What people do with funds: ask, decide, claim, pay. Each is one transaction that locks the tree of budgets, decides, and keeps the story. */
import { sql } from 'kysely';
import type { FundBudget, FundClaim, FundProof, FundRequest } from '../../model/fund.ts';
import { idOf } from '../../model/ids.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import type { Database, Queryable } from '../../store/database.ts';
import type { FundBook, FundItem } from '../book.ts';
import { approveClaim, type ClaimContext, payClaim, submitClaim, turnDownClaim, withdrawClaim } from '../claim.ts';
import { type Act, dayOf, type Outcome } from '../outcome.ts';
import {
  afterClaims,
  approveRequest,
  claimByOf,
  type RequestContext,
  submitRequest,
  turnDown,
  withdrawRequest,
} from '../request.ts';
import type { FundRules } from '../rules.ts';
import { type CampaignRecord, contentsOf, type FundChange, keep, loadBook, lockTrees, placeOf } from './fund-store.ts';

/** Something was refused; nothing changed. */
export class FundRefused extends Error {
  override readonly name = 'FundRefused';
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

export interface DeskOptions extends Act {
  readonly rules: FundRules;
}

/** What something came to: the item as it is now; `type` is "repeat" where it was so before. */
export interface Done {
  readonly id: string;
  readonly type: string;
  readonly item: FundItem;
}

export interface AskedFor {
  readonly budgetId: string;
  readonly allocationId: string | null;
  readonly partnerId: string | null;
  readonly campaign: (CampaignRecord & { readonly id: string }) | null;
  readonly title: string;
  readonly activity: string;
  /** Minor units of the fund's currency, which it must be in. */
  readonly amount: bigint;
  readonly currency: string;
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly claimBy: string | null;
  /** Names the request at whoever asks: the same key is the same request. Left out: what is asked for names it. */
  readonly key: string | null;
  /** Keep it as a draft. */
  readonly draft: boolean;
}

/** Takes a request in; one that was made before under the same key, or is the same without one, is not made again. */
export async function askFor(db: Database, asked: AskedFor, options: DeskOptions): Promise<Done> {
  return inTree(db, asked.budgetId, options, async (desk) => {
    const { key, draft, campaign, ...rest } = asked;
    const contents = told({ ...rest, campaign: campaign?.id ?? null });
    const id = idOf('fr', asked.partnerId ?? '', key ?? contents);
    const known = await desk.repeated('request', id, contents);
    if (known !== null) return known;
    const activity = options.rules.activityOf(asked.activity);
    if (activity === null)
      throw new FundRefused(
        `"${asked.activity}" is no activity of funds.yaml`,
        `There are ${options.rules.activities.map(({ name }) => name).join(', ')}.`,
      );
    const request: FundRequest = {
      id,
      budgetId: asked.budgetId,
      allocationId: asked.allocationId,
      partnerId: asked.partnerId,
      campaignId: campaign?.id ?? null,
      title: asked.title,
      activity: activity.name,
      currency: asked.currency,
      requested: asked.amount,
      approved: null,
      status: 'draft',
      startsOn: asked.startsOn,
      endsOn: asked.endsOn,
      claimBy: asked.claimBy ?? claimByOf(asked, options.rules),
      requestedBy: options.who,
      submittedAt: null,
      escalated: 0,
      record: null,
    };
    const more = { contents, campaign };
    desk.took({ kind: 'request', value: request }, 'asked', null, more);
    if (!draft) desk.settle('request', submitRequest(request, await desk.ofRequest(request), options), more);
    return desk.done('request', id);
  });
}

export interface ClaimedFor {
  readonly requestId: string;
  readonly title: string | null;
  readonly amount: bigint;
  readonly proof: readonly FundProof[];
  readonly key: string | null;
}

/** Takes a claim in: submitted, or held where proof is missing. The same claim is not made twice. */
export async function claimFor(db: Database, claimed: ClaimedFor, options: DeskOptions): Promise<Done> {
  return inTreeOf(db, claimed.requestId, options, async (desk) => {
    const request = desk.book.get('request', claimed.requestId);
    if (request === null)
      throw new FundRefused(
        `there is no request "${claimed.requestId}"`,
        'Requests are named like fr_4xk2m9qa7b1c3d5e.',
      );
    if (request.record !== null)
      throw new FundRefused(
        `the request is held in ${request.record.connection}`,
        'Make the claim there; the next sync brings it here.',
      );
    const contents = told({ ...claimed, proof: [], key: null });
    const id = idOf('fc', request.id, claimed.key ?? contents);
    const known = await desk.repeated('claim', id, contents);
    if (known !== null) return known;
    const claim: FundClaim = {
      id,
      requestId: request.id,
      campaignId: request.campaignId,
      title: claimed.title ?? request.title,
      currency: request.currency,
      requested: claimed.amount,
      approved: null,
      paid: 0n,
      paidOn: null,
      payments: [],
      proof: [],
      status: 'draft',
      reason: null,
      claimedBy: options.who,
      submittedAt: null,
      escalated: 0,
      record: null,
    };
    const more = { contents };
    desk.settle('claim', submitClaim(claim, await desk.ofClaim(claim), options, claimed.proof), more);
    return desk.done('claim', id);
  });
}

/** What may be done with a request or a claim that is there. Amounts are minor units of its currency. */
export type FundMove =
  | { readonly kind: 'submit'; readonly proof?: readonly FundProof[] }
  | { readonly kind: 'approve'; readonly amount?: bigint | undefined }
  | { readonly kind: 'reject' | 'return' | 'withdraw' }
  | { readonly kind: 'pay'; readonly reference: string; readonly amount?: bigint | undefined; readonly on: string };

/** Does something with a request or a claim. Throws FundRefused where that cannot be. */
export async function moveFund(db: Database, id: string, move: FundMove, options: DeskOptions): Promise<Done> {
  return inTreeOf(db, id, options, async (desk) => {
    const request = desk.book.get('request', id);
    if (request !== null) {
      desk.settle('request', requestMoved(request, await desk.ofRequest(request), move, options));
      return desk.done('request', id);
    }
    const claim = desk.book.get('claim', id);
    if (claim === null)
      throw new FundRefused(
        `"${id}" is neither a request nor a claim`,
        'They are named like fr_4xk2m9qa7b1c3d5e and fc_4xk2m9qa7b1c3d5e.',
      );
    const outcome = claimMoved(claim, await desk.ofClaim(claim), move, options);
    if ('next' in outcome && outcome.type === 'repeat')
      return { id, type: 'repeat', item: { kind: 'claim', value: claim } };
    desk.settle('claim', outcome);
    return desk.done('claim', id);
  });
}

function requestMoved(request: FundRequest, context: RequestContext, move: FundMove, act: Act): Outcome<FundRequest> {
  if (move.kind === 'submit') return submitRequest(request, context, act);
  if (move.kind === 'approve') return approveRequest(request, context, act, move.amount);
  if (move.kind === 'withdraw') return withdrawRequest(request, context, act);
  if (move.kind === 'pay') return { problem: 'a request is not paid', hint: 'Pay the claims on it.' };
  return turnDown(request, context, act, move.kind);
}

function claimMoved(claim: FundClaim, context: ClaimContext, move: FundMove, act: Act): Outcome<FundClaim> {
  if (move.kind === 'submit') return submitClaim(claim, context, act, move.proof);
  if (move.kind === 'approve') return approveClaim(claim, context, act, move.amount);
  if (move.kind === 'withdraw') return withdrawClaim(claim, act);
  if (move.kind === 'pay') {
    const amount = move.amount ?? (claim.approved ?? 0n) - claim.paid;
    const known = claim.payments.find(({ reference }) => reference === move.reference);
    return payClaim(
      claim,
      { reference: move.reference, amount: move.amount ?? known?.amount ?? amount, on: move.on },
      act,
    );
  }
  return turnDownClaim(claim, context, act, move.kind);
}

async function inTreeOf(
  db: Database,
  id: string,
  options: DeskOptions,
  work: (desk: Desk) => Promise<Done>,
): Promise<Done> {
  const place = await placeOf(db, id);
  if (place === null) throw new FundRefused(`there is no fund item "${id}"`, '`sluice fund list` shows what there is.');
  return inTree(db, place.budgetId, options, work);
}

async function inTree(
  db: Database,
  budgetId: string,
  options: DeskOptions,
  work: (desk: Desk) => Promise<Done>,
): Promise<Done> {
  return db.transaction().execute(async (tx) => {
    const tree = await lockTrees(tx, [budgetId]);
    const desk = new Desk(tx, await loadBook(tx, dayOf(options.now), tree), options);
    const done = await work(desk);
    await keep(tx, desk.changes, new Date(options.now).toISOString());
    return done;
  });
}

/** The book of one tree with what happens to it in one transaction. */
class Desk {
  readonly book: FundBook;
  readonly changes: FundChange[] = [];
  readonly #tx: Queryable;
  readonly #options: DeskOptions;

  constructor(tx: Queryable, book: FundBook, options: DeskOptions) {
    this.#tx = tx;
    this.book = book;
    this.#options = options;
  }

  /** Notes an item as it is now; throws FundRefused where that would break a rule. */
  took(item: FundItem, type: string, why: string | null, more: Partial<FundChange> = {}): void {
    const [broken] = this.book.take(item);
    if (broken !== undefined) throw new FundRefused(broken.message, broken.hint);
    this.changes.push({ item, type, who: this.#options.who, why, ...more });
  }

  settle<K extends 'request' | 'claim'>(
    kind: K,
    outcome: Outcome<K extends 'request' ? FundRequest : FundClaim>,
    more: Partial<FundChange> = {},
  ): void {
    if ('problem' in outcome) throw new FundRefused(outcome.problem, outcome.hint);
    const item = { kind, value: outcome.next } as FundItem;
    this.took(item, outcome.type, outcome.why, more);
    if (item.kind !== 'claim') return;
    const request = this.book.get('request', item.value.requestId);
    if (request === null) return;
    const next = afterClaims(request, this.book.under('claim', request.id));
    if (next !== request)
      this.took({ kind: 'request', value: next }, next.status, `claim ${item.value.id} is ${item.value.status}`);
  }

  done(kind: 'request' | 'claim', id: string): Done {
    const value = this.book.get(kind, id);
    if (value === null) throw new Error(`${kind} ${id} was not kept`);
    const last = this.changes.findLast(({ item }) => item.value.id === id);
    return { id, type: last?.type ?? 'repeat', item: { kind, value } as FundItem };
  }

  /** The item of this id where it was made before with the same contents; throws FundRefused where its contents were others. */
  async repeated(kind: 'request' | 'claim', id: string, contents: string): Promise<Done | null> {
    const before = (await contentsOf(this.#tx, [id])).get(id);
    if (before === undefined) return null;
    if (before !== contents)
      throw new FundRefused(
        `${kind} ${id} was made under this key, and said otherwise`,
        'Give another key, or change nothing.',
      );
    return this.done(kind, id);
  }

  async ofRequest(request: FundRequest): Promise<RequestContext> {
    return {
      rules: this.#options.rules,
      budget: this.book.get('budget', request.budgetId) as FundBudget | null,
      allocation: request.allocationId === null ? null : this.book.get('allocation', request.allocationId),
      claims: this.book.under('claim', request.id),
      manager: await managerOf(this.#tx, request.partnerId),
    };
  }

  async ofClaim(claim: FundClaim): Promise<ClaimContext> {
    const request = this.book.get('request', claim.requestId);
    return {
      rules: this.#options.rules,
      request,
      others: this.book.under('claim', claim.requestId).filter(({ id }) => id !== claim.id),
      manager: await managerOf(this.#tx, request?.partnerId ?? null),
    };
  }
}

async function managerOf(tx: Queryable, partnerId: string | null): Promise<string | null> {
  if (partnerId === null) return null;
  const { rows } = await sql<{
    facts: Partial<PartnerFacts>;
  }>`select facts from partners where id = ${partnerId}`.execute(tx);
  return rows[0] ? partnerFacts(rows[0].facts).managerEmail : null;
}

function told(value: object): string {
  return JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? each.toString() : each));
}
