/** A CSV file of budgets, allocations, requests and claims, read row by row. Pure: what a row refers to is found later. */

import { suggestion } from '../mapping/yaml-file.ts';
import {
  CLAIM_STATUSES,
  type ClaimStatus,
  type FundKind,
  type FundProof,
  REQUEST_STATUSES,
  type RequestStatus,
} from '../model/fund.ts';
import { readCsv, UnusableFile } from '../model/read-csv.ts';
import { isCurrency, isDay, readAmount } from './amounts.ts';

const COLUMNS = [
  'kind',
  'key',
  'name',
  'parent',
  'budget',
  'allocation',
  'request',
  'partner',
  'campaign',
  'activity',
  'currency',
  'amount',
  'approved',
  'paid',
  'paid on',
  'status',
  'starts',
  'ends',
  'expires',
  'claim by',
  'proof',
] as const;
type Column = (typeof COLUMNS)[number];

/** A row that can be read. What it refers to (`parent`, `budget`, ...) stands as it was written: a key of the file, a name or an id. */
export interface FundRow {
  readonly line: number;
  readonly kind: FundKind;
  /** Names the item: the same key is the same item. */
  readonly key: string;
  readonly name: string;
  readonly parent: string | null;
  readonly budget: string | null;
  readonly allocation: string | null;
  readonly request: string | null;
  readonly partner: string | null;
  readonly campaign: string | null;
  readonly activity: string | null;
  readonly currency: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly approved: bigint | null;
  readonly paid: bigint;
  readonly paidOn: string | null;
  readonly requestStatus: RequestStatus;
  readonly claimStatus: ClaimStatus;
  readonly starts: string | null;
  readonly ends: string | null;
  readonly expires: string | null;
  readonly claimBy: string | null;
  readonly proof: readonly FundProof[];
}

export interface FundFile {
  readonly rows: readonly FundRow[];
  readonly badRows: readonly { readonly line: number; readonly problem: string }[];
  readonly notes: readonly string[];
}

const KINDS: readonly FundKind[] = ['budget', 'allocation', 'request', 'claim'];

/**
 * Reads the text of a file; columns may stand in any order. A row with something wrong is left out and told with its line.
 * @throws UnusableFile
 */
export function readFundFile(text: string): FundFile {
  const file = readCsv(text);
  const notes = [...file.notes];
  const columns = new Map<Column, readonly string[]>();
  for (const { name, cells } of file.table.columns) {
    const column = COLUMNS.find((each) => each === name.toLowerCase().replace(/[\s_-]+/g, ' '));
    if (column === undefined) {
      const near = suggestion(name.toLowerCase(), COLUMNS);
      if (near?.startsWith('did you mean'))
        throw new UnusableFile(`line 1 names a column "${name}", which is not read`, near);
      notes.push(`column "${name}" is not read`);
    } else if (columns.has(column)) throw new UnusableFile(`line 1 names the column ${column} twice`, 'Take one out.');
    else columns.set(column, cells);
  }
  for (const needed of ['kind', 'key', 'currency', 'amount'] as const)
    if (!columns.has(needed))
      throw new UnusableFile(`line 1 names no column "${needed}"`, `The columns are ${COLUMNS.join(', ')}.`);
  const rows: FundRow[] = [];
  const badRows = file.badRows.map(({ line, problem }) => ({ line, problem }));
  const keys = new Map<string, number>();
  for (const [n, line] of file.lines.entries()) {
    const read = readRow(line, (column) => columns.get(column)?.[n] ?? '');
    if ('problem' in read) {
      badRows.push({ line, problem: read.problem });
      continue;
    }
    const before = keys.get(`${read.kind} ${read.key}`);
    if (before === undefined) {
      keys.set(`${read.kind} ${read.key}`, line);
      rows.push(read);
    } else badRows.push({ line, problem: `${read.kind} "${read.key}" stands in line ${before} already` });
  }
  return { rows, badRows, notes };
}

function readRow(line: number, cell: (column: Column) => string): FundRow | { readonly problem: string } {
  const optional = (column: Column) => (cell(column) === '' ? null : cell(column));
  const kind = KINDS.find((each) => each === cell('kind').toLowerCase());
  if (kind === undefined) return { problem: `"${cell('kind')}" is no kind: write ${KINDS.join(', ')}` };
  const key = cell('key');
  if (key === '') return { problem: 'it has no key: give what names it in your own list' };
  const needs = { budget: null, allocation: 'budget', request: 'budget', claim: 'request' } as const;
  const needed = needs[kind];
  if (needed !== null && cell(needed) === '' && !(kind === 'request' && cell('allocation') !== ''))
    return { problem: `it names no ${needed}` };
  const currency = cell('currency').toUpperCase();
  if (!isCurrency(currency))
    return { problem: `"${cell('currency')}" is no currency: give an ISO 4217 code, such as EUR` };
  const amounts: bigint[] = [];
  for (const column of ['amount', 'approved', 'paid'] as const) {
    const written = cell(column);
    if (column !== 'amount' && (written === '' || Number(written) === 0)) {
      amounts.push(0n);
      continue;
    }
    const read = readAmount(written, currency);
    if (typeof read !== 'bigint') return { problem: `${column}: ${read.problem}` };
    amounts.push(read);
  }
  for (const column of ['paid on', 'starts', 'ends', 'expires', 'claim by'] as const) {
    const day = cell(column);
    if (day !== '' && !isDay(day)) return { problem: `${column}: "${day}" is no day; write it as 2026-12-31` };
  }
  const [amount = 0n, approved = 0n, paid = 0n] = amounts;
  const status = cell('status').toLowerCase();
  const words: readonly string[] = kind === 'request' ? REQUEST_STATUSES : kind === 'claim' ? CLAIM_STATUSES : [];
  if (words.length > 0 && status !== '' && !words.includes(status))
    return { problem: `"${cell('status')}" is no status of a ${kind}: write ${words.join(', ')}` };
  if (paid > 0n && cell('paid on') === '') return { problem: 'it is paid, and names no day in "paid on"' };
  if (paid > 0n && kind !== 'claim') return { problem: 'only claims are paid' };
  if (kind === 'claim' && status === 'paid' && paid === 0n)
    return { problem: 'it is paid, and says no amount in "paid"' };
  const proof = proofIn(cell('proof'));
  if (proof === null) return { problem: 'proof is written as kind=reference, several with ";" between them' };
  return {
    line,
    kind,
    key,
    name: optional('name') ?? key,
    parent: optional('parent'),
    budget: optional('budget'),
    allocation: optional('allocation'),
    request: optional('request'),
    partner: optional('partner'),
    campaign: optional('campaign'),
    activity: optional('activity'),
    currency,
    amount,
    approved: cell('approved') === '' ? null : approved,
    paid,
    paidOn: optional('paid on'),
    requestStatus: (status || 'draft') as RequestStatus,
    claimStatus: (status || 'draft') as ClaimStatus,
    starts: optional('starts'),
    ends: optional('ends'),
    expires: optional('expires'),
    claimBy: optional('claim by'),
    proof,
  };
}

/** "invoice=INV-7; attendees=list.pdf" as proof; null where it is written otherwise. */
export function proofIn(written: string): FundProof[] | null {
  const parts = written.split(';').flatMap((part) => part.trim() || []);
  const proof = parts.map((part) => {
    const at = part.indexOf('=');
    return { kind: part.slice(0, Math.max(at, 0)).trim().toLowerCase(), reference: part.slice(at + 1).trim() };
  });
  return proof.every(({ kind, reference }) => kind !== '' && reference !== '') ? proof : null;
}
