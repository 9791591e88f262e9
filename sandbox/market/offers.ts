/** Partners read the offers made to them and answer, each in its own time and in its own CRM. */
import { type AnswerPlan, planAnswer } from './behaviour.ts';
import type { Partner } from './partners.ts';
import type { Person } from './people.ts';
import type { SalesforceRow } from './salesforce-client.ts';
import { hoursAt, tally, type World } from './world.ts';

interface Pending {
  readonly rowId: string;
  readonly partner: Partner;
  readonly person: Person;
  readonly plan: AnswerPlan & { kind: 'answer' };
  /** Hours from which the answer has been due, to give up waiting for HubSpot. */
  readonly dueAt: number;
}

/** A partner took a lead in time. */
export interface Acceptance {
  readonly rowId: string;
  readonly partner: Partner;
  readonly person: Person;
  readonly at: number;
  readonly contradictedAt: number | null;
}

type OfferRow = Record<string, unknown> & { Id: string };

/** How long a partner waits for the offer to show up in HubSpot before it answers in Salesforce. */
const hubspotPatienceHours = 12;

/** What the partners have seen so far. */
export class OfferDesk {
  readonly #world: World;
  readonly #partnerByAccount: Map<string, Partner>;
  readonly #seen = new Set<string>();
  /** Offers that were accepted in time and not taken back. */
  readonly #held = new Map<string, { readonly partner: Partner; readonly person: Person }>();
  readonly #pending = new Map<string, Pending>();
  readonly #personByLeadKey = new Map<string, Person>();
  readonly #withLeadKey = new Set<Person>();

