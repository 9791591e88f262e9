import { invalid, notFound } from './errors.ts';
import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import type { Row, Values } from './records.ts';
import { identities } from './unique.ts';
import { activeRow } from './writes.ts';

/**
 * Merges the second record into the first. The first one's values win, empty ones are filled from the second; a contact
 * keeps both e-mail addresses. By default the survivor gets a new id (as the vendor does since 2025) and both old ids lead to it
 * on single reads and writes. `hs_merged_object_ids` lists the ids that went, `;`-separated.
 */
export function merge(portal: Portal, type: ObjectType, primaryId: string, otherId: string): Row {
  if (primaryId === otherId)
    throw invalid('A record cannot be merged with itself', 'INVALID_MERGE', { id: [primaryId] });
  const store = portal.records(type);
  const primary = activeRow(portal, type, primaryId);
  const other = activeRow(portal, type, otherId);
  if (primary === undefined || other === undefined) {
    throw notFound(`No ${type.singular} with ID ${primary === undefined ? primaryId : otherId} exists`, {
      id: [primary === undefined ? primaryId : otherId],
    });
  }
  const now = portal.clock.now();
  const before = primary.values;
  const values = mergedValues(type, primary, other, portal.options.mergeMintsNewId);
  const survivor = portal.options.mergeMintsNewId ? store.add(values, now, primary.createdAt) : primary;
  store.lag.before(survivor, survivor !== primary);
  if (survivor === primary) {
    primary.values = values;
    primary.modifiedAt = now;
    store.modified.touch(primary, now);
  } else {
    survivor.history = [...primary.history];
  }
  for (const gone of survivor === primary ? [other] : [primary, other]) {
    portal.associations.move(type, gone.key, survivor.key);
    retire(portal, type, gone, now);
    store.redirect(gone.key, survivor.key);
  }
  for (const [property, value] of identities(portal, type, survivor.values)) store.claim(property, value, survivor);
  store.lag.after(survivor);
  if (portal.changes.heard) {
    const moved = Object.keys(values).filter((name) => !Object.hasOwn(before, name)).length;
    portal.changes.tell({
      what: 'merge',
      type,
      id: survivor.id,
      primaryId: primary.id,
      mergedIds: [other.id],
      newId: survivor.id,
      moved,
    });
  }
  return survivor;
}

/** Whether a merged-away record stays in the archived list is not documented: both are to be had. */
function retire(portal: Portal, type: ObjectType, gone: Row, now: number): void {
  const store = portal.records(type);
  const unique = identities(portal, type, gone.values);
  if (!portal.options.mergeArchivesLosers) {
    store.purge(gone, unique);
    return;
  }
  for (const [property, value] of unique) store.release(property, value, gone);
  store.lag.before(gone);
  gone.archivedAt = now;
  store.archived.add(gone);
  gone.modifiedAt = now;
  store.modified.touch(gone, now);
  store.lag.after(gone);
}

function mergedValues(type: ObjectType, primary: Row, other: Row, mints: boolean): Values {
  const values: Values = { ...other.values, ...primary.values };
  const gone = [
    primary.values.hs_merged_object_ids,
    mints ? primary.key : undefined,
    other.values.hs_merged_object_ids,
    other.key,
  ];
  values.hs_merged_object_ids = gone.filter((ids) => ids !== undefined).join(';');
  if (type.name !== 'contacts') return values;
  const addresses = [other.values.email, primary.values.hs_additional_emails, other.values.hs_additional_emails]
    .flatMap((list) => (list ?? '').split(';'))
    .filter((address) => address !== '' && address !== values.email);
  if (addresses.length > 0) values.hs_additional_emails = [...new Set(addresses)].join(';');
  return values;
}
