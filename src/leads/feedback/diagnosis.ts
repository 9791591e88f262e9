/**
 * What the answers of partners say about leads, and about partners. A source is compared with the other sources at the same
 * partners, a partner with the other partners on the same sources: a partner that was given the worst source is not blamed for
 * it, nor a source that went to the partner that rejects everything. Pure.
 */

import { benjaminiHochberg, compare, type Share, type Stratum, wilson } from '../../model/statistics.ts';
import type { DiagnosisRules } from './feedback-rules.ts';

/** One answered offer. */
export interface AnsweredOffer {
  readonly offerId: string;
  readonly partner: string;
  readonly rejected: boolean;
  /** Whom the reason of a rejection speaks of; null: none was given, or none that the vendor's list knows. */
  readonly reasonOf: 'lead' | 'partner' | 'neither' | null;
  /** Whether any measure of quality was answered no; null: none was answered yes or no. */
  readonly poor: boolean | null;
  readonly source: string | null;
  readonly campaigns: readonly string[];
  readonly industry: string | null;
  readonly size: string | null;
  readonly country: string | null;
}

export const DIMENSIONS = ['source', 'campaign', 'industry', 'size', 'country', 'partner'] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export const QUESTIONS = ['rejected', 'poor quality'] as const;
export type Question = (typeof QUESTIONS)[number];

export type Looks =
  /** Fewer answers than it takes. */
  | 'too few'
  /** Enough answers, but hardly anybody else to compare them with. */
  | 'alone'
  | 'in line'
  | 'worse'
  | 'better';

/** One group under one question. */
export interface Finding {
  readonly question: Question;
  readonly dimension: Dimension;
  readonly group: string;
  readonly share: Share;
  /** Of `share`, by Wilson. */
  readonly low: number;
  readonly high: number;
  /** What the others come to where all else is alike, as a share; null where there are none. */
  readonly others: number | null;
  /** Adjusted for how many groups were looked at; null where none was tested. */
  readonly q: number | null;
  readonly looks: Looks;
  /** What to make of it, in a sentence. */
  readonly verdict: string;
}

const NOT_STATED = 'not stated';

/** Judges every group of every dimension under both questions; the plainest findings first. */
export function diagnose(
  answers: readonly AnsweredOffer[],
  rules: DiagnosisRules,
  nameOf: (dimension: Dimension, group: string) => string = (_dimension, group) => group,
): Finding[] {
  const tests = QUESTIONS.flatMap((question) => {
    const asked = answers.flatMap((answer) => {
      const hit = question === 'rejected' ? answer.rejected : answer.poor;
      return hit === null ? [] : [{ answer, hit }];
    });
    return DIMENSIONS.flatMap((dimension) => testsOf(question, dimension, asked, rules));
  });
  const tested = tests.filter(({ p }) => p !== null);
  const adjusted = benjaminiHochberg(tested.map(({ p }) => p ?? 1));
  const qOf = new Map(tested.map((test, n) => [test, adjusted[n] ?? 1]));
  return tests
    .map((test) => finding(test, qOf.get(test) ?? null, rules, nameOf))
    .sort(
      (a, b) =>
        QUESTIONS.indexOf(a.question) - QUESTIONS.indexOf(b.question) ||
        DIMENSIONS.indexOf(a.dimension) - DIMENSIONS.indexOf(b.dimension) ||
        (a.q ?? 2) - (b.q ?? 2) ||
        b.share.of - a.share.of ||
        (a.group < b.group ? -1 : 1),
    );
}

interface Asked {
  readonly answer: AnsweredOffer;
  readonly hit: boolean;
}

interface Test {
  readonly question: Question;
  readonly dimension: Dimension;
  readonly group: string;
  readonly share: Share;
  readonly comparable: Share;
  readonly expected: number;
  /** Null: not tested. */
  readonly p: number | null;
  /** Of its rejections: for reasons that speak of the partner, of the lead. */
  readonly ofPartner: number;
  readonly ofLead: number;
}

/** The groups of a dimension; who is in several campaigns counts in each. */
function groupsOf(asked: readonly Asked[], dimension: Dimension): Map<string, Asked[]> {
  const groups = new Map<string, Asked[]>();
  for (const each of asked) {
    const names = dimension === 'campaign' ? new Set(each.answer.campaigns) : [each.answer[dimension] ?? NOT_STATED];
    for (const name of names) {
      const group = groups.get(name) ?? [];
      groups.set(name, group);
      group.push(each);
    }
  }
  return groups;
}

