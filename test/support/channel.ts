/** A small channel in a store, brought about by the services themselves: partners, people, leads, offers, answers, deals. */
import { readFileSync } from 'node:fs';
import { compileIntake } from '../../src/leads/intake.ts';
import type { NoticeEvent } from '../../src/leads/notify/notice.ts';
import { compileRouting, coverageOf } from '../../src/leads/routing.ts';
import { compileScoring } from '../../src/leads/scoring.ts';
import { fireDue } from '../../src/leads/service/deadlines.ts';
import { routeWaitersOf } from '../../src/leads/service/lead-store.ts';
import { applyPartners, partnerId } from '../../src/leads/service/partners.ts';
import { LEAD_EVENTS, react } from '../../src/leads/service/react.ts';
import { routeWaiting } from '../../src/leads/service/route.ts';
import { tellStatements } from '../../src/leads/service/statements.ts';
import type { SlaRules } from '../../src/leads/service/terms.ts';
import type { EntityValue } from '../../src/mapping/entities.ts';
import type { OfferResponse } from '../../src/model/offer.ts';
import { EMPTY_PARTNER } from '../../src/model/partner.ts';
import { EMPTY_PERSON, type PersonFacts } from '../../src/model/person.ts';
import { DEFAULT_RECONCILE } from '../../src/revenue/reconcile-config.ts';
import {
  applyCampaigns,
  applyContactRoles,
  applyOpportunities,
  applyTouches,
  opportunityId,
} from '../../src/revenue/service/apply.ts';
import { keepRates } from '../../src/revenue/service/rates.ts';
import { dealsConcerned, REVENUE_EVENTS, reconcileDeals } from '../../src/revenue/service/reconcile.ts';
import { upsert } from '../../src/store/bulk.ts';
import type { Database } from '../../src/store/database.ts';
import { consumed, emit, eventsFor } from '../../src/store/events.ts';
import { ATTRIBUTION } from './attribution.ts';
import { EURO, LEDGER_RULES } from './books.ts';

const MATCHING = { ...DEFAULT_RECONCILE, order: ['salesforce', 'hubspot'] };

const HOUR = 3_600_000;
const CRM = 'salesforce';
const RATES = [EURO];
function shipped(name: string): [file: string, text: string] {
  return [`config/${name}.yaml`, readFileSync(new URL(`../../config/${name}.yaml`, import.meta.url), 'utf8')];
}

const rules = {
  intake: compileIntake(...shipped('intake')),
  scoring: compileScoring(...shipped('scoring')),
};
export const ROUTING = shipped('routing');

export interface PersonRow {
  readonly id: string;
  readonly facts: Partial<PersonFacts>;
  /** `connection object record` of each of its records. */
  readonly records: readonly (readonly [connection: string, object: string, id: string])[];
  /** Addresses it is known by besides that of its facts. */
  readonly emails?: readonly string[];
}

export class Channel {
  /** Epoch milliseconds; moves on by an hour with every step. */
  now = Date.parse('2026-03-02T08:00:00.000Z');
  /** Names the routing rules in the decisions. */
  rulesHash = 'rules-1';
  readonly db: Database;
  #routing = compileRouting(...ROUTING);
  /** The sla.yaml in force; left out, offers have only the time to accept of routing.yaml. */
  sla: SlaRules | undefined;
  /** What was to be told to somebody. */
  readonly told: NoticeEvent[] = [];

  constructor(db: Database) {
    this.db = db;
  }

  get at(): string {
    return new Date(this.now).toISOString();
  }

  /** Routes by another text of routing.yaml from here on, which goes into the store as the first one did. */
  async rules(hash: string, text: string = ROUTING[1]): Promise<void> {
    this.rulesHash = hash;
    this.#routing = compileRouting(ROUTING[0], text);
    await upsert(this.db, 'config_versions', [{ hash, kind: 'routing', file: ROUTING[0], body: text }], ['hash']);
  }

