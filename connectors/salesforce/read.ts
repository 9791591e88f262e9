import {
  type CallClass,
  ConnectorError,
  type CrmRecord,
  type Cursor,
  type Page,
  type StreamSpec,
} from '../connector.ts';
import { rejectCall, type SalesforceClient } from './client.ts';
import type { Descriptions, ReadShape } from './describe.ts';
import { changesQuery, inChunks, isFieldPath, isId, type Position, type SelectSpec, selectFrom } from './soql.ts';
import { type SalesforceRow, toRecord } from './values.ts';

interface QueryAnswer {
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly SalesforceRow[];
}

/** URI and headers together may be 16,384 bytes; the headers and the path get the rest. */
const QUERY_CHARACTERS = 13_000;

/** Reads changed and named records by SOQL. */
export class Reader {
  readonly #client: SalesforceClient;
  readonly #descriptions: Descriptions;

  constructor(client: SalesforceClient, descriptions: Descriptions) {
    this.#client = client;
    this.#descriptions = descriptions;
  }

  /** One page of changes: one HTTP request. */
  async read(stream: StreamSpec, cursor: Cursor | null): Promise<Page> {
    const shape = await this.#descriptions.shape(stream.object);
    const org = await this.#client.orgId();
    const from = cursor === null ? null : this.#position(cursor, org, stream.object);
    const limit = this.#client.settings.pageSize;
    const soql = changesQuery(this.#spec(stream, shape), from, limit);
    const requestedAt = new Date(this.#client.ports.now()).toISOString();
    const answer = await this.#query('read', 'queryAll', soql);
    const records = this.#records(stream, shape, answer.records);
    // Salesforce may send fewer rows than LIMIT and say that the rest is behind a locator; the keyset fetches it too.
    const done = answer.done && answer.records.length < limit;
    return { records, cursor: this.#next(stream.object, org, from, records, done), done, requestedAt, pageSize: limit };
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
    const { connection } = this.#client.ports;
    if (!isFieldPath(keyField)) throw badName(connection, keyField);
    const fields = stream.fields.includes(keyField) ? stream.fields : [...stream.fields, keyField];
    return this.#readWhere({ ...stream, fields }, keyField, wanted, 'query');
  }

  async #readWhere(stream: StreamSpec, field: string, values: readonly string[], resource: 'query' | 'queryAll') {
    const shape = await this.#descriptions.shape(stream.object);
    const head = `${selectFrom(this.#spec(stream, shape))} WHERE ${field}`;
    const found: CrmRecord[] = [];
    for (const soql of inChunks(head, values, QUERY_CHARACTERS)) {
      found.push(...this.#records(stream, shape, await this.allRows('read', resource, soql)));
    }
    return found;
  }

  /** All rows of a query, page after page. */
  async allRows(kind: CallClass, resource: 'query' | 'queryAll', soql: string): Promise<SalesforceRow[]> {
    let answer = await this.#query(kind, resource, soql);
    const rows = [...answer.records];
    while (!answer.done && answer.nextRecordsUrl !== undefined) {
      answer = await this.#get(kind, answer.nextRecordsUrl);
      rows.push(...answer.records);
    }
    return rows;
  }

  #query(kind: CallClass, resource: 'query' | 'queryAll', soql: string): Promise<QueryAnswer> {
    return this.#get(kind, `/${resource}?q=${encodeURIComponent(soql)}`);
  }

  #get(kind: CallClass, path: string): Promise<QueryAnswer> {
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

  #spec(stream: StreamSpec, shape: ReadShape): SelectSpec {
    for (const field of stream.fields) {
      if (!isFieldPath(field)) throw badName(this.#client.ports.connection, field);
    }
    return { object: shape.object, fields: stream.fields, stamp: shape.stamp, hasIsDeleted: shape.hasIsDeleted };
  }

  #records(stream: StreamSpec, shape: ReadShape, rows: readonly SalesforceRow[]): CrmRecord[] {
    return rows.map((row) => toRecord(stream.object, row, stream.fields, shape.stamp, shape.kinds));
  }

  #position(cursor: Cursor, org: string, object: string): Position | null {
    const { connection } = this.#client.ports;
    const { modifiedAt, id } = cursor;
    if (cursor.org !== org) {
      throw new ConnectorError(`Salesforce connection "${connection}" now leads to org ${org}, not to ${cursor.org}`, {
        action: 'stop',
        connection,
        code: 'WRONG_ORG',
        hint: 'Point the connection back to the org it was set up with, or give the other org a connection of its own.',
      });
    }
    if (cursor.object !== object || (modifiedAt !== null && typeof modifiedAt !== 'string')) {
      throw rejectCall(
        connection,
        'BAD_CURSOR',
        `this cursor is not one of ${object}`,
        'Run a full sync of this stream.',
      );
    }
    return modifiedAt === null || modifiedAt === undefined
      ? null
      : { modifiedAt, id: typeof id === 'string' ? id : null };
  }

  /**
   * The cursor after a page. Within a pass it stands right after the last record. After the last page it is inclusive
   * again, at the last stamp less the overlap: rows that get the same stamp later, with a lower id, are still found,
   * at the price of reading the boundary rows again.
   */
  #next(object: string, org: string, from: Position | null, records: readonly CrmRecord[], done: boolean): Cursor {
    const last = records.at(-1);
    if (last !== undefined && !done) return { org, object, modifiedAt: last.modifiedAt, id: last.id };
    const stamp = last?.modifiedAt ?? from?.modifiedAt;
    if (stamp === undefined) return { org, object, modifiedAt: null, id: null };
    // A pass that found nothing at all has stepped back already: doing it again and again would widen the window.
    const overlapMs = last === undefined && from?.id === null ? 0 : this.#client.settings.overlapSeconds * 1000;
    return { org, object, modifiedAt: new Date(Date.parse(stamp) - overlapMs).toISOString(), id: null };
  }
}

function badName(connection: string, name: string): ConnectorError {
  return rejectCall(connection, 'INVALID_FIELD', `"${name}" is not a field name`, 'Correct the name in the mapping.');
}

function isQueryAnswer(body: unknown): body is QueryAnswer {
  const answer = body as { done?: unknown; records?: unknown } | null;
  return Array.isArray(answer?.records) && typeof answer.done === 'boolean';
}
