import { ConnectorError, type Outcome, type WriteRow } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import { isUnsayable, parseCsv, toCell, toCsv } from './csv.ts';
import { exchange, json } from './exchange.ts';
import { LostAnswer } from './failure.ts';
import { waitForJob } from './jobs.ts';
import { isDuplicate, isLocked, namesNoRecord, toOutcome } from './outcome.ts';

/** A job takes 150 MB, reckoned in base 64; a hundred million characters of text stay below that. */
const CHARACTERS_A_JOB = 90_000_000;
/** A job that has been at work for this long is given up: its rows are read back. */
const PATIENCE_MS = 30 * 60_000;

type Tell = (outcomes: readonly Outcome[]) => Promise<void>;

interface Settled {
  readonly outcomes: readonly Outcome[];
  /** Rows for collections. */
  readonly rest: readonly WriteRow[];
}

/** Rows of one job: all updates by id, or all upserts by one external id field, no record twice. */
interface JobRows {
  readonly externalField: string | null;
  readonly rows: readonly WriteRow[];
}

/**
 * Writes many rows of one object by Bulk API 2.0 ingest jobs. Results come in no order, so that each is matched with its row by
 * id or external id. What a job cannot settle is left to the caller to send by collections.
 */
export class BulkWriter {
  readonly #client: SalesforceClient;

  constructor(client: SalesforceClient) {
    this.#client = client;
  }

  /**
   * Writes what can be written by jobs and tells the outcomes.
   * @returns the rows that are to be sent by collections: a record's second row, values that CSV cannot say, rows that met a
   *   lock or a duplicate rule, or name a record that is not there, everything where Salesforce takes no job
   */
  async write(object: string, rows: readonly WriteRow[], tell: Tell): Promise<WriteRow[]> {
    const { jobs, rest } = toJobs(rows);
    for (const job of jobs) for (const row of await this.#run(object, job, tell)) rest.add(row);
    // Rows of one record stay in order.
    return rows.filter((row) => rest.has(row));
  }

  async #run(object: string, job: JobRows, tell: Tell): Promise<readonly WriteRow[]> {
    let id: string;
    try {
      id = await this.#hand(object, job);
    } catch (error) {
      // Nothing is written before a job is closed, so that any failure up to here has done nothing.
      if (error instanceof LostAnswer) return job.rows;
      if (!(error instanceof ConnectorError) || error.action !== 'reject') throw error;
      const about = { connection: this.#client.ports.connection, object, code: error.code };
      this.#client.ports.log('info', 'Salesforce takes no Bulk job for these rows; they go by collections', about);
      return job.rows;
    }
    // Until it is closed nothing of it is written.
    await tell([]);
    let settled: Settled | null;
    try {
      settled = await this.#process(id, job);
    } catch (error) {
      if (!(error instanceof LostAnswer || error instanceof ConnectorError)) throw error;
      const message = `what became of Bulk job ${id} is not known: ${error.message}`;
      await tell(job.rows.map(({ key }) => ({ key, status: 'unknown', code: error.code, message })));
      if (error instanceof ConnectorError && error.action === 'stop') throw error;
      return [];
    }
    if (settled === null) return job.rows;
    await tell(settled.outcomes);
    return settled.rest;
  }

  /** Hands the job in, waits for it and fetches its results. Null where it was certainly not begun. */
  async #process(id: string, job: JobRows): Promise<Settled | null> {
    if (!(await this.#close(id))) return null;
    const { state } = await waitForJob(this.#client, 'ingest', id, PATIENCE_MS);
    if (state === 'waiting' || state === 'Open') throw new LostAnswer('JOB_UNFINISHED', 'it has not ended yet');
    return this.#settle(id, job, state === 'Failed');
  }

  /** Makes the job and uploads its rows.  @returns its id */
  async #hand(object: string, { externalField, rows }: JobRows): Promise<string> {
    const id = await exchange(this.#client, {
      kind: 'write',
      method: 'POST',
      path: '/jobs/ingest',
      body: JSON.stringify({
        object,
        contentType: 'CSV',
        lineEnding: 'LF',
        ...(externalField === null
          ? { operation: 'update' }
          : { operation: 'upsert', externalIdFieldName: externalField }),
      }),
      headers: { 'content-type': 'application/json' },
      // A job without rows does no harm.
      repeatable: true,
      read: ({ text }) => textOf(json(text), 'id'),
    });
    const columns = columnsOf(rows);
    const key = externalField ?? 'Id';
    const body = toCsv(
      [key, ...columns],
      rows.map((row) => [keyOf(row), ...columns.map((name) => toCell(row.fields[name]))]),
    );
    await exchange(this.#client, {
      kind: 'write',
      method: 'PUT',
      path: `/jobs/ingest/${id}/batches`,
      body,
      headers: { 'content-type': 'text/csv' },
      repeatable: false,
      read: () => true,
    });
    return id;
  }

  /** Closes the job. @returns false where it is certain that nothing of it will be written */
  async #close(id: string): Promise<boolean> {
    try {
      await this.#move(id, 'UploadComplete');
      return true;
    } catch (error) {
      if (error instanceof ConnectorError && error.action === 'reject') return false;
      if (!(error instanceof LostAnswer)) throw error;
    }
    if ((await waitForJob(this.#client, 'ingest', id, 0)).state !== 'Open') return true;
    // The request may still be on its way: what is aborted cannot be closed any more.
    await this.#move(id, 'Aborted');
    return false;
  }

  #move(id: string, state: 'UploadComplete' | 'Aborted'): Promise<string> {
    return exchange(this.#client, {
      kind: 'write',
      method: 'PATCH',
      path: `/jobs/ingest/${id}`,
      body: JSON.stringify({ state }),
      headers: { 'content-type': 'application/json' },
      repeatable: false,
      read: ({ text }) => textOf(json(text), 'id'),
    });
  }

