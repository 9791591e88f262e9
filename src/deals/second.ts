/** Whether a partner may have a deal that others have registered, too. Pure. */
import type { Registration } from '../model/registration.ts';
import { isProtected } from '../model/registration.ts';
import type { DealRules } from './rules.ts';

/** A live registration of another partner that is about the same company and product. */
export interface Rival {
  readonly registration: Registration;
  /** What its partner is called. */
  readonly partner: string;
  /** It already does business with the company: it won a deal there before, or works an accepted lead of it. */
  readonly isIncumbent: boolean;
}

/**
 * Why the registration may not be approved now, in words; null where it may. What is protected stays protected under every rule.
 * @param now epoch milliseconds
 */
export function whyNotSecond(
  mine: Registration,
  isIncumbent: boolean,
  rivals: readonly Rival[],
  { second }: Pick<DealRules, 'second'>,
  now: number,
): string | null {
  const holders = rivals.filter(({ registration }) => isProtected(registration, now));
  const [holder] = holders;
  if (second.rule === 'both-with-split') {
    if (holders.length < 2) return null;
    return `two partners have it already: ${holders.map(({ partner }) => partner).join(' and ')}`;
  }
  if (holder) return `${holder.partner} has it until ${holder.registration.protectedUntil} (${holder.registration.id})`;
  const waiting = rivals.filter(({ registration }) => registration.state === 'Pending');
  if (second.rule === 'incumbent') {
    const incumbent = isIncumbent ? undefined : waiting.find((rival) => rival.isIncumbent);
    if (incumbent)
      return `${incumbent.partner} does business with the company already and has registered it (${incumbent.registration.id}): decide that first`;
  }
  if (second.rule === 'first-come' || second.rule === 'incumbent') {
    const peers = second.rule === 'incumbent' ? waiting.filter((rival) => rival.isIncumbent === isIncumbent) : waiting;
    const earlier = peers.find(({ registration }) => comesBefore(registration, mine));
    if (earlier) return `${earlier.partner} registered it first (${earlier.registration.id}): decide that first`;
  }
  return null;
}

/** Who came first; of equal times the smaller id, so that every process and every order of arrival says the same. */
export function comesBefore(a: Registration, b: Registration): boolean {
  const [at, bt] = [Date.parse(a.submittedAt), Date.parse(b.submittedAt)];
  return at === bt ? a.id < b.id : at < bt;
}

/**
 * The share of a deal that each registration gets, in ten-thousandths, in the order given. One alone gets all of it; of two that
 * share it the one approved first gets the first share.
 */
export function sharesOf(protectedOnes: readonly Registration[], { second }: Pick<DealRules, 'second'>): number[] {
  if (protectedOnes.length < 2) return protectedOnes.map(() => 10_000);
  const order = [...protectedOnes].sort((a, b) =>
    a.decidedAt === b.decidedAt ? (comesBefore(a, b) ? -1 : 1) : String(a.decidedAt) < String(b.decidedAt) ? -1 : 1,
  );
  const [first, other] = second.shares;
  return protectedOnes.map((each) => [first * 100, other * 100][order.indexOf(each)] ?? 0);
}
