import { sql } from 'kysely';
import type { Grade, Lead, LeadState, ScoreReason } from '../../model/lead.ts';
import type { Offer, OfferResponse, OfferStatus } from '../../model/offer.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit, type NewEvent } from '../../store/events.ts';
import type { LeadKind } from '../market.ts';
import type { OfferTerms } from '../offer-terms.ts';

/** A lead with what only the router needs of it. */
export interface LeadRecord {
  readonly lead: Lead;
  /** Partners that declined it, by rejection or silence. */
  readonly declined: readonly string[];
  /** Offers made so far. */
  readonly rounds: number;
  /** Whether the router is to look at it. */
  readonly toRoute: boolean;
  /** What would have to change before another partner can be found; null: nothing is waited for. */
  readonly waitsFor: 'capacity' | 'coverage' | null;
  /** The auction that it is in. */
  readonly auction?: Auction | null;
  /** Routes of auctions in which nobody claimed it in time. */
  readonly lapsed?: readonly string[];
  /** When the router is to look at it again whatever happens (ISO): partners have time again. */
  readonly retryAt?: string | null;
}

/** A lead that some partners may claim. */
export interface Auction {
  readonly route: string;
  readonly seenBy: readonly string[];
  /** ISO instant. */
  readonly until: string;
}

/** Loads leads by a column: their own ids, or those of their persons or offers. */
export async function loadLeads(tx: Queryable, by: 'id' | 'person_id', ids: readonly string[]): Promise<LeadRecord[]> {
  if (ids.length === 0) return [];
  const rows = await tx.selectFrom('leads').selectAll().where(among(by, ids)).orderBy('id').execute();
  return rows.map(leadRecord);
}

