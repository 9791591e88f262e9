/** Fills an org with leads by the hundred thousand, past the API: history that was there before anybody connected. */
import { peopleOf, volumePerson } from '../volume/people.ts';
import type { Org } from './org/org.ts';
import type { Row, Value } from './schema/types.ts';

export interface VolumeOptions {
  readonly count: number;
  readonly seed: number;
  /** The user who owns the leads and made them. */
  readonly userId: string;
  /** Over how many seconds before now their stamps lie (30 days); 0: all of them on one stamp. */
  readonly spreadSeconds?: number;
}

/** Leads that one second's stamp is shared by, as where a load job wrote them. */
const LEADS_A_BATCH = 200;
const MONTH = 30 * 24 * 3600;

/** Puts `count` leads into the org, in the order of their stamps. Custom fields are filled where the org has them. */
export function loadLeads(org: Org, options: VolumeOptions): void {
  const { count, seed, userId, spreadSeconds = MONTH } = options;
  const lead = org.need('Lead');
  const has = (name: string) => lead.fields.has(name.toLowerCase());
  const custom = { stage: has('Marketing_Stage__c'), product: has('Product_Interest__c') };
  const defaults = org.schema.defaultsOf(lead);
  const { from, to } = peopleOf('salesforce', count);
  const batches = Math.max(1, Math.ceil(count / LEADS_A_BATCH));
  const end = org.now();
  org.table(lead).load(rows());

  function* rows(): Generator<Row> {
    for (let index = from; index < to; index++) {
      const person = volumePerson(seed, index);
      const batch = Math.floor((index - from) / LEADS_A_BATCH);
      const stamp = end - Math.floor((spreadSeconds * (batches - 1 - batch)) / batches) * 1000;
      const row: Record<string, Value> & { Id: string } = {
        Id: org.newId(lead.keyPrefix),
        ...defaults,
        CreatedDate: stamp,
        CreatedById: userId,
        LastModifiedDate: stamp,
        LastModifiedById: userId,
        SystemModstamp: stamp,
        OwnerId: userId,
        FirstName: person.firstName,
        LastName: person.lastName,
        Email: person.email,
        Phone: person.phone,
        Title: person.title,
        Company: person.company,
        Website: ['https://www.', person.domain].join(''),
        City: person.city,
        Country: person.country,
        Industry: person.industry,
        NumberOfEmployees: person.employees,
        LeadSource: person.leadSource,
        HasOptedOutOfEmail: person.optedOut,
      };
      if (custom.stage) row.Marketing_Stage__c = person.stage;
      if (custom.product) row.Product_Interest__c = person.product;
      yield row;
    }
  }
}
