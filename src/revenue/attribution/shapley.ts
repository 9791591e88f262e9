/**
 * Shapley values: what a channel adds to a coalition of channels, averaged over all orders in which they may come together
 * (Shapley 1953). Exact, over all subsets.
 */
import { type ChannelWeight, channelsOf, type PathRow, Unfit } from './journeys.ts';
import { MOST_SHAPLEY_CHANNELS } from './spec.ts';

/** The worth of a set of players, given as bits: bit n is player n. `worth(0)` is taken as 0. */
export type Worth = (coalition: number) => number;

/**
 * The Shapley value of each of `players`; they add up to the worth of all together.
 * @throws Unfit above the number of players for which it is exact in reasonable time
 */
export function shapleyValues(players: number, worth: Worth): number[] {
  if (players > MOST_SHAPLEY_CHANNELS)
    throw new Unfit(
      `Shapley values are reckoned exactly, for ${MOST_SHAPLEY_CHANNELS} channels at most, and here are ${players}: group channels, leave some out, or use a markov model`,
    );
  // Of the orders of n players, s! (n - s - 1)! have the players of a set of s in front of another one: as a part of n!.
  const share: number[] = [];
  for (let size = 0; size < players; size++)
    share[size] = size === 0 ? 1 / players : ((share[size - 1] ?? 0) * size) / (players - size);
  const values = new Array<number>(players).fill(0);
  const worths = Float64Array.from({ length: 2 ** players }, (_, coalition) =>
    coalition === 0 ? 0 : worth(coalition),
  );
  for (let coalition = 0; coalition < worths.length; coalition++) {
    const part = share[bitsIn(coalition)] ?? 0;
    for (let player = 0; player < players; player++) {
      const joined = coalition | (1 << player);
      if (joined === coalition) continue;
      values[player] = (values[player] ?? 0) + part * ((worths[joined] ?? 0) - (worths[coalition] ?? 0));
    }
  }
  return values;
}

export interface ShapleyFit {
  readonly channels: readonly (ChannelWeight & { readonly credit: number; readonly value: number })[];
}

/**
 * Shapley values of the channels of paths. A coalition is worth the conversions of all paths that need no other channel, so
 * the values add up to all conversions. With `coalitions` each path states the worth of exactly its channels together.
 */
export function fitShapley(rows: readonly PathRow[], coalitions = false): ShapleyFit {
  const channels = channelsOf(rows);
  const reckon = (of: (row: PathRow) => number) => {
    if (channels.length > MOST_SHAPLEY_CHANNELS) return shapleyValues(channels.length, () => 0);
    const own = new Float64Array(2 ** channels.length);
    for (const row of rows) {
      const coalition = coalitionOf(row, channels);
      own[coalition] = (own[coalition] ?? 0) + of(row);
    }
    if (!coalitions) addSubsets(own, channels.length);
    return shapleyValues(channels.length, (coalition) => own[coalition] ?? 0);
  };
  const [credits, values] = [reckon(({ conversions }) => conversions), reckon(({ value }) => value)];
  const [share, valueShare] = [sharesOf(credits), sharesOf(values)];
  return {
    channels: channels.map((channel, n) => ({
      channel,
      credit: credits[n] ?? 0,
      value: values[n] ?? 0,
      share: share[n] ?? 0,
      valueShare: valueShare[n] ?? 0,
    })),
  };
}

/**
 * Whether rows are a table of coalitions and not observed journeys: every combination of three or more channels stands
 * there exactly once, none is worth less than a part of it, and nothing is said of journeys without a conversion.
 */
export function looksLikeCoalitions(rows: readonly PathRow[]): boolean {
  const channels = channelsOf(rows);
  if (channels.length < 3 || channels.length > MOST_SHAPLEY_CHANNELS || rows.length !== 2 ** channels.length - 1)
    return false;
  const worth = new Map<number, number>([[0, 0]]);
  for (const row of rows) {
    if (row.nulls > 0 || new Set(row.path).size !== row.path.length) return false;
    worth.set(coalitionOf(row, channels), row.conversions);
  }
  if (worth.size !== 2 ** channels.length) return false;
  return [...worth].every(([coalition, all]) =>
    channels.every((_, player) => all >= (worth.get(coalition & ~(1 << player)) ?? 0)),
  );
}

/** Adds to each set the worth of all its proper subsets, channel by channel. */
function addSubsets(own: Float64Array, channels: number): void {
  for (let channel = 0; channel < channels; channel++)
    for (let coalition = 0; coalition < own.length; coalition++)
      if (coalition & (1 << channel)) own[coalition] = (own[coalition] ?? 0) + (own[coalition ^ (1 << channel)] ?? 0);
}

function coalitionOf({ path }: PathRow, channels: readonly string[]): number {
  return path.reduce((coalition, channel) => coalition | (1 << channels.indexOf(channel)), 0);
}

function sharesOf(values: readonly number[]): number[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => (total > 0 ? value / total : 0));
}

function bitsIn(coalition: number): number {
  let count = 0;
  for (let rest = coalition; rest > 0; rest &= rest - 1) count++;
  return count;
}
