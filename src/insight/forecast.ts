/**
 * What will be won in the days to come, with its interval, and how well the same method would have done before. Pure.
 *
 * The past is cut into windows as long as the time asked for, going back from the day of the forecast. Of the deals that were open at the
 * start of each window it is known how many were won within it, by how old they were and, where it was kept, in which stage they
 * stood. These rates, drawn to each other (shrink-rates.ts), are the chances of the deals that are open now. What is won of deals that are not
 * there yet is drawn from what such deals brought in the windows before. Sums are drawn many times: rates from what they may be, deals won or
 * not, and a common factor by which windows differed more than that explains. A test of the past sees only what was known then,
 * but for amounts and close dates that were changed since.
 */
import { drawBeta, drawNormal, type Random, randomFrom } from './random.ts';
import { peerRates, type ShrunkRate, shrinkRate } from './shrink-rates.ts';

export interface ForecastDeal {
  readonly id: string;
  /** Days since 1970-01-01. */
  readonly created: number;
  /** Null: open. */
  readonly closed: number | null;
  readonly won: boolean;
  /** In minor units of the reporting currency; estimated with, so that a number will do. Null: none is stated. */
  readonly amount: number | null;
  readonly stage: string;
  /** Since which day it stood in which stage, as far as it was seen, in order. */
  readonly stages: readonly { readonly since: number; readonly stage: string }[];
}

export interface ForecastRules {
  /** Days to look ahead. */
  readonly days: number;
  readonly confidence: number;
  readonly seed: number;
}

export interface StageForecast {
  readonly stage: string;
  readonly deals: number;
  readonly amount: number;
  /** Of the amount, what is to be expected within the time. */
  readonly expected: number;
}

