/**
 * The aggregate that the literature defines: of many paths, how much of all conversions each channel is credited with. It is
 * not what the ledger credits, which is shared out deal by deal.
 */
import type { Moment } from '../moment.ts';
import { creditingOf } from './crediting.ts';
import type { PathRow } from './journeys.ts';
import { fitMarkov } from './markov.ts';
import { fitShapley, looksLikeCoalitions } from './shapley.ts';
import type { ModelSpec, Position, PositionShares } from './spec.ts';
import type { TimedTouch } from './touches.ts';

/** Paths as a file states them. */
export interface StatedPath extends PathRow {
  /** Days of the touches, on any scale, not falling; null: not stated. */
  readonly days: readonly number[] | null;
  /** Places (from 0) of the touches that made the lead and the deal; null: not stated. */
  readonly lead: number | null;
  readonly deal: number | null;
}

/** How Shapley reads the paths: as journeys, or as the worth of coalitions; "auto": by how they look. */
export type WorthOf = 'auto' | 'paths' | 'coalitions';

export interface ChannelCredit {
  readonly channel: string;
  /** Conversions, and what they are worth; they add up to those of all paths. */
  readonly credit: number;
  readonly value: number;
  /** Of all conversions: 0 to 1. */
  readonly share: number;
  /** Of a Markov chain. */
  readonly removalEffect?: number;
}

export interface Aggregate {
  /** In order of credit, the largest first; equal ones by name. */
  readonly channels: readonly ChannelCredit[];
  readonly conversions: number;
  readonly value: number;
  readonly nulls: number;
  /** Of a Markov chain: the probability that a journey converts. */
  readonly conversionRate?: number;
  /** What was taken for granted, in words. */
  readonly notes: readonly string[];
}

/** @throws Unfit where the model cannot be fitted to the paths */
export function aggregate(spec: ModelSpec, rows: readonly StatedPath[], worth: WorthOf = 'auto'): Aggregate {
  const totals = {
    conversions: rows.reduce((sum, row) => sum + row.conversions, 0),
    value: rows.reduce((sum, row) => sum + row.value, 0),
    nulls: rows.reduce((sum, row) => sum + row.nulls, 0),
  };
  if (spec.kind === 'markov') {
    const fit = fitMarkov(rows, spec.order);
    const channels = fit.channels.map(({ channel, share, valueShare, removalEffect }) => ({
      channel,
      credit: share * totals.conversions,
      value: valueShare * totals.value,
      share,
      removalEffect,
    }));
    return { ...totals, channels: inOrder(channels), conversionRate: fit.conversionRate, notes: [] };
  }
  if (spec.kind === 'shapley') {
    const coalitions = worth === 'coalitions' || (worth === 'auto' && looksLikeCoalitions(rows));
    const channels = fitShapley(rows, coalitions).channels.map(({ channel, credit, value, share }) => ({
      channel,
      credit,
      value,
      share,
    }));
    const note =
      'each combination of the channels stands in the file once and is worth no less than a part of it: it was read as a table of what coalitions are worth; --worth paths reads it as journeys';
    // Of coalitions there is one whole, and not one conversion a row.
    const whole = coalitions ? { conversions: sumOf(channels, 'credit'), value: sumOf(channels, 'value') } : {};
    return { ...totals, ...whole, channels: inOrder(channels), notes: coalitions && worth === 'auto' ? [note] : [] };
  }
  return { ...totals, ...byRow(spec, rows, totals.conversions) };
}

/** Models that look at each path alone. */
function byRow(spec: ModelSpec, rows: readonly StatedPath[], conversions: number) {
  const { weigh } = creditingOf('aggregate', spec);
  const needs = spec.kind === 'position' ? needsOf(spec) : null;
  let assumed = false;
  const found = new Map<string, { credit: number; value: number }>();
  for (const row of rows) {
    const at = (place: number): Moment => ({ ms: milliseconds(row, place, spec), rank: 1 });
    const touches = row.path.map(
      (channel, place): TimedTouch => ({
        touch: { id: String(place), personId: '', campaignId: channel, campaignName: channel, kind: channel, at: '' },
        at: at(place),
      }),
    );
    const made = needs ? madeBy(row, needs) : row;
    assumed ||= made !== row;
    const weights = weigh({
      touches,
      close: at(row.path.length - 1),
      leadAt: made.lead === null ? null : at(made.lead),
      dealAt: made.deal === null ? null : at(made.deal),
    });
    const total = Number(weights.reduce((sum, weight) => sum + weight, 0n));
    row.path.forEach((channel, place) => {
      const part = total > 0 ? Number(weights[place] ?? 0n) / total : 0;
      const sofar = found.get(channel) ?? { credit: 0, value: 0 };
      found.set(channel, { credit: sofar.credit + part * row.conversions, value: sofar.value + part * row.value });
    });
  }
  const channels = [...found].map(([channel, { credit, value }]) => ({
    channel,
    credit,
    value,
    share: conversions > 0 ? credit / conversions : 0,
  }));
  const note =
    'the file does not say which touches made the lead and the deal (columns lead and deal, places from 1): places spread evenly between first and last were taken for them';
  return { channels: inOrder(channels), notes: assumed ? [note] : [] };
}

const DAY_MS = 86_400_000;

/** Positions need only the order, which days may leave open. */
function milliseconds(row: StatedPath, place: number, spec: ModelSpec): number {
  return (spec.kind === 'position' || row.days === null ? place : (row.days[place] ?? 0)) * DAY_MS;
}

/** Where a path does not say what made the lead and the deal: evenly spread between the first touch and what comes last. */
function madeBy(row: StatedPath, needs: Needs): StatedPath {
  if (row.lead !== null || row.deal !== null || (!needs.lead && !needs.deal)) return row;
  const last = row.path.length - 1;
  const place = (part: number) => Math.round(last * part);
  if (!needs.close) return { ...row, lead: needs.lead ? place(1 / 2) : null, deal: needs.deal ? last : null };
  if (needs.lead && needs.deal) return { ...row, lead: place(1 / 3), deal: place(2 / 3) };
  return { ...row, lead: needs.lead ? place(1 / 2) : null, deal: needs.deal ? place(1 / 2) : null };
}

/** Which milestones have a share, and whether the close itself has one. */
interface Needs {
  readonly lead: boolean;
  readonly deal: boolean;
  readonly close: boolean;
}

function needsOf({ shares }: { readonly shares: PositionShares }): Needs {
  const has = (position: Position) => (shares[position] ?? 0) > 0;
  return { lead: has('lead'), deal: has('deal'), close: has('last') };
}

function sumOf(channels: readonly ChannelCredit[], figure: 'credit' | 'value'): number {
  return channels.reduce((sum, channel) => sum + channel[figure], 0);
}

function inOrder<C extends ChannelCredit>(channels: readonly C[]): C[] {
  return [...channels].sort(
    (a, b) => b.credit - a.credit || (a.channel < b.channel ? -1 : a.channel > b.channel ? 1 : 0),
  );
}
