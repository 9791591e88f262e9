import type { Score } from '../model/lead.ts';
import type { PartnerState } from '../model/partner.ts';
import type { PersonFacts } from '../model/person.ts';
import type { CandidateTrace, Decision, RankedPartner, RouteTrace } from './decision.ts';
import type { Candidacy, DropReason } from './eligibility.ts';
import type { Route, Routing } from './routing.ts';
import { ruleContext, type TouchFacts } from './rule-scope.ts';
import { fillText, offerSentence, sentences } from './sentences.ts';
import { counted } from './text.ts';

/** A lead as the router sees it. */
export interface RoutableLead {
  readonly id: string;
  readonly person: PersonFacts;
  readonly score: Score;
  readonly touches: TouchFacts;
  /** Ids of partners that rejected it or let their offer expire: they are never asked again. */
  readonly declined: readonly string[];
  /** How many offers were made of it. */
  readonly rounds: number;
}

/**
 * Decides who gets a lead. The first route that matches and comes to a result wins: `direct`, `pool` and `nurture`
 * always do, `best-fit` does where a partner is eligible and the lead has not been offered often enough; else the next
 * matching route is tried. The most points win; equal points go to the partner served least recently, then by id.
 *
 * Where no route comes to a result: after an offer the lead goes to the pool; where partners would do but are full, or
 * no route matches, what `otherwise` says; where no partner could take it at all it is unroutable.
 *
 * Pure, and independent of the order of `partners`. `trace: true` also returns how it came about (explain.ts).
 */
export function routeLead(
  lead: RoutableLead,
  partners: readonly PartnerState[],
  routing: Routing,
  options: { readonly trace?: boolean } = {},
): Decision {
  const { score, grade } = lead.score;
  const context = ruleContext({ person: lead.person, touches: lead.touches, lead: { score, grade } });
  const candidacy: Candidacy = { person: lead.person, context, declined: new Set(lead.declined) };
  const traced: RouteTrace[] | null = options.trace ? [] : null;
  let dry: { readonly route: Route; readonly field: Field; readonly rounds: boolean } | null = null;
  let full = false;
  let result: Omit<Decision, 'trace'> | null = null;
  let tieBreak: string | null = null;
  for (const route of routing.routes) {
    if (route.when && !route.when.test(context)) {
      traced?.push({ ...base(route), matched: false, why: whyNot(route, candidacy), decided: false, candidates: [] });
      continue;
    }
    const why = route.when ? `${route.when.source} is met` : 'takes every lead';
    if (route.method !== 'best-fit') {
      const sentence = sentences.byRoute(route.method, route.name, fillText(route, context));
      result = { ...empty(lead), outcome: route.method, cause: 'route', route: route.name, sentence };
      traced?.push({ ...base(route), matched: true, why, decided: true, candidates: [] });
      break;
    }
    const field = assess(route, candidacy, partners);
    const exhausted = lead.rounds >= route.rounds;
    const winner = exhausted ? undefined : field.ranked[0];
    if (winner) {
      result = offerOf(lead, route, field, winner, partners, context);
      tieBreak = traced && tieBreakOf(field.ranked);
    } else {
      dry = { route, field, rounds: exhausted };
      full ||= (field.dropped.capacity ?? 0) > 0;
    }
    const found = `${why}; ${winner ? `${field.ranked.length} eligible` : exhausted ? `offered ${counted(lead.rounds, 'time', 'times')} already, its limit is ${route.rounds}` : 'no partner is eligible'}`;
    traced?.push({
      ...base(route),
      matched: true,
      why: found,
      decided: winner !== undefined,
      candidates: candidatesOf(route, candidacy, partners, field),
    });
    if (winner) break;
  }
  const decided = result ?? withoutResult(lead, routing, dry, full);
  if (!traced) return { ...decided, trace: null };
  const notTried = routing.routes.slice(traced.length).map(({ name }) => name);
  return {
    ...decided,
    trace: { leadId: lead.id, sentence: decided.sentence, routes: traced, notTried, tieBreak },
  };
}

/**
 * The partners after a decision: the one that is offered the lead has one more open lead and was served last. `place` is
 * the place of this offer in the order of all; without it, one more than the highest among the partners.
 */
export function foldDecision(
  partners: readonly PartnerState[],
  decision: Pick<Decision, 'outcome' | 'partnerId'>,
  place = 1 + partners.reduce((most, { lastServed }) => Math.max(most, lastServed), 0),
): readonly PartnerState[] {
  if (decision.outcome !== 'offer') return partners;
  return partners.map((partner) =>
    partner.id === decision.partnerId ? { ...partner, load: partner.load + 1, lastServed: place } : partner,
  );
}

/** Routes leads one after the other, each with the partners as the ones before left them. */
export function routeBatch(
  leads: readonly RoutableLead[],
  partners: readonly PartnerState[],
  routing: Routing,
): { readonly decisions: readonly Decision[]; readonly partners: readonly PartnerState[] } {
  let state = partners;
  const decisions = leads.map((lead) => {
    const decision = routeLead(lead, state, routing);
    state = foldDecision(state, decision);
    return decision;
  });
  return { decisions, partners: state };
}

interface Ranked {
  readonly partner: PartnerState;
  readonly hundredths: number;
}

