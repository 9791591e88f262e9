import type { Cursor, StreamSpec, SweepPage } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import { badCursor, checkCursor } from './cursors.ts';
import type { Descriptions } from './describe.ts';
import { queryPage, selection, toRecords } from './rows.ts';
import { isId, quote, selectFrom } from './soql.ts';

/** One page of all live records of an object, in the order of ids: one request. */
export async function sweepPage(
  client: SalesforceClient,
  descriptions: Descriptions,
  stream: StreamSpec,
  cursor: Cursor | null,
): Promise<SweepPage> {
  const shape = await descriptions.shape(stream.object);
  const org = await client.orgId();
  const { connection } = client.ports;
  let after: string | null = null;
  if (cursor !== null) {
    checkCursor(connection, cursor, org, stream.object);
    if (typeof cursor.after !== 'string' || !isId(cursor.after)) throw badCursor(connection, stream.object);
    after = cursor.after;
  }
  const limit = client.settings.pageSize;
  const where = after === null ? '' : ` WHERE Id > ${quote(after)}`;
  const soql = `${selectFrom(selection(connection, stream, shape))}${where} ORDER BY Id LIMIT ${limit}`;
  const requestedAt = new Date(client.ports.now()).toISOString();
  const answer = await queryPage(client, 'query', soql);
  const records = toRecords(stream, shape, answer.records);
  const last = records.at(-1)?.id ?? after;
  const done = answer.done && records.length < limit;
  return {
    records,
    cursor: { org, object: stream.object, after: last },
    done,
    requestedAt,
    pageSize: limit,
    range: { after, through: done ? null : last },
  };
}
