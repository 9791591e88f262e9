import type { Company } from './companies.ts';
import type { Person } from './people.ts';
import type { Conversion } from './salesforce-client.ts';

/** A record that the market made. */
export interface MadeRecord {
  readonly key: string;
  readonly crm: 'salesforce' | 'hubspot';
  readonly object: 'Lead' | 'Contact' | 'contacts';
  readonly id: string;
}

export interface Deal {
  readonly key: string;
  readonly opportunityId: string;
  readonly accountId: string;
  readonly personId: string | null;
  readonly partnerAccountId: string | null;
  readonly wouldHaveBoughtAnyway: boolean;
  readonly causes: readonly Cause[];
  won: boolean;
  amountCents: number;
}

/** What truly moved the buyer. */
export type Cause =
  | { readonly kind: 'partner'; readonly accountId: string }
  | {
      readonly kind: 'campaign';
      readonly name: string;
      readonly salesforceId: string | null;
      readonly hubspotId: string | null;
    };

export interface Touch {
  readonly personId: string;
  readonly campaign: string;
  readonly at: string;
  readonly heldIn: readonly ('salesforce' | 'hubspot')[];
}

/** What the market remembers of the records it made and of whom they are. */
export class MarketState {
  readonly records = new Map<string, MadeRecord>();
  readonly personByRecordId = new Map<string, Person>();
  readonly #ofPerson = new Map<string, MadeRecord[]>();
  readonly accountByCompany = new Map<string, string>();
  readonly hubspotCompanies = new Map<string, string>();
  readonly campaignIds = new Map<string, { salesforceId: string | null; hubspotId: string | null }>();
  readonly partnerAccounts = new Map<string, string>();
  /** Salesforce ids of Leads that have become something else. */
  readonly convertedLeads = new Set<string>();
  readonly members = new Map<string, string>();
  readonly touchedInHubspot = new Set<string>();
  readonly touches: Touch[] = [];
  readonly deals: Deal[] = [];
  /** People that a partner works or that bought on their own. */
  readonly taken = new Set<string>();

  remember(person: Person, record: MadeRecord): void {
    this.records.set(record.key, record);
    this.personByRecordId.set(record.id, person);
    this.#ofPerson.set(person.id, [...this.recordsOf(person), record]);
  }

  forget(key: string): void {
    const record = this.records.get(key);
    const person = record && this.personByRecordId.get(record.id);
    this.records.delete(key);
    if (person)
      this.#ofPerson.set(
        person.id,
        this.recordsOf(person).filter((each) => each !== record),
      );
  }

  /** The records of a person that exist, in the order they came to be. */
  recordsOf(person: Person): readonly MadeRecord[] {
    return this.#ofPerson.get(person.id) ?? [];
  }

  hubspotContact(person: Person): MadeRecord | undefined {
    return this.recordsOf(person).find(({ crm }) => crm === 'hubspot');
  }

  /** The Salesforce Contact, else the first Lead that is still one. */
  salesforceRecord(person: Person): MadeRecord | undefined {
    const mine = this.recordsOf(person).filter(({ crm }) => crm === 'salesforce');
    return mine.find(({ object }) => object === 'Contact') ?? mine.find(({ id }) => !this.convertedLeads.has(id));
  }
}

/** The name of the Contact that a conversion makes of a person. */
export function convertedKey(person: Person): string {
  return `${person.id}/converted`;
}

/** What is needed to convert a person's Lead. */
export function conversion(person: Person, leadId: string, accountId: string | undefined): Conversion {
  return {
    key: person.id,
    leadId,
    accountId: accountId ?? null,
    opportunityName: opportunityName(person.company, person),
  };
}

export function opportunityName(company: Company, person: Person | null): string {
  return `${company.shortName} - ${person?.product ?? 'Renewal'}`.slice(0, 120);
}