/** The partners as one route sees them. */
interface Field {
  readonly ranked: readonly Ranked[];
  readonly dropped: Partial<Record<DropReason, number>>;
}

function assess(route: Route, candidacy: Candidacy, partners: readonly PartnerState[]): Field {
  const ranked: Ranked[] = [];
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const partner of partners) {
    const check = route.checks.find((each) => each.drops(partner, candidacy));
    if (check) {
      dropped[check.reason] = (dropped[check.reason] ?? 0) + 1;
      continue;
    }
    let hundredths = 0;
    for (const criterion of route.criteria) hundredths += criterion.hundredths(partner, candidacy.person);
    ranked.push({ partner, hundredths });
  }
  ranked.sort(byFit);
  return { ranked, dropped };
}

function byFit(a: Ranked, b: Ranked): number {
  return (
    b.hundredths - a.hundredths ||
    a.partner.lastServed - b.partner.lastServed ||
    (a.partner.id < b.partner.id ? -1 : a.partner.id > b.partner.id ? 1 : 0)
  );
}

function tieBreakOf(ranked: readonly Ranked[]): string | null {
  const [first] = ranked;
  const equal = ranked.filter(({ hundredths }) => hundredths === first?.hundredths);
  const second = equal[1];
  if (!first || !second) return null;
  const how =
    first.partner.lastServed === second.partner.lastServed
      ? 'none was served later than another, so the order of their ids decides'
      : 'the one served least recently gets it';
  return `${equal.length} partners have ${first.hundredths / 100} points: ${how}`;
}

function empty(lead: RoutableLead) {
  return { leadId: lead.id, partnerId: null, acceptWithinMs: null, points: null, runnersUp: [], dropped: {} };
}

function offerOf(
  lead: RoutableLead,
  route: Route,
  field: Field,
  winner: Ranked,
  partners: readonly PartnerState[],
  context: Candidacy['context'],
): Omit<Decision, 'trace'> {
  const runnersUp = field.ranked
    .slice(1, 6)
    .map(({ partner, hundredths }): RankedPartner => ({ partnerId: partner.id, points: hundredths / 100 }));
  const points = winner.hundredths / 100;
  const text = fillText(route, context);
  return {
    leadId: lead.id,
    outcome: 'offer',
    cause: 'best-fit',
    route: route.name,
    partnerId: winner.partner.id,
    acceptWithinMs: route.acceptWithinMs,
    points,
    runnersUp,
    dropped: field.dropped,
    sentence: offerSentence({
      lead,
      route: route.name,
      text,
      winner: winner.partner,
      points,
      eligible: field.ranked.length,
      of: partners.length,
    }),
  };
}

function withoutResult(
  lead: RoutableLead,
  routing: Routing,
  dry: { readonly route: Route; readonly field: Field; readonly rounds: boolean } | null,
  full: boolean,
): Omit<Decision, 'trace'> {
  if (!dry)
    return {
      ...empty(lead),
      outcome: routing.otherwise,
      cause: 'no-route',
      route: null,
      sentence: sentences.noRoute(),
    };
  const dropped = dry.field.dropped;
  const offered = lead.rounds > 0 || lead.declined.length > 0;
  const decided = { ...empty(lead), route: null, dropped };
  if (dry.rounds) return { ...decided, outcome: 'pool', cause: 'rounds', sentence: sentences.rounds(lead.rounds) };
  if (offered)
    return {
      ...decided,
      outcome: 'pool',
      cause: 'declined',
      sentence: sentences.declined(lead.declined.length, dropped),
    };
  if (full)
    return {
      ...decided,
      outcome: routing.otherwise,
      cause: 'capacity',
      sentence: sentences.full(lead.person, dropped),
    };
  return { ...decided, outcome: 'unroutable', cause: 'uncovered', sentence: sentences.uncovered(lead.person, dropped) };
}

function base(route: Route) {
  return { route: route.name, method: route.method };
}

function whyNot(route: Route, { context }: Candidacy): string {
  const unknown = route.when?.unknowns(context) ?? [];
  return `${route.when?.source} is not met${unknown.length > 0 ? ` (not known: ${unknown.join(', ')})` : ''}`;
}

function candidatesOf(
  route: Route,
  candidacy: Candidacy,
  partners: readonly PartnerState[],
  field: Field,
): CandidateTrace[] {
  const eligible = field.ranked.map(
    ({ partner, hundredths }): CandidateTrace => ({
      partnerId: partner.id,
      dropped: null,
      points: hundredths / 100,
      parts: route.criteria.map((criterion) => ({
        criterion: criterion.name,
        points: criterion.hundredths(partner, candidacy.person) / 100,
        why: criterion.why(partner, candidacy.person),
      })),
      lastServed: partner.lastServed,
    }),
  );
  const dropped = partners.flatMap((partner): CandidateTrace[] => {
    const check = route.checks.find((each) => each.drops(partner, candidacy));
    if (!check) return [];
    const why = check.why(partner, candidacy);
    const { id: partnerId, lastServed } = partner;
    return [{ partnerId, dropped: { reason: check.reason, why }, points: null, parts: [], lastServed }];
  });
  return [...eligible, ...dropped.sort((a, b) => (a.partnerId < b.partnerId ? -1 : 1))];
}
