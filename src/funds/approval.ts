/** Who may approve how much, and whom something waits for. */
import { amountText } from './amounts.ts';
import type { ApprovalStep } from './rules.ts';

const DAY = 86_400_000;

/** What the limits of approval are held against. */
export interface Approvable {
  readonly currency: string;
  /** ISO instant of its submission. */
  readonly submittedAt: string | null;
  /** Who asked for it. */
  readonly by: string | null;
  /** The address of the partner's channel manager. */
  readonly manager: string | null;
}

function covers(step: ApprovalStep, currency: string, minor: bigint): boolean {
  return step.upTo === null || (step.upTo.get(currency) ?? -1n) >= minor;
}

function isOne(step: ApprovalStep, who: string, manager: string | null): boolean {
  return step.who.some((each) => (each === 'manager' ? manager?.toLowerCase() : each) === who);
}

/** Where something waits: the step that is asked now, and how many steps it went on since it was submitted. */
export interface Waiting {
  readonly step: ApprovalStep;
  readonly escalated: number;
  /** When it goes on to the next step, in epoch ms; null: never. */
  readonly until: number | null;
}

/**
 * Whom an amount waits for: the first step whose limit covers it, and after each step's days without a decision the next one.
 * Null where no step may approve so much.
 */
export function waitsFor(
  steps: readonly ApprovalStep[],
  asked: Approvable,
  minor: bigint,
  now: number,
): Waiting | null {
  const able = steps.filter((step) => covers(step, asked.currency, minor));
  let since = Date.parse(asked.submittedAt ?? new Date(now).toISOString());
  for (const [n, step] of able.entries()) {
    const until = step.withinDays === null || n === able.length - 1 ? null : since + step.withinDays * DAY;
    if (until === null || now < until) return { step, escalated: n, until };
    since = until;
  }
  return null;
}

/**
 * Why `who` may not approve this amount, with what to do; null where they may. Nobody approves what they asked for themselves. Who
 * stands further up may always decide; whoever was asked before may still.
 */
export function approvalProblem(
  steps: readonly ApprovalStep[],
  asked: Approvable,
  minor: bigint,
  who: string,
): { readonly problem: string; readonly hint: string } | null {
  const person = who.trim().toLowerCase();
  const able = steps.filter((step) => covers(step, asked.currency, minor));
  const names = able.map(
    (step) =>
      `${step.name} (${step.who.map((each) => (each === 'manager' ? (asked.manager ?? 'no manager is known') : each)).join(', ')})`,
  );
  const hint =
    names.length === 0
      ? 'Raise a limit of `approval` in funds.yaml.'
      : `This may approve it: ${names.join(', then ')}.`;
  const mine = steps.filter((step) => isOne(step, person, asked.manager));
  if (person === (asked.by ?? '').toLowerCase() && person !== '')
    return { problem: `${who} asked for it, and cannot approve it too`, hint };
  if (mine.length === 0) return { problem: `${who} is no approver`, hint };
  if (mine.some((step) => covers(step, asked.currency, minor))) return null;
  const [{ name, upTo } = { name: '', upTo: null }] = mine;
  const limit = upTo?.get(asked.currency);
  const may = limit === undefined ? `nothing in ${asked.currency}` : `at most ${amountText(asked, limit)}`;
  return { problem: `${who} (${name}) may approve ${may}, and this is ${amountText(asked, minor)}`, hint };
}

/** Why `who` may not decide at all (return or reject); null where they may. */
export function decisionProblem(
  steps: readonly ApprovalStep[],
  asked: Approvable,
  who: string,
): { readonly problem: string; readonly hint: string } | null {
  const person = who.trim().toLowerCase();
  if (steps.some((step) => isOne(step, person, asked.manager))) return null;
  return { problem: `${who} is no approver`, hint: 'Approvers are listed under `approval` of funds.yaml.' };
}
