import type { Entry, Opportunity, Touch } from '../../src/model/revenue.ts';
import { settle } from '../../src/revenue/ledger.ts';
import { rateFinder } from '../../src/revenue/rates.ts';
import { randomFrom } from '../bench.ts';

/** The ledger of one won deal, and what its people did before. */
export interface Journey {
  readonly entries: readonly Entry[];
  readonly touches: readonly Touch[];
  /** Calendar date of the close. */
  readonly close: string;
  /** ISO instants at which its lead was released and it was opened. */
  readonly leadAt: string;
  readonly dealAt: string;
}

export interface JourneyPlan {
  readonly seed: number;
  readonly journeys: number;
  /** Of all journeys together, over half a year before each close; most have few, some up to twelve. */
  readonly touches: number;
  readonly campaigns: number;
  readonly kinds: number;
  /** One deal in so many changed its amount after it was booked, and has a second ledger line. */
  readonly adjustedOneIn: number;
}

const DAY_MS = 86_400_000;
const FIRST_CLOSE = Date.UTC(2026, 0, 1);
const MOST_TOUCHES = 12;

const RULES = { currency: 'USD', timeZone: 'UTC', ceiling: 1_000_000_000, rateOrder: [], maxAgeDays: 31 };
const NO_RATES = rateFinder([], [], 31);

export function journeysOf(plan: JourneyPlan): Journey[] {
  const random = randomFrom(plan.seed);
  const below = (limit: number) => Math.floor(random() * limit);
  let left = plan.touches;
  return Array.from({ length: plan.journeys }, (_, n) => {
    const closeMs = FIRST_CLOSE + below(365) * DAY_MS;
    const bookedAt = new Date(closeMs + DAY_MS).toISOString();
    const before = (days: number) => new Date(closeMs - below(days * DAY_MS)).toISOString();
    const deal = (minor: number): Opportunity => ({
      id: `op_${n}`,
      name: `Deal ${n}`,
      accountId: null,
      amount: { minor: BigInt(minor), currency: 'USD' },
      stage: 'Closed Won',
      isClosed: true,
      isWon: true,
      closeDate: bookedAt.slice(0, 10),
      deleted: false,
    });
    const books = { now: bookedAt, rules: RULES, findRate: NO_RATES, closedThrough: null };
    const booked = settle(deal(1 + below(10_000_000)), [], books).entries;
    const changed = n % plan.adjustedOneIn === 0;
    const adjusted = changed ? settle(deal(1 + below(10_000_000)), booked, books).entries : [];
    // What is left divided by the journeys left, and spread: many of few touches, few of many.
    const mean = left / (plan.journeys - n);
    const spread = Math.round(mean * 4 * random() ** 3);
    const count = n === plan.journeys - 1 ? left : Math.min(MOST_TOUCHES, left, spread);
    left -= count;
    const touches = Array.from({ length: count }, (_each, m): Touch => {
      const at = before(180);
      return {
        id: `to_${n}_${m}`,
        personId: `pe_${n}_${below(3)}`,
        campaignId: `ca_${below(plan.campaigns)}`,
        // Salesforce keeps only the date of a response.
        at: random() < 0.5 ? at.slice(0, 10) : at,
        kind: `kind ${below(plan.kinds)}`,
      };
    });
    return {
      entries: [...booked, ...adjusted],
      touches,
      close: bookedAt.slice(0, 10),
      leadAt: before(120),
      dealAt: before(60),
    };
  });
}
