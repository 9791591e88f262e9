/** What `sluice fund` says, as text. */
import type { AccrualRun } from '../funds/service/accrue.ts';
import type { ImportedRow } from '../funds/service/import.ts';
import type { FundCheck, FundItemView, FundsView, WaitingView } from '../funds/service/views.ts';
import { decimalOf } from '../model/money.ts';
import type { RoiView } from './fund-roi.ts';

/** What people typed and CRMs hold must not move the cursor of a terminal. */
function safe(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, ' ');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => (row[n] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const BUDGET = ['Budget', 'Amount', 'Free', 'Promised', 'Claimed', 'Paid', 'Ends', 'Id'];
const ALLOCATION = ['Allocation', 'Of', 'Amount', 'Free', 'Promised', 'Paid', 'Expires', 'Id'];
const REQUEST = ['Request', 'Partner', 'Status', 'Requested', 'Approved', 'Claimed', 'Paid', 'Claim by', 'Id'];
const CLAIM = ['Claim', 'Of', 'Status', 'Requested', 'Approved', 'Paid', 'On', 'Id'];

function sections(view: FundsView): string[][] {
  const parts: string[][] = [];
  if (view.budgets.length > 0)
    parts.push(
      table([
        BUDGET,
        ...view.budgets.map((each) => [
          each.name,
          `${each.amount} ${each.currency}`,
          each.free,
          each.promised,
          each.claimed,
          each.paid,
          each.endsOn ?? '-',
          each.id,
        ]),
      ]),
    );
  if (view.allocations.length > 0)
    parts.push(
      table([
        ALLOCATION,
        ...view.allocations.map((each) => [
          each.name,
          each.budget.name,
          `${each.amount} ${each.currency}`,
          each.free,
          each.promised,
          each.paid,
          each.expiresOn ?? '-',
          each.id,
        ]),
      ]),
    );
  if (view.requests.length > 0)
    parts.push(
      table([
        REQUEST,
        ...view.requests.map((each) => [
          each.name,
          each.partner?.name ?? '-',
          each.status,
          `${each.requested} ${each.currency}`,
          each.approved ?? '-',
          each.claimed,
          each.paid,
          each.claimBy ?? '-',
          each.id,
        ]),
      ]),
    );
  if (view.claims.length > 0)
    parts.push(
      table([
        CLAIM,
        ...view.claims.map((each) => [
          each.name,
          each.request.name,
          each.status,
          `${each.requested} ${each.currency}`,
          each.approved ?? '-',
          each.paid,
          each.paidOn ?? '-',
          each.id,
        ]),
      ]),
    );
  return parts;
}

export function listText(view: FundsView): string {
  const parts = sections(view);
  if (parts.length === 0)
    return 'There are no funds. `sluice fund import FILE.csv` takes them in; an org with PRM brings its own.';
  return safe(parts.map((lines) => lines.join('\n')).join('\n\n'));
}

export function showText(view: FundItemView): string {
  const [request] = view.requests;
  const [claim] = view.claims;
  const one = view.kind === 'request' ? request : view.kind === 'claim' ? claim : undefined;
  const lines = [
    ...sections(view).map((part) => part.join('\n')),
    ...(view.kind === 'request' && request
      ? [
          `  for ${request.activity ?? 'no activity'}${request.campaign ? `, campaign ${request.campaign.name}` : ''}, of budget ${request.budget.name}${request.allocation ? `, allocation ${request.allocation.name}` : ''}`,
        ]
      : []),
    ...(view.kind === 'claim' && claim
      ? [`  proof: ${claim.proof.map(({ kind, reference }) => `${kind} ${reference}`).join(', ') || 'none'}`]
      : []),
    ...(view.kind === 'claim' && claim?.reason ? [`  ${claim.status}: ${claim.reason}`] : []),
    ...(one?.waitsFor ? [`  waits for ${waitingText(one.waitsFor)}`] : []),
    ...(one?.heldIn ? [`  held in ${one.heldIn.connection}: ${one.heldIn.id}`] : []),
    ...view.problems.map(({ message, hint }) => `  problem: ${message}. ${hint}`),
    ...view.events.map(({ at, type, who, why }) => `  ${at}  ${type} by ${who}${why ? `: ${why}` : ''}`),
  ];
  return safe(lines.join('\n'));
}

function waitingText({ step, who, until }: WaitingView): string {
  return `${step} (${who.join(', ') || 'no address is known'})${until ? `, until ${until}` : ''}`;
}

export function doneText(type: string): string {
  return type === 'repeat' ? 'Nothing changed: it was so before.' : `Done: ${type}.`;
}

export function checkText({ problems, waiting, held }: FundCheck): string {
  if (problems.length + waiting.length + held.length === 0) return 'All is well with the funds.';
  const lines = [
    ...problems.map(
      ({ kind, id, name, message, hint, heldIn }) =>
        `${kind} ${name} (${id})${heldIn ? `, held in ${heldIn.connection}` : ''}: ${message}. ${hint}`,
    ),
    ...waiting.map(
      ({ id, name, waitsFor }) =>
        `waiting: ${name} (${id}) for ${waitsFor ? waitingText(waitsFor) : 'nobody: no step of funds.yaml may approve so much'}`,
    ),
    ...held.map(({ id, name, reason }) => `held: ${name} (${id}): ${reason ?? ''}`),
  ];
  return safe(lines.join('\n'));
}

export function importText(document: {
  readonly file: string;
  readonly dryRun: boolean;
  readonly rows: readonly ImportedRow[];
  readonly notes: readonly string[];
}): string {
  const counts = Map.groupBy(document.rows, ({ result }) => result);
  const lines = [
    `${document.file}: ${document.rows.length === 1 ? '1 row' : `${document.rows.length} rows`}`,
    ...[...counts].map(([result, rows]) => `  ${rows.length} ${result === 'repeat' ? 'known already' : result}`),
    ...document.notes.map((note) => `  ${note}`),
    ...document.rows.flatMap(({ line, problem }) => (problem === null ? [] : [`  line ${line}: refused: ${problem}`])),
    ...(document.dryRun ? ['Nothing was kept: this was a dry run.'] : []),
  ];
  return safe(lines.join('\n'));
}

export function accrualText(runs: readonly AccrualRun[]): string {
  const lines = runs.flatMap(({ budget, percent, currency, rows, otherCurrencies }) => {
    const amount = (minor: bigint) => decimalOf({ minor, currency });
    return [
      `${budget.name}: ${percent} % of what partners sold, in ${currency}`,
      ...(rows.length === 0
        ? ['  nobody has sold anything']
        : table([
            ['  Period', 'Partner', 'Booked', 'Earned', 'Now', 'Holds', ''],
            ...rows.map((row) => [
              `  ${row.period}`,
              row.partnerId,
              amount(row.basis),
              amount(row.earned),
              amount(row.change),
              amount(row.holds),
              row.unfunded > 0n
                ? `${amount(row.unfunded)} wait: the budget has no room`
                : row.owed > 0n
                  ? `${amount(row.owed)} owed: promised, and no longer earned`
                  : '',
            ]),
          ])),
      ...otherCurrencies.map(
        ({ currency: code, basis }) =>
          `  ${decimalOf({ minor: basis, currency: code })} ${code} booked earn nothing: the budget is in ${currency}`,
      ),
    ];
  });
  return safe(lines.join('\n'));
}

export function roiText({ by, model, windowDays, margin, rows }: RoiView): string {
  if (rows.length === 0) return 'Nothing to show.';
  const head = [
    by,
    'Promised',
    'Paid',
    'Revenue',
    'ROI on revenue',
    ...(margin === null ? [] : ['ROI on margin']),
    'Revenue from',
    'Id',
  ];
  const percent = (roi: string | null) => (roi === null ? 'undefined' : `${(Number(roi) * 100).toFixed(1)} %`);
  const lines = table([
    head.map((word) => word.charAt(0).toUpperCase() + word.slice(1)),
    ...rows.map((row) => [
      row.name,
      `${row.promised} ${row.currency}`,
      row.cost,
      [row.revenue, ...row.otherCurrencies.map((other) => `+ ${other.revenue} ${other.currency}`)].join(' '),
      percent(row.roi),
      ...(margin === null ? [] : [percent(row.roiOnMargin)]),
      row.withoutResult ? `${row.from.join(', ')}: nothing came` : row.from.join(', '),
      row.id ?? '-',
    ]),
  ]);
  return safe(
    [
      ...lines,
      '',
      `Revenue from a campaign is its credit under the model ${model}; partner deals are those won within ${windowDays} days from the activity on.`,
      ...(margin === null ? [] : [`Margin is ${margin} % of revenue, as funds.yaml says.`]),
    ].join('\n'),
  );
}
