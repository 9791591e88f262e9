import { type LeadKind, type Result, type SegmentField, segmentOf } from './market.ts';

/** What counts as proven: the segment that results are taken of, and how many results the average stands for. */
export interface PerformanceConfig {
  readonly segment: readonly SegmentField[];
  readonly prior: number;
}

export interface Performance {
  readonly won: number;
  readonly closed: number;
  /** The share of leads won that is to be expected: its own, drawn to the segment's by `prior` leads of the average. */
  readonly expected: number;
  /** The share won by all partners in the segment, drawn to that of all segments. */
  readonly mean: number;
}

/**
 * What a partner's past lets expect of it in the segment of a lead. Small numbers are drawn to the mean (a beta-binomial
 * estimate): expected = (won + prior * mean) / (closed + prior), so that one win of one is no proof, and a partner
 * without a past stands for the average. The segment's own mean is drawn to that of all leads in the same way.
 */
export function performanceOf(
  partnerId: string,
  kind: LeadKind,
  results: readonly Result[],
  { segment, prior }: PerformanceConfig,
): Performance {
  const sums = sumsOf(results, segment);
  const key = segmentOf(kind, segment);
  const all = drawn(sums.all, prior, 0);
  const mean = drawn(sums.segments.get(key) ?? NONE, prior, all);
  const own = sums.partners.get(`${partnerId}\n${key}`) ?? NONE;
  return { ...own, mean, expected: drawn(own, prior, mean) };
}

interface Sum {
  readonly won: number;
  readonly closed: number;
}

interface Sums {
  readonly all: Sum;
  readonly segments: ReadonlyMap<string, Sum>;
  /** By partner and segment. */
  readonly partners: ReadonlyMap<string, Sum>;
}

const NONE: Sum = { won: 0, closed: 0 };

function drawn({ won, closed }: Sum, prior: number, mean: number): number {
  return closed + prior === 0 ? mean : (won + prior * mean) / (closed + prior);
}

// Results stay as they are while a batch of leads is routed: their sums are made once.
const known = new WeakMap<readonly Result[], Map<string, Sums>>();

function sumsOf(results: readonly Result[], segment: readonly SegmentField[]): Sums {
  const by = segment.join();
  const ready = known.get(results) ?? new Map<string, Sums>();
  known.set(results, ready);
  const made = ready.get(by);
  if (made) return made;
  const [segments, partners] = [new Map<string, Sum>(), new Map<string, Sum>()];
  const add = (to: Map<string, Sum>, key: string, { won, closed }: Sum) => {
    const before = to.get(key) ?? NONE;
    to.set(key, { won: before.won + won, closed: before.closed + closed });
  };
  const all = new Map<string, Sum>();
  for (const result of results) {
    const key = segmentOf(result, segment);
    add(all, '', result);
    add(segments, key, result);
    add(partners, `${result.partnerId}\n${key}`, result);
  }
  const sums = { all: all.get('') ?? NONE, segments, partners };
  ready.set(by, sums);
  return sums;
}
