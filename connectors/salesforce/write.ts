import { ConnectorError, type Outcome, type WriteRow } from '../connector.ts';
import type { Call, SalesforceClient } from './client.ts';
import { isRowLock, LostAnswer } from './failure.ts';
import { isFieldPath } from './soql.ts';

/** One row's result in an sObject collections answer. */
interface SaveResult {
  readonly id?: string | null;
  readonly success: boolean;
  readonly created?: boolean;
  readonly errors?: readonly {
    readonly statusCode: string;
    readonly message: string;
    readonly fields?: readonly string[];
  }[];
}

const WRITE_HEADERS = {
  // The default, TRUE, would run the org's assignment rules again and take the lead from its owner.
  'Sforce-Auto-Assign': 'FALSE',
  // Our rows update records that exist: a duplicate alert must not stop them.
  'Sforce-Duplicate-Rule-Header': 'allowSave=true; includeRecordDetails=false; runAsCurrentUser=true',
};

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

/** The rows of one request: all updates by id, or all upserts by one external id field. */
interface Batch {
  readonly externalField: string | null;
  readonly rows: readonly WriteRow[];
}

/**
 * Groups rows into requests. No request names a record twice: Salesforce would refuse both rows, so that a second row
 * for the same record goes into a later request.
 */
export function toBatches(rows: readonly WriteRow[], size: number): Batch[] {
  const open: { externalField: string | null; rows: WriteRow[]; names: Set<string> }[] = [];
  for (const row of rows) {
    const externalField = row.id === undefined ? (row.externalId?.field ?? null) : null;
    const name = row.id?.slice(0, 15) ?? row.externalId?.value.toLowerCase() ?? '';
    // Only the batches after the last one that holds the record will do: its rows must stay in order.
    const holder = open.findLastIndex((batch) => batch.externalField === externalField && batch.names.has(name));
    let batch = open
      .slice(holder + 1)
      .find((candidate) => candidate.externalField === externalField && candidate.rows.length < size);
    if (batch === undefined) {
      batch = { externalField, rows: [], names: new Set() };
      open.push(batch);
    }
    batch.rows.push(row);
    batch.names.add(name);
  }
  return open.map(({ externalField, rows: batchRows }) => ({ externalField, rows: batchRows }));
}

/** What became of a row, from its own result. */
export function toOutcome(row: WriteRow, result: SaveResult): Outcome {
  const { key } = row;
  const id = result.id ?? row.id;
  if (result.success && typeof id === 'string') {
    return { key, status: 'ok', id, created: result.created === true };
  }
  const error = result.errors?.[0];
  const code = error?.statusCode ?? 'UNKNOWN_ERROR';
  const message = error?.message ?? 'Salesforce gave no reason';
  if (TRANSIENT.has(code) || isRowLock(code, message)) {
    return { key, status: 'retry', code, message, afterMs: ROW_PAUSE_MS };
  }
  return {
    key,
    status: 'reject',
    code,
    message,
    fields: error?.fields ?? [],
    ...(GONE.has(code) ? { gone: true } : {}),
  };
}

/** Writes rows through sObject collections, an outcome a row. */
export class Writer {
  readonly #client: SalesforceClient;

  constructor(client: SalesforceClient) {
    this.#client = client;
  }

