/** Learns the weights of `src/leads/matching/name-model.ts` from names with their companies, and measures groups by B-cubed. */
import { NameIndex } from '../../src/leads/matching/blocking.ts';
import { cluster } from '../../src/leads/matching/cluster.ts';
import { type CompanyName, readCompanyName } from '../../src/leads/matching/company-name.ts';
import {
  compareCompanyNames,
  NAME_FEATURES,
  type NameFeature,
  type NameFeatures,
} from '../../src/leads/matching/compare-names.ts';
import { placesIn } from '../../src/leads/matching/name-address.ts';
import { DIRECTION, type NameModel, nameLogOdds, probabilityOf } from '../../src/leads/matching/name-model.ts';
import { rarityIn } from '../../src/leads/matching/rarity.ts';
import { minimise } from '../../src/leads/predict/minimise.ts';

/** A name and the company that it is of. */
export interface LabelledName {
  readonly name: string;
  readonly company: string;
}

/** Names that are compared once: all that are taken apart alike are one spelling. */
export interface NamePairs {
  readonly rows: readonly LabelledName[];
  /** By row: its spelling. */
  readonly spellingOf: Int32Array;
  readonly spellings: readonly CompanyName[];
  /** By spelling: the company of the first row that has it. */
  readonly companyOf: readonly string[];
  /** Pairs of spellings that blocking finds, with what is compared of them. */
  readonly pairs: readonly { readonly left: number; readonly right: number; readonly features: NameFeatures }[];
}

/**
 * @param first groups the names once, so that rarity counts companies and not spellings; null: every spelling is a company
 * @param most so many candidates a spelling
 */
export function namePairs(rows: readonly LabelledName[], first: NameModel | null, most = 200): NamePairs {
  const places = placesIn(rows.map(({ name }) => name));
  const numbers = new Map<string, number>();
  const spellings: CompanyName[] = [];
  const companyOf: string[] = [];
  const spellingOf = Int32Array.from(rows, ({ name, company }) => {
    const read = readCompanyName(name, { places });
    const key = [read.key, read.places.join(' '), read.numbers.join(' ')].join('|');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, spellings.length);
    companyOf.push(company);
    return spellings.push(read) - 1;
  });
  const found = blockedPairs(spellings, most);
  const compared = (companies: Iterable<readonly CompanyName[]>) => {
    const rarity = rarityIn(companies);
    return found.map(([left, right]) => ({
      left,
      right,
      features: compareCompanyNames(spellings[left] as CompanyName, spellings[right] as CompanyName, rarity).features,
    }));
  };
  const plain = { rows, spellingOf, spellings, companyOf, pairs: compared(spellings.map((spelling) => [spelling])) };
  if (first === null) return plain;
  const grouped = spellingGroups(plain, first, FIRST_THRESHOLD);
  const groups = Map.groupBy(spellings.keys(), (n) => grouped[n]);
  const companies = [...groups.values()].map((list) => list.map((n) => spellings[n] as CompanyName));
  return { ...plain, pairs: compared(companies) };
}

const FIRST_THRESHOLD = 0.4;

function blockedPairs(spellings: readonly CompanyName[], most: number): [number, number][] {
  const index = new NameIndex();
  for (const [n, spelling] of spellings.entries()) index.add(n, spelling);
  const pairs: [number, number][] = [];
  const seen = new Set<number>();
  for (const [n, spelling] of spellings.entries()) {
    for (const other of index.candidates(spelling, most)) {
      const [left, right] = n < other ? [n, other] : [other, n];
      const pair = left * spellings.length + right;
      if (left === right || seen.has(pair)) continue;
      seen.add(pair);
      pairs.push([left, right]);
    }
  }
  return pairs;
}

/** One pair to learn from. */
export interface Lesson {
  readonly features: NameFeatures;
  readonly same: boolean;
  readonly weight: number;
}

/**
 * The pairs whose companies `may` be learned from. A pair weighs less the more spellings its company has, so that no company
 * drowns the others.
 */
export function lessonsOf({ pairs, companyOf }: NamePairs, may: (company: string) => boolean): Lesson[] {
  const sizes = new Map<string, number>();
  for (const company of companyOf) sizes.set(company, (sizes.get(company) ?? 0) + 1);
  return pairs.flatMap(({ left, right, features }): Lesson[] => {
    const [a, b] = [companyOf[left] as string, companyOf[right] as string];
    if (!may(a) || !may(b)) return [];
    return [{ features, same: a === b, weight: Math.max(sizes.get(a) ?? 1, sizes.get(b) ?? 1) ** -0.75 }];
  });
}

/** The same lessons weighing `sum` together. */
export function weighing(lessons: readonly Lesson[], sum: number): Lesson[] {
  const all = lessons.reduce((total, { weight }) => total + weight, 0);
  return lessons.map((lesson) => ({ ...lesson, weight: (lesson.weight * sum) / all }));
}

export const sumOf = (lessons: readonly Lesson[]) => lessons.reduce((total, { weight }) => total + weight, 0);

const RIDGE = 0.1;

