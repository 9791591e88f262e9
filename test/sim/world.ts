/** The small world of a schedule: who is in which CRM, and what its people have done there that has to last. */
import type { HubSpotSandbox } from '../../sandbox/index.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Fields, HubSpotDesk, SalesforceDesk } from './crms.ts';
import type { Draws } from './random.ts';

const PARTNER = 'Channel Partner / Reseller';
export const PRODUCTS = ['Vault', 'Relay', 'Beacon'] as const;
export const STAGES = ['Subscriber', 'Lead', 'MQL', 'SQL', 'Customer'] as const;
const LIFECYCLE = ['subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity'] as const;
const COUNTRIES = ['Germany', 'France', 'Italy'] as const;
const TITLES = ['Head of IT', 'Clerk', 'CIO', 'Buyer', 'Ingénieur réseau', 'Leiter „Einkauf“'] as const;

export type PersonObject = 'Lead' | 'Contact' | 'contacts';

/** For how long Salesforce keeps a deleted record in its recycle bin; no schedule outlasts the 90 days of HubSpot's. */
const BIN_MS = 15 * 24 * 3_600_000;

/** One record of a person, as the people of its CRM know it. */
export interface Known {
  readonly object: PersonObject;
  id: string;
  /** Who it is about, for the log: ids differ from run to run of this file alone, names never. */
  readonly who: string;
  email: string;
  state: 'live' | 'deleted' | 'gone' | 'converted';
  /** When it was deleted last, by the clock of the CRMs: epoch milliseconds. */
  deletedAt?: number;
}

/** A flow or another integration that sets a field of one record whenever it holds something else. */
export interface Automation {
  readonly known: Known;
  readonly field: string;
  readonly value: string;
}

export interface Deal {
  readonly id: string;
  readonly name: string;
  isLive: boolean;
}

export interface Answer {
  readonly offer: string;
  readonly response: 'Accepted' | 'Rejected';
  /** The contact that it was written on; deleted or merged, it takes an answer along that nobody has read yet. */
  readonly contact: string | null;
}

export class World {
  readonly salesforce: SalesforceDesk;
  readonly hubspot: HubSpotDesk;
  readonly sandbox: HubSpotSandbox;
  readonly people: Known[] = [];
  readonly deals: Deal[] = [];
  readonly partners: string[] = [];
  readonly accounts: string[] = [];
  readonly companies: string[] = [];
  readonly campaigns: string[] = [];
  answers: Answer[] = [];
  automation: Automation | null = null;
  /** Ids of records that were deleted, restored ones among them. */
  readonly deletedIds = new Set<string>();
  /** Ids of records that were deleted so that nobody can restore them. */
  readonly erasedIds = new Set<string>();
  /** Records of which an automation has written over a field of Sluice: `object id`. */
  readonly rewritten = new Set<string>();
  /** What people last wrote: `object id` -> fields. Whatever happens, it must stand in the CRM at the end. */
  readonly written = new Map<string, Fields>();
  readonly #clock: Clock;
  #made = 0;

  constructor(salesforce: SalesforceDesk, hubspot: HubSpotDesk, sandbox: HubSpotSandbox, clock: Clock) {
    this.salesforce = salesforce;
    this.hubspot = hubspot;
    this.sandbox = sandbox;
    this.#clock = clock;
  }

  next(): number {
    this.#made += 1;
    return this.#made;
  }

  live(...objects: readonly PersonObject[]): Known[] {
    return this.people.filter(({ object, state }) => state === 'live' && objects.includes(object));
  }

  /** The record lies in the recycle bin now. */
  bin(known: Known): void {
    known.state = 'deleted';
    known.deletedAt = this.#clock.now();
  }

  /** Deleted records that the recycle bin still holds. */
  restorable(): Known[] {
    const emptiedUntil = this.#clock.now() - BIN_MS;
    return this.people.filter(
      ({ object, state, deletedAt = 0 }) => state === 'deleted' && (object === 'contacts' || deletedAt > emptiedUntil),
    );
  }

