/**
 * Attribution by removal effects in an absorbing Markov chain, solved exactly by linear algebra.
 *
 * A journey is: start, then one state for each run of `order` touches in a row (a journey with fewer is one state), then
 * conversion or null. Probabilities of the steps are the shares of journeys that took them. The removal effect of a channel
 * is the part of all conversions whose way leads through it: what would be lost if each step to it led to null instead.
 * Credits are proportional to the removal effects. A channel that follows itself adds nothing at order 1: to stay in a
 * state does not change where the way ends. These are the definitions of Anderl et al. (2016) and of the R package
 * ChannelAttribution, which estimates by simulation what is solved here.
 *
 * A conversion is worth the mean value of the conversions that came straight after the same state.
 */
import { type ChannelWeight, channelsOf, type PathRow, Unfit } from './journeys.ts';
import { inverse, type Square } from './linear-algebra.ts';

export interface MarkovChannel extends ChannelWeight {
  /** From 0 to 1: the part of the conversions that is lost without the channel. */
  readonly removalEffect: number;
  /** The part of the value that is lost. */
  readonly valueRemovalEffect: number;
}

export interface MarkovFit {
  /** The probability that a journey converts. */
  readonly conversionRate: number;
  readonly channels: readonly MarkovChannel[];
}

/** More states than these are too many to solve in a few seconds, and to learn from. */
const MOST_STATES = 1500;

/** @throws Unfit where the paths make too many states */
export function fitMarkov(rows: readonly PathRow[], order: number): MarkovFit {
  const channels = channelsOf(rows);
  const chain = chainOf(rows, channels, order);
  const visits = visitsOf(chain);
  const atStart = (gain: Float64Array) => chain.start.reduce((sum, p, state) => sum + p * (gain[state] ?? 0), 0);
  // What is gained in the end from each state on: once counting conversions, once their worth.
  const converts = gainOf(visits, chain.converts);
  const worth = gainOf(visits, chain.worth);
  const rate = atStart(converts);
  const value = atStart(worth);
  const effects = channels.map((channel, place) => {
    const through = throughStates(chain, visits, place);
    const lost = (gain: Float64Array, total: number) =>
      total > 0 ? clamp(through.reduce((sum, [state, p]) => sum + p * (gain[state] ?? 0), 0) / total) : 0;
    return { channel, removalEffect: lost(converts, rate), valueRemovalEffect: lost(worth, value) };
  });
  const sum = effects.reduce((total, { removalEffect }) => total + removalEffect, 0);
  const valueSum = effects.reduce((total, { valueRemovalEffect }) => total + valueRemovalEffect, 0);
  return {
    conversionRate: rate,
    channels: effects.map((effect) => ({
      ...effect,
      share: sum > 0 ? effect.removalEffect / sum : 0,
      valueShare: valueSum > 0 ? effect.valueRemovalEffect / valueSum : 0,
    })),
  };
}

interface Chain {
  readonly size: number;
  /** Probability of each state to be the first. */
  readonly start: Float64Array;
  /** Of the step from row to column. */
  readonly steps: Float64Array;
  /** Of the step to conversion, and what that is worth on average. */
  readonly converts: Float64Array;
  readonly worth: Float64Array;
  /** By channel: the states that hold it. */
  readonly statesOf: readonly (readonly number[])[];
}

