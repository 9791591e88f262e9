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
export function byPosition(at: readonly Moment[], shares: PositionShares, milestones: Milestones): bigint[] {
  return atPlaces(at.length, shares, {
    lead: lastUpTo(at, milestones.leadAt),
    deal: lastUpTo(at, milestones.dealAt),
  });
}

/** The same, where it is known which touch made the lead and which the deal (from 0). */
export function atPlaces(
  touches: number,
  shares: PositionShares,
  made: { readonly lead: number | null; readonly deal: number | null },
): bigint[] {
  if (touches === 0) return [];
  const places: Readonly<Record<Exclude<Position, 'middle'>, number | null>> = { first: 0, ...made, last: touches - 1 };
  const held = POSITIONS.flatMap((position): { place: number; share: bigint }[] => {
    if (position === 'middle') return [];
    const place = places[position];
    const share = whole(shares[position] ?? 0);
    return place === null || share === 0n ? [] : [{ place, share }];
  });
  const taken = new Set(held.map(({ place }) => place));
  const others = BigInt(touches - taken.size);
  const middle = whole(shares.middle ?? 0);
  // Multiplied by the number of the others, so that they share the middle without a remainder.
  const weights = Array.from({ length: touches }, (_, place) => (taken.has(place) ? 0n : middle));
  for (const { place, share } of held)
    weights[place] = (weights[place] ?? 0n) + share * (others > 0n && middle > 0n ? others : 1n);
  return weights.some((weight) => weight > 0n) ? weights : weights.map(() => 1n);
}

/** The last touch not after a milestone: the one that made it. */
export function lastUpTo(at: readonly Moment[], milestone: Moment | null): number | null {
  if (milestone === null) return null;
  const after = at.findIndex((moment) => compareMoments(moment, milestone) > 0);
  const count = after < 0 ? at.length : after;
  return count === 0 ? null : count - 1;
}

/** Shares such as 22.5 as whole numbers. */
function whole(share: number): bigint {
  return BigInt(Math.round(share * 1e6));
}
