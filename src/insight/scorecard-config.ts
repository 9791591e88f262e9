import { z } from 'zod';
import { readYamlFile } from '../mapping/yaml-file.ts';
import { ConfigError } from '../model/config-error.ts';

/** The figures that partners are ranked by. */
export const COMPONENTS = ['accepted', 'touchedInTime', 'reportedInTime', 'converted', 'won', 'revenue'] as const;
export type Component = (typeof COMPONENTS)[number];

const days = z.string().regex(/^\d{1,4}\s*d$/, 'a number of days looks like 365d');
const weight = z.number().min(0).max(1000).default(0);

/** The shape of scorecard.yaml as it is typed. */
export const scorecardSchema = z.strictObject({
  version: z.literal(1),
  over: days.default('365d').describe('The offers of this time count, where no period is asked for.'),
  confidence: z.number().min(0.5).max(0.999).default(0.9).describe('Of every interval.'),
  peers: z
    .strictObject({
      by: z.enum(['category', 'tier', 'all']).default('category'),
      least: z.number().int().min(2).max(1000).default(3).describe('Partners that make a group to learn from.'),
    })
    .prefault({}),
  rank: z
    .strictObject({
      least: z.number().int().min(1).max(100_000).default(5).describe('Partners with fewer offers are not ranked.'),
      weights: z.strictObject({
        accepted: weight,
        touchedInTime: weight,
        reportedInTime: weight,
        converted: weight,
        won: weight,
        revenue: weight,
      }),
    })
    .describe('The figures that partners are ranked by.'),
  fresh: days.default('14d').describe('An open lead without a word for longer is stale.'),
  findings: z
    .strictObject({
      least: z.number().int().min(5).max(100_000).default(20).describe('Fewer leads are not judged.'),
      falseAlarms: z
        .number()
        .gt(0)
        .max(0.5)
        .default(0.1)
        .describe('The share of what is found that may be expected to be chance.'),
      depth: z.number().int().min(1).max(3).default(3).describe('Facts that a segment combines.'),
      quarters: z
        .number()
        .int()
        .min(2)
        .max(40)
        .default(3)
        .describe('Quarters in which one partner must be ahead of another.'),
    })
    .prefault({})
    .describe('What counts as found of segments, rivals and territories.'),
});

/** What scorecard.yaml says. */
export interface ScorecardRules {
  readonly overDays: number;
  readonly confidence: number;
  readonly peers: { readonly by: 'category' | 'tier' | 'all'; readonly least: number };
  readonly least: number;
  readonly weights: Readonly<Record<Component, number>>;
  readonly freshDays: number;
  readonly findings: {
    readonly least: number;
    readonly falseAlarms: number;
    readonly depth: number;
    readonly quarters: number;
  };
}

/** Reads scorecard.yaml; throws a ConfigError with every problem and its place. */
export function compileScorecard(file: string, text: string): ScorecardRules {
  const yaml = readYamlFile(file, text, scorecardSchema);
  const { over, confidence, peers, rank, fresh, findings } = yaml.value;
  const problems = [
    ...(Number.parseInt(over, 10) === 0
      ? [yaml.problemAt(['over'], 'in no time at all nobody has done anything', { hint: 'such as 365d' })]
      : []),
    ...(Object.values(rank.weights).every((each) => each === 0)
      ? [
          yaml.problemAt(['rank', 'weights'], 'no figure counts, so that nobody could be ranked', {
            hint: `give one of ${COMPONENTS.join(', ')} a weight`,
            key: true,
          }),
        ]
      : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    overDays: Number.parseInt(over, 10),
    confidence,
    peers,
    least: rank.least,
    weights: rank.weights,
    freshDays: Number.parseInt(fresh, 10),
    findings,
  };
}
