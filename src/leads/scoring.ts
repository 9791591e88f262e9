import type { Grade, Score, ScoreReason } from '../model/lead.ts';
import type { PersonFacts } from '../model/person.ts';
import { PREDICTIVE, type Prediction, predictionText, shiftBy } from './predictive.ts';
import { readRuleFile } from './rule-file.ts';
import { ruleContext, type TouchFacts } from './rule-scope.ts';
import type { Condition, Template } from './rules.ts';
import { checkScoring } from './scoring-check.ts';
import { type ScoringDocument, scoringSchema, type Thresholds } from './scoring-schema.ts';
import { counted } from './text.ts';

interface Rule {
  readonly name: string;
  readonly group: string;
  readonly when: Condition;
  readonly points: number;
  readonly text: Template;
  /** Days after the last touch at which half of its points are left; null: they do not age. */
  readonly halfLifeDays: number | null;
}

export interface Scoring {
  /** The most points that each group can give (their sum is at most 100), and whether only its best rule counts. */
  readonly groups: ReadonlyMap<string, { readonly cap: number; readonly take: 'all' | 'best' }>;
  readonly rules: readonly Rule[];
  readonly grades: Thresholds;
  /** Thresholds for some leads, in order: the first that is met counts instead of `grades`. */
  readonly bands: readonly (Thresholds & { readonly name: string; readonly when: Condition })[];
  /** Whether a score may change though nothing of the person does: with time, or with the learned score. */
  readonly ages: boolean;
  /** Null: only the rules count. */
  readonly predictive: { readonly use: 'when-better' | 'always'; readonly weight: number } | null;
}

/** Reads config/scoring.yaml; throws a ConfigError with every problem and its place. */
export function compileScoring(file: string, text: string): Scoring {
  const source = readRuleFile<ScoringDocument>(file, text, scoringSchema);
  const { groups, rules, grades, bands, predictive } = source.value;
  const compiled = rules.map((rule, n): Rule => {
    const at = (key: string) => ['rules', n, key];
    return {
      name: rule.name,
      group: rule.group,
      when: source.condition(at('when'), rule.when, 'scoring'),
      points: rule.points,
      text: source.template(at('text'), rule.text, 'scoring'),
      halfLifeDays: halfLifeOf(rule, groups),
    };
  });
  const banded = bands.map((band, n) => ({
    ...band,
    when: source.condition(['bands', n, 'when'], band.when, 'scoring'),
  }));
  checkScoring(source);
  source.done();
  const timed = [...compiled, ...banded].some(({ when }) => when.source.includes('touches.daysSinceLast'));
  return {
    groups: new Map(Object.entries(groups)),
    rules: compiled,
    grades,
    bands: banded,
    predictive: predictive ?? null,
    ages: timed || predictive !== undefined || compiled.some(({ halfLifeDays }) => halfLifeDays !== null),
  };
}

/** A rule's own decay, else that of its group. */
function halfLifeOf(rule: ScoringDocument['rules'][number], groups: ScoringDocument['groups']): number | null {
  const { halfLife } = rule.decay ?? groups[rule.group]?.decay ?? {};
  return halfLife === undefined ? null : Number.parseInt(halfLife, 10);
}

/**
 * Scores a person. Rules with points above zero give theirs in the order of the file until the cap of their group is
 * used up (of a group that takes the best, only the rule with the most points does); rules with points below zero then
 * take theirs, but no more than there is. Points that age are those of `pointsAt`. So the points of the reasons always
 * add up to the score, and a rule that came to give nothing is no reason; thresholds other than the usual are one
 * without points.
 * @param prediction what the predictive score says, where it counts: it moves the score of the rules towards its own
 */
export function scoreLead(
  facts: { readonly person: PersonFacts; readonly touches: TouchFacts },
  scoring: Scoring,
  prediction: Prediction | null = null,
): Score {
  const context = ruleContext(facts);
  const age = facts.touches.daysSinceLast;
  const met = scoring.rules
    .filter(({ when }) => when.test(context))
    .map((rule) => ({ rule, worth: pointsAt(rule, age) }));
  const reasons: ScoreReason[] = [];
  let score = 0;
  const count = (rule: Rule, given: number) => {
    if (given === 0) return;
    score += given;
    reasons.push({ rule: rule.name, points: given, text: `${rule.text.fill(context)}${agedText(rule, age)}` });
  };
  for (const [name, { cap, take }] of scoring.groups) {
    const giving = met.filter(({ rule, worth }) => rule.group === name && worth > 0);
    const best = giving.reduce<typeof giving>(
      (kept, each) => (kept[0] && kept[0].worth >= each.worth ? kept : [each]),
      [],
    );
    let room = cap;
    for (const { rule, worth } of take === 'best' ? best : giving) {
      const given = Math.min(worth, room);
      room -= given;
      count(rule, given);
    }
  }
  for (const { rule, worth } of met) if (worth < 0) count(rule, -Math.min(-worth, score));
  if (prediction && scoring.predictive) {
    const moved = shiftBy(prediction, score, scoring.predictive.weight);
    score += moved;
    reasons.push({ rule: PREDICTIVE, points: moved, text: predictionText(prediction) });
  }
  const band = scoring.bands.find(({ when }) => when.test(context));
  if (band) reasons.push({ rule: band.name, points: 0, text: `graded as ${band.name}: ${thresholdText(band)}` });
  return { score, grade: gradeOf(score, band ?? scoring.grades), reasons };
}

/**
 * The points of a rule at an age of the last touch in days: points x 2^(-age / half-life), to the nearest whole one. Of
 * a touch that never was nothing is left.
 */
function pointsAt(rule: Pick<Rule, 'points' | 'halfLifeDays'>, age: number | null): number {
  if (rule.halfLifeDays === null) return rule.points;
  if (age === null) return 0;
  // Rounded by magnitude, so that deductions fade as points do.
  return Math.sign(rule.points) * Math.round(Math.abs(rule.points) * 2 ** (-age / rule.halfLifeDays));
}

function agedText({ points, halfLifeDays }: Rule, age: number | null): string {
  if (halfLifeDays === null || age === null || age === 0) return '';
  return ` (${points} at first, half of it every ${counted(halfLifeDays, 'day', 'days')}; ${counted(age, 'day', 'days')} ago)`;
}

function thresholdText({ A, B, C }: Thresholds): string {
  return `A from ${A}, B from ${B}, C from ${C}`;
}

function gradeOf(score: number, grades: Thresholds): Grade {
  if (score >= grades.A) return 'A';
  if (score >= grades.B) return 'B';
  return score >= grades.C ? 'C' : 'D';
}
