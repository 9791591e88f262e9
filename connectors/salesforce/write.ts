import { ConnectorError, type Outcome, type WriteRow } from '../connector.ts';
import { type Batch, inFlight, toBatches } from './batches.ts';
import { BulkWriter } from './bulk-ingest.ts';
import { type Call, pauseMs, type SalesforceClient } from './client.ts';
import { existing, living, oneByOne } from './duplicates.ts';
import { isRowLock, LostAnswer } from './failure.ts';
import { isDuplicate, isLocked, namesMatches, namesNoRecord, type SaveResult, toOutcome } from './outcome.ts';
import { isFieldPath } from './soql.ts';

/** The default, TRUE, would run the org's assignment rules again and take the lead from its owner. */
const NO_ASSIGNMENT = { 'Sforce-Auto-Assign': 'FALSE' };
/** A record that exists is changed: an alert about duplicates must not stop that. */
const UPDATE_HEADERS = {
  ...NO_ASSIGNMENT,
  'Sforce-Duplicate-Rule-Header': 'allowSave=true; includeRecordDetails=false; runAsCurrentUser=true',
};
/** A record may come into being: what the org's duplicate rules say of it is heard. */
const CREATE_HEADERS = {
  ...NO_ASSIGNMENT,
  'Sforce-Duplicate-Rule-Header': 'allowSave=false; includeRecordDetails=true; runAsCurrentUser=true',
};

/** How often rows that met a lock are sent again before the caller is told. */
const LOCK_TRIES = 3;

type Tell = (outcomes: readonly Outcome[]) => Promise<void>;

/** A row with what was said of it. */
interface Refused {
  readonly row: WriteRow;
  readonly outcome: Outcome;
}

/** Writes rows through sObject collections, several requests at a time, an outcome a row. */
export class Writer {
  readonly #client: SalesforceClient;
  readonly #onSchemaSurprise: (object: string) => void;

  /** @param onSchemaSurprise told of an object whose description has turned out to be out of date */
  constructor(client: SalesforceClient, onSchemaSurprise: (object: string) => void) {
    this.#client = client;
    this.#onSchemaSurprise = onSchemaSurprise;
  }

  async write(
    object: string,
    rows: readonly WriteRow[],
    onBatch: ((outcomes: readonly Outcome[]) => Promise<void>) | undefined,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    let last: Promise<void> = Promise.resolve();
    // Requests end in any order; the caller saves one batch after the other. It is told also where no row is settled, for it
    // says whether more may be sent.
    const tell: Tell = async (some) => {
      outcomes.push(...some);
      const mine = last.then(() => onBatch?.(some));
      last = mine.catch(() => undefined);
      await mine;
    };
    const { sendable, refused } = sift(object, rows);
    if (refused.length > 0) await tell(refused);
    const { batchSize, concurrency, bulk } = this.#client.settings;
    const many = sendable.length > bulk.writeAbove;
    const rest = many ? await new BulkWriter(this.#client).write(object, sendable, tell) : sendable;
    await inFlight(toBatches(rest, batchSize), concurrency, (batch) => this.#send(object, batch, tell, 0));
    return outcomes;
  }

  /** One batch. @param tries how often its rows have met a lock already */
  async #send(object: string, batch: Batch, tell: Tell, tries: number): Promise<void> {
    const { rows, externalField } = batch;
    let results: readonly SaveResult[];
    try {
      results = await this.#client.call(request(object, batch));
    } catch (error) {
      if (error instanceof LostAnswer) {
        const { code } = error;
        const message = `the answer to this write was lost: ${error.message}`;
        return tell(rows.map(({ key }) => ({ key, status: 'unknown', code, message })));
      }
      if (!(error instanceof ConnectorError)) throw error;
      // The client has sent it again several times by now.
      if (isRowLock(error.code, error.message)) return tell(rows.map((row) => failed(row, error)));
      if (error.action !== 'reject') throw error;
      return this.#isolate(object, batch, error, tell, tries);
    }
    const settled: Outcome[] = [];
    const locked: WriteRow[] = [];
    const duplicates: Refused[] = [];
    const strayed: Refused[] = [];
    rows.forEach((row, index) => {
      const outcome = toOutcome(row, results[index] ?? { success: false });
      if (isLocked(outcome) && tries < LOCK_TRIES) locked.push(row);
      else if (isDuplicate(outcome)) duplicates.push({ row, outcome });
      else if (namesNoRecord(outcome)) strayed.push({ row, outcome });
      else settled.push(outcome);
    });
    await tell(settled);
    if (strayed.length > 0) await tell(await this.#whichIsMissing(object, strayed));
    if (locked.length > 0) {
      await this.#client.ports.sleep(Math.round(pauseMs(tries + 1, Math.random())));
      await tell([]);
      await this.#send(object, { externalField, rows: locked }, tell, tries + 1);
    }
    if (duplicates.length > 0) await this.#ask(object, externalField, duplicates, tell);
  }

  /**
   * Rows that name a record which is not there: their own one, or one that they refer to. Salesforce does not say which, so that
   * it is asked which of their own are there.
   */
  async #whichIsMissing(object: string, strayed: readonly Refused[]): Promise<Outcome[]> {
    let there: ReadonlySet<string>;
    try {
      there = await living(
        this.#client,
        object,
        strayed.flatMap(({ row }) => row.id ?? []),
      );
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.action !== 'reject') throw error;
      // The question was refused, not the rows: what Salesforce said of these still stands.
      return strayed.map(({ outcome }) => outcome);
    }
    return strayed.map(({ row, outcome }) => ({
      ...outcome,
      ...(row.id !== undefined && !there.has(row.id.slice(0, 15)) ? { gone: true } : { dangling: true }),
    }));
  }

