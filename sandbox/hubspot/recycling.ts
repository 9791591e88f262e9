import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import type { Row } from './records.ts';
import { identities } from './unique.ts';

/** Moves a record to the recycling bin; its associations go, its unique values are free again. */
export function archive(portal: Portal, type: ObjectType, row: Row): void {
  if (row.archivedAt !== null) return;
  if (portal.changes.heard) portal.changes.tell({ what: 'deletion', type, id: row.id });
  const now = portal.clock.now();
  const store = portal.records(type);
  store.lag.before(row);
  row.archivedAt = now;
  store.archived.add(row);
  row.modifiedAt = now;
  for (const [property, value] of identities(portal, type, row.values)) store.release(property, value, row);
  portal.associations.unlinkAll(type, row.key);
  store.modified.touch(row, now);
  store.lag.after(row);
}

/**
 * Brings a record back out of the recycling bin, as a person can in the CRM; no public endpoint does. Unique values that
 * another record took meanwhile are lost, and so are its associations (how much the vendor brings back is not documented).
 */
export function restore(portal: Portal, type: ObjectType, row: Row): void {
  if (row.archivedAt === null) return;
  const now = portal.clock.now();
  const store = portal.records(type);
  store.lag.before(row);
  row.archivedAt = null;
  store.archived.delete(row);
  row.modifiedAt = now;
  for (const [property, value] of identities(portal, type, row.values)) {
    if (store.byUnique(property, value) === undefined) store.claim(property, value, row);
    else if (row.values[property] === value) delete row.values[property];
  }
  store.modified.touch(row, now);
  store.lag.after(row);
  if (portal.changes.heard) portal.changes.tell({ what: 'restore', type, id: row.id });
}

/** Forgets a record for good: no list, search, archived list or read ever shows it again. */
export function erase(portal: Portal, type: ObjectType, row: Row): void {
  portal.associations.unlinkAll(type, row.key);
  portal.records(type).purge(row, identities(portal, type, row.values));
  if (!portal.changes.heard) return;
  const what = type.name === 'contacts' ? 'privacyDeletion' : 'deletion';
  portal.changes.tell({ what, type, id: row.id });
}