/** The leads that the router is to look at, in the order in which they were released. */
export async function leadsToRoute(tx: Queryable, limit: number): Promise<LeadRecord[]> {
  const rows = await tx
    .selectFrom('leads')
    .selectAll()
    .where('to_route', '=', true)
    .orderBy('released_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(leadRecord);
}

/** Leads of the pool, those released first first; those after one of them where it is given. */
export async function loadPool(tx: Queryable, limit: number, after: LeadRecord | null = null): Promise<LeadRecord[]> {
  const rows = await tx
    .selectFrom('leads')
    .selectAll()
    .where('state', '=', 'In pool')
    .$if(after !== null, (query) =>
      query.where(sql<boolean>`(released_at, id) > (${after?.lead.releasedAt}::timestamptz, ${after?.lead.id})`),
    )
    .orderBy('released_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(leadRecord);
}

/** Lets the router look at leads whose partners have time again, and at those that nobody claimed in their auction. */
export async function wakeWaiting(tx: Queryable, now: string): Promise<void> {
  await sql`update leads set to_route = true, retry_at = null,
      lapsed = case when (auction->>'until')::timestamptz <= ${now}::timestamptz
        then lapsed || jsonb_build_array(auction->'route') else lapsed end,
      auction = case when (auction->>'until')::timestamptz <= ${now}::timestamptz then null else auction end
    where retry_at <= ${now}::timestamptz`.execute(tx);
}

/** Leads that the router looked at again to no avail and that are worth another look at an instant. */
export async function retryLater(tx: Queryable, leadIds: readonly string[], at: string): Promise<void> {
  if (leadIds.length === 0) return;
  await tx.updateTable('leads').set({ retry_at: at }).where(among('id', leadIds)).execute();
}

/** Leads that the router looked at again to no avail: they wait on. */
export async function leaveWaiting(tx: Queryable, leadIds: readonly string[]): Promise<void> {
  if (leadIds.length === 0) return;
  await tx.updateTable('leads').set({ to_route: false }).where(among('id', leadIds)).execute();
}

/** What a partner must cover before any route would give it a lead. */
export interface Coverage {
  readonly territory: boolean;
  readonly competency: boolean;
}

/** Lets leads that wait for room be routed again where one of these partners, which have some now, covers them. */
export async function routeWaitersOf(tx: Queryable, partnerIds: readonly string[], coverage: Coverage): Promise<void> {
  if (partnerIds.length === 0) return;
  const fact = (name: string) => sql`p.facts->>${sql.lit(name)}`;
  const within = (list: string, name: string) =>
    sql`and (${fact(name)} is null or t.facts->${sql.lit(list)} ? (${fact(name)}))`;
  await sql`update leads set to_route = true from people p
    where leads.waits_for = 'capacity' and p.id = leads.person_id and exists (select from partners t
      where t.id = any(${partnerIds}::text[])
        ${coverage.territory ? within('territories', 'country') : sql``}
        ${coverage.competency ? within('competencies', 'product') : sql``})`.execute(tx);
}

type LeadRow = Awaited<ReturnType<typeof selectRow>>;
function selectRow(tx: Queryable) {
  return tx.selectFrom('leads').selectAll().executeTakeFirstOrThrow();
}

function leadRecord(row: LeadRow): LeadRecord {
  const { score, grade } = row;
  return {
    lead: {
      id: row.id,
      personId: row.person_id,
      state: row.state as LeadState,
      reason: row.reason,
      score:
        score === null || grade === null
          ? null
          : { score, grade: grade as Grade, reasons: row.score_reasons as ScoreReason[] },
      partnerId: row.partner_id,
      offerId: row.offer_id,
      releasedAt: row.released_at,
      acceptBy: row.accept_by,
    },
    declined: row.declined,
    rounds: row.rounds,
    toRoute: row.to_route,
    waitsFor: row.waits_for as LeadRecord['waitsFor'],
    auction: row.auction as Auction | null,
    lapsed: row.lapsed,
    retryAt: row.retry_at,
  };
}

/** Saves leads and tells of every change of state with its reason. `before` has those that were there already. */
export async function saveLeads(
  tx: Queryable,
  leads: readonly LeadRecord[],
  before: ReadonlyMap<string, Lead>,
  at: string,
): Promise<void> {
  await upsert(
    tx,
    'leads',
    leads.map(({ lead, ...rest }) => ({
      id: lead.id,
      person_id: lead.personId,
      state: lead.state,
      reason: lead.reason,
      score: lead.score?.score ?? null,
      grade: lead.score?.grade ?? null,
      score_reasons: lead.score?.reasons ?? [],
      partner_id: lead.partnerId,
      offer_id: lead.offerId,
      released_at: lead.releasedAt,
      accept_by: lead.acceptBy,
      declined: rest.declined,
      rounds: rest.rounds,
      to_route: rest.toRoute,
      waits_for: rest.waitsFor,
      auction: rest.auction ?? null,
      lapsed: rest.lapsed ?? [],
      retry_at: rest.retryAt ?? null,
      updated_at: at,
    })),
    ['id'],
  );
  await tellOfLeads(tx, leads, before, at);
}

/** Tells of every change of state with its reason. */
export async function tellOfLeads(
  tx: Queryable,
  leads: readonly LeadRecord[],
  before: ReadonlyMap<string, Lead>,
  at: string,
): Promise<void> {
  const moved = leads.flatMap(({ lead }): NewEvent[] => {
    const old = before.get(lead.id);
    if (old && old.state === lead.state && old.reason === lead.reason) return [];
    return [
      {
        type: 'lead.state',
        entity: lead.id,
        data: { from: old?.state ?? null, to: lead.state, why: lead.reason, partner: lead.partnerId },
      },
    ];
  });
  await emit(tx, moved, at);
}

export interface OfferRecord {
  readonly offer: Offer;
  readonly openedSeq: string;
  /** Place in the common order at which the partner had room again; null: it still holds the lead. */
  readonly freedSeq: string | null;
  /** Under which policy it was made; null: only the time to accept that routing.yaml gave. */
  readonly terms: OfferTerms | null;
  /** How routing came to it; null for what was made before this was kept. */
  readonly made: OfferMade | null;
  /** How it had ended when the partner had room again. */
  readonly outcome: OfferOutcome | null;
}

/** By which route an offer was made, and what its lead was then. */
export interface OfferMade extends Partial<LeadKind> {
  readonly route: string | null;
  /** How the lead's company is known again (see accountKeyOf): its domain, else `name` and a key of its name. */
  readonly domain?: string;
  /** Where the partner's turn began, for a route that hands leads out by shares. */
  readonly turn?: number;
}

export const OFFER_OUTCOMES = ['won', 'lost', 'no decision', 'rejected', 'expired', 'recalled'] as const;
export type OfferOutcome = (typeof OFFER_OUTCOMES)[number];

export async function loadOffers(tx: Queryable, by: 'id' | 'lead_id', ids: readonly string[]): Promise<OfferRecord[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .selectFrom('offers')
    .selectAll()
    .where(among(by, ids))
    .orderBy('lead_id')
    .orderBy('round')
    .execute();
  return rows.map(offerRecord);
}

/** Open offers without a policy whose deadline is over at `now`, the most overdue first; for the others timers are kept. */
export async function dueOffers(tx: Queryable, now: string, limit: number): Promise<OfferRecord[]> {
  const rows = await tx
    .selectFrom('offers')
    .selectAll()
    .where('status', '=', 'Open')
    .where('terms', 'is', null)
    .where('accept_by', '<', now)
    .orderBy('accept_by')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(offerRecord);
}

type OfferRow = Awaited<ReturnType<typeof selectOffer>>;
function selectOffer(tx: Queryable) {
  return tx.selectFrom('offers').selectAll().executeTakeFirstOrThrow();
}

function offerRecord(row: OfferRow): OfferRecord {
  return {
    offer: {
      id: row.id,
      leadId: row.lead_id,
      partnerId: row.partner_id,
      status: row.status as OfferStatus,
      round: row.round,
      offeredAt: row.offered_at,
      acceptBy: row.accept_by,
      closedAt: row.closed_at,
      response: row.response as OfferResponse | null,
      responseReason: row.response_reason,
    },
    openedSeq: row.opened_seq,
    freedSeq: row.freed_seq,
    terms: row.terms as OfferTerms | null,
    made: row.made as OfferMade | null,
    outcome: row.outcome as OfferOutcome | null,
  };
}

export async function saveOffers(tx: Queryable, offers: readonly OfferRecord[]): Promise<void> {
  await upsert(
    tx,
    'offers',
    offers.map(({ offer, openedSeq, freedSeq, terms, made, outcome }) => ({
      id: offer.id,
      lead_id: offer.leadId,
      partner_id: offer.partnerId,
      status: offer.status,
      round: offer.round,
      offered_at: offer.offeredAt,
      accept_by: offer.acceptBy,
      closed_at: offer.closedAt,
      response: offer.response,
      response_reason: offer.responseReason,
      opened_seq: openedSeq,
      freed_seq: freedSeq,
      terms,
      made,
      outcome,
    })),
    ['id'],
  );
}

/** The next `count` places in the common order of everything that routing depends on. */
export async function nextSeq(tx: Queryable, count: number): Promise<string[]> {
  if (count === 0) return [];
  const { rows } = await sql<{ seq: string }>`select nextval('seq') as seq from generate_series(1, ${count})`.execute(
    tx,
  );
  return rows.map((row) => row.seq);
}
