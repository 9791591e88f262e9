/** How opportunities come to be, whatever they come from, and what is remembered of them. */
import { type DealStep, planDeal, winChance } from './behaviour.ts';
import type { Company } from './companies.ts';
import { createAccounts } from './found.ts';
import type { Partner } from './partners.ts';
import type { Person } from './people.ts';
import { Dice } from './random.ts';
import type { SalesforceRow } from './salesforce-client.ts';
import { type Cause, conversion, convertedKey, type Deal, opportunityName } from './state.ts';
import { dateOf, instantOf, tally, type World } from './world.ts';

/** A deal about to be opened: by a partner for a person, by a person alone, or on a customer's Account. */
export interface Opening {
  readonly key: string;
  readonly company: Company;
  readonly person: Person | null;
  readonly partner: Partner | null;
  readonly at: number;
  readonly buysAnyway: boolean;
}

export interface DueStep extends DealStep {
  readonly deal: Deal;
  readonly person: Person | null;
}

interface Opened {
  /** Made by a conversion, which sets neither amount nor stage. */
  readonly bare: boolean;
  readonly opportunityId: string;
  readonly accountId: string;
}

/** Opens the deals: Leads are converted, Contacts get an Opportunity, who is in HubSpot alone gets both. Their coming steps. */
export async function openDeals(world: World, openings: readonly Opening[]): Promise<DueStep[]> {
  if (openings.length === 0) return [];
  await createMissingContacts(world, openings);
  const leads = openings.filter(({ person }) => person && world.state.salesforceRecord(person)?.object === 'Lead');
  const opened = new Map([
    ...(await convertLeads(world, leads)),
    ...(await createOpportunities(
      world,
      openings.filter((opening) => !leads.includes(opening)),
    )),
  ]);
  return register(world, openings, opened);
}

/** People whom only HubSpot knows: sales makes them known to Salesforce, and HubSpot learns the Contact's id. */
async function createMissingContacts(world: World, openings: readonly Opening[]): Promise<void> {
  const { state, salesforce, hubspot, fields } = world;
  const people = openings.flatMap(({ person }) => (person && !state.salesforceRecord(person) ? [person] : []));
  if (people.length === 0) return;
  await createAccounts(
    world,
    people.map(({ company }) => company),
    'Prospect',
  );
  const ids = await salesforce.create(
    people.map((person) => ({
      key: convertedKey(person),
      type: 'Contact',
      fields: {
        FirstName: person.firstName,
        LastName: person.lastName,
        Email: person.email,
        Phone: person.phone,
        Title: person.title,
        AccountId: state.accountByCompany.get(person.company.key),
        MailingCountry: person.company.country.spellings[0],
        [fields.salesforce.contact.hubspotId]: state.hubspotContact(person)?.id ?? null,
      },
    })),
  );
  const links = people.flatMap((person, index) => {
    const id = ids[index];
    if (!id) return [];
    const contact = state.hubspotContact(person);
    state.remember(person, { key: convertedKey(person), crm: 'salesforce', object: 'Contact', id });
    return contact
      ? [{ key: person.id, id: contact.id, properties: { [fields.hubspot.salesforceContactId]: id } }]
      : [];
  });
  await hubspot.update('contacts', links);
}

/** One company a round, so that its second Lead finds the Account that its first one made. */
async function convertLeads(world: World, openings: readonly Opening[]): Promise<Map<Opening, Opened>> {
  const { state, salesforce } = world;
  const opened = new Map<Opening, Opened>();
  let rest = [...openings];
  while (rest.length > 0) {
    const companies = new Set<Company>();
    const round = rest.filter(({ company }) => !companies.has(company) && companies.add(company));
    rest = rest.filter((opening) => !round.includes(opening));
    const leads = round.flatMap((opening) => {
      const { person, company } = opening;
      const lead = person ? state.salesforceRecord(person) : undefined;
      if (!person || !lead) return [];
      return [{ opening, person, lead, row: conversion(person, lead.id, state.accountByCompany.get(company.key)) }];
    });
    const results = await salesforce.convert(leads.map(({ row }) => row));
    leads.forEach(({ opening, person, lead }, index) => {
      const result = results[index];
      if (!result) return;
      state.convertedLeads.add(lead.id);
      state.accountByCompany.set(opening.company.key, result.accountId);
      state.remember(person, {
        key: convertedKey(person),
        crm: 'salesforce',
        object: 'Contact',
        id: result.contactId,
      });
      opened.set(opening, { opportunityId: result.opportunityId, accountId: result.accountId, bare: true });
    });
  }
  tally(world, 'converted', opened.size);
  return opened;
}