/** Logistic regression with a small ridge; a feature that would count against its direction is left out. */
export function fitNames(lessons: readonly Lesson[]): NameModel {
  let used: NameFeature[] = [...NAME_FEATURES];
  for (;;) {
    const point = fitFeatures(lessons, used);
    const right = used.filter((feature, n) => (point[n] as number) * DIRECTION[feature] >= 0);
    if (right.length === used.length) {
      const weights = Object.fromEntries(
        NAME_FEATURES.map((feature) => [
          feature,
          used.includes(feature) ? (point[used.indexOf(feature)] as number) : 0,
        ]),
      ) as Record<NameFeature, number>;
      return { bias: point[used.length] as number, weights };
    }
    used = right;
  }
}

function fitFeatures(lessons: readonly Lesson[], used: readonly NameFeature[]): Float64Array {
  const rows = lessons.map(({ features }) => Float64Array.from(used, (feature) => features[feature]));
  return minimise(
    (point, gradient) => {
      gradient.fill(0);
      let loss = 0;
      for (const [n, { same, weight }] of lessons.entries()) {
        const row = rows[n] as Float64Array;
        let logOdds = point[used.length] as number;
        for (let k = 0; k < row.length; k++) logOdds += (point[k] as number) * (row[k] as number);
        const margin = same ? logOdds : -logOdds;
        loss += weight * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
        const error = weight * (probabilityOf(logOdds) - (same ? 1 : 0));
        for (let k = 0; k < row.length; k++) gradient[k] = (gradient[k] as number) + error * (row[k] as number);
        gradient[used.length] = (gradient[used.length] as number) + error;
      }
      for (let k = 0; k < used.length; k++) {
        loss += (RIDGE / 2) * (point[k] as number) ** 2;
        gradient[k] = (gradient[k] as number) + RIDGE * (point[k] as number);
      }
      return loss;
    },
    new Float64Array(used.length + 1),
  );
}

const LIKELY_ENOUGH = 0.02;

/** By row: its group. */
export function groupsBy(names: NamePairs, model: NameModel, threshold: number): number[] {
  const groups = spellingGroups(names, model, threshold);
  return names.rows.map((_, row) => groups[names.spellingOf[row] as number] as number);
}

function spellingGroups({ spellings, pairs }: NamePairs, model: NameModel, threshold: number): Int32Array {
  const scored = pairs
    .map(({ left, right, features }) => ({ left, right, probability: probabilityOf(nameLogOdds(features, model)) }))
    .filter(({ probability }) => probability > LIKELY_ENOUGH);
  return cluster(spellings.length, scored, { threshold, largest: spellings.length });
}

/** Sums of B-cubed precision and recall over records (Bagga and Baldwin 1998), so that folds can be added up. */
export interface BCubed {
  precision: number;
  recall: number;
  records: number;
}

/**
 * Over the records whose company is `counted`; records of `without` are taken out of everything.
 * Of each record: the share of its group that is of its company, and the share of its company that is in its group.
 */
export function bCubed(
  rows: readonly LabelledName[],
  groups: readonly number[],
  counted: (company: string) => boolean = () => true,
  without: string | null = null,
): BCubed {
  const inGroup = new Map<number, number>();
  const ofCompany = new Map<string, number>();
  const both = new Map<string, { group: number; company: string; count: number }>();
  for (const [n, { company }] of rows.entries()) {
    if (company === without) continue;
    const group = groups[n] as number;
    inGroup.set(group, (inGroup.get(group) ?? 0) + 1);
    ofCompany.set(company, (ofCompany.get(company) ?? 0) + 1);
    const key = `${group}|${company}`;
    const cell = both.get(key) ?? { group, company, count: 0 };
    cell.count++;
    both.set(key, cell);
  }
  const sums = { precision: 0, recall: 0, records: 0 };
  for (const { group, company, count } of both.values()) {
    if (!counted(company)) continue;
    sums.precision += count ** 2 / (inGroup.get(group) ?? 1);
    sums.recall += count ** 2 / (ofCompany.get(company) ?? 1);
    sums.records += count;
  }
  return sums;
}

export function added(sums: readonly BCubed[]): BCubed {
  const total = { precision: 0, recall: 0, records: 0 };
  for (const { precision, recall, records } of sums) {
    total.precision += precision;
    total.recall += recall;
    total.records += records;
  }
  return total;
}

export function f1Of({ precision, recall, records }: BCubed): number {
  if (records === 0) return 0;
  return (2 * precision * recall) / (precision + recall) / records;
}

/** The share of pairs of records of one company whose spellings are one or are found by blocking. */
export function blockingRecall({ rows, spellingOf, spellings, pairs }: NamePairs): number {
  const found = new Set(pairs.map(({ left, right }) => left * spellings.length + right));
  const byCompany = new Map<string, number[]>();
  for (const [row, { company }] of rows.entries()) {
    const list = byCompany.get(company) ?? [];
    list.push(spellingOf[row] as number);
    byCompany.set(company, list);
  }
  let all = 0;
  let kept = 0;
  for (const list of byCompany.values())
    for (const [n, a] of list.entries())
      for (const b of list.slice(n + 1)) {
        all++;
        if (a === b || found.has(Math.min(a, b) * spellings.length + Math.max(a, b))) kept++;
      }
  return kept / all;
}
