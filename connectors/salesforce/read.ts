import type { CallClass, CrmRecord, Cursor, Page, StreamSpec, SweepPage } from '../connector.ts';
import { BulkReader } from './bulk-query.ts';
import type { SalesforceClient } from './client.ts';
import { badCursor, checkCursor } from './cursors.ts';
import { deletedPage } from './deleted.ts';
import type { Descriptions } from './describe.ts';
import { afterPass, lineAfter } from './position.ts';
import { badName, type QueryAnswer, queryPage, selection, toRecords } from './rows.ts';
import { changesQuery, inChunks, isFieldPath, isId, type Position, selectFrom } from './soql.ts';
import { sweepPage } from './sweep.ts';
import type { SalesforceRow } from './values.ts';

/** URI and headers together may be 16,384 bytes; the headers and the path get the rest. */
const QUERY_CHARACTERS = 13_000;

/** Where a pass over the changes of an object stands. */
interface Place {
  readonly from: Position | null;
  /** See lineAfter. */
  readonly line: string | null;
  /** Rows read so far in a pass over everything; null where it is none or goes on without a Bulk job. */
  readonly rows: number | null;
}

/** Reads changed, deleted and named records. */
export class Reader {
  readonly #client: SalesforceClient;
  readonly #descriptions: Descriptions;
  readonly #bulk: BulkReader;

  constructor(client: SalesforceClient, descriptions: Descriptions) {
    this.#client = client;
    this.#descriptions = descriptions;
    this.#bulk = new BulkReader(client);
  }

  /** One page of changes: one request, apart from what a Bulk job needs to be made and waited for. */
  async read(stream: StreamSpec, cursor: Cursor | null): Promise<Page> {
    if (stream.deleted) return deletedPage(this.#client, stream, cursor);
    const shape = await this.#descriptions.shape(stream.object);
    const org = await this.#client.orgId();
    const { connection } = this.#client.ports;
    if (cursor !== null) checkCursor(connection, cursor, org, stream.object);
    const select = selection(connection, stream, shape);
    if (cursor?.job !== undefined) return this.#bulk.read(stream, shape, select, cursor);
    const place = readPlace(connection, cursor, stream.object);
    // Whatever is left of a large object is fetched by a Bulk job: nobody has to count it first.
    const isLarge = place.rows !== null && place.rows >= this.#client.settings.bulk.readAbove;
    if (isLarge && place.from !== null) {
      const started = await this.#bulk.start(stream, shape, select, org, place.from.modifiedAt);
      if (started !== null) return started;
    }
    const limit = this.#client.settings.pageSize;
    const soql = changesQuery(select, place.from, limit);
    const requestedAt = new Date(this.#client.ports.now()).toISOString();
    const answer = await queryPage(this.#client, 'queryAll', soql);
    const records = toRecords(stream, shape, answer.records);
    // Salesforce may send fewer rows than LIMIT and say that the rest is behind a locator; the keyset fetches it too.
    const done = answer.done && records.length < limit;
    const next = this.#next({ ...place, rows: isLarge ? null : place.rows }, records, answer.servedAt, done);
    return { records, cursor: { org, object: stream.object, ...next }, done, requestedAt, pageSize: limit };
  }

  sweep(stream: StreamSpec, cursor: Cursor | null): Promise<SweepPage> {
    return sweepPage(this.#client, this.#descriptions, stream, cursor);
  }

  /** Named records as they are now, those in the recycle bin marked as deleted. */
  async readByIds(stream: StreamSpec, ids: readonly string[]): Promise<CrmRecord[]> {
    const wanted = [...new Set(ids.filter(isId))];
    if (wanted.length === 0) return [];
    return this.#readWhere(stream, 'Id', wanted, 'queryAll');
  }

  /** Live records whose `keyField` holds one of `keys`. */
  async readByKey(stream: StreamSpec, keyField: string, keys: readonly string[]): Promise<CrmRecord[]> {
    const wanted = [...new Set(keys)];
    if (wanted.length === 0) return [];
    if (!isFieldPath(keyField)) throw badName(this.#client.ports.connection, keyField);
    const fields = stream.fields.includes(keyField) ? stream.fields : [...stream.fields, keyField];
    return this.#readWhere({ ...stream, fields }, keyField, wanted, 'query');
  }

  async #readWhere(stream: StreamSpec, field: string, values: readonly string[], resource: 'query' | 'queryAll') {
    const shape = await this.#descriptions.shape(stream.object);
    const select = selection(this.#client.ports.connection, stream, shape);
    const head = `${selectFrom(select)} WHERE ${field}`;
    const found: CrmRecord[] = [];
    for (const soql of inChunks(head, values, QUERY_CHARACTERS)) {
      found.push(...toRecords(stream, shape, await this.allRows('read', resource, soql)));
    }
    return found;
  }

  /** All rows of a query, page after page: jsforce's own way of paging stops without a word at 10,000. */
  async allRows(kind: CallClass, resource: 'query' | 'queryAll', soql: string): Promise<SalesforceRow[]> {
    let answer = await this.#get(kind, `/${resource}?q=${encodeURIComponent(soql)}`);
    const rows = [...answer.records];
    while (!answer.done && answer.nextRecordsUrl !== undefined) {
      answer = await this.#get(kind, answer.nextRecordsUrl);
      rows.push(...answer.records);
    }
    return rows;
  }

  #get(kind: CallClass, path: string): Promise<Omit<QueryAnswer, 'servedAt'>> {
    const batch = Math.max(200, this.#client.settings.pageSize);
    return this.#client.call({
      kind,
      method: 'GET',
      path,
      headers: { 'Sforce-Query-Options': `batchSize=${batch}` },
      repeatable: true,
      accept: isQueryAnswer,
    });
  }

  /** The cursor after a page, without its org and object. Within a pass it stands right after the last record. */
  #next(
    place: Place,
    records: readonly CrmRecord[],
    servedAt: number | null,
    done: boolean,
  ): { [key: string]: string | number | null } {
    const last = records.at(-1) ?? null;
    const end = { ...place, last, servedAt, overlapMs: this.#client.settings.overlapSeconds * 1000 };
    if (done || last === null) {
      const { modifiedAt, id } = afterPass(end) ?? { modifiedAt: null, id: null };
      return { modifiedAt, id };
    }
    const line = lineAfter(end);
    return {
      modifiedAt: last.modifiedAt,
      id: last.id,
      ...(line === null ? {} : { line }),
      ...(place.rows === null ? {} : { rows: place.rows + records.length }),
    };
  }
}

function readPlace(connection: string, cursor: Cursor | null, object: string): Place {
  const { modifiedAt = null, id = null, line = null, rows } = cursor ?? { rows: 0 };
  if (modifiedAt !== null && typeof modifiedAt !== 'string') throw badCursor(connection, object);
  return {
    from: modifiedAt === null ? null : { modifiedAt, id: typeof id === 'string' ? id : null },
    line: typeof line === 'string' ? line : null,
    rows: typeof rows === 'number' ? rows : null,
  };
}

function isQueryAnswer(body: unknown): body is Omit<QueryAnswer, 'servedAt'> {
  const answer = body as { done?: unknown; records?: unknown } | null;
  return Array.isArray(answer?.records) && typeof answer.done === 'boolean';
}
