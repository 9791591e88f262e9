import { type VolumePerson, type VolumeStage, volumePerson } from '../volume/people.ts';
import { objectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import type { Values } from './records.ts';

/** Contacts of persons `from` to before `to` of a seed. */
export interface BulkContacts {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /**
   * Epoch milliseconds at which the first and the last were made and last modified, those between evenly spread (both:
   * now). Equal ones put all on one millisecond. Not before the latest change of a contact.
   */
  readonly madeFrom?: number;
  readonly madeTo?: number;
  /** The portal's property that holds the product of interest, where it has one. */
  readonly productProperty?: string;
}

const STAGES: Readonly<Record<VolumeStage, string>> = {
  Subscriber: 'subscriber',
  Lead: 'lead',
  MQL: 'marketingqualifiedlead',
  SQL: 'salesqualifiedlead',
  Customer: 'customer',
};

const SIZES: readonly (readonly [below: number, range: string])[] = [
  [5, '1-5'],
  [25, '5-25'],
  [50, '25-50'],
  [100, '50-100'],
  [500, '100-500'],
  [1_000, '500-1000'],
  [Number.POSITIVE_INFINITY, '1000+'],
];

/**
 * Fills the portal past its checks and without telling anybody: a hundred thousand contacts a second or so. Ids rise with
 * the index. @throws RangeError where the stamps would go back behind a change already made
 */
export function bulkContacts(portal: Portal, options: BulkContacts): string[] {
  const type = objectType('contacts');
  const store = portal.records(type);
  const { seed, from, to, productProperty } = options;
  const first = options.madeFrom ?? portal.clock.now();
  const last = options.madeTo ?? Math.max(first, portal.clock.now());
  if (first < store.modified.latest || last < first) {
    throw new RangeError(`contacts cannot be made from ${first} to ${last}: one changed at ${store.modified.latest}`);
  }
  const step = (last - first) / Math.max(1, to - from - 1);
  const ids: string[] = [];
  for (let index = from; index < to; index++) {
    const person = volumePerson(seed, index);
    const row = store.add(contactValues(person, productProperty), Math.floor(first + step * (index - from)));
    store.claim('email', person.email, row);
    ids.push(row.key);
  }
  return ids;
}

function contactValues(person: VolumePerson, productProperty: string | undefined): Values {
  const values: Values = {
    email: person.email,
    firstname: person.firstName,
    lastname: person.lastName,
    phone: person.phone,
    jobtitle: person.title,
    company: person.company,
    website: person.domain,
    city: person.city,
    country: person.country,
    industry: person.industry,
    numemployees: SIZES.find(([below]) => person.employees < below)?.[1] ?? '1000+',
    lifecyclestage: STAGES[person.stage],
    hs_email_domain: person.domain,
    hs_email_optout: person.optedOut ? 'true' : 'false',
    hs_is_contact: 'true',
    hs_object_source: 'IMPORT',
    hs_object_source_label: 'IMPORT',
  };
  if (productProperty !== undefined) values[productProperty] = person.product;
  return values;
}