  /**
   * Rows that a duplicate rule refused. Upserts whose record exists are made updates by its id, which no alert stops. For the
   * others the matching records are found out, where the refusal did not name them: answers to collections do not.
   */
  async #ask(object: string, externalField: string | null, refused: readonly Refused[], tell: Tell): Promise<void> {
    const rows = refused.map(({ row }) => row);
    let known: ReadonlyMap<string, string> = new Map();
    let answers: Outcome[] = [];
    try {
      if (externalField !== null) known = await existing(this.#client, object, externalField, rows);
      const fresh = refused.filter(({ row }) => !known.has(row.key));
      const named = fresh.filter(({ outcome }) => namesMatches(outcome));
      const unnamed = fresh.filter(({ outcome }) => !namesMatches(outcome)).map(({ row }) => row);
      const headers = externalField === null ? UPDATE_HEADERS : CREATE_HEADERS;
      const asked = await oneByOne(this.#client, object, externalField, unnamed, headers, () => tell([]));
      answers = [...named.map(({ outcome }) => outcome), ...asked];
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.action !== 'reject') throw error;
      // The questions were refused, not the rows: what Salesforce said of these first still stands.
      return tell(refused.map(({ outcome }) => outcome));
    }
    await tell(answers);
    const updates = rows.flatMap(({ externalId: _, ...row }) => {
      const id = known.get(row.key);
      return id === undefined ? [] : [{ ...row, id }];
    });
    if (updates.length > 0) await this.#send(object, { externalField: null, rows: updates }, tell, 0);
  }

  /**
   * Where Salesforce refuses a request as a whole because of some row, the rows are told apart: those that carry the field
   * it names are rejected, else the batch is halved until the row stands alone.
   */
  async #isolate(object: string, batch: Batch, error: ConnectorError, tell: Tell, tries: number): Promise<void> {
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
    if (column !== undefined || all) this.#onSchemaSurprise(object);
    const guilty = all ? rows : rows.filter(named);
    await tell(guilty.map(reject));
    const rest = rows.filter((row) => !guilty.includes(row));
    if (rest.length === 0) return;
    const parts = guilty.length > 0 ? [rest] : [rest.slice(0, rest.length / 2), rest.slice(rest.length / 2)];
    for (const part of parts) await this.#send(object, { externalField, rows: part }, tell, tries);
  }
}

function failed(row: WriteRow, error: ConnectorError): Outcome {
  return toOutcome(row, { success: false, errors: [{ statusCode: error.code, message: error.message }] });
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
    headers: externalField === null ? UPDATE_HEADERS : CREATE_HEADERS,
    repeatable: false,
    accept: (body): body is SaveResult[] => Array.isArray(body) && body.length === rows.length,
  };
}
