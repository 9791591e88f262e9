import { allocate, type Money } from '../model/money.ts';
import type { Credit, Entry, Model, Touch } from '../model/revenue.ts';
import { stretchesOf } from './ledger.ts';
import { compareIds, compareMoments, isWithin, type Moment, momentOf } from './moment.ts';

/** How far back from the close touches count; null: without limit. */
export interface Window {
  readonly days: number | null;
}

/** One ledger line with its credits. Credits and the unattributed rest add up to the line's amount exactly. */
export interface Attribution {
  readonly entry: Entry;
  /** At most one a touch, none of zero. */
  readonly credits: readonly Credit[];
  readonly unattributed: Money;
}

/**
 * Credits the ledger lines of ONE deal to the touches of its people under one model.
 *
 * The rule: after every line, the credits of the lines so far are the attribution of what stands. So a line gets the
 * attribution of what stands after it less that of what stood before it: a reversal takes back exactly what was given, and a
 * deal adjusted in steps ends with the credits of one booked at that amount. Where no touch counts all is unattributed.
 *
 * It is a pure function of the deal's lines and the touches known now; a touch that arrives late changes the credits of the
 * whole deal the next time they are derived. `touches` are those of the matched people, in any order.
 */
export function attributeDeal(
  entries: readonly Entry[],
  touches: readonly Touch[],
  model: Model,
  window: Window = { days: null },
): Attribution[] {
  return stretchesOf(entries).flatMap((stretch) => {
    const credited = creditedTouches(eligibleTouches(touches, closeOf(stretch.entries), window), model);
    let standing = 0n;
    let before = credited.map(() => 0n);
    return stretch.entries.map((entry) => {
      standing += entry.amount.minor;
      const after = share({ minor: standing, currency: entry.amount.currency }, credited.length);
      const credits = credited.flatMap((touch, index): Credit[] => {
        const minor = (after[index] ?? 0n) - (before[index] ?? 0n);
        if (minor === 0n) return [];
        const amount = { minor, currency: entry.amount.currency };
        return [{ entryId: entry.id, model, touchId: touch.id, campaignId: touch.campaignId, amount }];
      });
      before = after;
      return { entry, credits, unattributed: restOf(entry.amount, credits) };
    });
  });
}

/**
 * The touches that count for a deal closed at `close`, in order of time: those at or before it and within the window. A
 * calendar date orders after the instants of its day; equals order by id. What two records tell of the same person,
 * campaign, kind and time is one touch.
 */
function eligibleTouches(touches: readonly Touch[], close: Moment, window: Window): Touch[] {
  const timed = touches
    .map((touch) => ({ touch, at: momentOf(touch.at) }))
    .filter(({ at }) => compareMoments(at, close) <= 0 && (window.days === null || isWithin(at, close, window.days)))
    .sort((a, b) => compareMoments(a.at, b.at) || compareIds(a.touch.id, b.touch.id));
  const seen = new Set<string>();
  return timed.flatMap(({ touch, at }) => {
    const same = JSON.stringify([touch.personId, touch.campaignId, touch.kind, at.ms, at.rank]);
    if (seen.has(same)) return [];
    seen.add(same);
    return [touch];
  });
}

/** Those of the touches, given in order of time, that the model credits, in equal parts. */
function creditedTouches(touches: readonly Touch[], model: Model): readonly Touch[] {
  switch (model) {
    case 'first':
      return touches.slice(0, 1);
    case 'last':
      return touches.slice(-1);
    case 'linear':
      return touches;
  }
}

function share(amount: Money, parts: number): bigint[] {
  if (parts === 0) return [];
  return allocate(amount, new Array<bigint>(parts).fill(1n)).map((part) => part.minor);
}

/** When the deal closed: its close date when booked, else the instant of booking. Touches after it did not bring it. */
function closeOf(entries: readonly Entry[]): Moment {
  const [booking] = entries;
  if (!booking) throw new RangeError('a stretch without a booking');
  return momentOf(booking.closeDate ?? booking.at);
}

function restOf(amount: Money, credits: readonly Credit[]): Money {
  const credited = credits.reduce((total, credit) => total + credit.amount.minor, 0n);
  return { minor: amount.minor - credited, currency: amount.currency };
}