  /** The partner's id. `facts` null: it is a partner no more. */
  async partner(record: string, facts: Partial<EntityValue<'partner'>> | null): Promise<string> {
    const ref = { connection: CRM, object: 'Account', id: record };
    const known = { name: record, status: 'Active' as const, territories: ['DE'], competencies: ['Vault'] };
    const nothing = { ...EMPTY_PARTNER, tier: 'Gold', certifications: [], blackouts: [], domain: null };
    const value = facts === null ? null : { ...nothing, ...known, ...facts };
    await applyPartners(this.db, [{ ...ref, value }], this.at);
    return partnerId(ref);
  }

  async people(people: readonly PersonRow[]): Promise<void> {
    const { db, at } = this;
    await upsert(
      db,
      'people',
      people.map(({ id, facts }) => ({ id, facts: { ...EMPTY_PERSON, ...facts }, merged_into: null, created_at: at })),
      ['id'],
    );
    await upsert(
      db,
      'links',
      people.flatMap(({ id, records }) =>
        records.map(([connection, object, record_id]) => ({
          connection,
          object,
          record_id,
          entity: 'person',
          entity_id: id,
          role: object === 'Lead' ? 'lead' : 'contact',
          link_id: `ln_${record_id.toLowerCase()}`,
          retired: false,
        })),
      ),
      ['connection', 'object', 'record_id'],
    );
    await upsert(
      db,
      'person_keys',
      people.flatMap(({ id, facts, records, emails = [] }) =>
        records.slice(0, 1).flatMap(([connection, object, record_id]) =>
          [...(facts.email ? [facts.email] : []), ...emails].map((key) => ({
            kind: 'email',
            key,
            connection,
            object,
            record_id,
            person_id: id,
          })),
        ),
      ),
      [],
    );
    await emit(
      db,
      people.map(({ id }) => ({ type: 'person.changed' as const, entity: id })),
      at,
    );
  }

  /** A partner answers in the CRM, an hour later. */
  async answer(offer: string, response: OfferResponse, reason: string | null = null): Promise<void> {
    this.now += HOUR;
    const data = { connection: CRM, object: 'Sluice_Offer__c', record: 'a01', response, reason, at: this.at };
    await emit(this.db, [{ type: 'offer.answered', entity: offer, data }], this.at);
  }

  async campaign(record: string, name: string, cost: string | null, currency: string | null = null): Promise<void> {
    const value = { name, cost, currency };
    await applyCampaigns(
      this.db,
      [{ connection: CRM, object: 'Campaign', id: record, value }],
      [CRM, 'hubspot'],
      'USD',
      this.at,
    );
  }

  async touch(record: string, campaign: string, subject: readonly [object: string, id: string]): Promise<void> {
    const [object, id] = subject;
    const touch = {
      subject: { object, id },
      campaign: { object: 'Campaign', id: campaign },
      at: this.at,
      kind: 'response',
    };
    await applyTouches(this.db, [{ connection: CRM, object: 'CampaignMember', id: record, touches: [touch] }], this.at);
  }

  /** A deal with a contact in a role, or with nobody; won unless `change` says otherwise. Returns its id. */
  async deal(
    record: string,
    contact: string | null,
    amount: string,
    change: { currency?: string; isClosed?: boolean; isWon?: boolean } = {},
  ): Promise<string> {
    const { db, at } = this;
    const value = {
      name: `Deal ${record}`,
      account: null,
      amount,
      currency: 'USD',
      stage: 'Some stage',
      isClosed: true,
      isWon: true,
      closeDate: at.slice(0, 10),
      createdAt: null,
      partner: null,
      lead: null,
      ...change,
    };
    const ref = { connection: CRM, object: 'Opportunity', id: record };
    await applyOpportunities(db, [{ ...ref, value }], 'USD', at);
    if (contact !== null) {
      const role = { opportunity: record, contact, primary: true };
      await applyContactRoles(
        db,
        [{ connection: CRM, object: 'OpportunityContactRole', id: `${record}-${contact}`, value: role }],
        at,
      );
    }
    return opportunityId(ref);
  }

