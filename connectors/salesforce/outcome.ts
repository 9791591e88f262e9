import type { Outcome, WriteRow } from '../connector.ts';
import { isRowLock } from './failure.ts';

/** One error of a row. sObject collections say `statusCode`, answers about a single record `errorCode`. */
export interface RowError {
  readonly statusCode?: string;
  readonly errorCode?: string;
  readonly message?: string;
  readonly fields?: readonly string[];
  /** What a duplicate rule found. Salesforce really spells the key of REST answers without the l. */
  readonly duplicateResut?: unknown;
  readonly duplicateResult?: unknown;
}

/** One row's result in an sObject collections answer. */
export interface SaveResult {
  readonly id?: string | null;
  readonly success: boolean;
  readonly created?: boolean;
  readonly errors?: readonly RowError[];
}

/** Row errors that pass by themselves. */
const TRANSIENT = new Set([
  'REQUEST_LIMIT_EXCEEDED',
  'SERVER_UNAVAILABLE',
  'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  'PROCESSING_HALTED',
  'CONCURRENT_UPDATE',
]);

const GONE = new Set(['ENTITY_IS_DELETED', 'NOT_FOUND']);
const ROW_PAUSE_MS = 5_000;

/** What became of a row, from its own result. */
export function toOutcome(row: WriteRow, result: SaveResult): Outcome {
  const { key } = row;
  const id = result.id ?? row.id;
  if (result.success && typeof id === 'string') {
    return { key, status: 'ok', id, created: result.created === true };
  }
  const error = result.errors?.[0];
  const code = error?.statusCode ?? error?.errorCode ?? 'UNKNOWN_ERROR';
  const message = error?.message ?? 'Salesforce gave no reason';
  if (TRANSIENT.has(code) || isRowLock(code, message)) {
    return { key, status: 'retry', code, message, afterMs: ROW_PAUSE_MS };
  }
  const matches = error === undefined ? [] : matchesOf(error);
  const named = matches.map(({ type, id: match }) => (type === '' ? match : `${type} ${match}`)).join(', ');
  return {
    key,
    status: 'reject',
    code,
    message: named === '' ? message : `${message} (matching records: ${named})`,
    fields: fieldsOf(error),
    ...(GONE.has(code) ? { gone: true } : {}),
    ...(matches.length > 0 ? { duplicateOf: matches.map((match) => match.id) } : {}),
  };
}

/** True for a row that a duplicate rule refused. */
export function isDuplicate(outcome: Outcome): boolean {
  return outcome.status === 'reject' && outcome.code === 'DUPLICATES_DETECTED';
}

/** True for a row that names a record which is not there: its own, or one that it refers to without a field being named. */
export function namesNoRecord(outcome: Outcome): boolean {
  return outcome.status === 'reject' && outcome.code === 'INVALID_CROSS_REFERENCE_KEY' && outcome.fields.length === 0;
}

/** True where the refusal names the records that were matched. */
export function namesMatches(outcome: Outcome): boolean {
  return outcome.status === 'reject' && outcome.duplicateOf !== undefined;
}

/** True for a row that met another transaction's lock. */
export function isLocked(outcome: Outcome): boolean {
  return outcome.status === 'retry' && isRowLock(outcome.code, outcome.message);
}

interface Match {
  readonly type: string;
  readonly id: string;
}

/** The records that a duplicate rule matched, each once. Parts of an unexpected shape are passed over. */
function matchesOf(error: RowError): Match[] {
  const found = new Map<string, Match>();
  for (const result of list(member(error.duplicateResut ?? error.duplicateResult, 'matchResults'))) {
    for (const match of list(member(result, 'matchRecords'))) {
      const record = member(match, 'record');
      const id = member(record, 'Id') ?? member(record, 'id');
      const type = member(member(record, 'attributes'), 'type') ?? member(result, 'entityType');
      if (typeof id === 'string') found.set(id, { id, type: typeof type === 'string' ? type : '' });
    }
  }
  return [...found.values()];
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The fields that an error is about; an unknown column is named in its words alone. */
function fieldsOf(error: RowError | undefined): readonly string[] {
  if (error?.fields?.length) return error.fields;
  const column = /No such column '([^']+)'/.exec(error?.message ?? '')?.[1];
  return column === undefined ? [] : [column];
}
