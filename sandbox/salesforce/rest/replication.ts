/** /updated and /deleted: what changed in a span of time. */
import { badRequest } from '../errors.ts';
import { parseInstant, showDatetime } from '../format.ts';
import type { ObjectDef } from '../schema/types.ts';
import { type Api, type ApiRequest, type ApiResponse, ok } from './api.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const UPDATED_DAYS = 30;
const DELETED_DAYS = 15;

export function replication(api: Api, request: ApiRequest, object: ObjectDef, which: string): ApiResponse {
  if (!object.replicateable) throw badRequest('INVALID_TYPE_FOR_OPERATION', `Type ${object.name} is not replicable`);
  const now = api.org.clock.now();
  // The platform ignores the seconds of the start; the end is taken as given and never lies in the future.
  const start = Math.floor(instant(request, 'start') / MINUTE) * MINUTE;
  const asked = instant(request, 'end');
  const end = Math.min(asked, now);
  if (asked - start < MINUTE) {
    throw badRequest('INVALID_REPLICATION_DATE', 'end date must be at least one minute after the start date');
  }
  if (start > now) throw badRequest('INVALID_REPLICATION_DATE', 'start date must not be in the future');
  const lookBack = which === 'updated' ? UPDATED_DAYS : DELETED_DAYS;
  if (start < now - lookBack * DAY) {
    throw badRequest('INVALID_REPLICATION_DATE', `start date cannot be more than ${lookBack} days ago`);
  }
  // Transactions that began before the end and are not over yet: the client is to ask for their time again.
  const { byMs } = api.org.stamps.late;
  const covered = Math.max(start, Math.min(end, now - byMs));
  const latestDateCovered = showDatetime(Math.floor(covered / MINUTE) * MINUTE);
  return ok(
    which === 'updated'
      ? updated(api, object, start, end, latestDateCovered)
      : deleted(api, object, start, end, latestDateCovered),
  );
}

function updated(api: Api, object: ObjectDef, start: number, end: number, latestDateCovered: string) {
  const table = api.org.table(object);
  const ids: string[] = [];
  for (const id of table.byStamp(start, end)) if (table.rows.get(id)?.IsDeleted !== true) ids.push(id);
  tooMany(api, ids.length);
  return { ids, latestDateCovered };
}

function deleted(api: Api, object: ObjectDef, start: number, end: number, latestDateCovered: string) {
  const { deletions } = api.org.table(object);
  const found = deletions.filter((one) => one.at >= start && one.at <= end);
  tooMany(api, found.length);
  const oldest = Math.max(api.org.clock.now() - DELETED_DAYS * DAY, deletions[0]?.at ?? 0);
  return {
    deletedRecords: found.map((one) => ({ deletedDate: showDatetime(one.at), id: one.id })),
    earliestDateAvailable: showDatetime(Math.floor(oldest / MINUTE) * MINUTE),
    latestDateCovered,
  };
}

function tooMany(api: Api, count: number): void {
  const { maxIds } = api.org.replication;
  if (count > maxIds) throw badRequest('EXCEEDED_ID_LIMIT', `The number of ids exceeds the limit of ${maxIds}`);
}

function instant(request: ApiRequest, name: string): number {
  const raw = request.query.get(name);
  if (!raw) throw badRequest('MISSING_ARGUMENT', `The ${name} parameter is required`);
  // A plus sign that was not encoded arrives as a space.
  const value = parseInstant(raw.replace(' ', '+'));
  if (value !== undefined) return value;
  throw badRequest('INVALID_REPLICATION_DATE', `Invalid date: ${raw}`);
}
