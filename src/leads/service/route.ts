/** Routes the leads that wait for it, in the order of their release; one transaction at a time routes for the vendor. */
import { sql } from 'kysely';
import type { Lead } from '../../model/lead.ts';
import type { PartnerState } from '../../model/partner.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { compactDecision, decisionHash } from '../decision.ts';
import { leadAfter } from '../lead-after.ts';
import { openOffer } from '../offers.ts';
import { foldDecision, type RoutableLead, routeLead } from '../route-lead.ts';
import type { Routing } from '../routing.ts';
import { loadPartners, loadPeople, loadTouchFacts } from './facts.ts';
import {
  type LeadRecord,
  leadsToRoute,
  leaveWaiting,
  nextSeq,
  type OfferRecord,
  saveLeads,
  saveOffers,
} from './lead-store.ts';

/** Key of the advisory lock that lets one router at a time decide. */
const ROUTER_LOCK = 7_583_422;

export interface Routed {
  /** Leads from the store that were looked at; fewer than the limit: none is left to route. */
  readonly count: number;
  /** As they have become. */
  readonly leads: readonly LeadRecord[];
  readonly offers: readonly OfferRecord[];
  /** The partners with what they have been given; null where they were not looked at. */
  readonly partners: readonly PartnerState[] | null;
}

/**
 * Routes up to `limit` leads that wait in the store, and all that are `held`: leads that wait, too, and are not saved yet.
 * In the caller's transaction. `standing`: the partners as the last routing left them, where nothing has happened since.
 */
export async function routeWaiting(
  tx: Queryable,
  routing: Routing,
  configHash: string,
  now: number,
  limit: number,
  held: readonly LeadRecord[] = [],
  standing: readonly PartnerState[] | null = null,
): Promise<Routed> {
  await sql`select pg_advisory_xact_lock(${sql.lit(ROUTER_LOCK)})`.execute(tx);
  const stored = await leadsToRoute(tx, limit);
  const unsaved = new Set(held.map(({ lead }) => lead.id));
  const waiting = [...stored.filter(({ lead }) => !unsaved.has(lead.id)), ...held].sort(inOrderOfRelease);
  if (waiting.length === 0) return { count: stored.length, leads: [], offers: [], partners: standing };
  const at = new Date(now).toISOString();
  const personIds = waiting.map(({ lead }) => lead.personId);
  const people = await loadPeople(tx, personIds);
  const touches = await loadTouchFacts(tx, personIds, now);
  let partners = standing ?? (await loadPartners(tx, null));
  const places = await nextSeq(tx, waiting.length);
  const saved: LeadRecord[] = [];
  const asBefore: string[] = [];
  const offers: OfferRecord[] = [];
  const decisions: Record<string, unknown>[] = [];
  for (const [n, record] of waiting.entries()) {
    const { lead } = record;
    const person = people.get(lead.personId);
    const seq = places[n];
    if (person === undefined || seq === undefined || lead.score === null) {
      throw new Error(`lead ${lead.id} waits to be routed but has no ${person === undefined ? 'person' : 'score'}`);
    }
    const inputs: RoutableLead = {
      id: lead.id,
      person,
      score: lead.score,
      touches: touches.get(lead.personId) ?? { count: 0, campaigns: 0, daysSinceLast: null },
      declined: record.declined,
      rounds: record.rounds,
    };
    const decision = routeLead(inputs, partners, routing);
    const offer = decision.outcome === 'offer' ? openOffer(lead, decision, now, record.rounds + 1) : null;
    const next = leadAfter(lead, { kind: 'decided', decision, offer });
    const waitsFor = decision.cause === 'capacity' ? 'capacity' : decision.cause === 'uncovered' ? 'coverage' : null;
    // Asked again to no avail: the decision that stands already says so. How many are full just now is no news.
    const stillFull = waitsFor === 'capacity' && record.waitsFor === 'capacity' && next.state === lead.state;
    if (!offer && (next === lead || stillFull)) {
      if (unsaved.has(lead.id)) saved.push({ ...record, toRoute: false });
      else asBefore.push(lead.id);
      continue;
    }
    saved.push({ ...record, lead: next, rounds: record.rounds + (offer ? 1 : 0), toRoute: false, waitsFor });
    if (offer) {
      offers.push({ offer, openedSeq: seq, freedSeq: null });
      partners = foldDecision(partners, decision, Number(seq));
    }
    decisions.push({
      id: `de_${seq}`,
      seq,
      lead_id: lead.id,
      at,
      outcome: decision.outcome,
      result: compactDecision(decision),
      inputs,
      hash: decisionHash(decision),
      config_hash: configHash,
    });
  }
  await leaveWaiting(tx, asBefore);
  await saveOffers(tx, offers);
  await upsert(tx, 'decisions', decisions, ['id']);
  await saveLeads(tx, saved, new Map(waiting.map(({ lead }): [string, Lead] => [lead.id, lead])), at);
  return {
    count: stored.length,
    leads: saved,
    offers,
    partners,
  };
}

function inOrderOfRelease(a: LeadRecord, b: LeadRecord): number {
  const [first, second] = [a.lead.releasedAt, b.lead.releasedAt];
  if (first !== second) return first < second ? -1 : 1;
  return a.lead.id < b.lead.id ? -1 : 1;
}
