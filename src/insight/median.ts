import { normalQuantile } from '../model/statistics.ts';

/** Which of `of` values in order are the middle one and the ends of an interval of the median, counted from 1. */
export interface MedianRanks {
  readonly middle: number;
  /** Null where so few values give no interval of that confidence. */
  readonly ends: readonly [low: number, high: number] | null;
}

/**
 * The ranks of a median and of its interval, which holds whatever the values are distributed like: the number of values below the
 * median is binomial(of, 1/2) (W. R. Thompson, 1936). The narrowest ranks that keep the confidence, alike on both sides.
 */
export function medianRanks(of: number, confidence: number): MedianRanks {
  const middle = Math.ceil(of / 2);
  const tail = (1 - confidence) / 2;
  if (of > EXACT_RANKS) {
    const low = Math.floor((of + 1) / 2 - (-normalQuantile(tail) * Math.sqrt(of)) / 2);
    return { middle, ends: [low, of + 1 - low] };
  }
  let low = 0;
  let term = 0.5 ** of;
  let below = term;
  while (below <= tail && low < of) {
    low++;
    term *= (of - low + 1) / low;
    below += term;
  }
  return { middle, ends: low === 0 ? null : [low, of + 1 - low] };
}

/** From so many values on the normal distribution gives the same ranks. */
export const EXACT_RANKS = 400;