  /** Writes as a person of the CRM does, and remembers it. */
  async edit(known: Known, fields: Fields): Promise<void> {
    if (known.object === 'contacts') {
      const texts = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value ?? '')]));
      await this.hubspot.update('contacts', known.id, texts);
    } else await this.salesforce.update(known.object, known.id, fields);
    this.remember(known.object, known.id, fields);
  }

  remember(object: string, id: string, fields: Fields): void {
    const key = `${object} ${id}`;
    this.written.set(key, { ...this.written.get(key), ...fields });
  }

  forget(object: string, id: string): void {
    this.written.delete(`${object} ${id}`);
  }

  /** Lets the automation do its work, if there is any. */
  async automate(): Promise<void> {
    if (this.automation === null || this.automation.known.state !== 'live') return;
    const { known, field, value } = this.automation;
    const theirs = known.object === 'contacts' ? field.slice(0, -3).toLowerCase() : field;
    const rows =
      known.object === 'contacts'
        ? await this.hubspot.list('contacts', [theirs])
        : await this.salesforce.query(known.object, [theirs], `WHERE Id = '${known.id}'`);
    const there = rows.find(({ id }) => id === known.id)?.fields[theirs] ?? null;
    if (there === null || there === '' || there === value) return;
    await this.rewrite(known, field, value);
  }

  /** Writes over a field that is Sluice's. */
  async rewrite(known: Known, field: string, value: string): Promise<void> {
    this.rewritten.add(`${known.object} ${known.id}`);
    if (known.object === 'contacts')
      await this.hubspot.update('contacts', known.id, { [field.slice(0, -3).toLowerCase()]: value });
    else await this.salesforce.update(known.object, known.id, { [field]: value });
  }

  /** What was said on contacts that are no more need not have been heard. */
  forgetAnswers(...contacts: readonly string[]): void {
    this.answers = this.answers.filter(({ contact }) => contact === null || !contacts.includes(contact));
  }

  async addSalesforcePerson(object: 'Lead' | 'Contact', who: string, email: string, draws: Draws): Promise<Known> {
    const [first = '', last = ''] = who.split(' ');
    const common = {
      FirstName: first,
      LastName: last,
      Email: email,
      Title: draws.pick('title', TITLES) ?? null,
      Product_Interest__c: draws.pick('product', PRODUCTS) ?? null,
      Marketing_Stage__c: draws.pick('stage', STAGES.slice(1, 4)) ?? null,
    };
    const country = draws.pick('country', COUNTRIES) ?? null;
    const fields: Fields =
      object === 'Lead'
        ? { ...common, Company: 'Acme GmbH', Country: country, NumberOfEmployees: draws.int('size', 5, 900) }
        : { ...common, AccountId: draws.pick('account', this.accounts) ?? null, MailingCountry: country };
    const id = await this.salesforce.create(object, fields);
    return this.#add({ object, id, who, email, state: 'live' }, fields);
  }

  async addHubSpotPerson(who: string, email: string, draws: Draws): Promise<Known> {
    const [first = '', last = ''] = who.split(' ');
    const fields = {
      firstname: first,
      lastname: last,
      email,
      jobtitle: draws.pick('title', TITLES) ?? '',
      company: 'Acme GmbH',
      country: draws.pick('country', COUNTRIES) ?? '',
      product_interest: draws.pick('product', PRODUCTS) ?? '',
      lifecyclestage: draws.pick('stage', LIFECYCLE.slice(1, 4)) ?? '',
    };
    const id = await this.hubspot.create('contacts', fields);
    return this.#add({ object: 'contacts', id, who, email, state: 'live' }, fields);
  }

  #add(known: Known, fields: Fields): Known {
    this.people.push(known);
    this.remember(known.object, known.id, fields);
    return known;
  }
}

