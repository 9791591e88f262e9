import { ConnectorError, type Cursor, type FieldKind, type Page, type StreamSpec } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import { parseCsv } from './csv.ts';
import { badCursor } from './cursors.ts';
import type { ReadShape } from './describe.ts';
import { exchange, json, type RawAnswer } from './exchange.ts';
import { waitForJob } from './jobs.ts';
import { toRecords } from './rows.ts';
import { type SelectSpec, unorderedQuery } from './soql.ts';
import { type SalesforceRow, toInstant } from './values.ts';

/** Jobs that one pass makes at the most; then it goes on by queries. */
const TRIES = 3;

/** A Bulk job as a cursor carries it. */
interface Place {
  readonly job: string;
  /** Null: the first page, which the job may still be at work for. */
  readonly locator: string | null;
  /** ISO instant of the oldest change that the job reads: what lies before was read by queries. */
  readonly first: string;
  /** ISO instant from which on changes are read when all pages are. */
  readonly since: string;
  /** ISO instant, by our clock, at which the job was asked for: its rows are no newer than that. */
  readonly askedAt: string;
  readonly tries: number;
}

/** A page of results. */
interface Results {
  readonly rows: readonly SalesforceRow[];
  readonly next: string | null;
}

/** Where pages come from, and those that have come ahead, by locator. */
interface Source {
  readonly job: string;
  readonly pages: Map<string | null, Promise<Results>>;
  readonly select: SelectSpec;
  readonly shape: ReadShape;
}

/**
 * Full passes over large objects by Bulk API 2.0 query jobs. The job and the locator of the next page stand in the cursor, so
 * that a run which was killed goes on without a new job. While a page is worked on, the next ones are fetched.
 */
export class BulkReader {
  readonly #client: SalesforceClient;
  /** Pages fetched and not yet worked on, by object: those of the job that it is read by, so that a job given up leaves none. */
  readonly #ahead = new Map<string, Pick<Source, 'job' | 'pages'>>();

  constructor(client: SalesforceClient) {
    this.#client = client;
  }

  /**
   * Makes a job for everything changed since `first`; its empty first page is answered, so that the cursor with the job is saved
   * before anybody waits. Null where queries are to be used.
   */
  async start(
    stream: StreamSpec,
    shape: ReadShape,
    select: SelectSpec,
    org: string,
    first: string,
    tries = 1,
  ): Promise<Page | null> {
    this.#ahead.delete(stream.object);
    if (tries > TRIES || !isSayable(stream, shape)) return null;
    try {
      const askedAt = new Date(this.#client.ports.now()).toISOString();
      const job = await exchange(this.#client, {
        kind: 'read',
        method: 'POST',
        path: '/jobs/query',
        body: JSON.stringify({ operation: 'queryAll', query: unorderedQuery(select, first) }),
        headers: { 'content-type': 'application/json' },
        // Should an answer be lost, a second job does no harm.
        repeatable: true,
        read: readJob,
      });
      const overlapMs = this.#client.settings.overlapSeconds * 1000;
      const since = new Date(Date.parse(job.createdAt) - overlapMs).toISOString();
      const place: Place = { job: job.id, locator: null, first, since, askedAt, tries };
      return this.#page(stream, org, [], place);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.action !== 'reject') throw error;
      this.#note(stream.object, error.code, 'Salesforce takes no Bulk job for this; the object is read by queries');
      return null;
    }
  }

  /** The page at the cursor. Waits for the job before the first one; a job that is gone is made again. */
  async read(stream: StreamSpec, shape: ReadShape, select: SelectSpec, cursor: Cursor): Promise<Page> {
    const org = String(cursor.org);
    const place = readPlace(this.#client.ports.connection, cursor, stream.object);
    try {
      if (place.locator === null) {
        const state = await waitForJob(this.#client, 'query', place.job);
        if (state.state === 'waiting') return this.#page(stream, org, [], place);
        if (state.state !== 'JobComplete') return await this.#again(stream, shape, select, org, place, state.state);
      }
      const pages = this.#pagesOf(stream.object, place.job);
      const source = { job: place.job, pages, select, shape };
      const { rows, next } = await this.#fetch(source, place.locator);
      pages.delete(place.locator);
      if (next === null) this.#ahead.delete(stream.object);
      else this.#fetchAhead(source, next, this.#client.settings.bulk.pagesAhead);
      const records = toRecords(stream, shape, rows);
      return this.#page(stream, org, records, next === null ? null : { ...place, locator: next }, place);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.action !== 'reject') throw error;
      return this.#again(stream, shape, select, org, place, error.code);
    }
  }

  /** The pass begins anew: the job was deleted, aborted or failed, or its results have expired. */
  async #again(
    stream: StreamSpec,
    shape: ReadShape,
    select: SelectSpec,
    org: string,
    place: Place,
    why: string,
  ): Promise<Page> {
    this.#note(stream.object, why, 'a Bulk job did not give its results; the pass begins anew');
    const started = await this.start(stream, shape, select, org, place.first, place.tries + 1);
    if (started !== null) return started;
    const cursor = { org, object: stream.object, modifiedAt: place.first, id: null };
    const pageSize = this.#client.settings.pageSize;
    return {
      records: [],
      cursor,
      done: false,
      requestedAt: new Date(this.#client.ports.now()).toISOString(),
      pageSize,
    };
  }

  /** @param next null: that was the last page, and the changes since the job was made follow */
  #page(stream: StreamSpec, org: string, records: Page['records'], next: Place | null, from = next): Page {
    const { object } = stream;
    const { askedAt = '', since = '' } = from ?? {};
    const cursor: Cursor = next === null ? { org, object, modifiedAt: since, id: null } : { org, object, ...next };
    const pageSize = this.#client.settings.bulk.pageRows;
    return { records, cursor, done: false, requestedAt: askedAt, pageSize };
  }

  /** The pages fetched ahead of the job that an object is read by; those of any other job of it are dropped. */
  #pagesOf(object: string, job: string): Source['pages'] {
    const known = this.#ahead.get(object);
    if (known?.job === job) return known.pages;
    const pages: Source['pages'] = new Map();
    this.#ahead.set(object, { job, pages });
    return pages;
  }

