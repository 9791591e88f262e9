import { compareMoments, type Moment } from '../moment.ts';
import { POSITIONS, type Position, type PositionShares } from './spec.ts';

/**
 * Weights say in which proportion touches share a deal. They are whole numbers, so that money is divided by them without
 * floating point; a touch of weight zero gets nothing.
 */
export type Weights = readonly bigint[];

/** When a lead was released and its deal was opened; null: not known. */
export interface Milestones {
  readonly leadAt: Moment | null;
  readonly dealAt: Moment | null;
}

/** Fractions become whole numbers of this part of the largest weight, well under a cent of any deal. */
const UNIT = 1e15;
const DAY_MS = 86_400_000;

/** Weights in proportion to numbers that are not negative; all zero where none is above zero. */
export function weightsFrom(values: readonly number[]): bigint[] {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  if (!(largest > 0)) return values.map(() => 0n);
  return values.map((value) => BigInt(Math.round((value / largest) * UNIT)));
}

/** Half the weight for every half-life that a touch is earlier than another. @param at of the touches, in order of time */
export function timeDecay(at: readonly Moment[], halfLifeDays: number): bigint[] {
  const latest = at.at(-1)?.ms ?? 0;
  return weightsFrom(at.map(({ ms }) => 2 ** -((latest - ms) / DAY_MS / halfLifeDays)));
}

/**
 * Weights by position, for touches in order of time.
 *
 * Where positions fall on one touch it has the shares of all of them. A position that no touch has (no touch before the lead
 * was released, its release unknown, nothing in the middle) leaves its share to the others in proportion to theirs. Where
 * only positions without a share are left, as in a journey of two touches under {middle: 100}, all touches weigh the same.
 */
export function byPosition(at: readonly Moment[], shares: WholeShares, milestones: Milestones): bigint[] {
  return atPlaces(at.length, shares, {
    lead: lastUpTo(at, milestones.leadAt),
    deal: lastUpTo(at, milestones.dealAt),
  });
}

/** Shares as whole numbers in the same proportion: 22.5 counts to the sixth decimal. */
export type WholeShares = Readonly<Record<Position, bigint>>;

export function wholeShares(shares: PositionShares): WholeShares {
  return Object.fromEntries(
    POSITIONS.map((position) => [position, BigInt(Math.round((shares[position] ?? 0) * 1e6))]),
  ) as Record<Position, bigint>;
}

/** The same, where it is known which touch made the lead and which the deal (from 0). */
export function atPlaces(
  touches: number,
  shares: WholeShares,
  made: { readonly lead: number | null; readonly deal: number | null },
): bigint[] {
  if (touches === 0) return [];
  const held = new Array<bigint>(touches).fill(0n);
  const hold = (place: number | null, share: bigint) => {
    if (place !== null) held[place] = (held[place] ?? 0n) + share;
  };
  hold(0, shares.first);
  hold(made.lead, shares.lead);
  hold(made.deal, shares.deal);
  hold(touches - 1, shares.last);
  const others = held.reduce((count, share) => count + (share === 0n ? 1 : 0), 0);
  // Multiplied by the number of the others, so that they share the middle without a remainder.
  const times = others > 0 && shares.middle > 0n ? BigInt(others) : 1n;
  const weights = held.map((share) => (share === 0n ? shares.middle : share * times));
  return weights.some((weight) => weight > 0n) ? weights : weights.map(() => 1n);
}

/** The last touch not after a milestone: the one that made it. */
export function lastUpTo(at: readonly Moment[], milestone: Moment | null): number | null {
  if (milestone === null) return null;
  const after = at.findIndex((moment) => compareMoments(moment, milestone) > 0);
  const count = after < 0 ? at.length : after;
  return count === 0 ? null : count - 1;
}
