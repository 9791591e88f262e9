/** Why a lead is where it is: what is known of it, and every decision on it, replayed. */
import { sql } from 'kysely';
import type { Grade, LeadState, ScoreReason } from '../../model/lead.ts';
import type { OfferResponse, OfferStatus } from '../../model/offer.ts';
import type { PartnerFacts } from '../../model/partner.ts';
import { type PersonFacts, personOf } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import type { Routing } from '../routing.ts';
import { viewOffersOf } from './offer-clock.ts';
import type { OfferClockView } from './offer-text.ts';
import { type ExplainedDecision, replayDecisions } from './replay.ts';
import { loadStatements, saidWords } from './statements.ts';
import type { SlaRules } from './terms.ts';
import { noticesOfLead, type ToldNotice } from './told.ts';

/** A partner and the CRM record that it is. */
export interface PartnerMention {
  readonly id: string;
  readonly name: string;
  readonly connection: string | null;
  readonly recordId: string | null;
}

export interface ExplainedLink {
  readonly linkId: string;
  readonly connection: string;
  readonly object: string;
  readonly recordId: string;
  readonly role: string;
  /** The record is gone from the CRM. */
  readonly retired: boolean;
}

export interface ExplainedOffer extends OfferClockView {
  readonly id: string;
  readonly partner: PartnerMention;
  readonly status: OfferStatus;
  readonly round: number;
  readonly offeredAt: string;
  readonly acceptBy: string;
  readonly closedAt: string | null;
  readonly response: OfferResponse | null;
  readonly responseReason: string | null;
}

/** What a partner said: `answered` counted; `late` and `contradiction` did not. */
export interface ExplainedFeedback {
  readonly offerId: string;
  readonly partner: PartnerMention;
  readonly kind: string;
  readonly response: string;
  readonly reason: string | null;
  /** The connection it came through. */
  readonly via: string;
  readonly at: string;
}

/** What a partner stated of the lead beside its answer, and what that came to. */
export interface ExplainedStatement {
  readonly offerId: string;
  readonly partner: PartnerMention;
  /** `waiting` until a run lets it act. */
  readonly kind: string;
  readonly effect: string | null;
  /** In words. */
  readonly said: readonly string[];
  readonly via: string;
  readonly at: string;
}

export interface ExplainedNotice extends ToldNotice {
  readonly partner: PartnerMention;
}

export interface StateChange {
  readonly at: string;
  readonly from: LeadState | null;
  readonly to: LeadState;
  readonly why: string;
  readonly partner: PartnerMention | null;
}

export interface LeadExplanation {
  readonly lead: {
    readonly id: string;
    readonly personId: string;
    readonly state: LeadState;
    readonly reason: string;
    readonly score: number | null;
    readonly grade: Grade | null;
    readonly partner: PartnerMention | null;
    readonly offerId: string | null;
    readonly releasedAt: string;
    readonly acceptBy: string | null;
    readonly updatedAt: string;
  };
  readonly person: PersonFacts;
  readonly scoreReasons: readonly ScoreReason[];
  readonly links: readonly ExplainedLink[];
  /** First round first. */
  readonly offers: readonly ExplainedOffer[];
  /** Oldest first, like all below. */
  readonly feedback: readonly ExplainedFeedback[];
  readonly statements: readonly ExplainedStatement[];
  readonly notices: readonly ExplainedNotice[];
  readonly history: readonly StateChange[];
  readonly decisions: readonly ExplainedDecision[];
  /** What the partners that occur in the traces are called, by id. */
  readonly partnerNames: Readonly<Record<string, string>>;
}

/**
 * Explains a lead. Every decision is replayed: the partners as they stood before it, the rules of its time, its inputs.
 * `compileRoutingOf` compiles a stored version of routing.yaml; deadlines are those at `desk.now`. Rejects where there is no such lead (see `findLead`).
 */