async function createOpportunities(world: World, openings: readonly Opening[]): Promise<Map<Opening, Opened>> {
  const { state, salesforce } = world;
  const rows = openings.flatMap((opening) => {
    const AccountId = state.accountByCompany.get(opening.company.key);
    const first = planOf(world, opening).steps[0];
    if (!AccountId || !first) return [];
    const fields = { Name: opportunityName(opening.company, opening.person), AccountId, ...stepFields(world, first) };
    return [{ opening, accountId: AccountId, row: { key: opening.key, type: 'Opportunity', fields } }];
  });
  const ids = await salesforce.create(rows.map(({ row }) => row));
  const opened = new Map<Opening, Opened>();
  const roles: SalesforceRow[] = [];
  rows.forEach(({ opening, accountId }, index) => {
    const opportunityId = ids[index];
    if (!opportunityId) return;
    opened.set(opening, { opportunityId, accountId, bare: false });
    const contact = opening.person ? state.salesforceRecord(opening.person) : undefined;
    if (contact?.object !== 'Contact') return;
    const fields = { OpportunityId: opportunityId, ContactId: contact.id, Role: 'Decision Maker', IsPrimary: true };
    roles.push({ key: `${opening.key}/role`, type: 'OpportunityContactRole', fields });
  });
  await salesforce.create(roles);
  return opened;
}

/** Sets what a conversion leaves open, tells HubSpot, and notes the truth about the deals. */
async function register(
  world: World,
  openings: readonly Opening[],
  opened: ReadonlyMap<Opening, Opened>,
): Promise<DueStep[]> {
  const { state, salesforce, hubspot } = world;
  const due: DueStep[] = [];
  const rows: SalesforceRow[] = [];
  const stages = [];
  for (const opening of openings) {
    const ids = opened.get(opening);
    const { steps, wouldHaveBoughtAnyway } = planOf(world, opening);
    const [first, ...later] = steps;
    if (!ids || !first) continue;
    const { person, partner, key } = opening;
    const { opportunityId, accountId } = ids;
    if (ids.bare) rows.push({ key, type: 'Opportunity', id: opportunityId, fields: stepFields(world, first) });
    const contact = person ? state.hubspotContact(person) : undefined;
    // A deal that the vendor's own people found at a customer makes no lead of anybody.
    if (contact && (partner || opening.buysAnyway)) {
      stages.push({ key: contact.key, id: contact.id, properties: { lifecyclestage: 'salesqualifiedlead' } });
    }
    const deal: Deal = {
      key,
      opportunityId,
      accountId,
      personId: person?.id ?? null,
      partnerAccountId: partner ? (state.partnerAccounts.get(partner.key) ?? null) : null,
      wouldHaveBoughtAnyway,
      causes: causesOf(world, opening, wouldHaveBoughtAnyway),
      won: false,
      amountCents: first.amountCents,
    };
    state.deals.push(deal);
    due.push(...later.map((step) => ({ ...step, deal, person })));
  }
  await Promise.all([salesforce.update(rows), hubspot.update('contacts', stages)]);
  tally(world, 'deals opened', opened.size);
  return due;
}

/** Carries out due steps: the last of each deal counts. */
export async function moveDeals(world: World, steps: readonly DueStep[]): Promise<void> {
  const { state, salesforce, hubspot } = world;
  const last = new Map(steps.map((step) => [step.deal, step] as const));
  const rows: SalesforceRow[] = [];
  const customers = [];
  for (const [deal, step] of last) {
    rows.push({ key: deal.key, type: 'Opportunity', id: deal.opportunityId, fields: stepFields(world, step) });
    deal.won = step.stage === 'Closed Won';
    deal.amountCents = step.amountCents;
    if (deal.won) tally(world, 'deals won');
    if (step.stage === 'Closed Lost') tally(world, 'deals lost');
    const contact = step.person ? state.hubspotContact(step.person) : undefined;
    if (deal.won && contact)
      customers.push({ key: contact.key, id: contact.id, properties: { lifecyclestage: 'customer' } });
  }
  await Promise.all([salesforce.update(rows), hubspot.update('contacts', customers)]);
  tally(world, 'deal steps', rows.length);
}

function planOf(world: World, { key, company, person, partner, at, buysAnyway }: Opening) {
  const chance = buysAnyway ? 1 : winChance(partner, person);
  return planDeal(world.seed, { key, employees: company.employees, winChance: chance, opensAt: at, buysAnyway });
}

function stepFields(world: World, { stage, amountCents, at, closesInDays }: DealStep): Record<string, unknown> {
  return { StageName: stage, Amount: amountCents / 100, CloseDate: dateOf(world, at + closesInDays * 24) };
}

/** The partner, unless the buyer would have come anyway; and each campaign answered before, with even odds. */
function causesOf(world: World, { key, person, partner, at }: Opening, anyway: boolean): Cause[] {
  const { state, population, seed } = world;
  const dice = new Dice(seed, `${key}/causes`);
  const accountId = partner && !anyway ? state.partnerAccounts.get(partner.key) : undefined;
  const causes: Cause[] = accountId ? [{ kind: 'partner', accountId }] : [];
  const now = instantOf(world, at);
  const touched = new Set(
    state.touches.filter((touch) => touch.personId === person?.id && touch.at <= now).map((touch) => touch.campaign),
  );
  for (const { key: campaignKey, name } of population.campaigns) {
    const ids = state.campaignIds.get(campaignKey);
    if (ids && touched.has(name) && dice.chance(`moved by ${campaignKey}`, 0.5))
      causes.push({ kind: 'campaign', name, ...ids });
  }
  return causes;
}