  /** Something happens to the record of a person, an hour later: the CRM says that its partner is at work. */
  async worked(record: readonly [connection: string, object: string, id: string]): Promise<void> {
    this.now += HOUR;
    const [connection, object, id] = record;
    await emit(
      this.db,
      [{ type: 'lead.worked', entity: id, data: { connection, object, record: id, at: this.at } }],
      this.at,
    );
  }

  /** Goes on at that instant. */
  async decideAt(instant: string): Promise<void> {
    this.now = Date.parse(instant) - HOUR;
    await this.decide();
  }

  /** Leads are released and scored, and wait for the router. */
  async release(): Promise<void> {
    const events = await eventsFor(this.db, 'leads', LEAD_EVENTS, 1_000);
    await react(this.db, events, { ...rules, sla: this.sla }, this.now);
    await consumed(this.db, 'leads', events.at(-1)?.id ?? '0');
  }

  /** An hour later everything that follows is decided, as a run does. */
  async decide(): Promise<void> {
    this.now += HOUR;
    const { db, at } = this;
    await keepRates(db, EURO.source, RATES, at);
    for (;;) {
      await tellStatements(db, 500, at);
      const events = await eventsFor(db, 'leads', LEAD_EVENTS, 1_000);
      if (events.length > 0) {
        const touched = await react(db, events, { ...rules, sla: this.sla }, this.now);
        await routeWaitersOf(db, [...touched.withRoom], coverageOf(this.#routing));
        await consumed(db, 'leads', events.at(-1)?.id ?? '0');
        continue;
      }
      const booking = await eventsFor(db, 'revenue', REVENUE_EVENTS, 1_000);
      if (booking.length > 0) {
        await db
          .transaction()
          .execute(async (tx) =>
            reconcileDeals(tx, await dealsConcerned(tx, booking), ATTRIBUTION, at, LEDGER_RULES, MATCHING),
          );
        await consumed(db, 'revenue', booking.at(-1)?.id ?? '0');
        continue;
      }
      const due = await db.transaction().execute((tx) => fireDue(tx, this.now, 1_000, this.sla, ['salesforce Lead']));
      this.told.push(...due.notices);
      await routeWaitersOf(db, [...due.withRoom], coverageOf(this.#routing));
      if (due.fired > 0) continue;
      const routed = await db
        .transaction()
        .execute((tx) => routeWaiting(tx, this.#routing, this.rulesHash, this.now, 1_000, [], null, this.sla ?? null));
      if (routed.count === 0) return;
    }
  }

  async leadOf(
    person: string,
  ): Promise<{ id: string; state: string; offer_id: string | null; partner_id: string | null }> {
    return this.db
      .selectFrom('leads')
      .select(['id', 'state', 'offer_id', 'partner_id'])
      .where('person_id', '=', person)
      .executeTakeFirstOrThrow();
  }

  /** The open offer of a person's lead. */
  async offerOf(person: string): Promise<string> {
    const { offer_id } = await this.leadOf(person);
    if (offer_id === null) throw new Error(`${person} has no offer`);
    return offer_id;
  }
}

export const anna: PersonRow = {
  id: 'pe_anna',
  facts: {
    firstName: 'Anna',
    lastName: 'Schmidt',
    email: 'anna.schmidt@acme.de',
    title: 'Head of IT',
    companyName: 'Acme GmbH',
    domain: 'acme.de',
    country: 'DE',
    employees: 300,
    product: 'Vault',
    stage: 'mql',
  },
  records: [
    ['salesforce', 'Lead', '00Q5e00001AbCdEEAV'],
    ['hubspot', 'contacts', '48213377190'],
  ],
  emails: ['it@acme.de'],
};

/** Somebody else at the same company, of grade C. */
export const bert: PersonRow = {
  id: 'pe_bert',
  facts: { ...anna.facts, firstName: 'Bert', lastName: 'Öztürk', email: 'bert@acme.de', title: 'Clerk', employees: 60 },
  records: [['salesforce', 'Contact', '0035e00001XyZabAAB']],
  emails: ['it@acme.de'],
};
