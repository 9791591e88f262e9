/** How a planned record is written in each CRM. */
import type { Person } from './people.ts';
import { Dice } from './random.ts';
import type { RecordPlan } from './records.ts';
import { hubspotIndustries, leadSources } from './words/business.ts';
import type { World } from './world.ts';

type Stage = 'Subscriber' | 'Lead' | 'MQL' | 'Customer';

const lifecycle: Record<Stage, string> = {
  Subscriber: 'subscriber',
  Lead: 'lead',
  MQL: 'marketingqualifiedlead',
  Customer: 'customer',
};

/** In which CRMs a person's qualification is marked. */
export function qualifiedIn(person: Person, crm: 'salesforce' | 'hubspot'): boolean {
  const elsewhere = crm === 'salesforce' ? person.inHubspot : person.inSalesforceAs !== null;
  return person.mqlIn === 'both' || person.mqlIn === crm || !elsewhere;
}

function stageAt(dice: Dice, person: Person, plan: RecordPlan): Stage {
  if (person.isCustomer) return 'Customer';
  if (person.mqlAt !== null && person.mqlAt <= plan.at && qualifiedIn(person, plan.crm)) return 'MQL';
  return dice.chance(`${plan.key} subscriber`, 0.4) ? 'Subscriber' : 'Lead';
}

/** Nine of ten who opted out did so in both CRMs; the others in the one that knew them first. */
function optedOut(dice: Dice, person: Person, plan: RecordPlan): boolean {
  return person.optedOut && (plan.key === person.records[0]?.key || dice.chance('opted out in both', 0.9));
}

/** @returns the fields of a Lead or Contact, without those that have no value */
export function salesforceFields(world: World, person: Person, plan: RecordPlan): Record<string, unknown> {
  const dice = new Dice(world.seed, person.id);
  const names = plan.object === 'Lead' ? world.fields.salesforce.lead : world.fields.salesforce.contact;
  const common = {
    FirstName: plan.firstName,
    LastName: plan.lastName,
    Email: plan.email,
    Phone: plan.phone,
    Title: dice.chance(`${plan.key} title`, 0.9) ? person.title : null,
    HasOptedOutOfEmail: optedOut(dice, person, plan),
    [names.stage]: stageAt(dice, person, plan),
    [names.product]: dice.chance(`${plan.key} product`, 0.92) ? person.product : null,
    [names.hubspotId]: plan.knowsOther ? (world.state.hubspotContact(person)?.id ?? null) : null,
  };
  if (plan.object === 'Contact') {
    return present({
      ...common,
      AccountId: world.state.accountByCompany.get(person.company.key),
      MailingCountry: plan.country,
    });
  }
  return present({
    ...common,
    Company: plan.company,
    Website: plan.website,
    Country: plan.country,
    Industry: dice.chance(`${plan.key} industry`, 0.85) ? person.company.industry : null,
    NumberOfEmployees: dice.chance(`${plan.key} size`, 0.85) ? person.company.employees : null,
    LeadSource: dice.pick(`${plan.key} source`, leadSources),
  });
}

/** @returns the properties of a HubSpot contact, without those that have no value */
export function hubspotProperties(world: World, person: Person, plan: RecordPlan): Record<string, string> {
  const dice = new Dice(world.seed, person.id);
  const names = world.fields.hubspot;
  const other = plan.knowsOther ? world.state.salesforceRecord(person) : undefined;
  return present({
    email: plan.email,
    firstname: plan.firstName,
    lastname: plan.lastName,
    phone: plan.phone,
    jobtitle: dice.chance(`${plan.key} title`, 0.9) ? person.title : null,
    company: plan.company,
    country: plan.country,
    industry: dice.chance(`${plan.key} industry`, 0.8) ? person.company.industry : null,
    numemployees: dice.chance(`${plan.key} size`, 0.8) ? sizeRange(person.company.employees) : null,
    website: plan.website,
    lifecyclestage: lifecycle[stageAt(dice, person, plan)],
    hs_additional_emails: plan.moreEmails.length > 0 ? plan.moreEmails.join(';') : null,
    hs_email_optout: optedOut(dice, person, plan) ? 'true' : null,
    [names.product]: person.product,
    [names.salesforceLeadId]: other?.object === 'Lead' ? other.id : null,
    [names.salesforceContactId]: other?.object === 'Contact' ? other.id : null,
  }) as Record<string, string>;
}

/** @returns the properties of a HubSpot company */
export function companyProperties({ company }: Person): Record<string, string> {
  return {
    name: company.name,
    domain: company.domain,
    country: company.country.spellings[0],
    industry: hubspotIndustries[company.industry] ?? 'MACHINERY',
    numberofemployees: String(company.employees),
  };
}

function sizeRange(employees: number): string {
  const ranges = [
    [5, '1-5'],
    [25, '5-25'],
    [50, '25-50'],
    [100, '50-100'],
    [500, '100-500'],
    [1000, '500-1000'],
  ] as const;
  return ranges.find(([limit]) => employees < limit)?.[1] ?? '1000+';
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
