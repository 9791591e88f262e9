/** The records of a CRM in memory, and the pages that a connector makes of them. */
import type { CrmRecord, Cursor, FieldValue, Page, StreamSpec, SweepPage } from '../../connectors/connector.ts';

export type Fields = Record<string, FieldValue>;

export interface Stored {
  readonly id: string;
  fields: Fields;
  modifiedAt: number;
  deleted: boolean;
  mergedInto?: string;
  absorbed?: readonly string[];
  /** Ids by object; a change of them moves no stamp. */
  associations?: Record<string, readonly string[]>;
  /** Until when it is missing from the stream of changes. */
  hiddenUntil?: number;
}

/** A record as the CRM tells of it; `associated`: the objects whose associated ids come along. */
export function recordOf(
  object: string,
  stored: Stored,
  fields: readonly string[],
  associated: readonly string[] = [],
): CrmRecord {
  return {
    object,
    id: stored.id,
    fields: Object.fromEntries(fields.map((field) => [field, stored.fields[field] ?? null])),
    modifiedAt: new Date(stored.modifiedAt).toISOString(),
    deleted: stored.deleted,
    ...(stored.mergedInto === undefined ? {} : { mergedInto: stored.mergedInto }),
    ...(stored.absorbed === undefined ? {} : { absorbed: stored.absorbed }),
    ...(associated.length === 0
      ? {}
      : { associations: Object.fromEntries(associated.map((to) => [to, stored.associations?.[to] ?? []])) }),
  };
}

interface Asked {
  readonly stream: StreamSpec;
  readonly cursor: Cursor | null;
  readonly now: number;
  readonly pageSize: number;
}

/** The page of changes after a cursor, in the order of (modified time, id). */
export function changesPage(
  table: Iterable<Stored>,
  { stream, cursor, now, pageSize }: Asked,
  listsDeleted: boolean,
): Page {
  const since = Number(cursor?.since ?? 0);
  // Within a pass the id decides among records of one instant; a new pass begins with that instant once more.
  const after = cursor?.after ?? null;
  const waiting = [...table]
    .filter((stored) => (stream.deleted ? stored.deleted : !listsDeleted || !stored.deleted))
    .filter((stored) => (stored.hiddenUntil ?? 0) <= now)
    .filter(
      ({ id, modifiedAt }) => modifiedAt > since || (modifiedAt === since && (after === null || id > String(after))),
    )
    .sort((a, b) => a.modifiedAt - b.modifiedAt || (a.id < b.id ? -1 : 1));
  const some = waiting.slice(0, pageSize);
  const last = some.at(-1);
  const done = some.length === waiting.length;
  return {
    records: some.map((stored) => recordOf(stream.object, stored, stream.fields)),
    cursor: { since: last?.modifiedAt ?? since, after: done ? null : (last?.id ?? null) },
    done,
    requestedAt: new Date(now).toISOString(),
    pageSize,
  };
}

/** The page of the complete set after a cursor, in the order of ids: shorter ones first. */
export function sweptPage(table: Iterable<Stored>, { stream, cursor, now, pageSize }: Asked): SweepPage {
  const after = cursor === null ? null : String(cursor.after);
  const rest = [...table]
    .filter((stored) => !stored.deleted && (after === null || compareIds(stored.id, after) > 0))
    .sort((a, b) => compareIds(a.id, b.id));
  const some = rest.slice(0, pageSize);
  const done = some.length === rest.length;
  const last = some.at(-1)?.id ?? after;
  return {
    records: some.map((stored) => recordOf(stream.object, stored, stream.fields, stream.associations)),
    cursor: { after: last },
    done,
    requestedAt: new Date(now).toISOString(),
    pageSize,
    range: { after, through: done ? null : last },
  };
}

function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
