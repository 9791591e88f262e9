import type { Touch } from '../../model/revenue.ts';
import { type Moment, momentOf } from '../moment.ts';
import { type ChannelShares, channelOf } from './crediting.ts';
import type { PathRow } from './journeys.ts';
import { fitMarkov } from './markov.ts';
import { fitShapley } from './shapley.ts';
import type { FittedSpec } from './spec.ts';
import { eligibleTouches, type TouchRules } from './touches.ts';

/** What a fitted model learned, as it is kept. */
export interface LearnedChannel {
  readonly channel: string;
  readonly share: number;
  /** Of a Markov chain: the part of the conversions that would be missing without the channel. */
  readonly removalEffect?: number;
}

/** A way to a deal, or to none. */
export interface PastJourney {
  readonly touches: readonly Touch[];
  /** When it ended: touches after that have no part in it. Null: at its last touch. */
  readonly end: string | null;
  readonly converted: boolean;
}

/** @throws Unfit where the journeys do not allow it, with what to do */
export function learn(spec: FittedSpec, journeys: readonly PastJourney[], rules: TouchRules): LearnedChannel[] {
  const rows = pathsOf(journeys, spec, rules);
  if (spec.kind === 'markov')
    return fitMarkov(rows, spec.order).channels.map(({ channel, share, removalEffect }) => ({
      channel,
      share,
      removalEffect,
    }));
  return fitShapley(rows).channels.map(({ channel, share }) => ({ channel, share }));
}

export function sharesFrom(learned: readonly LearnedChannel[]): ChannelShares {
  return new Map(learned.map(({ channel, share }) => [channel, share]));
}

/** The journeys as paths of channels, those alike put together. Journeys in which no touch counts are none. */
function pathsOf(journeys: readonly PastJourney[], spec: FittedSpec, rules: TouchRules): PathRow[] {
  const rows = new Map<string, { path: string[]; conversions: number; nulls: number; value: number }>();
  for (const { touches, end, converted } of journeys) {
    const counted = eligibleTouches(touches, end === null ? lastOf(touches) : momentOf(end), rules);
    if (counted.length === 0) continue;
    const path = counted.map((touch) => channelOf(touch, spec.by));
    const key = JSON.stringify(path);
    const row = rows.get(key) ?? { path, conversions: 0, nulls: 0, value: 0 };
    if (converted) row.conversions += 1;
    else row.nulls += 1;
    rows.set(key, row);
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function lastOf(touches: readonly Touch[]): Moment {
  const moments = touches.map(({ at }) => momentOf(at));
  return { ms: moments.reduce((latest, { ms }) => Math.max(latest, ms), 0), rank: 1 };
}
