/**
 * Which kinds of leads are won more often, or less, than others: every combination of up to three facts is looked at. Pure.
 *
 * Looking at hundreds of combinations finds something in pure chance. So the leads are divided in two halves by their id: one
 * half proposes combinations, the other, which had no say in it, confirms them, with as many false alarms as the rules allow (Benjamini and
 * Hochberg over all that were proposed). Figures are of the confirming half alone: those of the proposing one flatter.
 */
import { benjaminiHochberg, compare, type Share, type Stratum, wilson } from '../model/statistics.ts';

export const SEGMENT_FACTS = ['product', 'industry', 'size', 'country', 'source'] as const;
export type SegmentFact = (typeof SEGMENT_FACTS)[number];

/** Leads alike in all facts: how many ended, how many of them were won. '' stands for what is not known. */
export interface SegmentCell {
  readonly facts: Readonly<Record<SegmentFact, string>>;
  readonly half: 0 | 1;
  readonly of: number;
  readonly hits: number;
}

export interface SegmentRules {
  /** Combinations of up to so many facts. */
  readonly depth: number;
  /** Leads that ended which a combination, and its rest, must have in each half. */
  readonly least: number;
  /** The share of what is reported that may be expected to be chance. */
  readonly falseAlarms: number;
  readonly confidence: number;
}

export interface Segment {
  readonly facts: Readonly<Partial<Record<SegmentFact, string>>>;
  readonly looks: 'better' | 'worse';
  /** Of the confirming half. */
  readonly share: Share;
  readonly low: number;
  readonly high: number;
  /** The rate of all other leads of that half. */
  readonly others: number;
  /** Adjusted for how many combinations were proposed. */
  readonly q: number;
}

export interface Segments {
  readonly leads: number;
  readonly won: number;
  /** Combinations that had enough leads, and those that were put to the test. */
  readonly looked: number;
  readonly proposed: number;
  /** The plainest first; what follows from plainer ones is left out. */
  readonly found: readonly Segment[];
}

/** How plain a combination must be in the first half to be proposed, and how many are at most. */
const PROPOSED_AT = 0.05;
const MOST_PROPOSED = 100;
/** How plain what it says beside plainer ones must be: many are held against them, one after the other. */
const MORE_AT = 0.01;

interface Combination {
  readonly facts: Segment['facts'];
  readonly halves: readonly [Share, Share];
}

/** Finds segments; the order of cells changes nothing. */
export function findSegments(cells: readonly SegmentCell[], rules: SegmentRules): Segments {
  const totals = ([0, 1] as const).map((half) => sumOf(cells.filter((cell) => cell.half === half)));
  const [first = NONE, second = NONE] = totals;
  const all = combinations(cells, rules.depth).filter(
    ({ halves: [a, b] }) =>
      a.of >= rules.least && b.of >= rules.least && first.of - a.of >= rules.least && second.of - b.of >= rules.least,
  );
  const proposed = all
    .map((combination) => ({ combination, p: beside(combination.halves[0], first) }))
    .filter(({ p }) => p <= PROPOSED_AT)
    .sort((a, b) => a.p - b.p || (keyOf(a.combination.facts) < keyOf(b.combination.facts) ? -1 : 1))
    .slice(0, MOST_PROPOSED)
    .map(({ combination }) => combination);
  const ps = proposed.map(({ halves: [a, b] }) => {
    const p = beside(b, second) / 2;
    // On one side: what the first half proposed as better must be better in the second, too.
    return Math.sign(excess(a, first)) === Math.sign(excess(b, second)) ? p : 1 - p;
  });
  const qs = benjaminiHochberg(ps);
  const confirmed = proposed
    .map((combination, n) => ({ combination, q: qs[n] ?? 1 }))
    .filter(({ q }) => q <= rules.falseAlarms)
    .sort((a, b) => a.q - b.q || sizeOf(a.combination) - sizeOf(b.combination));
  const kept: typeof confirmed = [];
  const confirming = cells.filter(({ half }) => half === 1);
  for (const each of confirmed) {
    const plainer = kept.map(({ combination: { facts } }) => facts);
    if (saysMore(each.combination.facts, plainer, confirming)) kept.push(each);
  }
  return {
    leads: first.of + second.of,
    won: first.hits + second.hits,
    looked: all.length,
    proposed: proposed.length,
    found: kept
      .map(({ combination: { facts, halves }, q }): Segment => {
        const [, share] = halves;
        const rest = { hits: second.hits - share.hits, of: second.of - share.of };
        const { low, high } = wilson(share, rules.confidence);
        const looks = excess(share, second) > 0 ? 'better' : 'worse';
        return { facts, looks, share, low, high, others: rest.hits / rest.of, q };
      })
      .sort(
        (a, b) =>
          (a.looks < b.looks ? -1 : a.looks > b.looks ? 1 : 0) ||
          a.q - b.q ||
          (keyOf(a.facts) < keyOf(b.facts) ? -1 : 1),
      ),
  };
}

