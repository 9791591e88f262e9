import { NAME_FEATURES, type NameFeature, type NameFeatures } from './compare-names.ts';

/** A logistic combination: log-odds = bias + the sum of weight times feature. */
export interface NameModel {
  readonly bias: number;
  readonly weights: Readonly<Record<NameFeature, number>>;
}

/** The log-odds (natural logarithm) that two names are one company's. */
export function nameLogOdds(features: NameFeatures, { bias, weights }: NameModel): number {
  let sum = bias;
  for (const feature of NAME_FEATURES) sum += weights[feature] * features[feature];
  return sum;
}

export function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** The direction in which each feature may count: a difference never speaks for a match, an agreement never against it. */
export const DIRECTION: Readonly<Record<NameFeature, 1 | -1>> = {
  overlap: 1,
  strongest: 1,
  bothOwnMore: -1,
  kindsDiffer: -1,
  partsDiffer: -1,
  placesDiffer: -1,
  placeOneSided: -1,
  numbersDiffer: -1,
  acronym: 1,
  letters: 1,
  same: 1,
};

/**
 * What ships. Learned offline (`npm run -s bench -- matching` prints what it would learn today) from 1,546 names of patent
 * applicants with hand-checked companies and 6,000 made-up spellings; a pair weighs less the more spellings its company has.
 * Tested in folds over companies, see docs/decisions/0014-company-matching.md.
 */
export const NAME_MODEL: NameModel = {
  bias: -1.536,
  weights: {
    overlap: 1.658,
    strongest: 3.59,
    bothOwnMore: -0.784,
    kindsDiffer: -1.248,
    partsDiffer: -4.726,
    placesDiffer: -0.677,
    placeOneSided: -0.255,
    numbersDiffer: -2.569,
    acronym: 2.152,
    letters: 0,
    same: 0.985,
  },
};
