/** Routes the leads that wait for it, in the order of their release; one transaction at a time routes for the vendor. */
import type { Lead } from '../../model/lead.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { kindOf } from '../candidacy.ts';
import { compactDecision, type Decision, decisionHash } from '../decision.ts';
import { leadAfter } from '../lead-after.ts';
import { accountKeyOf } from '../matching/company-key.ts';
import { assignBatch, type Gain } from '../methods/assignment.ts';
import { type AccountFacts, type RoutableLead, routeLead } from '../route-lead.ts';
import type { Routing } from '../routing.ts';
import { loadAccounts } from './account-facts.ts';
import { loadPeople, loadTouchFacts } from './facts.ts';
import {
  type Auction,
  type LeadRecord,
  leadsToRoute,
  leaveWaiting,
  nextSeq,
  type OfferMade,
  type OfferRecord,
  retryLater,
  saveLeads,
  saveOffers,
  wakeWaiting,
} from './lead-store.ts';
import { roundsBeforeReturn } from './nurtures.ts';
import { closedOffices } from './offices.ts';
import { openUnder, roundsAtMost, startClocks } from './open-offers.ts';
import { lockRouter } from './router-lock.ts';
import { loadSolver } from './solver.ts';
import { foldStanding, isCurrent, loadStanding, type Standing } from './standing.ts';
import type { SlaRules } from './terms.ts';

/** How long a lead waits for partners that have no time just now, before they are asked again. */
const RETRY_AFTER = 3_600_000;

export interface Routed {
  /** Leads from the store that were looked at; fewer than the limit: none is left to route. */
  readonly count: number;
  /** As they have become. */
  readonly leads: readonly LeadRecord[];
  readonly offers: readonly OfferRecord[];
  /** What routing knows, with what partners have been given; null where it was not looked at. */
  readonly standing: Standing | null;
  /** What assigning the batch at once was worth; null where no route does. */
  readonly gain?: Gain | null;
}

/**
 * Routes up to `limit` leads that wait in the store, and all that are `held`: leads that wait, too, and are not saved yet.
 * In the caller's transaction. `known`: the standing as the last routing left it, where no partner has room again since.
 * `sla`: null where offers have no more than the time to accept that routing.yaml gives.
 */
