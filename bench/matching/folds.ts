/** How well names are grouped that were learned from in no way: folds over companies, every name scored out of fold. */
import type { NameModel } from '../../src/leads/matching/name-model.ts';
import { randomFrom } from '../bench.ts';
import { spelledCompanies } from './generate.ts';
import {
  added,
  type BCubed,
  bCubed,
  f1Of,
  fitNames,
  groupsBy,
  type LabelledName,
  type Lesson,
  lessonsOf,
  type NamePairs,
  namePairs,
  sumOf,
  weighing,
} from './learn.ts';

export const FOLDS = 5;
export const SEEDS = [1, 2, 3, 4];
/** Made-up names learn along with the real ones, weighing this share of them: no list of names is the world. */
const MADE = { companies: 1500, spellings: 4, seed: 77, share: 0.5 };
const THRESHOLDS = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6];
/** Thresholds that lose no more than this against the best are as good; the lower ones leave fewer spellings alone. */
const AS_GOOD = 0.004;

export function madeLessons(): Lesson[] {
  const rows = spelledCompanies(MADE.companies, MADE.spellings, MADE.seed).map(
    ({ name, company }): LabelledName => ({ name, company: String(company) }),
  );
  return lessonsOf(namePairs(rows, null, 30), () => true);
}

/** Weights from the companies that may be learned from, and made-up ones. */
export function learn(names: NamePairs, made: readonly Lesson[], may: (company: string) => boolean): NameModel {
  const real = lessonsOf(names, may);
  return fitNames([...real, ...weighing(made, MADE.share * sumOf(real))]);
}

export function chooseThreshold(
  names: NamePairs,
  model: NameModel,
  may: (company: string) => boolean,
  largest: string,
): number {
  const scores = THRESHOLDS.map((threshold) => {
    const groups = groupsBy(names, model, threshold);
    return (f1Of(bCubed(names.rows, groups, may)) + f1Of(bCubed(names.rows, groups, may, largest))) / 2;
  });
  const best = Math.max(...scores);
  const good = THRESHOLDS.filter((_, n) => (scores[n] as number) >= best - AS_GOOD);
  return good[good.length >> 2] as number;
}

/** The company with the most names. */
export function largestCompany(rows: readonly LabelledName[]): string {
  const counts = new Map<string, number>();
  for (const { company } of rows) counts.set(company, (counts.get(company) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

/**
 * B-cubed F1 over all names and without the largest company, by seed of the folds. All names are grouped together each
 * time, so that a name can also be taken for one that was learned from; only those of the fold count.
 */
export function scoreInFolds(
  names: NamePairs,
  made: readonly Lesson[],
  seed: number,
): { all: number; withoutLargest: number } {
  const largest = largestCompany(names.rows);
  const random = randomFrom(seed);
  const shuffled = [...new Set(names.rows.map(({ company }) => company))]
    .map((company) => ({ company, at: random() }))
    .sort((a, b) => a.at - b.at);
  const foldOf = new Map(shuffled.map(({ company }, n) => [company, n % FOLDS]));
  const [all, rest]: [BCubed[], BCubed[]] = [[], []];
  for (let fold = 0; fold < FOLDS; fold++) {
    const learned = (company: string) => foldOf.get(company) !== fold;
    const tested = (company: string) => !learned(company);
    const model = learn(names, made, learned);
    const groups = groupsBy(names, model, chooseThreshold(names, model, learned, largest));
    all.push(bCubed(names.rows, groups, tested));
    rest.push(bCubed(names.rows, groups, tested, largest));
  }
  return { all: f1Of(added(all)), withoutLargest: f1Of(added(rest)) };
}
