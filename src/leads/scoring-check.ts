/** What the schema of scoring.yaml cannot say: names, caps, thresholds, conditions and rules that never count. */
import { suggestion } from '../mapping/yaml-file.ts';
import { PREDICTIVE } from './predictive.ts';
import { type Alternative, alternativesOf, implies } from './rule-alternatives.ts';
import type { RuleFile } from './rule-file.ts';
import type { ScoringDocument, Thresholds } from './scoring-schema.ts';

/** Notes every problem with its place. */
export function checkScoring(source: RuleFile<ScoringDocument>): void {
  const { groups, rules, grades, bands } = source.value;
  checkNames(source, 'rules', rules);
  checkNames(source, 'bands', bands);
  for (const [n, { name }] of rules.entries()) {
    if (name === PREDICTIVE)
      source.problem(
        ['rules', n, 'name'],
        `"${PREDICTIVE}" is what the reason of the learned score is called`,
        'give the rule another name',
      );
  }
  for (const [n, { group }] of rules.entries()) {
    if (!Object.hasOwn(groups, group))
      source.problem(['rules', n, 'group'], `there is no group "${group}"`, suggestion(group, Object.keys(groups)));
  }
  const reach = Object.values(groups).reduce((sum, { cap }) => sum + cap, 0);
  if (reach > 100) source.problem(['groups'], `the caps of the groups add up to ${reach}`, 'a score is at most 100');
  checkThresholds(source, ['grades'], grades, reach);
  for (const [n, band] of bands.entries()) checkThresholds(source, ['bands', n], band, reach);
  checkDecay(source);
  checkMet(source);
}

function checkNames(
  source: RuleFile<ScoringDocument>,
  list: 'rules' | 'bands',
  named: readonly { readonly name: string }[],
): void {
  for (const [n, { name }] of named.entries()) {
    if (named.findIndex((each) => each.name === name) < n)
      source.problem(
        [list, n, 'name'],
        `a second ${list === 'rules' ? 'rule' : 'band'} is called "${name}"`,
        'give it its own name',
      );
  }
}

function checkThresholds(
  source: RuleFile<ScoringDocument>,
  at: readonly (string | number)[],
  { A, B, C }: Thresholds,
  reach: number,
): void {
  if (!(A > B && B > C)) source.problem(at, 'the grades must fall from A to C', 'as in A: 70, B: 45, C: 20');
  if (A > reach) source.problem([...at, 'A'], `grade A starts at ${A}, but the groups give at most ${reach} points`);
}

/** Points age with the last touch, so only those for touches can. */
function checkDecay(source: RuleFile<ScoringDocument>): void {
  const { groups, rules } = source.value;
  for (const [n, rule] of rules.entries()) {
    const own = rule.decay !== undefined;
    if ((own || groups[rule.group]?.decay !== undefined) && !rule.when.includes('touches.'))
      source.problem(
        own ? ['rules', n, 'decay'] : ['rules', n, 'when'],
        `the points of "${rule.name}" would age with the last touch, but its condition does not speak of touches`,
        own ? 'take the decay out' : `the group "${rule.group}" has a decay: give the rule a group without`,
      );
  }
}

const HINT = 'its parts contradict each other: use || where one of them is enough';

/** Conditions that contradict themselves, and rules and bands that never count for another one always comes before them. */
function checkMet(source: RuleFile<ScoringDocument>): void {
  const { groups, rules, bands } = source.value;
  const wanted = rules.map(({ when }) => alternatives(when));
  for (const [n, rule] of rules.entries()) {
    const own = wanted[n];
    if (own?.length === 0) source.problem(['rules', n, 'when'], `no lead can ever meet "${rule.name}"`, HINT);
    if (!own?.length || rule.points < 0 || groups[rule.group]?.take !== 'best') continue;
    const above = rules.find(
      (other, place) =>
        place !== n &&
        other.group === rule.group &&
        other.decay?.halfLife === rule.decay?.halfLife &&
        (other.points > rule.points || (other.points === rule.points && place < n)) &&
        covers(wanted[place], own),
    );
    if (above)
      source.problem(
        ['rules', n, 'when'],
        `"${rule.name}" never counts: whenever it is met, "${above.name}" is too and gives as much or more`,
        'of this group only the best rule counts',
      );
  }
  const banded = bands.map(({ when }) => alternatives(when));
  for (const [n, band] of bands.entries()) {
    const own = banded[n];
    if (own?.length === 0) source.problem(['bands', n, 'when'], `no lead can ever meet "${band.name}"`, HINT);
    if (!own?.length) continue;
    const shadow = bands.slice(0, n).find((_, place) => covers(banded[place], own));
    if (shadow)
      source.problem(
        ['bands', n, 'when'],
        `"${band.name}" never counts: "${shadow.name}" before it is met whenever it is`,
        'put it first, or narrow the earlier one',
      );
  }
}

/** Undefined for what cannot be told, and for a bare `true` or `false`: somebody has switched the rule on or off. */
function alternatives(when: string): readonly Alternative[] | undefined {
  return /^(true|false)$/.test(when.trim()) ? undefined : alternativesOf(when, 'scoring');
}

function covers(wide: readonly Alternative[] | undefined, narrow: readonly Alternative[]): boolean {
  return wide !== undefined && narrow.every((each) => wide.some((wider) => implies(each, wider)));
}