export async function routeWaiting(
  tx: Queryable,
  routing: Routing,
  configHash: string,
  now: number,
  limit: number,
  held: readonly LeadRecord[] = [],
  known: Standing | null = null,
  sla: SlaRules | null = null,
): Promise<Routed> {
  await lockRouter(tx);
  const at = new Date(now).toISOString();
  await wakeWaiting(tx, at);
  const stored = await leadsToRoute(tx, limit);
  const unsaved = new Set(held.map(({ lead }) => lead.id));
  const waiting = [...stored.filter(({ lead }) => !unsaved.has(lead.id)), ...held].sort(inOrderOfRelease);
  if (waiting.length === 0) return { count: stored.length, leads: [], offers: [], standing: known };
  const personIds = waiting.map(({ lead }) => lead.personId);
  const people = await loadPeople(tx, personIds);
  const touches = await loadTouchFacts(tx, personIds, now);
  let standing = known && (await isCurrent(tx, known, now)) ? known : await loadStanding(tx, null, routing, now);
  const accounts = await loadAccounts(tx, people, routing.asks.accounts, now);
  const closed = routing.asks.hours ? closedOffices(standing.partners, sla, now) : [];
  const limits = await roundsAtMost(tx, sla, waiting);
  const before = await roundsBeforeReturn(
    tx,
    waiting.flatMap(({ lead, rounds }) => (rounds > 0 ? lead.id : [])),
  );
  const places = await nextSeq(tx, waiting.length);
  const saved: LeadRecord[] = [];
  const asBefore: string[] = [];
  const later: string[] = [];
  const offers: OfferRecord[] = [];
  const decisions: Record<string, unknown>[] = [];
  const given = waiting.map((record): RoutableLead => {
    const { lead } = record;
    const person = people.get(lead.personId);
    if (person === undefined || lead.score === null) {
      throw new Error(`lead ${lead.id} waits to be routed but has no ${person === undefined ? 'person' : 'score'}`);
    }
    return {
      id: lead.id,
      person,
      score: lead.score,
      touches: touches.get(lead.personId) ?? { count: 0, campaigns: 0, daysSinceLast: null },
      declined: record.declined,
      rounds: record.rounds,
      at: now,
      ...factsOf(record, accounts.get(lead.personId) ?? null, closed),
      ...(sla ? { sla: sla.hash } : {}),
      ...(before.has(lead.id) ? { roundsBefore: before.get(lead.id) ?? 0 } : {}),
      ...(limits.has(lead.id) ? { roundsAtMost: limits.get(lead.id) } : {}),
    };
  });
  const batch = routing.routes.some(({ method }) => method === 'batch-optimal')
    ? assignBatch(given, standing.partners, routing, standing.market, await loadSolver())
    : null;
  for (const [n, record] of waiting.entries()) {
    const { lead } = record;
    const inputs = (batch?.leads ?? given)[n];
    const seq = places[n];
    if (inputs === undefined || seq === undefined) throw new Error(`lead ${lead.id} was given no place`);
    const decision = routeLead(inputs, standing.partners, routing, { market: standing.market });
    const opened =
      decision.outcome === 'offer' ? openUnder(sla, lead, inputs, decision, standing.partners, routing, now) : null;
    const offer = opened?.offer ?? null;
    const next = leadAfter(lead, { kind: 'decided', decision, offer });
    const waitsFor = waitsForAfter(decision);
    const retryAt = decision.cause === 'time' ? new Date(now + RETRY_AFTER).toISOString() : null;
    // Asked again to no avail: the decision that stands already says so. How many are full just now is no news.
    const stillFull = waitsFor === 'capacity' && record.waitsFor === 'capacity' && next.state === lead.state;
    if (!offer && (next === lead || stillFull)) {
      if (unsaved.has(lead.id)) saved.push({ ...record, toRoute: false, retryAt: retryAt ?? record.retryAt ?? null });
      else asBefore.push(lead.id);
      if (retryAt !== null && !unsaved.has(lead.id)) later.push(lead.id);
      continue;
    }
    const auction = auctionOf(decision, now);
    const rounds = record.rounds + (offer ? 1 : 0);
    saved.push({
      ...{ ...record, lead: next, rounds, toRoute: false, waitsFor, auction },
      retryAt: auction?.until ?? retryAt,
    });
    if (offer) {
      const made = madeOf(inputs, decision);
      offers.push({ offer, openedSeq: seq, freedSeq: null, terms: opened?.terms ?? null, made, outcome: null });
    }
    standing = foldStanding(standing, decision, inputs, routing, seq);
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
      grade: inputs.score.grade,
    });
  }
  await leaveWaiting(tx, asBefore);
  await retryLater(tx, later, new Date(now + RETRY_AFTER).toISOString());
  await saveOffers(tx, offers);
  await startClocks(tx, sla, offers, saved, now);
  await upsert(tx, 'decisions', decisions, ['id']);
  await saveLeads(tx, saved, new Map(waiting.map(({ lead }): [string, Lead] => [lead.id, lead])), at);
  return {
    count: stored.length,
    leads: saved,
    offers,
    gain: batch !== null && batch.gain.leads > 0 ? batch.gain : null,
    standing: { ...standing, seq: String(places.at(-1) ?? standing.seq) },
  };
}

/** What the rules ask for beyond the person; what they do not ask for is not stored with each decision. */
function factsOf(
  { lapsed = [] }: LeadRecord,
  account: AccountFacts | null,
  closed: readonly string[],
): Pick<RoutableLead, 'account' | 'closed' | 'lapsed'> {
  return {
    ...(account ? { account } : {}),
    ...(closed.length > 0 ? { closed } : {}),
    ...(lapsed.length > 0 ? { lapsed } : {}),
  };
}

function waitsForAfter({ cause }: Decision): LeadRecord['waitsFor'] {
  if (cause === 'capacity' || cause === 'time') return 'capacity';
  return cause === 'uncovered' ? 'coverage' : null;
}

function auctionOf({ route, seenBy, acceptWithinMs }: Decision, now: number): Auction | null {
  if (seenBy === undefined || route === null) return null;
  return { route, seenBy, until: new Date(now + (acceptWithinMs ?? 0)).toISOString() };
}

/** How an offer was made: what is not known of the lead is left out. */
export function madeOf(
  lead: Pick<RoutableLead, 'person' | 'score'>,
  { route, turn }: Pick<Decision, 'route' | 'turn'>,
): OfferMade {
  const domain = accountKeyOf(lead.person);
  const kind = Object.entries({ ...kindOf(lead), domain }).filter(([, value]) => value !== null);
  return { route, ...Object.fromEntries(kind), ...(turn === undefined ? {} : { turn }) };
}

function inOrderOfRelease(a: LeadRecord, b: LeadRecord): number {
  const [first, second] = [a.lead.releasedAt, b.lead.releasedAt];
  if (first !== second) return first < second ? -1 : 1;
  return a.lead.id < b.lead.id ? -1 : 1;
}