const NONE: Share = { hits: 0, of: 0 };

function combinations(cells: readonly SegmentCell[], depth: number): Combination[] {
  const subsets = subsetsOf(SEGMENT_FACTS, depth);
  const found = new Map<string, { facts: Segment['facts']; halves: [Share, Share] }>();
  for (const cell of cells) {
    for (const names of subsets) {
      // What is not known is no kind of lead.
      if (names.some((name) => cell.facts[name] === '')) continue;
      const facts = Object.fromEntries(names.map((name) => [name, cell.facts[name]]));
      const key = keyOf(facts);
      const known = found.get(key) ?? { facts, halves: [NONE, NONE] };
      const before = known.halves[cell.half];
      known.halves[cell.half] = { hits: before.hits + cell.hits, of: before.of + cell.of };
      found.set(key, known);
    }
  }
  return [...found.values()];
}

/** Every choice of one to `most` of them. */
function subsetsOf<T>(of: readonly T[], most: number): T[][] {
  const sets: T[][] = [[]];
  for (const each of of) sets.push(...sets.map((set) => [...set, each]));
  return sets.filter(({ length }) => length > 0 && length <= most);
}

/** The chance that a combination differs so much from the rest by chance, on both sides. */
function beside(group: Share, all: Share): number {
  return compare([{ group, others: { hits: all.hits - group.hits, of: all.of - group.of } }]).p;
}

/** Hits above those that the rate of all would bring. */
function excess(group: Share, all: Share): number {
  return group.hits - (group.of * all.hits) / all.of;
}

/**
 * Whether leads of a combination still differ from others where both are, or are not, of each of the plainer ones: all that is not of a
 * segment that does badly looks good beside it, and so does what lies within one that does well.
 */
function saysMore(
  facts: Segment['facts'],
  plainer: readonly Segment['facts'][],
  cells: readonly SegmentCell[],
): boolean {
  if (plainer.length === 0) return true;
  const strata = Map.groupBy(cells, (cell) => plainer.map((each) => (isOf(cell, each) ? 1 : 0)).join(''));
  const compared = [...strata.values()].map((mine): Stratum => {
    const group = sumOf(mine.filter((cell) => isOf(cell, facts)));
    const all = sumOf(mine);
    return { group, others: { hits: all.hits - group.hits, of: all.of - group.of } };
  });
  return compare(compared).p <= MORE_AT;
}

function isOf({ facts: own }: SegmentCell, facts: Segment['facts']): boolean {
  return SEGMENT_FACTS.every((name) => facts[name] === undefined || facts[name] === own[name]);
}

function sizeOf({ facts }: Combination): number {
  return Object.keys(facts).length;
}

function sumOf(cells: readonly SegmentCell[]): Share {
  return cells.reduce((sum, { hits, of }) => ({ hits: sum.hits + hits, of: sum.of + of }), NONE);
}

function keyOf(facts: Segment['facts']): string {
  return JSON.stringify(SEGMENT_FACTS.map((name) => facts[name] ?? null));
}