const FIRST = ['Anna', 'Bea', 'Cem', 'Dora', 'Emil', 'Femke', 'Göran', 'Hana', 'Ivo', 'Jana', 'Kai', 'Léa'] as const;

/** A name that nobody else of this world has. */
function newName(world: World): { who: string; email: string } {
  const number = world.next();
  const first = FIRST[number % FIRST.length] ?? 'Max';
  const who = `${first} Nr${number}`;
  return { who, email: `p${number}@acme.de` };
}

/** Partners, companies, campaigns, a dozen people over both CRMs, two deals. */
export async function populate(world: World, draws: Draws): Promise<void> {
  const { salesforce, hubspot } = world;
  for (const [name, tier] of [
    ['Alder', 'Platinum'],
    ['Birch', 'Gold'],
    ['Cedar', 'Silver'],
  ] as const) {
    world.partners.push(
      await salesforce.create('Account', {
        Name: name,
        Type: PARTNER,
        Partner_Status__c: 'Active',
        Partner_Territories__c: draws.pick(`territories of ${name}`, ['DE;FR', 'DE', 'IT;FR;DE']) ?? null,
        Partner_Competencies__c: PRODUCTS.join(';'),
        Partner_Tier__c: tier,
        Partner_Capacity__c: draws.int(`capacity of ${name}`, 1, 6),
      }),
    );
  }
  for (const name of ['Acme GmbH', 'Zenit SpA']) {
    world.accounts.push(
      await salesforce.create('Account', { Name: name, Type: 'Customer - Direct', Website: 'acme.de' }),
    );
    world.companies.push(await hubspot.create('companies', { name, domain: `${name.slice(0, 4).toLowerCase()}.de` }));
  }
  for (const name of ['Webinar', 'Fair']) {
    world.campaigns.push(await salesforce.create('Campaign', { Name: name, ActualCost: 1000, IsActive: true }));
  }
  for (let n = 0; n < 12; n++) {
    const { who, email } = newName(world);
    const mine = draws.of(who);
    const where = mine.weighted('where', { lead: 3, contact: 2, hubspot: 3, both: 3, twice: 1 });
    if (where === 'lead' || where === 'both' || where === 'twice')
      await world.addSalesforcePerson('Lead', who, email, mine);
    if (where === 'contact') await world.addSalesforcePerson('Contact', who, email, mine);
    if (where === 'twice') await world.addSalesforcePerson('Lead', who, email, mine.of('second'));
    if (where === 'hubspot' || where === 'both') await world.addHubSpotPerson(who, email, mine);
  }
}

/** One thing that somebody does in a CRM. It says what in a few words, or null where there is nothing it could be done to. */
export type Deed = (world: World, draws: Draws) => Promise<string | null>;

const titleOf = (draws: Draws) => draws.pick('value', [...TITLES, null]) ?? null;

