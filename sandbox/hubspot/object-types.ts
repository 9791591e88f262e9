import { HubSpotError } from './errors.ts';

/** One CRM object type that the sandbox holds. */
export interface ObjectType {
  /** The vendor's type id, for example 0-1. */
  readonly id: string;
  readonly name: 'contacts' | 'companies' | 'deals' | 'leads' | 'line_items';
  readonly singular: string;
  /** The property that holds the modified time: `lastmodifieddate` of contacts, `hs_lastmodifieddate` of the rest. */
  readonly modified: string;
  readonly created: string;
  /** Properties answered where the request names none. */
  readonly defaults: readonly string[];
  /** Properties that the `query` text of a search looks into. */
  readonly searchable: readonly string[];
  /** The first record id is a little above this. */
  readonly idBase: number;
  readonly secondaryKey?: string;
}

export const OBJECT_TYPES: readonly ObjectType[] = [
  {
    id: '0-1',
    name: 'contacts',
    singular: 'contact',
    modified: 'lastmodifieddate',
    created: 'createdate',
    defaults: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
    searchable: ['firstname', 'lastname', 'email', 'phone', 'hs_additional_emails', 'fax', 'mobilephone', 'company'],
    idBase: 101_200_000_000,
  },
  {
    id: '0-2',
    name: 'companies',
    singular: 'company',
    modified: 'hs_lastmodifieddate',
    created: 'createdate',
    defaults: ['createdate', 'domain', 'hs_lastmodifieddate', 'hs_object_id', 'name'],
    searchable: ['website', 'phone', 'name', 'domain'],
    idBase: 28_400_000_000,
  },
  {
    id: '0-3',
    name: 'deals',
    singular: 'deal',
    modified: 'hs_lastmodifieddate',
    created: 'createdate',
    defaults: [
      'amount',
      'closedate',
      'createdate',
      'dealname',
      'dealstage',
      'hs_lastmodifieddate',
      'hs_object_id',
      'pipeline',
    ],
    searchable: ['dealname', 'pipeline', 'dealstage', 'description', 'dealtype'],
    idBase: 34_100_000_000,
  },
  {
    id: '0-136',
    name: 'leads',
    singular: 'lead',
    modified: 'hs_lastmodifieddate',
    created: 'hs_createdate',
    defaults: ['hs_createdate', 'hs_lastmodifieddate', 'hs_object_id'],
    searchable: ['hs_lead_name'],
    idBase: 392_000_000_000,
  },
  {
    id: '0-8',
    name: 'line_items',
    singular: 'line_item',
    modified: 'hs_lastmodifieddate',
    created: 'createdate',
    defaults: ['amount', 'createdate', 'hs_lastmodifieddate', 'hs_object_id', 'hs_product_id', 'price', 'quantity'],
    searchable: ['name', 'hs_sku', 'description'],
    idBase: 12_700_000_000,
  },
];

const BY_NAME = new Map<string, ObjectType>(
  OBJECT_TYPES.flatMap((type) => [type.id, type.name, type.singular].map((name) => [name, type] as const)),
);

/** The type a path segment names: plural, singular or id, in any case. Throws the vendor's 400 for another word. */
export function objectType(segment: string): ObjectType {
  const type = BY_NAME.get(segment.toLowerCase());
  if (type === undefined) throw new HubSpotError(400, `Unable to infer object type from: ${segment}`);
  return type;
}
