/** Why a lead got the chance it got, in words. */
import { binLabel } from './bins.ts';
import { binRows, type Take } from './features.ts';
import type { ScoreModel } from './model.ts';
import type { Table } from './table.ts';

export interface PredictiveReason {
  readonly column: string;
  readonly value: string;
  /** What it adds to the log-odds, against the usual lead. */
  readonly points: number;
  /** `Lead source Reference: +1.2 (wins 92 % of the time against 38 % overall)` */
  readonly text: string;
}

type Learned = Pick<ScoreModel, 'features' | 'calibration' | 'trained'>;

/** A function that gives the reasons of a row, the weightiest first; what adds less than 0.05 is none. */
export function reasonsIn(model: Learned, table: Table, most = 5): (row: number) => PredictiveReason[] {
  const binned = binRows(model.features, table);
  return (row) =>
    model.features
      .map((_, n) => reason(model, n, binned[n]?.bins[row] ?? 0))
      .filter(({ points }) => Math.abs(points) >= 0.05)
      .sort(byWeight)
      .slice(0, most);
}

/** What moves the score most over all leads: points of a bin, weighted by how many leads fall into it; two a column. */
export function topReasons(model: Learned, most = 12): (PredictiveReason & { readonly leads: number })[] {
  const weighty = (each: { readonly points: number; readonly leads: number }) =>
    Math.abs(each.points) * Math.sqrt(each.leads);
  return model.features
    .flatMap(({ bins }, n) =>
      bins
        .map(({ leads }, bin) => ({ ...reason(model, n, bin), leads }))
        .filter(({ leads }) => leads > 0)
        .sort((a, b) => weighty(b) - weighty(a))
        .slice(0, 2),
    )
    .sort((a, b) => weighty(b) - weighty(a))
    .slice(0, most);
}

function byWeight(a: PredictiveReason, b: PredictiveReason): number {
  return Math.abs(b.points) - Math.abs(a.points);
}

function reason({ features, calibration, trained }: Learned, n: number, bin: number): PredictiveReason {
  const { column, take, binning, bins } = features[n] as Learned['features'][number];
  const usual = bins.reduce((sum, { leads, points }) => sum + leads * points, 0) / trained.leads;
  const { leads = 0, wins = 0, points: raw = 0 } = bins[bin] ?? {};
  const points = calibration.slope * (raw - usual);
  const value = `${binLabel(binning, bin)}${UNITS[take.as]}`;
  const history =
    leads === 0
      ? 'never seen before'
      : `wins ${percent(wins / leads)} of the time against ${percent(trained.wonShare)} overall`;
  return {
    column,
    value,
    points,
    text: `${column} ${value}: ${points < 0 ? '-' : '+'}${Math.abs(points).toFixed(1)} (${history})`,
  };
}

const UNITS: Readonly<Record<Take['as'], string>> = {
  value: '',
  'days-before': ' days before the lead',
  month: ' (month)',
  weekday: ' (weekday)',
};

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
