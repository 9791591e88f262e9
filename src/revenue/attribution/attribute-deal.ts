/**
 * How revenue is credited: which touches count (touches.ts), what each model says they weigh (spec.ts, crediting.ts,
 * weights.ts, markov.ts, shapley.ts, custom.ts), and here how the ledger lines of a deal are shared by those weights.
 */
import { allocate, type Money } from '../../model/money.ts';
import type { Credit, Entry, Touch } from '../../model/revenue.ts';
import { stretchesOf } from '../ledger.ts';
import { type Moment, momentOf } from '../moment.ts';
import type { Crediting, Journey } from './crediting.ts';
import { EVERY_TOUCH, eligibleTouches, type TouchRules } from './touches.ts';

/** One ledger line with its credits. Credits and the unattributed rest add up to the line exactly, in both currencies. */
export interface Attribution {
  readonly entry: Entry;
  /** At most one a touch, none of nothing. */
  readonly credits: readonly Credit[];
  readonly unattributed: Money;
  readonly unattributedReporting: Money;
}

/** What is known of a deal beside its ledger and touches. */
export interface DealContext {
  readonly rules?: TouchRules;
  /** ISO instants at which the lead was released and the deal was opened; null: not known. */
  readonly leadAt?: string | null;
  readonly dealAt?: string | null;
}

/** The credits, under one model, of lines in closed periods, by id of the line: they stay as they are. */
export type Kept = ReadonlyMap<string, readonly Credit[]>;

/**
 * Credits the ledger lines of ONE deal to the touches of its people under one model.
 *
 * The rule: after every line, the credits of the lines so far are the attribution of what stands. So a line gets the
 * attribution of what stands after it less what the lines before it gave: a reversal takes back exactly what was given, and
 * a deal adjusted in steps ends with the credits of one booked at that amount. Where no touch counts all is unattributed.
 *
 * It is a pure function of the deal's lines, the touches known now and what closed periods keep; a touch that arrives late
 * changes the credits of all lines in open periods the next time they are derived, and corrects there what closed ones
 * have given otherwise. `touches` are those of the matched people, in any order.
 */
export function attributeDeal(
  entries: readonly Entry[],
  touches: readonly Touch[],
  model: Crediting,
  context: DealContext & { readonly kept?: Kept } = {},
): Attribution[] {
  return creditUnder(model, journeysToClose(entries, touches, context), context.kept);
}

/** The lines of a deal from a booking to its reversal, with the journey to that close. */
export interface ClosedJourney extends Journey {
  readonly entries: readonly Entry[];
}

/** What all models share of a deal: its stretches with the touches that count for each. */
export function journeysToClose(
  entries: readonly Entry[],
  touches: readonly Touch[],
  { rules = EVERY_TOUCH, ...at }: DealContext = {},
): ClosedJourney[] {
  const [leadAt, dealAt] = [momentOrNull(at.leadAt), momentOrNull(at.dealAt)];
  return stretchesOf(entries).map((stretch) => {
    const close = closeOf(stretch.entries);
    return { entries: stretch.entries, close, leadAt, dealAt, touches: eligibleTouches(touches, close, rules) };
  });
}

/** Credits a deal, made ready by `journeysToClose`, under one model: see `attributeDeal`. */
export function creditUnder(model: Crediting, journeys: readonly ClosedJourney[], kept?: Kept): Attribution[] {
  return journeys.flatMap((journey) => {
    const weights = model.weigh(journey);
    const credited = journey.touches.flatMap(({ touch }, n) => {
      const weight = weights[n] ?? 0n;
      return weight > 0n ? [{ touchId: touch.id, campaignId: touch.campaignId, weight }] : [];
    });
    const given = new Given();
    let standing = 0n;
    let reporting = 0n;
    return journey.entries.map((entry) => {
      standing += entry.amount.minor;
      reporting += entry.reporting.minor;
      const old = kept?.get(entry.id);
      if (old) given.add(old);
      const credits = old ?? given.bring({ standing, reporting }, credited, entry, model.name);
      return {
        entry,
        credits,
        unattributed: restOf(entry.amount, credits, 'amount'),
        unattributedReporting: restOf(entry.reporting, credits, 'reporting'),
      };
    });
  });
}

interface Weighed {
  readonly touchId: string;
  readonly campaignId: string;
  readonly weight: bigint;
}

interface Sofar {
  readonly campaignId: string;
  readonly amount: bigint;
  readonly reporting: bigint;
}

/** What the touches of a stretch have so far. */
class Given {
  readonly #sofar = new Map<string, Sofar>();

  add(credits: readonly Credit[]): void {
    for (const { touchId, campaignId, amount, reporting } of credits) {
      const before = this.#sofar.get(touchId);
      this.#sofar.set(touchId, {
        campaignId,
        amount: (before?.amount ?? 0n) + amount.minor,
        reporting: (before?.reporting ?? 0n) + reporting.minor,
      });
    }
  }

  /** The credits of a line that bring the touches to their shares of what stands after it, in both currencies. */
  bring(
    after: { readonly standing: bigint; readonly reporting: bigint },
    weighed: readonly Weighed[],
    entry: Entry,
    model: string,
  ): Credit[] {
    const amounts = sharesOf({ ...entry.amount, minor: after.standing }, weighed);
    const reportings = sharesOf({ ...entry.reporting, minor: after.reporting }, weighed);
    const credits: Credit[] = [];
    const credit = (touchId: string, campaignId: string, amount: bigint, reporting: bigint) => {
      if (amount === 0n && reporting === 0n) return;
      credits.push({
        entryId: entry.id,
        model,
        touchId,
        campaignId,
        amount: { ...entry.amount, minor: amount },
        reporting: { ...entry.reporting, minor: reporting },
      });
    };
    const known = new Set<string>();
    weighed.forEach(({ touchId, campaignId }, n) => {
      known.add(touchId);
      const before = this.#sofar.get(touchId);
      credit(
        touchId,
        campaignId,
        (amounts[n] ?? 0n) - (before?.amount ?? 0n),
        (reportings[n] ?? 0n) - (before?.reporting ?? 0n),
      );
    });
    // Touches that counted when a period was closed and count no more.
    for (const [touchId, { campaignId, amount, reporting }] of this.#sofar)
      if (!known.has(touchId)) credit(touchId, campaignId, -amount, -reporting);
    this.add(credits);
    return credits;
  }
}

function sharesOf(standing: Money, weighed: readonly Weighed[]): bigint[] {
  if (weighed.length === 0) return [];
  return allocate(
    standing,
    weighed.map(({ weight }) => weight),
  ).map(({ minor }) => minor);
}

/** When the deal closed: its close date when booked, else the instant of booking. Touches after it did not bring it. */
function closeOf(entries: readonly Entry[]): Moment {
  const [booking] = entries;
  if (!booking) throw new RangeError('a stretch without a booking');
  return momentOf(booking.closeDate ?? booking.at);
}

function momentOrNull(text: string | null | undefined): Moment | null {
  return text === null || text === undefined ? null : momentOf(text);
}

function restOf(whole: Money, credits: readonly Credit[], part: 'amount' | 'reporting'): Money {
  const credited = credits.reduce((total, credit) => total + credit[part].minor, 0n);
  return { minor: whole.minor - credited, currency: whole.currency };
}
