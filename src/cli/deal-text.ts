/** Deal registrations as text for a terminal. */
import type { RegisteredDeal } from '../deals/service/register.ts';
import type { DealDetail, DealView } from '../deals/service/view.ts';
import type { Evidence } from '../model/registration.ts';

export function listText(deals: readonly DealView[], counts: Readonly<Record<string, number>>): string {
  const rows = deals.map((deal) =>
    [
      deal.id.padEnd(19),
      deal.state.padEnd(9),
      deal.verdict.padEnd(9),
      cut(deal.partner.name, 24),
      cut(companyOf(deal), 28),
      (deal.amount === null ? '' : `${deal.amount} ${deal.currency}`).padStart(16),
      ` ${untilOf(deal)}`,
    ].join('  '),
  );
  const sums = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  return plain([
    ...rows,
    ...(rows.length > 0 ? [''] : []),
    sums.length === 0 ? 'No deals are registered.' : sums.join(', '),
  ]);
}

function untilOf({ state, decideBy, protectedUntil, waitsFor }: DealView): string {
  if (state === 'Pending') return `${waitsFor ?? 'a person'} decides by ${decideBy}`;
  return state === 'Approved' ? `until ${protectedUntil}` : '';
}

export function detailText(deal: DealDetail): string {
  return plain([
    `${deal.id}  ${deal.state}  ${deal.partner.name}: ${companyOf(deal)}${deal.product === null ? '' : `, ${deal.product}`}`,
    `  ${deal.reason}`,
    ...(deal.amount === null ? [] : [`  amount ${deal.amount} ${deal.currency}`]),
    ...(deal.opportunityId === null ? [] : [`  opportunity ${deal.opportunityId}`]),
    ...(deal.share === null ? [] : [`  credited with ${deal.share / 100} % of the deal`]),
    ...(deal.state === 'Pending' ? [`  ${untilOf(deal)}`] : []),
    `  verdict: ${deal.verdict}`,
    ...evidenceLines(deal.conflicts),
    '  history:',
    ...deal.history.map(({ at, kind, by, detail }) => `    ${at}  ${kind.padEnd(10)} by ${by}${saying(detail)}`),
  ]);
}

function saying(detail: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(detail).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}

/** What stands against it, beside what it matched. */
function evidenceLines(conflicts: readonly Evidence[]): string[] {
  return conflicts.flatMap(({ weight, kind, id, holder, since, state, product, account, probability, reasons }) => [
    `    ${weight}: ${holder.name}, ${kind} ${id}, ${state}${product === null ? '' : `, ${product}`}${since === null ? '' : `, since ${since}`}`,
    `      ${[account.name, account.domain, account.city, account.country].filter((part) => part !== null).join(', ')}: ${Math.round(probability * 100)} % the same company (${reasons.join('; ')})`,
  ]);
}

const RESULTS: Readonly<Record<RegisteredDeal['result'], string>> = {
  registered: 'registered, waits for a decision',
  approved: 'registered and approved by rule',
  repeat: 'known already',
  duplicate: 'not registered: its partner has registered the deal already',
  refused: 'refused',
};

export function registeredText(done: RegisteredDeal, dryRun: boolean): string {
  const { result, registration, verdict, conflicts, problems } = done;
  const which = dryRun && result !== 'repeat' && result !== 'duplicate' ? 'It would be' : (registration ?? 'It is');
  return plain([
    `${which} ${RESULTS[result]}${verdict === null ? '' : `; verdict: ${verdict}`}`,
    ...problems.map((problem) => `  ${problem}`),
    ...evidenceLines(conflicts),
    ...(dryRun ? ['Nothing was kept: this was a check.'] : []),
  ]);
}

export function importText(
  path: string,
  rows: readonly RegisteredDeal[],
  notes: readonly string[],
  dryRun: boolean,
): string {
  const counted = [...Map.groupBy(rows, ({ result }) => result)].map(
    ([result, all]) => `  ${all.length} ${RESULTS[result]}`,
  );
  const told = rows.flatMap(({ place, result, problems, registration, verdict, conflicts }) => [
    ...problems.map((problem) => `  line ${place}: ${result}: ${problem}`),
    ...(result === 'duplicate' ? [`  line ${place}: duplicate of ${registration}`] : []),
    ...(verdict === 'conflict' || verdict === 'review'
      ? [`  line ${place}: ${verdict}: ${conflicts[0]?.holder.name}, ${conflicts[0]?.kind} ${conflicts[0]?.id}`]
      : []),
  ]);
  const end = dryRun ? 'Nothing was kept: this was a dry run.' : 'The next sync shows them in the CRM.';
  return plain([
    `${path}: ${rows.length === 1 ? '1 row' : `${rows.length} rows`}`,
    ...counted,
    ...notes.map((note) => `  ${note}`),
    ...told,
    end,
  ]);
}

function companyOf({ account }: Pick<DealView, 'account'>): string {
  return account.name ?? account.domain ?? '(no company)';
}

function cut(text: string, width: number): string {
  return (text.length > width ? `${text.slice(0, width - 1)}…` : text).padEnd(width);
}

/** Without control characters, which would act on the terminal. */
function plain(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, ' ').trimEnd()).join('\n');
}
