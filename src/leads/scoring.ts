import { z } from 'zod';
import { suggestion } from '../mapping/yaml-file.ts';
import type { Grade, Score, ScoreReason } from '../model/lead.ts';
import type { PersonFacts } from '../model/person.ts';
import { readRuleFile } from './rule-file.ts';
import { ruleContext, type TouchFacts } from './rule-scope.ts';
import type { Condition, Template } from './rules.ts';

const points = z.number().int().min(-100).max(100);
const threshold = z.number().int().min(1).max(100);

export const scoringSchema = z.strictObject({
  version: z.literal(1),
  groups: z.record(
    z.string().min(1),
    z.strictObject({ cap: z.number().int().min(1).max(100), take: z.enum(['all', 'best']).default('all') }),
  ),
  rules: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        group: z.string(),
        when: z.string(),
        points: points.refine((value) => value !== 0, 'a rule without points counts for nothing'),
        text: z.string().min(1),
      }),
    )
    .min(1),
  grades: z.strictObject({ A: threshold, B: threshold, C: threshold }),
});

interface Rule {
  readonly name: string;
  readonly group: string;
  readonly when: Condition;
  readonly points: number;
  readonly text: Template;
}

export interface Scoring {
  /** The most points that each group can give (their sum is at most 100), and whether only its best rule counts. */
  readonly groups: ReadonlyMap<string, { readonly cap: number; readonly take: 'all' | 'best' }>;
  readonly rules: readonly Rule[];
  /** The least score of each grade; below C is D. */
  readonly grades: { readonly A: number; readonly B: number; readonly C: number };
}

/** Reads config/scoring.yaml; throws a ConfigError with every problem and its place. */
export function compileScoring(file: string, text: string): Scoring {
  const source = readRuleFile(file, text, scoringSchema);
  const { groups, rules, grades } = source.value;
  const names = new Set<string>();
  const compiled = rules.map((rule, n): Rule => {
    const at = (key: string) => ['rules', n, key];
    if (names.has(rule.name))
      source.problem(at('name'), `a second rule is called "${rule.name}"`, 'give it its own name');
    names.add(rule.name);
    if (!Object.hasOwn(groups, rule.group))
      source.problem(at('group'), `there is no group "${rule.group}"`, suggestion(rule.group, Object.keys(groups)));
    return {
      name: rule.name,
      group: rule.group,
      when: source.condition(at('when'), rule.when, 'scoring'),
      points: rule.points,
      text: source.template(at('text'), rule.text, 'scoring'),
    };
  });
  const reach = Object.values(groups).reduce((sum, { cap }) => sum + cap, 0);
  if (reach > 100) source.problem(['groups'], `the caps of the groups add up to ${reach}`, 'a score is at most 100');
  if (!(grades.A > grades.B && grades.B > grades.C))
    source.problem(['grades'], 'the grades must fall from A to C', `as in A: 70, B: 45, C: 20`);
  if (grades.A > reach)
    source.problem(['grades', 'A'], `grade A starts at ${grades.A}, but the groups give at most ${reach} points`);
  source.done();
  return { groups: new Map(Object.entries(groups)), rules: compiled, grades };
}

/**
 * Scores a person. Rules with points above zero give theirs in the order of the file until the cap of their group is
 * used up (of a group that takes the best, only the rule with the most points does); rules with points below zero then
 * take theirs, but no more than there is. So the points of the reasons always add up to the score, and a rule that came
 * to give nothing is no reason.
 */
export function scoreLead(
  facts: { readonly person: PersonFacts; readonly touches: TouchFacts },
  scoring: Scoring,
): Score {
  const context = ruleContext(facts);
  const met = scoring.rules.filter(({ when }) => when.test(context));
  const reasons: ScoreReason[] = [];
  let score = 0;
  const count = (rule: Rule, given: number) => {
    if (given === 0) return;
    score += given;
    reasons.push({ rule: rule.name, points: given, text: rule.text.fill(context) });
  };
  for (const [name, { cap, take }] of scoring.groups) {
    const giving = met.filter(({ group, points }) => group === name && points > 0);
    const best = giving.reduce<Rule[]>((kept, rule) => (kept[0] && kept[0].points >= rule.points ? kept : [rule]), []);
    let room = cap;
    for (const rule of take === 'best' ? best : giving) {
      const given = Math.min(rule.points, room);
      room -= given;
      count(rule, given);
    }
  }
  for (const rule of met.filter((each) => each.points < 0)) count(rule, -Math.min(-rule.points, score));
  return { score, grade: gradeOf(score, scoring), reasons };
}

function gradeOf(score: number, { grades }: Scoring): Grade {
  if (score >= grades.A) return 'A';
  if (score >= grades.B) return 'B';
  return score >= grades.C ? 'C' : 'D';
}
