import { NameIndex } from './blocking.ts';
import { cluster, type ScoredPair } from './cluster.ts';
import type { CompanyRecord } from './evidence.ts';
import { matchCompanies, NO_CORPUS, type PreparedCompany, prepareCompany } from './match-companies.ts';
import type { MatchRules } from './match-config.ts';
import { placesIn } from './name-address.ts';
import { rarityIn } from './rarity.ts';

/** So many spellings are compared with each, the most telling keys first. */
const COMPARED = 100;
/** The first pass joins only what is plain, so that a common word does not become rare by joining those who use it. */
const FIRST_THRESHOLD = 0.75;
/** Pairs under this are left out: they could not lift the mean of a group over any sensible threshold. */
const LIKELY_ENOUGH = 0.02;

/**
 * Groups records that are one company. Records are grouped twice: the second time a word is as rare as the groups of the
 * first time say, so that one company with many spellings does not make its own name a common word.
 * @returns by record the number of its group, which is the lowest of its records
 */
export function groupCompanies(records: readonly CompanyRecord[], rules: MatchRules): Int32Array {
  const names = records.flatMap(({ name }) => (name === null ? [] : [name]));
  const context = { places: placesIn(names) };
  const numbers = new Map<string, number>();
  const prepared: PreparedCompany[] = [];
  const spellingOf = records.map((record) => {
    const read = prepareCompany(record, { ...NO_CORPUS, names: context });
    const spelling = spellingKey(read);
    const known = numbers.get(spelling);
    if (known !== undefined) return known;
    numbers.set(spelling, prepared.length);
    return prepared.push(read) - 1;
  });
  const pairs = pairsToCompare(prepared);
  let groups: Int32Array = Int32Array.from(prepared.keys());
  for (let pass = 0; pass < 2; pass++) {
    const corpus = { names: context, rarity: rarityIn(namesByGroup(prepared, groups)) };
    const scored = pairs
      .map(([left, right]): ScoredPair => {
        const [a, b] = [prepared[left] as PreparedCompany, prepared[right] as PreparedCompany];
        return { left, right, probability: matchCompanies(a, b, rules, corpus).probability };
      })
      .filter(({ probability }) => probability > LIKELY_ENOUGH);
    const threshold = pass === 0 ? FIRST_THRESHOLD : rules.clusters.threshold;
    groups = cluster(prepared.length, scored, { ...rules.clusters, threshold });
  }
  const first = new Map<number, number>();
  return Int32Array.from(spellingOf, (spelling, record) => {
    const group = groups[spelling] as number;
    if (!first.has(group)) first.set(group, record);
    return first.get(group) as number;
  });
}

/** Records that are taken apart alike are compared once; a record without a name is like no other. */
function spellingKey({ record, name, traits }: PreparedCompany): string {
  if (name === null) return JSON.stringify([record.id, traits]);
  return JSON.stringify([name.key, name.places, name.numbers, traits, record.parentId]);
}

function namesByGroup(prepared: readonly PreparedCompany[], groups: Int32Array) {
  const byGroup = Map.groupBy(prepared.keys(), (n) => groups[n]);
  return [...byGroup.values()].map((list) => list.flatMap((n) => prepared[n]?.name ?? []));
}

function pairsToCompare(prepared: readonly PreparedCompany[]): [number, number][] {
  const index = new NameIndex();
  const byTrait = new Map<string, number[]>();
  for (const [n, { name, traits }] of prepared.entries()) {
    if (name !== null) index.add(n, name);
    for (const trait of [traits.domain, traits.phone]) {
      if (trait === null) continue;
      const list = byTrait.get(trait) ?? [];
      list.push(n);
      byTrait.set(trait, list);
    }
  }
  const pairs: [number, number][] = [];
  const seen = new Set<number>();
  for (const [n, { name, traits }] of prepared.entries()) {
    const near = name === null ? [] : index.candidates(name, COMPARED);
    for (const trait of [traits.domain, traits.phone])
      if (trait !== null) near.push(...(byTrait.get(trait) ?? []).slice(0, COMPARED));
    for (const other of near) {
      const [left, right] = n < other ? [n, other] : [other, n];
      const pair = left * prepared.length + right;
      if (left === right || seen.has(pair)) continue;
      seen.add(pair);
      pairs.push([left, right]);
    }
  }
  return pairs;
}
