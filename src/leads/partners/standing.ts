import { exponentOf, type Money } from '../../model/money.ts';
import type { Certification, PartnerFacts } from '../../model/partner.ts';
import type { StandingFacts } from '../rule-scope.ts';

/** What the store counts of one partner; times are ISO instants. Offers and deals are those of the period that counts. */
export interface PartnerCounts {
  readonly offered: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Offers whose deadline passed without a word. */
  readonly unanswered: number;
  /** Half of its answers took at most so long; null: it gave none. */
  readonly medianAnswerMs: number | null;
  /** Over all time. */
  readonly lastAnswerAt: string | null;
  /** Offers without a word since its last answer, over all time, and when the first of them was made. */
  readonly silent: number;
  readonly silentSince: string | null;
  /** Leads it accepted whose deals came to an end. */
  readonly won: number;
  readonly lost: number;
  /** What those booked in the vendor's currency; amounts of others are not added. */
  readonly revenue: Money;
}

/** The counts of a partner that was never offered anything. */
export function noCounts(currency: string): PartnerCounts {
  return {
    offered: 0,
    accepted: 0,
    rejected: 0,
    unanswered: 0,
    medianAnswerMs: null,
    lastAnswerAt: null,
    silent: 0,
    silentSince: null,
    won: 0,
    lost: 0,
    revenue: { minor: 0n, currency },
  };
}

/** How a partner stands on a day: what it has done, and which of its papers are in force. */
export interface PartnerStanding extends PartnerCounts {
  readonly certifications: readonly CertificationState[];
  /** Of the offers it answered or let pass, the share it accepted, in whole percent; null: none yet. */
  readonly acceptance: number | null;
  readonly daysSinceAnswer: number | null;
  readonly daysSilent: number | null;
}

export interface CertificationState extends Certification {
  readonly state: 'in force' | 'about to expire' | 'expired';
  /** Days until it ends, the last one included; below zero: since it ended; null: it does not end. */
  readonly daysLeft: number | null;
}

const DAY = 86_400_000;

/** @param now epoch milliseconds @param noticeDays how long before its end a certification counts as about to expire */
export function standingOf(
  facts: PartnerFacts,
  counts: PartnerCounts,
  now: number,
  noticeDays: number,
): PartnerStanding {
  const ended = counts.accepted + counts.rejected + counts.unanswered;
  const daysSince = (at: string | null) => (at === null ? null : Math.max(0, Math.floor((now - Date.parse(at)) / DAY)));
  return {
    ...counts,
    certifications: facts.certifications.map((each) => certificationState(each, now, noticeDays)),
    acceptance: ended === 0 ? null : Math.round((counts.accepted / ended) * 100),
    daysSinceAnswer: daysSince(counts.lastAnswerAt),
    daysSilent: daysSince(counts.silentSince),
  };
}

/** The standing as rules read it: hours and amounts whole, the part behind the point cut off. */
export function standingFacts(standing: PartnerStanding): StandingFacts {
  const { revenue, medianAnswerMs } = standing;
  return {
    offered: standing.offered,
    accepted: standing.accepted,
    rejected: standing.rejected,
    unanswered: standing.unanswered,
    acceptance: standing.acceptance,
    answerHours: medianAnswerMs === null ? null : medianAnswerMs / 3_600_000,
    daysSinceAnswer: standing.daysSinceAnswer,
    silent: standing.silent,
    won: standing.won,
    lost: standing.lost,
    revenue: Number(revenue.minor / 10n ** BigInt(exponentOf(revenue.currency))),
    certifications: standing.certifications.filter(({ state }) => state !== 'expired').map(({ name }) => name),
  };
}

/** A certification counts until the end of its last day, by UTC. */
function certificationState(held: Certification, now: number, noticeDays: number): CertificationState {
  if (held.expires === null) return { ...held, state: 'in force', daysLeft: null };
  const today = Math.floor(now / DAY);
  const daysLeft = Date.parse(`${held.expires}T00:00:00Z`) / DAY - today;
  return {
    ...held,
    daysLeft,
    state: daysLeft < 0 ? 'expired' : daysLeft <= noticeDays ? 'about to expire' : 'in force',
  };
}