/** By what a group is compared with the others: like is compared with like. */
function strataOf(asked: readonly Asked[], dimension: Dimension): Map<string, Share> {
  const alike = ({ answer }: Asked) => (dimension === 'partner' ? (answer.source ?? NOT_STATED) : answer.partner);
  return new Map([...Map.groupBy(asked, alike)].map(([key, of]) => [key, shareOf(of)]));
}

function testsOf(question: Question, dimension: Dimension, asked: readonly Asked[], rules: DiagnosisRules): Test[] {
  const all = strataOf(asked, dimension);
  return [...groupsOf(asked, dimension)].map(([group, mine]): Test => {
    const strata = [...strataOf(mine, dimension)].map(([key, own]): Stratum => {
      const total = all.get(key) ?? own;
      return { group: own, others: { hits: total.hits - own.hits, of: total.of - own.of } };
    });
    const { group: comparable, expected, p } = compare(strata);
    const rejected = mine.filter(({ answer }) => answer.rejected);
    return {
      question,
      dimension,
      group,
      share: shareOf(mine),
      comparable,
      expected,
      p: comparable.of >= rules.least ? p : null,
      ofPartner: rejected.filter(({ answer }) => answer.reasonOf === 'partner').length,
      ofLead: rejected.filter(({ answer }) => answer.reasonOf === 'lead').length,
    };
  });
}

function shareOf(asked: readonly Asked[]): Share {
  return { hits: asked.filter(({ hit }) => hit).length, of: asked.length };
}

function finding(
  test: Test,
  q: number | null,
  rules: DiagnosisRules,
  nameOf: (dimension: Dimension, group: string) => string,
): Finding {
  const { question, dimension, group, share, comparable, expected } = test;
  const looks = looksOf(test, q, rules);
  const others = comparable.of === 0 ? null : expected / comparable.of;
  const { low, high } = wilson(share, rules.confidence);
  const name = nameOf(dimension, group);
  return {
    question,
    dimension,
    group: name,
    share,
    low,
    high,
    others,
    q,
    looks,
    verdict: verdictOf(test, looks, name, rules),
  };
}

function looksOf({ share, comparable, expected }: Test, q: number | null, rules: DiagnosisRules): Looks {
  if (share.of < rules.least) return 'too few';
  if (q === null) return 'alone';
  if (q > rules.falseAlarms) return 'in line';
  return comparable.hits > expected ? 'worse' : 'better';
}

function verdictOf(test: Test, looks: Looks, name: string, { least }: DiagnosisRules): string {
  const { question, dimension, share, comparable, expected } = test;
  const isPartner = dimension === 'partner';
  if (looks === 'too few') return `${share.of} answers are too few to tell, ${least} are needed`;
  if (looks === 'alone')
    return isPartner
      ? 'cannot be told: hardly any other partner answered on leads of the same sources'
      : 'cannot be told: the partners that answered had hardly any other leads';
  if (looks === 'in line')
    return isPartner ? 'the partner answers as others do' : 'the leads are answered as others are';
  const own = percent(comparable.hits, comparable.of);
  const theirs = percent(expected, comparable.of);
  const hits = question === 'rejected' ? 'rejects' : 'calls poor';
  const passive = question === 'rejected' ? 'rejected' : 'called poor';
  if (!isPartner) {
    const like = `${own} are ${passive}, where the same partners come to ${theirs} on their other leads`;
    return looks === 'worse' ? `the leads look wrong: ${like}` : `the leads look better than others: ${like}`;
  }
  const like = `${name} ${hits} ${own}, others ${theirs} of leads of the same sources`;
  if (looks === 'better') return `the partner does better than others: ${like}`;
  return `the partner looks wrong, not the leads: ${like}${whose(test)}`;
}

/** What the partner itself gives as reasons, where they point one way. */
function whose({ question, share, ofPartner, ofLead }: Test): string {
  if (question !== 'rejected' || share.hits === 0) return '';
  if (ofPartner * 2 > share.hits) return `; ${ofPartner} of its ${share.hits} reasons speak of itself`;
  if (ofLead * 2 > share.hits) return `; ${ofLead} of its ${share.hits} reasons speak of leads that others take`;
  return '';
}

function percent(hits: number, of: number): string {
  return `${Math.round((100 * hits) / of)} %`;
}
