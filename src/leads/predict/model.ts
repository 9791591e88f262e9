/** A trained score as a document: everything that is needed to score a lead and to say why, under a version that names its content. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { calibrated } from './calibrate.ts';
import { binRows } from './features.ts';
import type { Fit } from './fit.ts';
import { meanOf, type Numbers } from './metrics.ts';
import { logitsOf } from './scorecard.ts';
import type { Table } from './table.ts';

const order = z.enum(['day-first', 'month-first']);
const take = z.discriminatedUnion('as', [
  z.strictObject({ as: z.literal('value') }),
  z.strictObject({ as: z.literal('days-before'), order, time: z.string(), timeOrder: order }),
  z.strictObject({ as: z.literal('month'), order }),
  z.strictObject({ as: z.literal('weekday'), order }),
]);
const finite = z.number();

/** What a model file holds. */
export const scoreModelSchema = z.strictObject({
  format: z.literal('sluice-score/1'),
  /** `sc_` and the beginning of the SHA-256 of all the rest. */
  version: z.string(),
  label: z.strictObject({ column: z.string(), won: z.string() }),
  trained: z.strictObject({
    leads: z.int().min(1),
    wonShare: finite,
    time: z.string().nullable(),
    penalty: finite,
    excluded: z.array(z.string()),
  }),
  base: finite,
  calibration: z.strictObject({ slope: finite, offset: finite }),
  features: z.array(
    z.strictObject({
      column: z.string(),
      take,
      binning: z.strictObject({
        kind: z.enum(['number', 'category', 'filled']),
        edges: z.array(finite).optional(),
        values: z.array(z.string()).optional(),
      }),
      bins: z.array(z.strictObject({ leads: finite, wins: finite, points: finite })),
    }),
  ),
  /** Tenths of the chances given to the leads it learned from, to watch drift by. */
  scores: z.strictObject({ edges: z.array(finite), leads: z.array(finite) }),
});
export type ScoreModel = z.infer<typeof scoreModelSchema>;

/** @param excluded columns that were kept out */
export function modelOf(
  fit: Fit,
  table: Table,
  outcomes: Numbers,
  about: {
    readonly label: string;
    readonly won: string;
    readonly time: string | null;
    readonly excluded: readonly string[];
  },
): ScoreModel {
  const bare = {
    format: 'sluice-score/1' as const,
    label: { column: about.label, won: about.won },
    trained: {
      leads: table.size,
      wonShare: meanOf(outcomes),
      time: about.time,
      penalty: fit.penalty,
      excluded: [...about.excluded],
    },
    base: fit.scorecard.base,
    calibration: { slope: fit.calibration.slope, offset: fit.calibration.offset },
    features: fit.features.map(({ column, take, binning }, n) => ({
      column,
      take,
      binning: {
        kind: binning.kind,
        ...(binning.edges ? { edges: [...binning.edges] } : {}),
        ...(binning.values ? { values: [...binning.values] } : {}),
      },
      bins: (fit.scorecard.columns[n]?.facts ?? []).map(({ leads, wins }, bin) => ({
        leads,
        wins,
        points: fit.scorecard.columns[n]?.points[bin] ?? 0,
      })),
    })),
  };
  const chances = chancesOf(bare, table).sort();
  const edges = Array.from({ length: 9 }, (_, n) => chances[Math.floor(((n + 1) * chances.length) / 10)] as number);
  const leads = new Array<number>(10).fill(0);
  for (const chance of chances) {
    const place = edges.filter((edge) => chance > edge).length;
    leads[place] = (leads[place] as number) + 1;
  }
  const body = { ...bare, scores: { edges, leads } };
  return { ...body, version: versionOf(body) };
}

/** The chance of each row to be won. Columns that the table does not have count as blank. */
export function chancesOf(model: Pick<ScoreModel, 'base' | 'calibration' | 'features'>, table: Table): Float64Array {
  const columns = model.features.map(({ bins }) => ({ facts: [], points: bins.map(({ points }) => points) }));
  return calibrated(
    model.calibration,
    logitsOf({ base: model.base, columns }, binRows(model.features, table), table.size),
  );
}

/** Reads a model; says in words what is wrong with one that was changed, cut off, or is of another kind. */
export function parseModel(text: string): { readonly model: ScoreModel } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `it is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const parsed = scoreModelSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      problem: `it is no model of \`sluice score train\`: ${issue?.path.join('.') || 'document'}: ${issue?.message}`,
    };
  }
  const { version, ...body } = parsed.data;
  const real = versionOf(body);
  return version === real
    ? { model: parsed.data }
    : { problem: `it was changed since it was written: its version is ${version}, its content ${real}` };
}

function versionOf(body: Omit<ScoreModel, 'version'>): string {
  return `sc_${createHash('sha256').update(canonical(body)).digest('hex').slice(0, 16)}`;
}

/** JSON with its keys in order, so that equal content has equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
