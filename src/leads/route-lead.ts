/** Decides who gets a lead, by routing.yaml: which route, and of the partners that it may go to which one. */
import type { PartnerState } from '../model/partner.ts';
import { reservedAccount } from './accounts.ts';
import { type Candidacy, candidacyOf } from './candidacy.ts';
import type { Decision, RankedPartner } from './decision.ts';
import { passing } from './drop-reason.ts';
import { yieldsToChannel } from './fairness.ts';
import { type Market, NEW_MARKET } from './market.ts';
import { assess, type Field, type Ranked } from './methods/field.ts';
import type { RoutableLead } from './routable-lead.ts';
import { RouteTracer } from './route-trace.ts';
import { offers, type Route, type Routing } from './routing.ts';
import { ruleContext } from './rule-scope.ts';
import { fillText, offerSentence, sentences } from './sentences.ts';
import { counted } from './text.ts';

export type { AccountFacts, RoutableLead } from './routable-lead.ts';

export interface RouteOptions {
  /** What is known of the past; without it nothing has happened yet. */
  readonly market?: Market;
  /** Also returns how it came about (explain.ts). */
  readonly trace?: boolean;
}

type Result = Omit<Decision, 'trace'>;

/** A route that matched and came to no result. */
interface Dry {
  readonly field: Field;
  readonly why: 'rounds' | 'lapsed' | 'nobody';
}

/**
 * Decides who gets a lead. Leads of named accounts that are reserved for the direct team go there at once. Else the first
 * route that matches and comes to a result wins: `direct`, `pool` and `nurture` always do, the methods that offer leads do
 * where a partner is eligible and the lead has not been offered often enough; else the route named in its `else` is tried,
 * then the next one that matches. A route that needs facts that are missing holds the lead back.
 *
 * Where no route comes to a result: after an offer the lead goes to the pool; where partners would do but are full or have
 * no time just now, or no route matches, what `otherwise` says; where no partner could take it at all it is unroutable.
 *
 * Pure, and independent of the order of `partners`.
 */
export function routeLead(
  lead: RoutableLead,
  partners: readonly PartnerState[],
  routing: Routing,
  options: RouteOptions = {},
): Decision {
  const market = options.market ?? NEW_MARKET;
  const { score, grade } = lead.score;
  const context = ruleContext({ person: lead.person, touches: lead.touches, lead: { score, grade } });
  const account = reservedAccount(routing.accounts, lead.person);
  const candidacy = candidacyOf(lead, context, routing.segment, market, account?.partner ?? null);
  const tracer = options.trace ? new RouteTracer(lead, candidacy) : null;
  if (account?.partner === null) {
    const sentence = sentences.byAccount(account.name);
    return finish({ ...empty(lead), outcome: 'direct', cause: 'account', route: null, sentence }, routing, tracer);
  }
  const walk = new Walk(routing);
  let last: Dry | null = null;
  let full = false;
  for (let route = walk.next(null); route; ) {
    const fallback = walk.isFallback;
    if (!fallback && route.when && !route.when.test(context)) {
      tracer?.notMatched(route);
      route = walk.next(null);
      continue;
    }
    const why = fallback ? 'is the fall-back' : route.when ? `${route.when.source} is met` : 'takes every lead';
    const missing = route.needs.filter((fact) => lead.person[fact] === null);
    const yields = route.method === 'direct' ? yieldsToChannel(routing.fairness, grade, market.given) : null;
    if (missing.length > 0) {
      tracer?.decided(route, `${why}; not known: ${missing.join(', ')}`);
      const sentence = sentences.held(route.name, missing);
      return finish({ ...empty(lead), outcome: 'held', cause: 'data', route: route.name, sentence }, routing, tracer);
    }
    if (yields !== null) {
      tracer?.yielded(route, why, yields);
      route = walk.next(null);
      continue;
    }
    if (route.method === 'direct' || route.method === 'pool' || route.method === 'nurture') {
      tracer?.decided(route, why);
      const sentence = sentences.byRoute(route.method, route.name, fillText(route, context));
      return finish(
        { ...empty(lead), outcome: route.method, cause: 'route', route: route.name, sentence },
        routing,
        tracer,
      );
    }
    const notes = tracer ? [] : null;
    const field = assess(route, candidacy, partners, routing.fairness, notes);
    const dry = drynessOf(lead, route, field);
    tracer?.asked(route, `${why}; ${foundWords(lead, route, field, dry)}`, field, notes ?? [], dry === null);
    if (dry === null) {
      const winner = field.ranked[0] as Ranked;
      const result = offers(route.method)
        ? offerOf(lead, route, field, winner, partners, context)
        : auctionOf(lead, route, field);
      return finish(result, routing, tracer);
    }
    last = { field, why: dry };
    full ||= (field.dropped.capacity ?? 0) + passing(field.dropped) > 0;
    route = walk.next(route.orElse);
  }
  return finish(withoutResult(lead, routing, last, full), routing, tracer);
}

