import type { ObjectType } from './object-types.ts';
import { objectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import { propertyOf, type Row, type Seen } from './records.ts';
import { iso } from './times.ts';
import { historyOf } from './writes.ts';

/** How records are to be shown: names sorted, so that every answer lists properties in the vendor's order. */
export interface View {
  /** The properties, or null for every property that has a value. */
  readonly names: readonly string[] | null;
  readonly history?: readonly string[];
}

/**
 * The view for a request. Named properties are shown null where empty and left out where undefined; the id, the time of
 * creation and the modified time always come along. No names: the defaults of the type.
 */
export function viewOf(
  portal: Portal,
  type: ObjectType,
  names: readonly string[],
  history: readonly string[] = [],
): View {
  const known = portal.properties(type);
  const wanted = names.length > 0 ? [...names, 'hs_object_id', type.created, type.modified] : type.defaults;
  const shown = [...new Set(wanted)].filter((name) => known.get(name) !== undefined).sort();
  return { names: shown, history: history.filter((name) => known.get(name) !== undefined) };
}

/** Every stored property, as the answer to a create shows. */
export const wholeView: View = { names: null };

function showProperties(type: ObjectType, seen: Seen, view: View): Record<string, string | null> {
  const names =
    view.names ?? [...new Set([...Object.keys(seen.values), 'hs_object_id', type.created, type.modified])].sort();
  const shown: Record<string, string | null> = {};
  for (const name of names) shown[name] = propertyOf(type, seen, name) ?? null;
  return shown;
}

/** A record as the objects API shows it. */
export function showRecord(type: ObjectType, row: Row, view: View): Record<string, unknown> {
  const history = view.history ?? [];
  return {
    id: row.key,
    properties: showProperties(type, row, view),
    ...(history.length === 0
      ? {}
      : { propertiesWithHistory: Object.fromEntries(history.map((name) => [name, historyOf(type, row, name)])) }),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.modifiedAt),
    archived: row.archivedAt !== null,
    ...(row.archivedAt === null ? {} : { archivedAt: iso(row.archivedAt) }),
  };
}

/** A record as the search index shows it. */
export function showSeen(type: ObjectType, seen: Seen, view: View): Record<string, unknown> {
  return {
    id: seen.key,
    properties: showProperties(type, seen, view),
    createdAt: iso(seen.createdAt),
    updatedAt: iso(seen.modifiedAt),
    archived: false,
  };
}

/** The `associations` of a record read: up to 100 ends a type, one entry for each type of association. */
export function showAssociations(
  portal: Portal,
  type: ObjectType,
  row: Row,
  wanted: readonly string[],
  self: string,
): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name of wanted) {
    const to = objectType(name);
    const links = portal.associations.links(type, row.key, to);
    if (links.length === 0) continue;
    const types = portal.associations.typesBetween(type, to);
    const results = links
      .slice(0, 100)
      .flatMap((link) =>
        types
          .filter((each) => link.typeIds.has(each.typeId))
          .map((each) => ({ id: String(link.toId), type: each.name })),
      );
    const next = links[100];
    const after = next === undefined ? null : Buffer.from(String(next.toId)).toString('base64url');
    shown[to.name] = {
      results,
      ...(after === null
        ? {}
        : { paging: { next: { after, link: `${self}/associations/${to.name}?after=${after}` } } }),
    };
  }
  return shown;
}
