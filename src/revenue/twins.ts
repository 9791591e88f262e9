/** Whether a deal of one CRM is a deal of another one: the one of the first connection counts, the other one not again. */
import type { Money } from '../model/money.ts';
import { companyKey } from './company-key.ts';
import type { Evidence } from './evidence.ts';
import { compareIds, momentOf } from './moment.ts';
import type { ReconcileRules } from './reconcile-config.ts';

export interface TwinDeal {
  readonly id: string;
  readonly connection: string;
  readonly name: string;
  readonly amount: Money | null;
  readonly closeDate: string | null;
  readonly isWon: boolean;
}

/** A deal of another connection that may be the same. */
export interface TwinCandidate {
  readonly deal: TwinDeal;
  /** One of the two names the other one by its id. */
  readonly byId: boolean;
  /** How their accounts are known to be one company; null: they are not. */
  readonly company: 'domain' | 'name' | null;
}

export interface WeighedTwin {
  readonly id: string;
  readonly probability: number;
  readonly evidence: readonly Evidence[];
}

/** What a person said: the deal that it is; null: none of those shown. */
export interface TwinAnswer {
  readonly twinOf: string | null;
  readonly shown: readonly string[];
}

export interface Twin {
  /** The deal that counts in its place; null: it counts itself. */
  readonly twinOf: string | null;
  readonly reason: string;
  /** What a person has to say: which of these it is. */
  readonly ask: readonly WeighedTwin[];
}

/**
 * Says of a deal whether it is one of a connection before its own. By id: where exactly one of the earliest connection that
 * names it or is named by it is found, that one. Else by evidence, whose weights stand in config/reconcile.yaml: where
 * one is sure and no other likely, that one; likely ones wait for a person, and until then it counts itself.
 *
 * Only deals of connections before its own count, so that of any number of CRMs holding one deal exactly one counts, and
 * circular references settle themselves.
 */
export function twinOf(
  deal: TwinDeal,
  candidates: readonly TwinCandidate[],
  answer: TwinAnswer | null,
  rules: ReconcileRules,
): Twin {
  const rank = (connection: string) => {
    const place = rules.order.indexOf(connection);
    return place < 0 ? rules.order.length : place;
  };
  const isBefore = (other: string) =>
    rank(other) < rank(deal.connection) || (rank(other) === rank(deal.connection) && other < deal.connection);
  const before = candidates.filter((candidate) => isBefore(candidate.deal.connection));
  const alone = (reason: string, ask: readonly WeighedTwin[] = []): Twin => ({ twinOf: null, reason, ask });
  const same = (id: string, reason: string): Twin => ({ twinOf: id, reason, ask: [] });
  const isKnown = (id: string) => before.some((candidate) => candidate.deal.id === id);

  if (answer?.twinOf && isKnown(answer.twinOf)) return same(answer.twinOf, 'A person said so.');
  const named = before
    .filter(({ byId }) => byId)
    .sort((a, b) => rank(a.deal.connection) - rank(b.deal.connection) || compareIds(a.deal.id, b.deal.id));
  const [first] = named;
  if (first) {
    const rivals = named.filter((other) => other.deal.connection === first.deal.connection);
    if (rivals.length === 1) return same(first.deal.id, 'One of the two holds the id of the other one.');
    const shown = rivals.map(({ deal: { id } }) => ({ id, probability: 1 / rivals.length, evidence: [] }));
    if (answer === null || rivals.some((other) => !answer.shown.includes(other.deal.id)))
      return alone(`${rivals.length} deals of ${first.deal.connection} are tied to it by id.`, shown);
  }
  const weighed = before
    .filter((candidate) => candidate.company !== null && !answer?.shown.includes(candidate.deal.id))
    .map((candidate) => weighTwin(deal, candidate, rules))
    .sort((a, b) => b.probability - a.probability || compareIds(a.id, b.id));
  const likely = weighed.filter(({ probability }) => probability >= rules.zones.review);
  const [best] = likely;
  if (best === undefined) return alone('No other CRM holds it.');
  if (likely.length === 1 && best.probability >= rules.zones.same)
    return same(best.id, `${sentence(best.evidence)}: ${percent(best.probability)}.`);
  return alone(`It may be ${best.id} with ${percent(best.probability)}: ${words(best.evidence)}.`, likely);
}

function weighTwin(deal: TwinDeal, { deal: other, company }: TwinCandidate, { twins }: ReconcileRules): WeighedTwin {
  const evidence: Evidence[] = [
    company === 'domain'
      ? { text: 'their accounts have one domain', times: twins.company.domain }
      : { text: 'their accounts are called the same', times: twins.company.name },
    companyKey(deal.name) === companyKey(other.name) && companyKey(deal.name) !== ''
      ? { text: 'they have the same name', times: twins.sameName }
      : { text: 'their names differ', times: twins.otherName },
    ...amounts(deal.amount, other.amount, twins),
    ...closes(deal.closeDate, other.closeDate, twins),
    ...(deal.isWon === other.isWon ? [] : [{ text: 'one is won and the other one is not', times: twins.otherEnd }]),
  ];
  const odds = evidence.reduce((product, { times }) => product * times, 1);
  return { id: other.id, probability: Math.round((odds / (1 + odds)) * 10_000) / 10_000, evidence };
}

function amounts(a: Money | null, b: Money | null, twins: ReconcileRules['twins']): Evidence[] {
  if (a === null || b === null) return [];
  return a.currency === b.currency && a.minor === b.minor
    ? [{ text: 'their amounts are the same', times: twins.sameAmount }]
    : [{ text: 'their amounts differ', times: twins.otherAmount }];
}

function closes(a: string | null, b: string | null, twins: ReconcileRules['twins']): Evidence[] {
  if (a === null || b === null) return [];
  const days = Math.abs(momentOf(a).ms - momentOf(b).ms) / 86_400_000;
  if (days === 0) return [{ text: 'they close on the same day', times: twins.sameClose }];
  if (days <= 7) return [{ text: `they close within ${Math.ceil(days)} days`, times: twins.nearClose }];
  return [{ text: 'they close more than a week apart', times: twins.otherClose }];
}

function words(evidence: readonly Evidence[]): string {
  return evidence.map(({ text }) => text).join('; ');
}

function sentence(evidence: readonly Evidence[]): string {
  const text = words(evidence);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)} %`;
}
