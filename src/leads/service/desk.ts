import type { Lead, Score } from '../../model/lead.ts';
import type { Offer } from '../../model/offer.ts';
import type { Queryable } from '../../store/database.ts';
import { type LeadEvent, leadAfter } from '../lead-after.ts';
import {
  type LeadRecord,
  loadLeads,
  loadOffers,
  nextSeq,
  type OfferOutcome,
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
  /** Offers whose clock has to be looked at for something that changed neither them nor their lead. */
  readonly #ticking = new Set<string>();

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

  /** Puts loaded offers on the desk, with the leads that they are of. */
  async holdOffers(offers: readonly OfferRecord[]): Promise<void> {
    const leadIds = offers.map(({ offer }) => offer.leadId);
    this.hold(await loadLeads(this.#tx, 'id', leadIds), offers);
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
    this.#change({ ...record, lead: next, toRoute: next.state === 'New', waitsFor: null, ...UNAUCTIONED, ...more });
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

  /** An open offer stands until another instant (ISO), and so says its lead. */
  moveDeadline(record: OfferRecord, acceptBy: string): void {
    const { offer } = record;
    if (offer.acceptBy === acceptBy) return;
    this.changeOffer(record, { ...offer, acceptBy }, false);
    const lead = this.#leads.get(offer.leadId);
    if (lead?.lead.offerId === offer.id && lead.lead.acceptBy !== null)
      this.#change({ ...lead, lead: { ...lead.lead, acceptBy } });
  }

  /** `frees`: the partner has room again. */
  changeOffer(record: OfferRecord, offer: Offer, frees: boolean): void {
    this.#offers.set(offer.id, { ...record, offer });
    this.#changedOffers.add(offer.id);
    this.#touchedOffers.add(offer.id);
    if (frees && record.freedSeq === null) this.#freed.add(offer.id);
  }

  /** Something happened that only the clock of an offer minds. */
  tick(offerId: string): void {
    if (this.#offers.has(offerId)) this.#ticking.add(offerId);
  }

  /** The offers whose clocks may go otherwise than before: they changed, their lead did, or they were told to tick. */
  ticking(): OfferRecord[] {
    const ofLeads = [...this.#changedLeads].flatMap((id) => [
      this.#before.get(id)?.offerId ?? [],
      this.#leads.get(id)?.lead.offerId ?? [],
    ]);
    return pick(this.#offers, new Set([...this.#changedOffers, ...this.#ticking, ...ofLeads.flat()]));
  }

  /** Leads that their partner has given back, or lost, each with the offer that ended. */
  givenBack(): { readonly record: LeadRecord; readonly offer: OfferRecord }[] {
    return [...this.#changedLeads].flatMap((id) => {
      const record = this.#leads.get(id);
      const offer = this.#offers.get(this.#before.get(id)?.offerId ?? '');
      return record?.lead.state === 'New' && offer !== undefined && offer.offer.status !== 'Open'
        ? [{ record, offer }]
        : [];
    });
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
      if (record) this.#offers.set(id, { ...record, freedSeq: numbers[n] ?? null, outcome: this.#outcomeOf(record) });
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

  /** How an offer ended that gives its partner room. */
  #outcomeOf({ offer }: OfferRecord): OfferOutcome | null {
    if (offer.status !== 'Accepted') return offer.status === 'Open' ? null : ENDED[offer.status];
    const state = this.#leads.get(offer.leadId)?.lead.state;
    return state === 'Won' || state === 'Lost' || state === 'No decision' ? CLOSED[state] : null;
  }

  #change(record: LeadRecord): void {
    this.#leads.set(record.lead.id, record);
    this.#changedLeads.add(record.lead.id);
    this.#touchedLeads.add(record.lead.id);
  }
}

/** Whatever happens to a lead ends its auction, and there is no time to wait for. */
const UNAUCTIONED = { auction: null, retryAt: null } as const;

const ENDED = { Rejected: 'rejected', Expired: 'expired', Recalled: 'recalled' } as const;
const CLOSED = { Won: 'won', Lost: 'lost', 'No decision': 'no decision' } as const;

function pick<T>(from: ReadonlyMap<string, T>, ids: ReadonlySet<string>): T[] {
  return [...ids].flatMap((id) => from.get(id) ?? []);
}
