import type { CrmRecord, StreamSpec } from '../connector.ts';
import { rejectCall, type SalesforceClient } from './client.ts';
import type { ReadShape } from './describe.ts';
import { exchange, json, type RawAnswer } from './exchange.ts';
import { isFieldPath, type SelectSpec } from './soql.ts';
import { recordMaker, type SalesforceRow } from './values.ts';

/** A page of a query's rows. */
export interface QueryAnswer {
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly SalesforceRow[];
  /** See RawAnswer. */
  readonly servedAt: number | null;
}

/** One page of a query. */
export function queryPage(
  client: SalesforceClient,
  resource: 'query' | 'queryAll',
  soql: string,
): Promise<QueryAnswer> {
  return exchange(client, {
    kind: 'read',
    method: 'GET',
    path: `/${resource}?q=${encodeURIComponent(soql)}`,
    headers: { 'sforce-query-options': `batchSize=${Math.max(200, client.settings.pageSize)}` },
    repeatable: true,
    read: readAnswer,
  });
}

function readAnswer({ text, servedAt }: RawAnswer): QueryAnswer | null {
  const body = json(text) as Partial<QueryAnswer> | null;
  if (!Array.isArray(body?.records) || typeof body.done !== 'boolean') return null;
  // An empty page that is not the last one would be asked for again and again; a row without an id has no name.
  if (!body.done && body.records.length === 0) return null;
  if (body.records.some((row) => typeof row?.Id !== 'string')) return null;
  return { ...(body as QueryAnswer), servedAt };
}

/** The columns of a stream.  @throws where a field's name is none */
export function selection(connection: string, stream: StreamSpec, shape: ReadShape): SelectSpec {
  for (const field of stream.fields) if (!isFieldPath(field)) throw badName(connection, field);
  const { object, stamp, hasIsDeleted, kinds } = shape;
  return { object, fields: stream.fields, stamp, hasIsDeleted, hasMaster: kinds.has('masterrecordid') };
}

/** Rows as records of the contract. */
export function toRecords(stream: StreamSpec, shape: ReadShape, rows: readonly SalesforceRow[]): CrmRecord[] {
  return rows.map(recordMaker(stream.object, stream.fields, shape.stamp, shape.kinds));
}

export function badName(connection: string, name: string) {
  return rejectCall(connection, 'INVALID_FIELD', `"${name}" is not a field name`, 'Correct the name in the mapping.');
}