function chainOf(rows: readonly PathRow[], channels: readonly string[], order: number): Chain {
  const placeOf = new Map(channels.map((channel, place) => [channel, place]));
  const states = new Map<string, number>();
  const statesOf: number[][] = channels.map(() => []);
  const stateOf = (run: readonly number[]): number => {
    const key = run.join(' ');
    const known = states.get(key);
    if (known !== undefined) return known;
    const made = states.size;
    if (made === MOST_STATES)
      throw new Unfit(
        `the paths have more than ${MOST_STATES} different ${order === 1 ? 'channels' : `runs of ${order} channels`}, too many for a Markov chain: lower the order, or group channels`,
      );
    states.set(key, made);
    for (const place of new Set(run)) statesOf[place]?.push(made);
    return made;
  };
  const walks = rows.flatMap(({ path, conversions, nulls, value }) => {
    const weight = conversions + nulls;
    if (weight === 0) return [];
    const places = path.map((channel) => placeOf.get(channel) ?? 0);
    const length = Math.min(order, places.length);
    const walk = places.slice(length - 1).map((_, n) => stateOf(places.slice(n, n + length)));
    return [{ walk, weight, conversions, value }];
  });

  const size = states.size;
  const chain = {
    size,
    start: new Float64Array(size),
    steps: new Float64Array(size * size),
    converts: new Float64Array(size),
    worth: new Float64Array(size),
    statesOf,
  };
  const left = new Float64Array(size);
  const add = (cells: Float64Array, at: number, what: number) => {
    cells[at] = (cells[at] ?? 0) + what;
  };
  let journeys = 0;
  for (const { walk, weight, conversions, value } of walks) {
    journeys += weight;
    let before: number | null = null;
    for (const state of walk) {
      if (before === null) add(chain.start, state, weight);
      else if (before !== state) {
        add(chain.steps, before * size + state, weight);
        add(left, before, weight);
      }
      before = state;
    }
    if (before === null) continue;
    add(left, before, weight);
    add(chain.converts, before, conversions);
    add(chain.worth, before, conversions > 0 ? value : 0);
  }
  for (let state = 0; state < size; state++) {
    const total = left[state] ?? 0;
    chain.start[state] = (chain.start[state] ?? 0) / journeys;
    chain.converts[state] = (chain.converts[state] ?? 0) / total;
    chain.worth[state] = (chain.worth[state] ?? 0) / total;
    for (let next = 0; next < size; next++)
      chain.steps[state * size + next] = (chain.steps[state * size + next] ?? 0) / total;
  }
  return chain;
}

/** How often each state (column) is entered on average by a way that stands in another (row): (I - steps) inverted. */
function visitsOf({ size, steps }: Chain): Square {
  const cells = steps.map((probability) => -probability);
  for (let n = 0; n < size; n++) cells[n * size + n] = 1 + (cells[n * size + n] ?? 0);
  return inverse({ size, cells });
}

function gainOf({ size, cells }: Square, atOnce: Float64Array): Float64Array {
  const gain = new Float64Array(size);
  for (let from = 0; from < size; from++) {
    let sum = 0;
    for (let at = 0; at < size; at++) sum += (cells[from * size + at] ?? 0) * (atOnce[at] ?? 0);
    gain[from] = sum;
  }
  return gain;
}

/**
 * With which probability a way first meets a channel in each of the states that hold it. Visits from the start to those
 * states are first meetings times visits among them, so the meetings are h = v * V^-1.
 */
function throughStates(chain: Chain, visits: Square, channel: number): [state: number, probability: number][] {
  const states = chain.statesOf[channel] ?? [];
  const among = new Float64Array(states.length ** 2);
  const fromStart = new Float64Array(states.length);
  states.forEach((state, column) => {
    let sum = 0;
    for (let from = 0; from < chain.size; from++)
      sum += (chain.start[from] ?? 0) * (visits.cells[from * chain.size + state] ?? 0);
    fromStart[column] = sum;
    states.forEach((from, row) => {
      among[row * states.length + column] = visits.cells[from * chain.size + state] ?? 0;
    });
  });
  const back = inverse({ size: states.length, cells: among });
  return states.map((state, column) => {
    let probability = 0;
    for (let row = 0; row < states.length; row++)
      probability += (fromStart[row] ?? 0) * (back.cells[row * states.length + column] ?? 0);
    return [state, probability];
  });
}

function clamp(effect: number): number {
  return Math.min(1, Math.max(0, effect));
}