  async write(
    object: string,
    rows: readonly WriteRow[],
    onBatch: ((outcomes: readonly Outcome[]) => Promise<void>) | undefined,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const tell = async (some: readonly Outcome[]): Promise<void> => {
      if (some.length === 0) return;
      outcomes.push(...some);
      await onBatch?.(some);
    };
    const { sendable, refused } = sift(object, rows);
    await tell(refused);
    for (const batch of toBatches(sendable, this.#client.settings.batchSize)) {
      await this.#send(object, batch, tell);
    }
    return outcomes;
  }

  /**
   * One batch. Where Salesforce refuses the request as a whole because of some row, the rows are told apart: those
   * that carry the field it names are rejected, else the batch is halved until the row stands alone.
   */
  async #send(object: string, batch: Batch, tell: (outcomes: readonly Outcome[]) => Promise<void>): Promise<void> {
    let results: readonly SaveResult[];
    try {
      results = await this.#client.call(request(object, batch));
    } catch (error) {
      if (error instanceof LostAnswer) {
        const { code } = error;
        const message = `the answer to this write was lost: ${error.message}`;
        return tell(batch.rows.map(({ key }) => ({ key, status: 'unknown', code, message })));
      }
      if (!(error instanceof ConnectorError) || error.action !== 'reject') throw error;
      return this.#isolate(object, batch, error, tell);
    }
    await tell(batch.rows.map((row, index) => toOutcome(row, results[index] ?? { success: false })));
  }

  async #isolate(
    object: string,
    batch: Batch,
    error: ConnectorError,
    tell: (outcomes: readonly Outcome[]) => Promise<void>,
  ): Promise<void> {
    const { rows, externalField } = batch;
    const column = /No such column '([^']+)'/.exec(error.message)?.[1];
    const reject = (row: WriteRow): Outcome => ({
      key: row.key,
      status: 'reject',
      code: error.code,
      message: error.message,
      fields: column === undefined ? [] : [column],
    });
    const named = (row: WriteRow): boolean =>
      column !== undefined && Object.keys(row.fields).some((field) => field.toLowerCase() === column.toLowerCase());
    // An unknown object or external id field is nobody's row.
    const all =
      rows.length === 1 || column === externalField || error.code === 'NOT_FOUND' || error.code === 'INVALID_TYPE';
    const guilty = all ? rows : rows.filter(named);
    await tell(guilty.map(reject));
    const rest = rows.filter((row) => !guilty.includes(row));
    if (rest.length === 0) return;
    const parts = guilty.length > 0 ? [rest] : [rest.slice(0, rest.length / 2), rest.slice(rest.length / 2)];
    for (const part of parts) await this.#send(object, { externalField, rows: part }, tell);
  }
}

/** Rows that cannot be sent at all are refused here, so that they do not take a batch down with them. */
function sift(object: string, rows: readonly WriteRow[]): { sendable: WriteRow[]; refused: Outcome[] } {
  const sendable: WriteRow[] = [];
  const refused: Outcome[] = [];
  for (const row of rows) {
    const problem = problemOf(object, row);
    if (problem === null) sendable.push(row);
    else refused.push({ key: row.key, status: 'reject', ...problem });
  }
  return { sendable, refused };
}

function problemOf(object: string, row: WriteRow): { code: string; message: string; fields: string[] } | null {
  const names = [object, ...Object.keys(row.fields), ...(row.externalId ? [row.externalId.field] : [])];
  const wrong = names.find((name) => !isFieldPath(name) || name.includes('.'));
  if (wrong !== undefined) {
    return { code: 'INVALID_FIELD', message: `"${wrong}" cannot be written to`, fields: [wrong] };
  }
  if (row.id === undefined && row.externalId === undefined) {
    return { code: 'NO_IDENTITY', message: 'the row has neither an id nor an external id', fields: [] };
  }
  return null;
}

function request(object: string, { externalField, rows }: Batch): Call<SaveResult[]> {
  const attributes = { type: object };
  const records =
    externalField === null
      ? rows.map((row) => ({ attributes, id: row.id, ...row.fields }))
      : rows.map((row) => ({ attributes, ...row.fields, [externalField]: row.externalId?.value }));
  return {
    kind: 'write',
    method: 'PATCH',
    path: externalField === null ? '/composite/sobjects' : `/composite/sobjects/${object}/${externalField}`,
    body: { allOrNone: false, records },
    headers: WRITE_HEADERS,
    repeatable: false,
    accept: (body): body is SaveResult[] => Array.isArray(body) && body.length === rows.length,
  };
}
