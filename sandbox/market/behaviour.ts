/** What partners and buyers decide. Pure functions of who meets whom: keyed draws, no state, no clock. */
import type { Partner } from './partners.ts';
import type { Person } from './people.ts';
import { Dice } from './random.ts';
import { rejectReasons } from './words/business.ts';

/** How a partner will treat an offer; `at` is in hours from the start of the market. */
export type AnswerPlan =
  | { readonly kind: 'ignore' }
  | {
      readonly kind: 'answer';
      readonly at: number;
      readonly accepted: boolean;
      readonly reason: string | null;
      /** Says so after the deadline has passed. */
      readonly late: boolean;
      /** When it takes an acceptance back, which few do. */
      readonly contradictedAt: number | null;
    };

/** @param offer when it was made and until when it stands, in hours from the start of the market */
export function planAnswer(
  seed: number,
  partner: Partner,
  person: Person,
  offer: { readonly createdAt: number; readonly acceptBy: number },
): AnswerPlan {
  const dice = new Dice(seed, `${person.id}/offered to ${partner.key}`);
  const { ignoreRate, speedHours, acceptRate } = partner.hidden;
  if (dice.chance('ignores', ignoreRate)) return { kind: 'ignore' };
  const at = offer.createdAt + 0.2 + dice.exponential('delay', speedHours);
  const late = at >= offer.acceptBy;
  if (late && !dice.chance('answers late', 0.3)) return { kind: 'ignore' };
  const accepted = dice.chance('accepts', Math.min(0.97, acceptRate * (0.62 + 0.8 * person.quality)));
  return {
    kind: 'answer',
    at: late ? Math.max(at, offer.acceptBy + 0.5) : at,
    accepted,
    reason: accepted ? null : rejection(dice, person),
    late,
    contradictedAt: accepted && dice.chance('takes it back', 0.012) ? at + dice.between('taken back', 3, 40) : null,
  };
}

function rejection(dice: Dice, person: Person): string {
  if (person.company.isCustomer && dice.chance('knows the customer', 0.7)) return 'Already a customer';
  return dice.weighted('reason', rejectReasons);
}

/** What becomes of an accepted lead: first contact, then an opportunity or none. */
export interface WorkPlan {
  readonly contactedAt: number;
  readonly decidedAt: number;
  readonly qualified: boolean;
}

export function planWork(seed: number, partner: Partner, person: Person, acceptedAt: number): WorkPlan {
  const dice = new Dice(seed, `${person.id}/worked by ${partner.key}`);
  const contactedAt = acceptedAt + 0.5 + dice.exponential('contact', 0.4 * partner.hidden.speedHours);
  return {
    contactedAt,
    decidedAt: contactedAt + 12 + dice.exponential('work', 80),
    qualified: dice.chance('qualified', 0.1 + 0.28 * partner.hidden.skill + 0.3 * person.quality),
  };
}

/** One change of an opportunity. */
export interface DealStep {
  readonly at: number;
  readonly stage: string;
  readonly amountCents: number;
  /** Days from `at` to the close date: 0 where it closes now. */
  readonly closesInDays: number;
}

/** The story of a deal from its first day; the first step is its opening. */
export interface DealPlan {
  readonly steps: readonly DealStep[];
  readonly won: boolean;
  readonly wouldHaveBoughtAnyway: boolean;
}

export interface DealTerms {
  /** Stable name of the deal in the market. */
  readonly key: string;
  readonly employees: number;
  readonly winChance: number;
  readonly opensAt: number;
  readonly buysAnyway: boolean;
}

const open = ['Qualification', 'Needs Analysis', 'Proposal/Price Quote', 'Negotiation/Review'] as const;

export function planDeal(seed: number, terms: DealTerms): DealPlan {
  const dice = new Dice(seed, `${terms.key}/deal`);
  const wouldHaveBoughtAnyway = terms.buysAnyway || dice.chance('anyway', 0.12);
  const won = dice.chance('won', terms.winChance);
  const size = Math.exp(9.1 + 0.22 * Math.log(terms.employees) + 0.75 * dice.normal('amount'));
  let amountCents = Math.round(Math.min(250_000, Math.max(2_000, size)) * 100);
  const length = 24 * (won ? 3 + dice.exponential('length', 6) : 2 + dice.exponential('length', 8));
  const steps: DealStep[] = open.map((stage, n) => {
    if (n > 0 && dice.chance(`amount changes ${n}`, 0.15)) amountCents = changed(dice, `amount ${n}`, amountCents);
    const at = terms.opensAt + (length * n) / open.length;
    return { at, stage, amountCents, closesInDays: Math.ceil((length * (1 - n / open.length)) / 24) };
  });
  let at = terms.opensAt + length;
  steps.push({ at, stage: won ? 'Closed Won' : 'Closed Lost', amountCents, closesInDays: 0 });
  if (won && dice.chance('corrected', 0.06)) {
    at += dice.between('corrected after', 6, 96);
    amountCents = changed(dice, 'corrected amount', amountCents);
    steps.push({ at, stage: 'Closed Won', amountCents, closesInDays: 0 });
  }
  if (won && dice.chance('opened again', 0.03)) {
    at += dice.between('opened after', 24, 120);
    steps.push({ at, stage: 'Negotiation/Review', amountCents, closesInDays: 5 });
    const again = dice.chance('won again', 0.5);
    at += dice.between('closed again', 24, 120);
    steps.push({ at, stage: again ? 'Closed Won' : 'Closed Lost', amountCents, closesInDays: 0 });
    return { steps, won: again, wouldHaveBoughtAnyway };
  }
  return { steps, won, wouldHaveBoughtAnyway };
}

function changed(dice: Dice, event: string, cents: number): number {
  const next = Math.round(cents * dice.between(event, 0.75, 1.3));
  return Math.min(25_000_000, Math.max(200_000, next));
}

/** How likely a deal is won that a partner brought (or that the vendor's own people work, where there is none). */
export function winChance(partner: Partner | null, person: Person | null): number {
  const fit = person?.quality ?? 0.5;
  return partner === null ? 0.35 + 0.2 * fit : 0.1 + 0.5 * partner.hidden.skill + 0.2 * fit;
}
