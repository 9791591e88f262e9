import { invalid, notFound } from './errors.ts';
import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import type { Row, Values } from './records.ts';
import { identities } from './unique.ts';
import { activeRow, noteVersion } from './writes.ts';

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
  const values = mergedValues(type, primary, other, portal.options.mergeMintsNewId);
  const survivor = portal.options.mergeMintsNewId ? store.add(values, now, primary.createdAt) : primary;
  if (survivor === primary) {
    primary.values = values;
    primary.modifiedAt = now;
    store.modified.touch(primary, now);
  } else {
    survivor.history = [...primary.history];
  }
  for (const gone of survivor === primary ? [other] : [primary, other]) {
    portal.associations.move(type, gone.key, survivor.key);
    store.purge(gone);
    store.redirect(gone.key, survivor.key);
  }
  for (const [property, value] of identities(portal, type, survivor.values)) store.claim(property, value, survivor);
  noteVersion(portal, survivor, now);
  return survivor;
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