  constructor(world: World) {
    this.#world = world;
    this.#partnerByAccount = new Map(
      world.population.partners.map((partner) => [world.state.partnerAccounts.get(partner.key) ?? '', partner]),
    );
  }

  /** Reads the open offers once and gives the answers that are due by `now` (hours). */
  async answer(now: number): Promise<Acceptance[]> {
    const rows = await this.#openOffers();
    if (rows === null) return [];
    await this.#note(rows);
    const open = new Set(rows.map(({ Id }) => Id));
    const due: Pending[] = [];
    for (const offer of this.#pending.values()) {
      if (offer.plan.at > now) continue;
      this.#pending.delete(offer.rowId);
      // A partner does not answer an offer that was taken back meanwhile; a late one answers nevertheless.
      if (offer.plan.late || open.has(offer.rowId)) due.push(offer);
    }
    return this.#give(due, now);
  }

  /** The accepted leads that the vendor has taken back since it was last asked. */
  async recalled(): Promise<{ readonly partner: Partner; readonly person: Person }[]> {
    if (this.#held.size === 0) return [];
    const { offer } = this.#world.fields.salesforce;
    const where = `${offer.status} = 'Recalled' AND ${offer.response} = 'Accepted'`;
    const rows = await this.#world.salesforce.query(`SELECT Id FROM ${offer.object} WHERE ${where}`);
    return (rows ?? []).flatMap((row) => {
      const id = String((row as OfferRow).Id);
      const held = this.#held.get(id);
      this.#held.delete(id);
      return held ? [held] : [];
    });
  }

  async #openOffers(): Promise<OfferRow[] | null> {
    const { offer } = this.#world.fields.salesforce;
    const fields = ['Id', 'CreatedDate', offer.leadKey, offer.lead, offer.contact, offer.partner, offer.acceptBy];
    const where = `${offer.status} = 'Open' AND ${offer.response} = null`;
    return this.#world.salesforce.query(`SELECT ${fields.join(', ')} FROM ${offer.object} WHERE ${where}`);
  }

  async #note(rows: readonly OfferRow[]): Promise<void> {
    const fresh = rows.filter(({ Id }) => !this.#seen.has(Id));
    if (fresh.some((row) => this.#personOf(row) === undefined)) await this.#readLeadKeys();
    const { offer } = this.#world.fields.salesforce;
    for (const row of fresh) {
      const person = this.#personOf(row);
      const partner = this.#partnerByAccount.get(String(row[offer.partner]));
      if (!person || !partner) continue;
      this.#seen.add(row.Id);
      tally(this.#world, 'offers seen');
      const plan = planAnswer(this.#world.seed, partner, person, {
        createdAt: halfHour(hoursAt(this.#world, String(row.CreatedDate))),
        acceptBy: row[offer.acceptBy]
          ? halfHour(hoursAt(this.#world, String(row[offer.acceptBy])))
          : Number.POSITIVE_INFINITY,
      });
      if (plan.kind === 'answer') this.#pending.set(row.Id, { rowId: row.Id, partner, person, plan, dueAt: plan.at });
    }
  }

  #personOf(row: OfferRow): Person | undefined {
    const { offer } = this.#world.fields.salesforce;
    const { personByRecordId } = this.#world.state;
    const id = row[offer.lead] ?? row[offer.contact];
    if (typeof id === 'string') return personByRecordId.get(id);
    return this.#personByLeadKey.get(String(row[offer.leadKey]));
  }

  /** Leads that HubSpot alone knows carry their lead key there. */
  async #readLeadKeys(): Promise<void> {
    const { hubspot, fields, state, population } = this.#world;
    const people = new Map<string, Person>();
    for (const person of population.people) {
      if (person.mqlAt === null || this.#withLeadKey.has(person)) continue;
      const contact = state.hubspotContact(person);
      if (contact && !state.salesforceRecord(person)) people.set(contact.id, person);
    }
    const key = fields.hubspot.leadKey;
    for (const [id, { properties }] of await hubspot.read('contacts', [...people.keys()], [key])) {
      const person = people.get(id);
      if (!properties[key] || !person) continue;
      this.#personByLeadKey.set(properties[key], person);
      this.#withLeadKey.add(person);
    }
  }

  async #give(due: readonly Pending[], now: number): Promise<Acceptance[]> {
    const given = new Set(
      await this.#giveInHubspot(
        due.filter((each) => this.#answersInHubspot(each)),
        now,
      ),
    );
    const rest = due.filter((each) => !given.has(each) && !this.#pending.has(each.rowId));
    const rows = rest.map(({ rowId, plan }) => answerRow(this.#world, rowId, plan.accepted, plan.reason));
    const ids = await this.#world.salesforce.update(rows);
    rest.forEach((each, index) => {
      if (ids[index]) given.add(each);
    });
    tally(this.#world, 'answers in salesforce', ids.filter(Boolean).length);
    return [...given].flatMap(({ rowId, partner, person, plan }) => {
      if (!plan.accepted || plan.late) return [];
      this.#held.set(rowId, { partner, person });
      return [{ rowId, partner, person, at: now, contradictedAt: plan.contradictedAt }];
    });
  }

  #answersInHubspot({ partner, person }: Pending): boolean {
    return partner.hidden.answersIn === 'hubspot' && this.#world.state.hubspotContact(person) !== undefined;
  }

  /** @returns what was answered there; what does not stand there yet is put back, or left to Salesforce after a while */
  async #giveInHubspot(due: readonly Pending[], now: number): Promise<Pending[]> {
    if (due.length === 0) return [];
    const { hubspot, fields, state } = this.#world;
    const names = fields.hubspot;
    const idOf = ({ person }: Pending) => state.hubspotContact(person)?.id ?? '';
    const contacts = await hubspot.read('contacts', due.map(idOf), [names.offerId, names.partner]);
    const rows = [];
    const given: Pending[] = [];
    for (const each of due) {
      const { properties } = contacts.get(idOf(each)) ?? { properties: {} as Record<string, string | null> };
      const offerId = properties[names.offerId];
      if (offerId && properties[names.partner] === each.partner.name) {
        const { accepted, reason } = each.plan;
        const answer = accepted ? `${offerId}:accepted` : `${offerId}:rejected:${reason}`;
        rows.push({ key: each.person.id, id: idOf(each), properties: { [names.response]: answer } });
        given.push(each);
      } else if (!each.plan.late && now - each.dueAt < hubspotPatienceHours) {
        this.#pending.set(each.rowId, each);
      }
    }
    await hubspot.update('contacts', rows);
    tally(this.#world, 'answers in hubspot', rows.length);
    return given;
  }
}

/** Partners do not count seconds; nor does, thereby, the wall's speed decide who answers in time. */
function halfHour(hours: number): number {
  return Math.floor(hours * 2) / 2;
}

/** The update with which a partner answers on the offer itself. */
export function answerRow(world: World, id: string, accepted: boolean, reason: string | null): SalesforceRow {
  const { offer } = world.fields.salesforce;
  const fields = { [offer.response]: accepted ? 'Accepted' : 'Rejected', [offer.reason]: reason };
  return { key: `offer ${id}`, type: offer.object, id, fields };
}