export interface Sum {
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

export interface Forecast {
  /** Days since 1970-01-01, the first left out, the last included. */
  readonly from: number;
  readonly to: number;
  /** Of deals that are open; of deals that are to come; both. */
  readonly open: Sum;
  readonly coming: Sum;
  readonly total: Sum;
  readonly stages: readonly StageForecast[];
  /** Windows that it was learned from. */
  readonly windows: number;
  /** Open deals without an amount: they count with the median of those won. */
  readonly withoutAmount: number;
}

export interface Backtest {
  readonly windows: readonly (Sum & { readonly from: number; readonly to: number; readonly actual: number })[];
  /** How many of them ended within the interval. */
  readonly held: number;
  /** Mean error beside the mean of what was won, without and with its sign; null where nothing was ever won. */
  readonly error: number | null;
  readonly bias: number | null;
  /** The error of taking for a window what the one before it brought. */
  readonly naiveError: number | null;
}

/** Why nothing can be said. */
export class NoForecast extends Error {
  override readonly name = 'NoForecast';
}

const MOST_WINDOWS = 8;
const LEAST_WINDOWS = 3;
/** Deals that were open at the start of windows, all together. */
const LEAST_EXAMPLES = 20;
/** Fewer past deals of a stage and age speak by their age alone. */
const LEAST_OF_STAGE = 20;
const DRAWS = 2_000;
const MOST_TESTED = 6;
/** The ages at which deals are told apart: up to so many days. */
const AGES = [14, 30, 60, 90, 180, 365];

/** Forecasts from `day` on; throws NoForecast where the past is too short. The order of deals changes nothing. */
export function forecast(deals: readonly ForecastDeal[], day: number, rules: ForecastRules): Forecast {
  const known = [...deals].filter(({ created }) => created <= day).sort((a, b) => (a.id < b.id ? -1 : 1));
  const typical = medianOf(known.flatMap((deal) => (deal.won && isClosedBy(deal, day) ? (deal.amount ?? []) : [])));
  const amountOf = (deal: ForecastDeal) => deal.amount ?? typical;
  const windows = windowsBefore(known, day, rules.days);
  const examples = windows.flatMap(({ open, from, to }) =>
    open.map((deal) => ({ deal, at: from, won: isWonBy(deal, to) })),
  );
  if (windows.length < LEAST_WINDOWS || examples.length < LEAST_EXAMPLES)
    throw new NoForecast(
      `the past holds ${windows.length} times ${rules.days} days with ${examples.length} open deals in all: ${LEAST_WINDOWS} times and ${LEAST_EXAMPLES} deals are needed`,
    );
  const rateOf = learnRates(examples, rules.confidence);
  const open = known.filter((deal) => !isClosedBy(deal, day));
  const cells = cellsOf(open, (deal) => rateOf(stageAt(deal, day), day - deal.created), amountOf);
  const spread = spreadBeyond(windows, rateOf, amountOf);
  const coming = windows.map(({ coming: deals }) => sum(deals.map(amountOf)));
  const random = randomFrom(rules.seed ^ day);
  const draws = Array.from({ length: DRAWS }, () => {
    const factor = Math.exp(spread * drawNormal(random) - (spread * spread) / 2);
    const ofOpen = factor * sum(cells.map((cell) => drawCell(cell, random)));
    return [ofOpen, coming[Math.floor(random() * coming.length)] ?? 0] as const;
  });
  const expectedOpen = sum(cells.map(({ rate, amounts }) => rate.estimate * sum(amounts)));
  const expectedComing = sum(coming) / coming.length;
  const span = (expected: number, values: readonly number[]): Sum => ({
    expected,
    ...between(values, rules.confidence),
  });
  return {
    from: day,
    to: day + rules.days,
    open: span(
      expectedOpen,
      draws.map(([ofOpen]) => ofOpen),
    ),
    coming: span(
      expectedComing,
      draws.map(([, ofComing]) => ofComing),
    ),
    total: span(
      expectedOpen + expectedComing,
      draws.map(([ofOpen, ofComing]) => ofOpen + ofComing),
    ),
    stages: [...Map.groupBy(open, (deal) => stageAt(deal, day) || 'not known')]
      .map(([stage, mine]) => ({
        stage,
        deals: mine.length,
        amount: sum(mine.map(amountOf)),
        expected: sum(mine.map((deal) => rateOf(stageAt(deal, day), day - deal.created).estimate * amountOf(deal))),
      }))
      .sort((a, b) => b.expected - a.expected || (a.stage < b.stage ? -1 : 1)),
    windows: windows.length,
    withoutAmount: open.filter(({ amount }) => amount === null).length,
  };
}

/** Forecasts the windows that have passed by what was known before each, the newest last; none where the past is too short. */
export function backtest(deals: readonly ForecastDeal[], day: number, rules: ForecastRules): Backtest {
  const tested = Array.from({ length: MOST_TESTED }, (_, n) => day - (MOST_TESTED - n) * rules.days).flatMap((at) => {
    const asThen = deals.flatMap((deal): ForecastDeal[] => {
      if (deal.created > at) return [];
      return [isClosedBy(deal, at) ? deal : { ...deal, closed: null, won: false, stage: stageAt(deal, at) }];
    });
    try {
      const { total, from, to } = forecast(asThen, at, rules);
      return [
        { ...total, from, to, actual: wonBetween(deals, from, to), before: wonBetween(deals, from - rules.days, from) },
      ];
    } catch (error) {
      if (error instanceof NoForecast) return [];
      throw error;
    }
  });
  const actual = sum(tested.map((window) => window.actual));
  const beside = (errors: readonly number[]) => (actual === 0 ? null : sum(errors) / actual);
  return {
    windows: tested.map(({ before: _before, ...window }) => window),
    held: tested.filter((window) => window.low <= window.actual && window.actual <= window.high).length,
    error: beside(tested.map((window) => Math.abs(window.expected - window.actual))),
    bias: beside(tested.map((window) => window.expected - window.actual)),
    naiveError: beside(tested.map((window) => Math.abs(window.before - window.actual))),
  };
}

interface Window {
  readonly from: number;
  readonly to: number;
  /** Deals that were open at its start; won ones that were made within it. */
  readonly open: readonly ForecastDeal[];
  readonly coming: readonly ForecastDeal[];
}

function windowsBefore(deals: readonly ForecastDeal[], day: number, days: number): Window[] {
  const first = deals.reduce((least, { created }) => Math.min(least, created), Number.POSITIVE_INFINITY);
  return Array.from({ length: MOST_WINDOWS }, (_, n) => day - (n + 1) * days)
    .filter((from) => from >= first)
    .map((from): Window => {
      const to = from + days;
      return {
        from,
        to,
        open: deals.filter((deal) => deal.created <= from && !isClosedBy(deal, from)),
        coming: deals.filter((deal) => deal.created > from && isWonBy(deal, to)),
      };
    });
}

function isClosedBy({ closed }: ForecastDeal, day: number): boolean {
  return closed !== null && closed <= day;
}

function isWonBy(deal: ForecastDeal, day: number): boolean {
  return deal.won && isClosedBy(deal, day);
}

function wonBetween(deals: readonly ForecastDeal[], from: number, to: number): number {
  return sum(deals.filter((deal) => isWonBy(deal, to) && !isClosedBy(deal, from)).map(({ amount }) => amount ?? 0));
}

/** The stage in which a deal stood; '' where nobody saw it. */
function stageAt({ closed, stage, stages }: ForecastDeal, day: number): string {
  const seen = stages.findLast(({ since }) => since <= day)?.stage;
  // What is open stands where it stands, also where the day on which it came there was not seen.
  return seen ?? (closed === null && stages.length === 0 ? stage : '');
}

type RateOf = (stage: string, age: number) => ShrunkRate;

function learnRates(
  examples: readonly { readonly deal: ForecastDeal; readonly at: number; readonly won: boolean }[],
  confidence: number,
): RateOf {
  const count = (keyOf: (example: (typeof examples)[number]) => string | null) => {
    const shares = new Map<string, { hits: number; of: number }>();
    for (const example of examples) {
      const key = keyOf(example);
      if (key === null) continue;
      const known = shares.get(key) ?? { hits: 0, of: 0 };
      shares.set(key, { hits: known.hits + (example.won ? 1 : 0), of: known.of + 1 });
    }
    return { shares, peers: peerRates([...shares.values()]) };
  };
  const byAge = count(({ deal, at }) => String(bandOf(at - deal.created)));
  const byStage = count(({ deal, at }) => {
    const stage = stageAt(deal, at);
    return stage === '' ? null : JSON.stringify([stage, bandOf(at - deal.created)]);
  });
  const made = new Map<string, ShrunkRate>();
  return (stage, age) => {
    const band = bandOf(age);
    const key = JSON.stringify([stage, band]);
    const ready = made.get(key);
    if (ready) return ready;
    const ofStage = byStage.shares.get(key);
    const speaks = byStage.peers !== null && ofStage !== undefined && ofStage.of >= LEAST_OF_STAGE;
    const { peers, shares } = speaks ? byStage : byAge;
    if (peers === null) throw new RangeError('rates were asked of no examples');
    const share = speaks ? ofStage : (shares.get(String(band)) ?? { hits: 0, of: 0 });
    const rate = shrinkRate(peers, share ?? { hits: 0, of: 0 }, confidence);
    made.set(key, rate);
    return rate;
  };
}

function bandOf(age: number): number {
  const band = AGES.findIndex((limit) => age <= limit);
  return band === -1 ? AGES.length : band;
}

/** Deals with the same chance. */
interface Cell {
  readonly rate: ShrunkRate;
  readonly amounts: readonly number[];
}

function cellsOf(
  deals: readonly ForecastDeal[],
  rateOf: (deal: ForecastDeal) => ShrunkRate,
  amountOf: (deal: ForecastDeal) => number,
): Cell[] {
  return [...Map.groupBy(deals, rateOf)].map(([rate, mine]) => ({ rate, amounts: mine.map(amountOf) }));
}

/** From so many deals on their sum is as good as normal. */
const MANY = 60;

/** What a cell may bring: its rate is drawn, then each deal. */
function drawCell({ rate, amounts }: Cell, random: Random): number {
  const p = drawBeta(rate.a, rate.b, random);
  if (amounts.length <= MANY) return sum(amounts.map((amount) => (random() < p ? amount : 0)));
  const variance = p * (1 - p) * sum(amounts.map((amount) => amount * amount));
  return Math.max(0, p * sum(amounts) + Math.sqrt(variance) * drawNormal(random));
}

/** By how much windows differed beyond what chance and rates explain, as a share of what was to be expected. */
function spreadBeyond(windows: readonly Window[], rateOf: RateOf, amountOf: (deal: ForecastDeal) => number): number {
  const beyond = windows.flatMap(({ from, to, open }) => {
    const chances = open.map((deal) => ({
      p: rateOf(stageAt(deal, from), from - deal.created).estimate,
      amount: amountOf(deal),
      won: isWonBy(deal, to),
    }));
    const expected = sum(chances.map(({ p, amount }) => p * amount));
    if (expected === 0) return [];
    const actual = sum(chances.map(({ won, amount }) => (won ? amount : 0)));
    const variance = sum(chances.map(({ p, amount }) => p * (1 - p) * amount * amount));
    return [((actual - expected) ** 2 - variance) / expected ** 2];
  });
  return beyond.length === 0 ? 0 : Math.sqrt(Math.max(0, sum(beyond) / beyond.length));
}

function between(values: readonly number[], confidence: number): { low: number; high: number } {
  const ordered = [...values].sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  const at = (share: number) => ordered[Math.round(share * (ordered.length - 1))] ?? 0;
  return { low: at(tail), high: at(1 - tail) };
}

function medianOf(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