  /** @param isFailed a failed job leaves rows that may be at fault: collections tell which */
  async #settle(id: string, { externalField, rows }: JobRows, isFailed: boolean): Promise<Settled> {
    const waiting = new Map(rows.map((row) => [nameOf(keyOf(row), externalField), row]));
    const column = externalField ?? 'Id';
    const outcomes: Outcome[] = [];
    const rest: WriteRow[] = [];
    const take = (row: Readonly<Record<string, string>>): WriteRow | undefined => {
      const name = nameOf(row[column.toLowerCase()] ?? '', externalField);
      const found = waiting.get(name);
      waiting.delete(name);
      return found;
    };
    for (const row of await this.#results(id, 'successfulResults')) {
      const written = take(row);
      if (!written) continue;
      const created = row.sf__created === 'true';
      outcomes.push({ key: written.key, status: 'ok', id: row.sf__id || (written.id ?? ''), created });
    }
    for (const row of await this.#results(id, 'failedResults')) {
      const refused = take(row);
      if (!refused) continue;
      const outcome = toOutcome(refused, { success: false, errors: [readError(row.sf__error ?? '')] });
      if (isLocked(outcome) || isDuplicate(outcome) || namesNoRecord(outcome)) rest.push(refused);
      else outcomes.push(outcome);
    }
    for (const row of await this.#results(id, 'unprocessedrecords')) {
      const left = take(row);
      if (!left) continue;
      const { key } = left;
      const message = 'the Bulk job was ended before this row was written';
      if (isFailed) rest.push(left);
      else outcomes.push({ key, status: 'retry', code: 'UNPROCESSED', message });
    }
    for (const { key } of waiting.values()) {
      outcomes.push({ key, status: 'unknown', code: 'NO_RESULT', message: `Bulk job ${id} says nothing of this row` });
    }
    return { outcomes, rest };
  }

  /** Rows of a results file by lower-case column. */
  #results(id: string, which: string): Promise<Record<string, string>[]> {
    return exchange(this.#client, {
      kind: 'write',
      method: 'GET',
      path: `/jobs/ingest/${id}/${which}/`,
      headers: { accept: 'text/csv' },
      repeatable: true,
      read: ({ text, headers }) => (headers['content-type']?.includes('text/csv') ? readRows(text) : null),
    });
  }
}

/** Splits rows into jobs; a record named twice waits for its first row. */
function toJobs(rows: readonly WriteRow[]): { jobs: JobRows[]; rest: Set<WriteRow> } {
  const rest = new Set<WriteRow>();
  const seen = new Set<string>();
  const byField = new Map<string | null, WriteRow[]>();
  for (const row of rows) {
    const externalField = row.id === undefined ? (row.externalId?.field ?? null) : null;
    const name = `${externalField} ${nameOf(keyOf(row), externalField)}`;
    const isAgain = seen.has(name);
    seen.add(name);
    if (isAgain || Object.values(row.fields).some(isUnsayable)) rest.add(row);
    else if (byField.has(externalField)) byField.get(externalField)?.push(row);
    else byField.set(externalField, [row]);
  }
  return { jobs: [...byField].flatMap(([externalField, some]) => cut(externalField, some)), rest };
}

/** Jobs of rows that together stay below the size of one. */
function cut(externalField: string | null, rows: readonly WriteRow[]): JobRows[] {
  const jobs: { externalField: string | null; rows: WriteRow[] }[] = [];
  let room = 0;
  for (const row of rows) {
    const size = JSON.stringify(row.fields).length + 50;
    if (size > room) {
      jobs.push({ externalField, rows: [] });
      room = CHARACTERS_A_JOB;
    }
    jobs.at(-1)?.rows.push(row);
    room -= size;
  }
  return jobs;
}

function columnsOf(rows: readonly WriteRow[]): string[] {
  const columns = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row.fields)) columns.add(name);
  return [...columns];
}

function keyOf(row: WriteRow): string {
  return row.id ?? row.externalId?.value ?? '';
}

/** What a record is known by, however its id or key is written. */
function nameOf(key: string, externalField: string | null): string {
  return externalField === null ? key.slice(0, 15) : key.toLowerCase();
}

function textOf(body: unknown, name: string): string | null {
  const value = (body as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : null;
}

function readRows(text: string): Record<string, string>[] | null {
  const parsed = parseCsv(text);
  if (parsed === null) return text.trim() === '' ? [] : null;
  const columns = parsed.columns.map((name) => name.toLowerCase());
  return parsed.rows.map((cells) => Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? ''])));
}

/** The error of a row: CODE:message:Field, Field --. The message may hold colons itself. */
function readError(text: string): { statusCode: string; message: string; fields: string[] } {
  const [, code = '', message = '', fields = ''] = /^([A-Z_]+):([\s\S]*):([^:]*?)--$/.exec(text) ?? [];
  if (code === '') return { statusCode: 'UNKNOWN_ERROR', message: text, fields: [] };
  return { statusCode: code, message, fields: fields.split(/[\s,;]+/).filter((name) => name !== '') };
}
