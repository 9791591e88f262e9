import { ConnectorError, type CrmRecord, type Cursor, type Page, type StreamSpec } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import { badCursor, checkCursor } from './cursors.ts';
import { exchange, json, type RawAnswer } from './exchange.ts';
import { badName } from './rows.ts';
import { isFieldPath } from './soql.ts';
import { toInstant } from './values.ts';

/** Objects whose rows are never kept as deleted: only /deleted tells that one is gone. */
const HARD_DELETED = new Set(['campaignmember']);

export function isHardDeleted(object: string): boolean {
  return HARD_DELETED.has(object.toLowerCase());
}

/** Ids that one answer holds at the most. */
const IDS_A_CALL = 600_000;
const MINUTE = 60_000;
/** /deleted looks back 15 days; an hour less, so that a slow request is still within them. */
const LOOK_BACK = 15 * 24 * 60 * MINUTE - 60 * MINUTE;
/** Start and end must lie more than a minute apart, seconds of the start ignored. */
const SHORTEST = 2 * MINUTE;

/** What Salesforce says where it can no longer tell all, or not in one answer. */
const CANNOT_TELL = new Set(['INVALID_REPLICATION_DATE', 'EXCEEDED_ID_LIMIT']);

/**
 * The records deleted since the cursor: one request. Each answer says up to which instant it is complete, where the next one
 * starts. Where Salesforce cannot tell any more, the page is `incomplete` and its cursor starts afresh.
 */
export async function deletedPage(client: SalesforceClient, stream: StreamSpec, cursor: Cursor | null): Promise<Page> {
  const { connection } = client.ports;
  const { object } = stream;
  if (!isFieldPath(object)) throw badName(connection, object);
  const org = await client.orgId();
  const now = client.ports.now();
  const requestedAt = new Date(now).toISOString();
  const page = (records: CrmRecord[], since: string, incomplete: boolean): Page => ({
    records,
    cursor: { org, object, deletedSince: since },
    done: true,
    requestedAt,
    pageSize: IDS_A_CALL,
    ...(incomplete ? { incomplete } : {}),
  });
  let start = now - LOOK_BACK;
  if (cursor !== null) {
    checkCursor(connection, cursor, org, object);
    const since = Date.parse(String(cursor.deletedSince));
    if (Number.isNaN(since)) throw badCursor(connection, object);
    // Too long ago: nothing between then and 15 days ago can be had any more.
    if (since < start) return page([], requestedAt, true);
    start = Math.min(since, now - SHORTEST);
  }
  const instant = (ms: number) => encodeURIComponent(new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00'));
  try {
    const answer = await exchange(client, {
      kind: 'read',
      method: 'GET',
      path: `/sobjects/${object}/deleted/?start=${instant(start)}&end=${instant(now)}`,
      repeatable: true,
      read: readAnswer,
    });
    const records = answer.deletedRecords.map(({ id, deletedDate }) => ({
      object,
      id,
      fields: {},
      modifiedAt: toInstant(deletedDate),
      deleted: true,
    }));
    return page(records, toInstant(answer.latestDateCovered), false);
  } catch (error) {
    if (!(error instanceof ConnectorError) || !CANNOT_TELL.has(error.code)) throw error;
    client.ports.log('warn', 'Salesforce cannot tell which records were deleted; the object has to be compared', {
      connection,
      object,
      code: error.code,
    });
    return page([], requestedAt, true);
  }
}

interface DeletedAnswer {
  readonly deletedRecords: readonly { readonly id: string; readonly deletedDate: string }[];
  readonly latestDateCovered: string;
}

function readAnswer({ text }: RawAnswer): DeletedAnswer | null {
  const body = json(text) as Partial<DeletedAnswer> | null;
  if (typeof body?.latestDateCovered !== 'string' || !Array.isArray(body.deletedRecords)) return null;
  const whole = body.deletedRecords.every((one) => typeof one?.id === 'string' && typeof one.deletedDate === 'string');
  return whole ? (body as DeletedAnswer) : null;
}
