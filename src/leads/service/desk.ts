import type { Lead, Score } from '../../model/lead.ts';
import type { Offer } from '../../model/offer.ts';
import type { Queryable } from '../../store/database.ts';
import { type LeadEvent, leadAfter } from '../lead-after.ts';
import {
  type LeadRecord,
  loadLeads,
  loadOffers,
  nextSeq,
  type OfferRecord,
  saveLeads,
  saveOffers,
  tellOfLeads,
} from './lead-store.ts';

/** Leads and offers that the CRMs may have to be told of, as they stand now. */
export interface Touched {
  readonly leads: ReadonlyMap<string, LeadRecord>;
  readonly offers: ReadonlyMap<string, OfferRecord>;
  /** Partners that have room again. */
  readonly withRoom: ReadonlySet<string>;
}

/** The leads and offers of one batch: loaded once, changed in memory, saved together at the end. */
export class Desk {
  readonly #tx: Queryable;
  readonly #at: string;
  readonly #leads = new Map<string, LeadRecord>();
  readonly #before = new Map<string, Lead>();
  readonly #offers = new Map<string, OfferRecord>();
  readonly #changedLeads = new Set<string>();
  readonly #changedOffers = new Set<string>();
  readonly #touchedLeads = new Set<string>();
  readonly #touchedOffers = new Set<string>();
  readonly #freed = new Set<string>();

  /** @param at ISO instant of whatever happens here */
  constructor(tx: Queryable, at: string) {
    this.#tx = tx;
    this.#at = at;
  }

  /** Puts loaded leads and offers on the desk; one that lies there already stays as it has become. */
  hold(leads: readonly LeadRecord[], offers: readonly OfferRecord[] = []): void {
    for (const record of leads) {
      if (this.#leads.has(record.lead.id)) continue;
      this.#leads.set(record.lead.id, record);
      this.#before.set(record.lead.id, record.lead);
    }
    for (const record of offers) if (!this.#offers.has(record.offer.id)) this.#offers.set(record.offer.id, record);
  }

  /** Loads leads by a column and puts them on the desk, each with the offer that it stands on. */
  async load(by: 'id' | 'person_id', ids: readonly string[]): Promise<LeadRecord[]> {
    const leads = await loadLeads(this.#tx, by, ids);
    const offerIds = leads.flatMap(({ lead }) => lead.offerId ?? []);
    this.hold(leads, await loadOffers(this.#tx, 'id', offerIds));
    return leads;
  }

  lead(id: string): LeadRecord | undefined {
    return this.#leads.get(id);
  }

  offer(id: string): OfferRecord | undefined {
    return this.#offers.get(id);
  }

  add(record: LeadRecord): void {
    this.#change(record);
  }

  /** Lets an event act on a lead; true where it changed anything. */
  happen(leadId: string, event: LeadEvent, more: Partial<LeadRecord> = {}): boolean {
    const record = this.#leads.get(leadId);
    if (record === undefined) return false;
    const next = leadAfter(record.lead, event);
    if (next === record.lead) return false;
    // Whatever the lead has become, the router looks at it again only where it is new.
    this.#change({ ...record, lead: next, toRoute: next.state === 'New', waitsFor: null, ...more });
    return true;
  }

  rescore(leadId: string, score: Score): void {
    const record = this.#leads.get(leadId);
    if (record) this.#change({ ...record, lead: { ...record.lead, score } });
  }

  /** Lets the router look at a lead again, which stays as it is until then. */
  routeAgain(leadId: string): void {
    const record = this.#leads.get(leadId);
    if (record) this.#change({ ...record, toRoute: true });
  }

  /** The lead itself stays as it is, but its records may not show it yet. */
  touchLead(leadId: string): void {
    if (this.#leads.has(leadId)) this.#touchedLeads.add(leadId);
  }

  touchOffer(offerId: string): void {
    if (this.#offers.has(offerId)) this.#touchedOffers.add(offerId);
  }

  /** `frees`: the partner has room again. */
  changeOffer(record: OfferRecord, offer: Offer, frees: boolean): void {
    this.#offers.set(offer.id, { ...record, offer });
    this.#changedOffers.add(offer.id);
    this.#touchedOffers.add(offer.id);
    if (frees && record.freedSeq === null) this.#freed.add(offer.id);
  }

  /** The partner has room again: the lead of this offer is closed. */
  free(offerId: string | null): void {
    const record = offerId === null ? undefined : this.#offers.get(offerId);
    if (record === undefined || record.freedSeq !== null) return;
    this.#changedOffers.add(record.offer.id);
    this.#freed.add(record.offer.id);
  }

  /**
   * Saves what changed. With `holdBack` the leads that are for the router are only told of: it gets them from the desk, without
   * a way through the store, and saves them with what they become.
   * @returns the leads held back
   */
  async save(holdBack = false): Promise<LeadRecord[]> {
    const numbers = await nextSeq(this.#tx, this.#freed.size);
    for (const [n, id] of [...this.#freed].entries()) {
      const record = this.#offers.get(id);
      if (record) this.#offers.set(id, { ...record, freedSeq: numbers[n] ?? null });
    }
    await saveOffers(this.#tx, pick(this.#offers, this.#changedOffers));
    const changed = pick(this.#leads, this.#changedLeads);
    const held = holdBack ? changed.filter(({ toRoute }) => toRoute) : [];
    const ids = new Set(held.map(({ lead }) => lead.id));
    await saveLeads(
      this.#tx,
      changed.filter(({ lead }) => !ids.has(lead.id)),
      this.#before,
      this.#at,
    );
    await tellOfLeads(this.#tx, held, this.#before, this.#at);
    return held;
  }

  touched(): Touched {
    return {
      leads: new Map(pick(this.#leads, this.#touchedLeads).map((record) => [record.lead.id, record])),
      offers: new Map(pick(this.#offers, this.#touchedOffers).map((record) => [record.offer.id, record])),
      withRoom: new Set(pick(this.#offers, this.#freed).map(({ offer }) => offer.partnerId)),
    };
  }

  #change(record: LeadRecord): void {
    this.#leads.set(record.lead.id, record);
    this.#changedLeads.add(record.lead.id);
    this.#touchedLeads.add(record.lead.id);
  }
}

function pick<T>(from: ReadonlyMap<string, T>, ids: ReadonlySet<string>): T[] {
  return [...ids].flatMap((id) => from.get(id) ?? []);
}