/** Goes through the routes: in order, each once, with a side step to what one names as its fall-back. */
class Walk {
  readonly #routing: Routing;
  readonly #tried = new Set<string>();
  #place = 0;
  /** Whether the route at hand is asked as the fall-back of another. */
  isFallback = false;

  constructor(routing: Routing) {
    this.#routing = routing;
  }

  /** The next route that was not tried yet; `fallback` names the one that goes first. */
  next(fallback: string | null): Route | undefined {
    const { routes } = this.#routing;
    const named =
      fallback === null || this.#tried.has(fallback) ? undefined : routes.find(({ name }) => name === fallback);
    this.isFallback = named !== undefined;
    if (named) {
      this.#tried.add(named.name);
      return named;
    }
    for (; this.#place < routes.length; this.#place++) {
      const route = routes[this.#place];
      if (!route || route.reserve || this.#tried.has(route.name)) continue;
      this.#tried.add(route.name);
      return route;
    }
    return undefined;
  }
}

function drynessOf(lead: RoutableLead, route: Route, { ranked }: Field): Dry['why'] | null {
  if (route.method === 'auction' && lead.lapsed?.includes(route.name)) return 'lapsed';
  if (lead.rounds - (lead.roundsBefore ?? 0) >= (lead.roundsAtMost ?? route.rounds)) return 'rounds';
  return ranked.length === 0 ? 'nobody' : null;
}

function foundWords(lead: RoutableLead, route: Route, { ranked }: Field, dry: Dry['why'] | null): string {
  switch (dry) {
    case 'rounds':
      return `offered ${counted(lead.rounds - (lead.roundsBefore ?? 0), 'time', 'times')} already, its limit is ${lead.roundsAtMost ?? route.rounds}`;
    case 'lapsed':
      return 'nobody claimed it in time';
    case 'nobody':
      return 'no partner is eligible';
    case null:
      return `${ranked.length} eligible`;
  }
}

function finish(result: Result, routing: Routing, tracer: RouteTracer | null): Decision {
  return { ...result, trace: tracer?.trace(result.sentence, routing) ?? null };
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
): Result {
  const { method } = route;
  if (!offers(method)) throw new RangeError(`the method ${method} offers no lead`);
  const runnersUp = field.ranked
    .slice(1, 6)
    .map(({ partner, hundredths }): RankedPartner => ({ partnerId: partner.id, points: hundredths / 100 }));
  const points = route.criteria.length > 0 ? winner.hundredths / 100 : null;
  return {
    leadId: lead.id,
    outcome: 'offer',
    cause: method,
    route: route.name,
    partnerId: winner.partner.id,
    acceptWithinMs: route.acceptWithinMs,
    points,
    runnersUp,
    dropped: field.dropped,
    sentence: offerSentence({
      lead,
      route: { name: route.name, method },
      text: fillText(route, context),
      winner: winner.partner,
      points,
      eligible: field.ranked.length,
      of: partners.length,
      effects: field.effects,
    }),
    ...(route.stride ? { turn: winner.turn } : {}),
  };
}

/** The best partners see the lead at once, and the first that claims it gets it. */
function auctionOf(lead: RoutableLead, route: Route, { ranked, dropped }: Field): Result {
  const seenBy = ranked.slice(0, route.top).map(({ partner }) => partner.id);
  return {
    ...empty(lead),
    outcome: 'pool',
    cause: 'auction',
    route: route.name,
    acceptWithinMs: route.acceptWithinMs,
    runnersUp: ranked
      .slice(0, 5)
      .map(({ partner, hundredths }) => ({ partnerId: partner.id, points: hundredths / 100 })),
    dropped,
    seenBy,
    sentence: sentences.auction(route.name, seenBy.length, ranked.length),
  };
}

function withoutResult(lead: RoutableLead, routing: Routing, dry: Dry | null, full: boolean): Result {
  const nowhere = { ...empty(lead), route: null };
  if (!dry) return { ...nowhere, outcome: routing.otherwise, cause: 'no-route', sentence: sentences.noRoute() };
  const { dropped } = dry.field;
  const decided = { ...nowhere, dropped };
  if (dry.why === 'rounds')
    return { ...decided, outcome: 'pool', cause: 'rounds', sentence: sentences.rounds(lead.rounds) };
  if (dry.why === 'lapsed') return { ...decided, outcome: 'pool', cause: 'rounds', sentence: sentences.lapsed() };
  if (passing(dropped) > 0) {
    const sentence = sentences.later(lead.person, dropped);
    return { ...decided, outcome: routing.otherwise, cause: 'time', sentence };
  }
  if (lead.rounds > 0 || lead.declined.length > 0) {
    const sentence = sentences.declined(lead.declined.length, dropped);
    return { ...decided, outcome: 'pool', cause: 'declined', sentence };
  }
  if (full)
    return {
      ...decided,
      outcome: routing.otherwise,
      cause: 'capacity',
      sentence: sentences.full(lead.person, dropped),
    };
  return { ...decided, outcome: 'unroutable', cause: 'uncovered', sentence: sentences.uncovered(lead.person, dropped) };
}
