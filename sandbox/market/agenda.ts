/** What is to be done later because of something that happened: partners work leads, deals move on, some buy on their own. */
import { planWork } from './behaviour.ts';
import { type DueStep, moveDeals, type Opening, openDeals } from './deals.ts';
import type { HubspotRow } from './hubspot-client.ts';
import { type Acceptance, answerRow } from './offers.ts';
import type { Partner } from './partners.ts';
import { historyHours, type Person } from './people.ts';
import { Dice } from './random.ts';
import type { SalesforceRow } from './salesforce-client.ts';
import { tally, type World } from './world.ts';

type Item = { readonly at: number } & (
  | { readonly kind: 'contacted' | 'dropped'; readonly person: Person; readonly partner: Partner }
  | { readonly kind: 'qualified'; readonly person: Person; readonly partner: Partner }
  | { readonly kind: 'taken back'; readonly person: Person; readonly rowId: string }
  | { readonly kind: 'bought alone'; readonly person: Person }
  | { readonly kind: 'direct'; readonly opening: Opening }
  | { readonly kind: 'step'; readonly step: DueStep }
);

/** Items wait here until they are due; due ones are carried out together, in few calls. */
export class Agenda {
  readonly #world: World;
  #items: Item[] = [];
  /** People whose partner has given them up. */
  readonly #givenUp = new Set<Person>();

  constructor(world: World) {
    this.#world = world;
    for (const person of world.population.people) {
      if (person.buysAnywayAt !== null) this.#items.push({ at: person.buysAnywayAt, kind: 'bought alone', person });
    }
    for (const opening of directDeals(world)) this.#items.push({ at: opening.at, kind: 'direct', opening });
  }

  /** A partner that accepted goes to work. */
  accepted({ rowId, partner, person, at, contradictedAt }: Acceptance): void {
    tally(this.#world, 'accepted');
    if (this.#world.state.taken.has(person.id)) return;
    this.#world.state.taken.add(person.id);
    const work = planWork(this.#world.seed, partner, person, at);
    this.#items.push({ at: work.contactedAt, kind: 'contacted', person, partner });
    this.#items.push({ at: work.decidedAt, kind: work.qualified ? 'qualified' : 'dropped', person, partner });
    if (contradictedAt !== null && contradictedAt < work.decidedAt) {
      this.#items.push({ at: contradictedAt, kind: 'taken back', person, rowId });
    }
  }

  /** The vendor took a lead back from a partner that had accepted it, which stops what it was at. */
  recalled({ partner, person }: Pick<Acceptance, 'partner' | 'person'>): void {
    tally(this.#world, 'recalled');
    this.#world.state.taken.delete(person.id);
    this.#items = this.#items.filter(
      (item) => !('partner' in item) || item.person !== person || item.partner !== partner,
    );
  }

  /** Does everything that is due by `now` (hours). */
  async carryOut(now: number): Promise<void> {
    const due = this.#items.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    if (due.length === 0) return;
    this.#items = this.#items.filter(({ at }) => at > now);
    await this.#takeBack(due);
    await this.#work(due);
    const opened = await openDeals(
      this.#world,
      due.flatMap((item) => this.#opening(item) ?? []),
    );
    this.#items.push(...opened.map((step) => ({ at: step.at, kind: 'step' as const, step })));
    await moveDeals(
      this.#world,
      due.flatMap((item) => (item.kind === 'step' ? [item.step] : [])),
    );
  }

  async #takeBack(due: readonly Item[]): Promise<void> {
    const rows: SalesforceRow[] = [];
    for (const item of due) {
      if (item.kind !== 'taken back') continue;
      this.#givenUp.add(item.person);
      rows.push(answerRow(this.#world, item.rowId, false, 'No capacity'));
    }
    await this.#world.salesforce.update(rows);
    tally(this.#world, 'answers taken back', rows.length);
  }

  /** First contact and giving up show in the status of the Lead, or of the contact in HubSpot where there is no Lead. */
  async #work(due: readonly Item[]): Promise<void> {
    const salesforce = new Map<string, SalesforceRow>();
    const hubspot = new Map<string, HubspotRow>();
    for (const item of due) {
      if ((item.kind !== 'contacted' && item.kind !== 'dropped') || this.#givenUp.has(item.person)) continue;
      tally(this.#world, item.kind);
      const record = this.#world.state.salesforceRecord(item.person);
      const contact = this.#world.state.hubspotContact(item.person);
      if (record?.object === 'Lead') {
        const Status = item.kind === 'contacted' ? 'Working - Contacted' : 'Closed - Not Converted';
        salesforce.set(record.id, { key: record.key, type: 'Lead', id: record.id, fields: { Status } });
      } else if (contact) {
        const properties = { hs_lead_status: item.kind === 'contacted' ? 'IN_PROGRESS' : 'UNQUALIFIED' };
        hubspot.set(contact.id, { key: contact.key, id: contact.id, properties });
      }
    }
    await Promise.all([
      this.#world.salesforce.update([...salesforce.values()]),
      this.#world.hubspot.update('contacts', [...hubspot.values()]),
    ]);
  }

  #opening(item: Item): Opening | null {
    const { state } = this.#world;
    if (item.kind === 'direct') return item.opening;
    if (item.kind === 'qualified') {
      const { person, partner, at } = item;
      if (this.#givenUp.has(person) || state.recordsOf(person).length === 0) return null;
      return { key: person.id, company: person.company, person, partner, at, buysAnyway: false };
    }
    if (item.kind !== 'bought alone') return null;
    const { person, at } = item;
    if (state.taken.has(person.id) || state.recordsOf(person).length === 0) return null;
    state.taken.add(person.id);
    return { key: person.id, company: person.company, person, partner: null, at, buysAnyway: true };
  }
}

/** Deals of the vendor's own people with customers; some name a Contact, most do not. */
function directDeals({ population, seed, days }: World): Opening[] {
  const customers = population.companies.filter(({ isCustomer }) => isCustomer);
  const count = customers.length === 0 ? 0 : Math.max(1, Math.round(population.people.length / 70));
  return Array.from({ length: count }, (_, index) => {
    const key = `direct-${String(index).padStart(4, '0')}`;
    const dice = new Dice(seed, key);
    const at = dice.between('opens', -historyHours + 24, days * 24 * 0.85);
    const company = dice.pick('customer', customers);
    const contacts = population.people.filter(
      (person) =>
        person.company === company && person.inSalesforceAs === 'Contact' && (person.records.at(-1)?.at ?? 0) < at,
    );
    const person = contacts.length > 0 && dice.chance('names a contact', 0.55) ? dice.pick('contact', contacts) : null;
    return { key, company, person, partner: null, at, buysAnyway: false };
  });
}
