/** config/funds.yaml: what money is given for, who approves it, what is earned by sales. */
import { readYamlFile, type YamlPath } from '../mapping/yaml-file.ts';
import { ConfigError, type ConfigProblem } from '../model/config-error.ts';
import { isCurrency, readAmount } from './amounts.ts';
import { fundsSchema } from './funds-schema.ts';

export interface Activity {
  readonly name: string;
  readonly proof: readonly string[];
}

export interface ApprovalStep {
  readonly name: string;
  /** Addresses in lower case; "manager" is the channel manager of the partner. */
  readonly who: readonly string[];
  /** The largest amount by currency, in minor units; null: any amount in any currency. */
  readonly upTo: ReadonlyMap<string, bigint> | null;
  /** Days after which what is not decided goes on; null: it stays. */
  readonly withinDays: number | null;
}

export const PERIODS = ['month', 'quarter', 'half-year', 'year'] as const;
export type Period = (typeof PERIODS)[number];

export interface CoopRule {
  readonly budget: string;
  /** A decimal number, such as "2.5". */
  readonly percent: string;
  readonly period: Period;
  readonly expiresDays: number | null;
}

export interface FundRules {
  /** Finds an activity by its name or another way of writing it, whatever the case. */
  activityOf(written: string): Activity | null;
  readonly activities: readonly Activity[];
  readonly claimWithinDays: number;
  readonly approval: readonly ApprovalStep[];
  readonly coop: readonly CoopRule[];
  readonly roiWindowDays: number;
  /** The percentage of revenue that is margin, a decimal number; null where it is not known. */
  readonly margin: string | null;
}

/** Reads funds.yaml; throws a ConfigError with every problem and its place. */
export function compileFunds(file: string, text: string): FundRules {
  const yaml = readYamlFile(file, text, fundsSchema);
  const problems: ConfigProblem[] = [];
  const problem = (path: YamlPath, message: string, hint?: string) =>
    problems.push(yaml.problemAt(path, message, hint === undefined ? {} : { hint }));
  const { activities, approval, coop, claims, roi } = yaml.value;
  const known = new Map<string, Activity>();
  for (const [n, { name, also, proof }] of activities.entries()) {
    const activity = { name, proof };
    for (const [key, word] of [['name', name] as const, ...also.map((each) => ['also', each] as const)]) {
      if (known.has(folded(word))) problem(['activities', n, key], `"${word}" already means another activity`);
      else known.set(folded(word), activity);
    }
  }
  const steps = approval.map((step, n): ApprovalStep => {
    const upTo = new Map<string, bigint>();
    for (const [currency, written] of Object.entries(step.upTo ?? {})) {
      const read = readAmount(written, currency);
      if (!isCurrency(currency)) problem(['approval', n, 'upTo', currency], `"${currency}" is no currency`);
      else if (typeof read !== 'bigint') problem(['approval', n, 'upTo', currency], read.problem);
      else upTo.set(currency, read);
    }
    const last = n === approval.length - 1;
    if (last && step.within !== undefined)
      problem(['approval', n, 'within'], 'the last step has no next one to go on to', 'take it out, or add a step');
    if (!last && step.upTo === undefined)
      problem(
        ['approval', n],
        `${step.name} may approve any amount: the steps after it are never needed`,
        'give it "upTo"',
      );
    for (const [currency, most] of upTo) {
      const lower = approval.slice(0, n).some((before) => {
        const limit = readAmount(before.upTo?.[currency] ?? '', currency);
        return typeof limit === 'bigint' && limit >= most;
      });
      if (lower)
        problem(['approval', n, 'upTo', currency], 'a step before it may approve as much', 'let the limits rise');
    }
    return {
      name: step.name,
      who: step.who.map((who) => who.toLowerCase()),
      upTo: step.upTo === undefined ? null : upTo,
      withinDays: step.within ?? null,
    };
  });
  for (const [n, step] of approval.entries())
    if (approval.findIndex(({ name }) => name === step.name) < n)
      problem(['approval', n, 'name'], `a second step is called "${step.name}"`);
  for (const [n, rule] of coop.entries()) {
    if (!(Number(rule.percent) > 0 && Number(rule.percent) <= 100))
      problem(
        ['coop', n, 'percent'],
        `${rule.percent} % cannot be earned by a sale`,
        'a percentage is above 0 and at most 100',
      );
    if (coop.findIndex(({ budget }) => budget === rule.budget) < n)
      problem(['coop', n, 'budget'], `"${rule.budget}" has a rule already`);
  }
  if (roi.margin !== undefined && Number(roi.margin) > 100)
    problem(['roi', 'margin'], `${roi.margin} % is more than all revenue`);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    activityOf: (written) => known.get(folded(written)) ?? null,
    activities: activities.map(({ name, proof }) => ({ name, proof })),
    claimWithinDays: claims.within,
    approval: steps,
    coop: coop.map(({ budget, percent, period, expires }) => ({
      budget,
      percent,
      period,
      expiresDays: expires ?? null,
    })),
    roiWindowDays: roi.window,
    margin: roi.margin ?? null,
  };
}

function folded(word: string): string {
  return word
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
}