export async function explainLead(
  db: Queryable,
  leadId: string,
  compileRoutingOf: (body: string, file: string) => Routing,
  desk: { readonly now: number; readonly sla?: SlaRules | undefined },
): Promise<LeadExplanation> {
  const lead = await db
    .selectFrom('leads')
    .innerJoin('people', 'people.id', 'leads.person_id')
    .selectAll('leads')
    .select('people.facts')
    .where('leads.id', '=', leadId)
    .executeTakeFirst();
  if (lead === undefined) throw new RangeError(`there is no lead ${leadId}`);
  const partners = await partnerMentions(db);
  const mention = (id: string): PartnerMention =>
    partners.get(id) ?? { id, name: id, connection: null, recordId: null };
  const names = new Map([...partners].map(([id, partner]) => [id, partner.name]));
  const decisions = await replayDecisions(db, leadId, compileRoutingOf, names);
  return {
    lead: {
      id: lead.id,
      personId: lead.person_id,
      state: lead.state as LeadState,
      reason: lead.reason,
      score: lead.score,
      grade: lead.grade as Grade | null,
      partner: lead.partner_id === null ? null : mention(lead.partner_id),
      offerId: lead.offer_id,
      releasedAt: lead.released_at,
      acceptBy: lead.accept_by,
      updatedAt: lead.updated_at,
    },
    person: personOf(lead.facts),
    scoreReasons: lead.score_reasons as ScoreReason[],
    links: await linksOf(db, lead.person_id),
    offers: await offersOf(db, leadId, mention, desk),
    feedback: await feedbackOf(db, leadId, mention),
    statements: (await loadStatements(db, 'lead_id', [leadId])).map((each) => ({
      offerId: each.offerId,
      partner: mention(each.partnerId),
      kind: each.kind,
      effect: each.effect,
      said: saidWords(each.said),
      via: each.via,
      at: each.at,
    })),
    notices: (await noticesOfLead(db, leadId)).map((each) => ({ ...each, partner: mention(each.partnerId) })),
    history: await historyOf(db, leadId, mention),
    decisions,
    partnerNames: Object.fromEntries(
      [...partnersIn(decisions)].sort().map((id): [string, string] => [id, names.get(id) ?? id]),
    ),
  };
}

async function partnerMentions(db: Queryable): Promise<Map<string, PartnerMention>> {
  const rows = await db.selectFrom('partners').select(['id', 'connection', 'record_id', 'facts']).execute();
  return new Map(
    rows.map(({ id, connection, record_id, facts }) => [
      id,
      { id, name: (facts as PartnerFacts).name, connection, recordId: record_id },
    ]),
  );
}

function partnersIn(decisions: readonly ExplainedDecision[]): Set<string> {
  return new Set(
    decisions.flatMap(
      ({ trace }) => trace?.routes.flatMap((route) => route.candidates.map((each) => each.partnerId)) ?? [],
    ),
  );
}

async function linksOf(db: Queryable, personId: string): Promise<ExplainedLink[]> {
  const rows = await db
    .selectFrom('links')
    .selectAll()
    .where('entity_id', '=', personId)
    .where('entity', 'in', ['person', 'deal'])
    .orderBy('connection')
    .orderBy('object')
    .orderBy('record_id')
    .execute();
  return rows.map((row) => ({
    linkId: row.link_id,
    connection: row.connection,
    object: row.object,
    recordId: row.record_id,
    role: row.role,
    retired: row.retired,
  }));
}

type Mention = (id: string) => PartnerMention;

async function offersOf(
  db: Queryable,
  leadId: string,
  mention: Mention,
  { now, sla }: { readonly now: number; readonly sla?: SlaRules | undefined },
): Promise<ExplainedOffer[]> {
  const rows = await db.selectFrom('offers').selectAll().where('lead_id', '=', leadId).orderBy('round').execute();
  const views = new Map((await viewOffersOf(db, leadId, now, sla)).map((view) => [view.id, view]));
  return rows.map((row) => {
    const view = views.get(row.id);
    return {
      id: row.id,
      partner: mention(row.partner_id),
      status: row.status as OfferStatus,
      round: row.round,
      offeredAt: row.offered_at,
      acceptBy: row.accept_by,
      closedAt: row.closed_at,
      response: row.response as OfferResponse | null,
      responseReason: row.response_reason,
      policy: view?.policy ?? null,
      calendar: view?.calendar ?? null,
      pausedFor: view?.pausedFor ?? null,
      deadlines: view?.deadlines ?? [],
      marks: view?.marks ?? [],
    };
  });
}

async function feedbackOf(db: Queryable, leadId: string, mention: Mention): Promise<ExplainedFeedback[]> {
  const rows = await db
    .selectFrom('feedback')
    .innerJoin('offers', 'offers.id', 'feedback.offer_id')
    .selectAll('feedback')
    .select('offers.partner_id')
    .where('offers.lead_id', '=', leadId)
    .orderBy('feedback.at')
    .orderBy('feedback.id')
    .execute();
  return rows.map((row) => ({
    offerId: row.offer_id,
    partner: mention(row.partner_id),
    kind: row.kind,
    response: row.response,
    reason: row.reason,
    via: row.via,
    at: row.at,
  }));
}

async function historyOf(db: Queryable, leadId: string, mention: Mention): Promise<StateChange[]> {
  const found = await sql<{
    at: string;
    data: { from: LeadState | null; to: LeadState; why: string; partner: string | null };
  }>`select at, data from events where entity_id = ${leadId} and type = 'lead.state' order by id`.execute(db);
  return found.rows.map(({ at, data }) => ({
    at,
    from: data.from,
    to: data.to,
    why: data.why,
    partner: data.partner === null || data.partner === undefined ? null : mention(data.partner),
  }));
}