export const DEEDS = {
  async salesforceField(world, draws) {
    const known = draws.pick('who', world.live('Lead', 'Contact'));
    if (known === undefined) return null;
    const country = known.object === 'Lead' ? 'Country' : 'MailingCountry';
    const [field, value] = draws.pick('field', [
      ['Title', titleOf(draws)],
      ['Phone', `+49 30 ${draws.int('phone', 1000, 9999)}`],
      [country, draws.pick('country', COUNTRIES) ?? null],
      ['Product_Interest__c', draws.pick('product', PRODUCTS) ?? null],
      ['Marketing_Stage__c', draws.pick('stage', STAGES) ?? null],
      ['HasOptedOutOfEmail', draws.chance('out', 0.3)],
    ] as const) ?? ['Title', null];
    await world.edit(known, { [field]: value });
    return `${known.object} ${known.who}: ${field} = ${String(value)}`;
  },
  async hubspotField(world, draws) {
    const known = draws.pick('who', world.live('contacts'));
    if (known === undefined) return null;
    const [field, value] = draws.pick('field', [
      ['jobtitle', titleOf(draws)],
      ['phone', `+49 40 ${draws.int('phone', 1000, 9999)}`],
      ['country', draws.pick('country', COUNTRIES) ?? null],
      ['product_interest', draws.pick('product', PRODUCTS) ?? null],
    ] as const) ?? ['jobtitle', null];
    await world.edit(known, { [field]: value });
    return `contacts ${known.who}: ${field} = ${String(value)}`;
  },
  async hubspotStage(world, draws) {
    const known = draws.pick('who', world.live('contacts'));
    if (known === undefined) return null;
    // A stage moves back only once it was cleared.
    const stage = draws.pick('stage', LIFECYCLE) ?? 'lead';
    await world.edit(known, { lifecyclestage: '' });
    await world.edit(known, { lifecyclestage: stage });
    return `contacts ${known.who}: lifecyclestage = ${stage}`;
  },
  async email(world, draws) {
    const known = draws.pick('who', world.live('Lead', 'Contact', 'contacts'));
    if (known === undefined) return null;
    known.email = `p${world.next()}@acme.de`;
    await world.edit(known, { [known.object === 'contacts' ? 'email' : 'Email']: known.email });
    return `${known.object} ${known.who}: e-mail = ${known.email}`;
  },
  async newInSalesforce(world, draws) {
    const other = draws.chance('known', 0.5) ? draws.pick('whom', world.live('contacts')) : undefined;
    const { who, email } = other ?? newName(world);
    const object = draws.chance('lead', 0.7) ? 'Lead' : 'Contact';
    await world.addSalesforcePerson(object, who, email, draws);
    return `new ${object} ${who} ${email}`;
  },
  async newInHubSpot(world, draws) {
    const taken = new Set(world.people.filter(({ object }) => object === 'contacts').map(({ email }) => email));
    const others = world.live('Lead', 'Contact').filter(({ email }) => !taken.has(email));
    const other = draws.chance('known', 0.5) ? draws.pick('whom', others) : undefined;
    const { who, email } = other ?? newName(world);
    await world.addHubSpotPerson(who, email, draws);
    return `new contacts ${who} ${email}`;
  },
  async remove(world, draws) {
    const known = draws.pick('who', world.live('Lead', 'contacts'));
    if (known === undefined) return null;
    if (known.object === 'contacts') await world.hubspot.archive('contacts', known.id);
    else await world.salesforce.remove(known.object, known.id);
    world.bin(known);
    world.deletedIds.add(known.id);
    world.forgetAnswers(known.id);
    return `${known.object} ${known.who} deleted`;
  },
  /** Deletes so that nobody can restore it, and in HubSpot without a trace. */
  async erase(world, draws) {
    const known = draws.pick('who', world.live('Lead', 'contacts'));
    if (known === undefined) return null;
    if (known.object === 'contacts') await world.hubspot.erase('contacts', known.id);
    else {
      await world.salesforce.remove(known.object, known.id);
      await world.salesforce.erase(known.id);
    }
    known.state = 'gone';
    world.deletedIds.add(known.id);
    world.erasedIds.add(known.id);
    world.forgetAnswers(known.id);
    return `${known.object} ${known.who} erased`;
  },
  /** Deletes a contact or a deal of Salesforce, mostly so that nobody can restore it. */
  async purge(world, draws) {
    const known = draws.pick('who', world.live('Contact'));
    const deal = draws.pick(
      'deal',
      world.deals.filter(({ isLive }) => isLive),
    );
    const isForGood = draws.chance('for good', 0.7);
    const object =
      deal !== undefined && (known === undefined || draws.chance('a deal', 0.5)) ? 'Opportunity' : 'Contact';
    const id = object === 'Opportunity' ? deal?.id : known?.id;
    if (id === undefined) return null;
    await world.salesforce.remove(object, id);
    world.deletedIds.add(id);
    if (isForGood) {
      await world.salesforce.erase(id);
      world.erasedIds.add(id);
    }
    if (object === 'Opportunity' && deal) deal.isLive = false;
    if (object === 'Contact' && known) {
      if (isForGood) known.state = 'gone';
      else world.bin(known);
    }
    return `${object} ${(object === 'Opportunity' ? deal?.name : known?.who) ?? id} ${isForGood ? 'erased' : 'deleted'}`;
  },
  async restore(world, draws) {
    const known = draws.pick('who', world.restorable());
    if (known === undefined) return null;
    if (known.object === 'contacts') world.sandbox.restore('contacts', known.id);
    else await world.salesforce.undelete(known.id);
    known.state = 'live';
    return `${known.object} ${known.who} restored`;
  },
  async merge(world, draws) {
    const object = draws.pick('object', ['contacts', 'Lead'] as const) ?? 'contacts';
    const [survivor, loser] = [draws.pick('survivor', world.live(object)), draws.pick('loser', world.live(object))];
    if (survivor === undefined || loser === undefined || survivor === loser) return null;
    const before = survivor.id;
    if (object === 'contacts') survivor.id = await world.hubspot.merge('contacts', survivor.id, loser.id);
    else await world.salesforce.merge('Lead', survivor.id, loser.id);
    loser.state = 'gone';
    world.forgetAnswers(before, loser.id);
    // What a merge makes of the fields is the CRM's business.
    world.forget(object, loser.id);
    world.forget(object, before);
    return `${object} ${loser.who} merged into ${survivor.who}`;
  },
  async convert(world, draws) {
    const known = draws.pick('who', world.live('Lead'));
    const account = draws.pick('account', world.accounts);
    if (known === undefined || account === undefined) return null;
    const name = `Deal ${world.next()}`;
    const { contactId, dealId } = await world.salesforce.convert(known.id, account, name);
    known.state = 'converted';
    world.people.push({ object: 'Contact', id: contactId, who: known.who, email: known.email, state: 'live' });
    world.deals.push({ id: dealId, name, isLive: true });
    return `Lead ${known.who} converted, with ${name}`;
  },
  async answerInSalesforce(world, draws) {
    const open = await world.salesforce.query(
      'Sluice_Offer__c',
      ['Sluice_Id__c', 'Response__c'],
      "WHERE Status__c = 'Open' AND Response__c = null",
    );
    const offer = draws.pick(
      'offer',
      open.toSorted((a, b) => (String(a.fields.Sluice_Id__c) < String(b.fields.Sluice_Id__c) ? -1 : 1)),
    );
    if (offer === undefined) return null;
    const response = draws.chance('yes', 0.6) ? 'Accepted' : 'Rejected';
    await world.salesforce.update('Sluice_Offer__c', offer.id, {
      Response__c: response,
      Response_Reason__c: response === 'Rejected' ? 'No budget' : null,
    });
    world.answers.push({ offer: String(offer.fields.Sluice_Id__c), response, contact: null });
    return `offer ${offer.fields.Sluice_Id__c}: ${response}`;
  },
  async answerInHubSpot(world, draws) {
    const asked = (await world.hubspot.list('contacts', ['sluice_offer_id', 'sluice_response'])).filter(
      ({ fields }) =>
        fields.sluice_offer_id && !String(fields.sluice_response ?? '').startsWith(String(fields.sluice_offer_id)),
    );
    const contact = draws.pick('contact', asked);
    if (contact === undefined) return null;
    const response = draws.chance('yes', 0.6) ? 'Accepted' : 'Rejected';
    const offer = String(contact.fields.sluice_offer_id);
    const said = response === 'Accepted' ? `${offer}:accepted` : `${offer}:rejected:No budget`;
    await world.hubspot.update('contacts', contact.id, { sluice_response: said });
    world.answers.push({ offer, response, contact: contact.id });
    return `offer ${offer} in HubSpot: ${response}`;
  },
  async newDeal(world, draws) {
    const known = draws.pick('who', world.live('Contact'));
    const account = draws.pick('account', world.accounts);
    if (account === undefined) return null;
    const name = `Deal ${world.next()}`;
    const id = await world.salesforce.create('Opportunity', {
      Name: name,
      AccountId: account,
      StageName: 'Prospecting',
      CloseDate: '2026-03-02',
      Amount: draws.int('amount', 1, 90) * 100.25,
    });
    if (known)
      await world.salesforce.create('OpportunityContactRole', {
        OpportunityId: id,
        ContactId: known.id,
        IsPrimary: true,
      });
    world.deals.push({ id, name, isLive: true });
    return `new ${name}${known ? ` with ${known.who}` : ''}`;
  },
  async moveDeal(world, draws) {
    const deal = draws.pick(
      'deal',
      world.deals.filter(({ isLive }) => isLive),
    );
    if (deal === undefined) return null;
    const how = draws.weighted('how', { won: 5, reopened: 2, lost: 1, amount: 3, deleted: 1 });
    if (how === 'deleted') {
      await world.salesforce.remove('Opportunity', deal.id);
      world.deletedIds.add(deal.id);
      deal.isLive = false;
    } else {
      const stages = { won: 'Closed Won', reopened: 'Prospecting', lost: 'Closed Lost' };
      const fields: Fields =
        how === 'amount' ? { Amount: draws.int('amount', 1, 90) * 100.5 } : { StageName: stages[how] };
      await world.salesforce.update('Opportunity', deal.id, fields);
    }
    return `${deal.name} ${how}`;
  },
  async respond(world, draws) {
    const known = draws.pick('who', world.live('Lead', 'Contact'));
    const campaign = draws.pick('campaign', world.campaigns);
    if (known === undefined || campaign === undefined) return null;
    const field = known.object === 'Lead' ? 'LeadId' : 'ContactId';
    const there = await world.salesforce.query(
      'CampaignMember',
      [field],
      `WHERE CampaignId = '${campaign}' AND ${field} = '${known.id}'`,
    );
    if (there[0]) {
      await world.salesforce.remove('CampaignMember', there[0].id);
      return `${known.who} is no member of campaign ${world.campaigns.indexOf(campaign)} any more`;
    }
    await world.salesforce.create('CampaignMember', { CampaignId: campaign, [field]: known.id, Status: 'Responded' });
    return `${known.who} responded to campaign ${world.campaigns.indexOf(campaign)}`;
  },
  /** An automation of the CRM writes over a field that Sluice owns. */
  async rewrite(world, draws) {
    const known = draws.pick('who', world.live('Lead', 'Contact', 'contacts'));
    if (known === undefined) return null;
    const [field, value] = draws.pick('field', [
      ['Sluice_Grade__c', 'Z'] as const,
      ['Sluice_Reason__c', 'because'] as const,
    ]) ?? ['Sluice_Grade__c', 'Z'];
    await world.rewrite(known, field, value);
    return `an automation sets ${field} of ${known.object} ${known.who}`;
  },
  async employ(world, draws) {
    const known = draws.pick('who', world.live('contacts'));
    const company = draws.pick('company', world.companies);
    if (known === undefined || company === undefined) return null;
    await world.hubspot.employ(known.id, company);
    return `contacts ${known.who} works at company ${world.companies.indexOf(company)}`;
  },
  async partner(world, draws) {
    const partner = draws.pick('partner', world.partners);
    if (partner === undefined) return null;
    const fields: Fields = draws.chance('capacity', 0.6)
      ? { Partner_Capacity__c: draws.int('places', 0, 8) }
      : { Partner_Status__c: draws.chance('active', 0.7) ? 'Active' : 'Dormant' };
    await world.salesforce.update('Account', partner, fields);
    return `partner ${world.partners.indexOf(partner)}: ${JSON.stringify(fields)}`;
  },
} satisfies Record<string, Deed>;

export type DeedName = keyof typeof DEEDS;