  #fetch({ job, pages, select, shape }: Source, locator: string | null): Promise<Results> {
    const known = pages.get(locator);
    if (known !== undefined) return known;
    const asked = this.#download(job, locator, select, shape);
    pages.set(locator, asked);
    asked.catch(() => pages.delete(locator));
    return asked;
  }

  /** Fetches up to `pages` pages, each as soon as the one before it has named it. */
  #fetchAhead(source: Source, locator: string, pages: number): void {
    if (pages === 0) return;
    this.#fetch(source, locator).then(
      ({ next }) => {
        if (next !== null) this.#fetchAhead(source, next, pages - 1);
      },
      // Whoever reads that page asks again and is told.
      () => undefined,
    );
  }

  #download(job: string, locator: string | null, select: SelectSpec, shape: ReadShape): Promise<Results> {
    const from = locator === null ? '' : `&locator=${encodeURIComponent(locator)}`;
    return exchange(this.#client, {
      kind: 'read',
      method: 'GET',
      path: `/jobs/query/${job}/results?maxRecords=${this.#client.settings.bulk.pageRows}${from}`,
      headers: { accept: 'text/csv' },
      repeatable: true,
      read: (answer) => readResults(answer, select, shape.kinds),
    });
  }

  #note(object: string, code: string, message: string): void {
    this.#client.ports.log('info', message, { connection: this.#client.ports.connection, object, code });
  }
}

/**
 * Bulk jobs take no compound fields, and their texts do not tell of what kind the field of a parent is: such streams are read
 * by queries.
 */
function isSayable(stream: StreamSpec, { kinds }: ReadShape): boolean {
  return stream.fields.every((field) => {
    const kind = kinds.get(field.toLowerCase());
    return kind !== undefined && kind !== 'other';
  });
}

function readPlace(connection: string, cursor: Cursor, object: string): Place {
  const { job, locator, first, since, askedAt, tries } = cursor;
  const isPlace =
    typeof job === 'string' &&
    /^[A-Za-z0-9]{15,18}$/.test(job) &&
    (locator === null || typeof locator === 'string') &&
    typeof first === 'string' &&
    typeof since === 'string' &&
    typeof askedAt === 'string' &&
    typeof tries === 'number';
  if (!isPlace) throw badCursor(connection, object);
  return { job, locator: locator as string | null, first, since, askedAt, tries };
}

function readJob({ text }: RawAnswer): { id: string; createdAt: string } | null {
  const body = json(text) as { id?: unknown; createdDate?: unknown } | null;
  if (typeof body?.id !== 'string' || typeof body.createdDate !== 'string') return null;
  const createdAt = toInstant(body.createdDate);
  return Number.isNaN(Date.parse(createdAt)) ? null : { id: body.id, createdAt };
}

/** A page of results; null where it is not whole: the number of rows and the place of the next page stand in headers. */
function readResults(
  { text, headers }: RawAnswer,
  select: SelectSpec,
  kinds: ReadonlyMap<string, FieldKind>,
): Results | null {
  const locator = headers['sforce-locator'];
  const parsed = parseCsv(text);
  if (locator === undefined || parsed === null) return null;
  if (parsed.rows.length !== Number(headers['sforce-numberofrecords'])) return null;
  const columns = new Set(parsed.columns.map((name) => name.toLowerCase()));
  if (!['Id', select.stamp, ...select.fields].every((name) => columns.has(name.toLowerCase()))) return null;
  const types = parsed.columns.map((name) => kinds.get(name.toLowerCase()));
  const rows = parsed.rows.map((cells) => {
    const row: Record<string, string | number | boolean | null> = {};
    for (let i = 0; i < cells.length; i++) row[parsed.columns[i] ?? ''] = fromCell(cells[i] ?? '', types[i]);
    return row;
  });
  return { rows, next: locator === 'null' || locator === '' ? null : locator };
}

/** A cell as JSON would have shown it. */
function fromCell(text: string, kind: FieldKind | undefined): string | number | boolean | null {
  if (text === '') return null;
  if (kind === 'number') return Number(text);
  return kind === 'boolean' ? text === 'true' : text;
}
