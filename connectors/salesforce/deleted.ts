import { ConnectorError, type CrmRecord, type Cursor, type Page, type StreamSpec } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import { badCursor, checkCursor } from './cursors.ts';
import { exchange, json, type RawAnswer } from './exchange.ts';
import { badName } from './rows.ts';
import { isFieldPath } from './soql.ts';
import { toInstant } from './values.ts';

/** Objects whose rows are never kept as deleted: only /deleted tells that one is gone. */
const HARD_DELETED = new Set(['campaignmember']);
/**
 * Objects whose deleted rows stand in queryAll as long as the recycle bin holds them, and whose rows are also deleted for good
 * at once: people who asked to be forgotten, mass deletions, and what goes with these. Of others a sweep finds that in its time.
 */
const PURGED = new Set(['lead', 'contact', 'opportunity', 'opportunitycontactrole']);

/** Whether deleted rows of the object may be missing from queryAll. */
export function hasDeletions(object: string): boolean {
  return HARD_DELETED.has(object.toLowerCase()) || PURGED.has(object.toLowerCase());
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
 * The records deleted since the cursor (null: in the last 15 days): one request. Each answer says up to which instant it is
 * complete, where the next one starts. Where Salesforce cannot tell any more, the cursor starts afresh and the page is
 * `incomplete`, unless queryAll tells of nearly all of these deletions too: a sweep of millions of rows is not asked for then,
 * the next one on schedule finds the rest.
 */
export async function deletedPage(client: SalesforceClient, stream: StreamSpec, cursor: Cursor | null): Promise<Page> {
  const { connection } = client.ports;
  const { object } = stream;
  if (!isFieldPath(object)) throw badName(connection, object);
  const org = await client.orgId();
  const isOnlyTeller = HARD_DELETED.has(object.toLowerCase());
  const now = client.ports.now();
  const requestedAt = new Date(now).toISOString();
  const page = (deleted: readonly Deleted[], since: string, incomplete: boolean): Page => ({
    records: isOnlyTeller ? deleted.map((one) => toRecord(object, one)) : [],
    cursor: { org, object, deletedSince: since },
    done: true,
    requestedAt,
    pageSize: IDS_A_CALL,
    ...(incomplete && isOnlyTeller ? { incomplete } : {}),
    // queryAll says more of those in the recycle bin, such as into which record they were merged.
    ...(isOnlyTeller ? {} : { named: deleted.map(({ id }) => id) }),
  });
  // Without a cursor as far back as can be: an earlier process may have read records and died before it read a list.
  let start = now - LOOK_BACK;
  if (cursor !== null) {
    checkCursor(connection, cursor, org, object);
    const since = Date.parse(String(cursor.deletedSince));
    if (Number.isNaN(since)) throw badCursor(connection, object);
    // Too long ago: nothing between then and 15 days ago can be had any more.
    if (since < now - LOOK_BACK) return page([], requestedAt, true);
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
    return page(answer.deletedRecords, toInstant(answer.latestDateCovered), false);
  } catch (error) {
    if (!(error instanceof ConnectorError) || !CANNOT_TELL.has(error.code)) throw error;
    client.ports.log('warn', 'Salesforce cannot tell which records were deleted; a complete pass finds those', {
      connection,
      object,
      code: error.code,
    });
    return page([], requestedAt, true);
  }
}

interface Deleted {
  readonly id: string;
  readonly deletedDate: string;
}

function toRecord(object: string, { id, deletedDate }: Deleted): CrmRecord {
  return { object, id, fields: {}, modifiedAt: toInstant(deletedDate), deleted: true };
}

interface DeletedAnswer {
  readonly deletedRecords: readonly Deleted[];
  readonly latestDateCovered: string;
}

function readAnswer({ text }: RawAnswer): DeletedAnswer | null {
  const body = json(text) as Partial<DeletedAnswer> | null;
  if (typeof body?.latestDateCovered !== 'string' || !Array.isArray(body.deletedRecords)) return null;
  const whole = body.deletedRecords.every((one) => typeof one?.id === 'string' && typeof one.deletedDate === 'string');
  return whole ? (body as DeletedAnswer) : null;
}
