import type { PartnerState } from '../model/partner.ts';
import type { Candidacy } from './candidacy.ts';
import type { CandidateTrace, DecisionTrace, RouteTrace } from './decision.ts';
import type { DropReason } from './drop-reason.ts';
import type { Check } from './eligibility/check.ts';
import type { DropNote, Field, Ranked } from './methods/field.ts';
import type { RoutableLead } from './routable-lead.ts';
import type { Route, Routing } from './routing.ts';

/** Writes down how a decision comes about while it is made. */
export class RouteTracer {
  readonly #lead: RoutableLead;
  readonly #candidacy: Candidacy;
  readonly #routes: RouteTrace[] = [];
  #tieBreak: string | null = null;

  constructor(lead: RoutableLead, candidacy: Candidacy) {
    this.#lead = lead;
    this.#candidacy = candidacy;
  }

  notMatched(route: Route): void {
    const unknown = route.when?.unknowns(this.#candidacy.context) ?? [];
    const why = `${route.when?.source} is not met${unknown.length > 0 ? ` (not known: ${unknown.join(', ')})` : ''}`;
    this.#routes.push({ ...base(route), matched: false, why, decided: false, effects: [], candidates: [] });
  }

  /** A route that decides without looking at partners. */
  decided(route: Route, why: string): void {
    this.#routes.push({ ...base(route), matched: true, why, decided: true, effects: [], candidates: [] });
  }

  /** A route that matched and was passed over for fairness. */
  yielded(route: Route, why: string, effect: string): void {
    this.#routes.push({ ...base(route), matched: true, why, decided: false, effects: [effect], candidates: [] });
  }

  /** A route that looked at partners. */
  asked(route: Route, why: string, field: Field, notes: readonly DropNote[], decided: boolean): void {
    if (decided) this.#tieBreak = tieBreakOf(route, field);
    const candidates = candidatesOf(route, this.#candidacy, notes, field);
    this.#routes.push({ ...base(route), matched: true, why, decided, effects: field.effects, candidates });
  }

  trace(sentence: string, routing: Routing): DecisionTrace {
    const tried = new Set(this.#routes.map(({ route }) => route));
    const notTried = routing.routes.map(({ name }) => name).filter((name) => !tried.has(name));
    return { leadId: this.#lead.id, sentence, routes: this.#routes, notTried, tieBreak: this.#tieBreak };
  }
}

function base(route: Route) {
  return { route: route.name, method: route.method };
}

function tieBreakOf(route: Route, { ranked, effects }: Field): string | null {
  const [first] = ranked;
  if (!first || effects.length > 0) return null;
  const equal = ranked.filter(({ hundredths, turn }) => hundredths === first.hundredths && turn === first.turn);
  const second = equal[1];
  if (!second) return null;
  const how =
    first.partner.lastServed === second.partner.lastServed
      ? 'none was served later than another, so the order of their ids decides'
      : 'the one served least recently gets it';
  const what =
    route.criteria.length > 0
      ? `have ${first.hundredths / 100} points`
      : route.stride
        ? 'have the same turn'
        : 'are eligible';
  return `${equal.length} partners ${what}: ${how}`;
}

function candidatesOf(route: Route, candidacy: Candidacy, notes: readonly DropNote[], field: Field): CandidateTrace[] {
  const candidates: CandidateTrace[] = field.ranked.map((ranked) => new Eligible(route, candidacy, ranked));
  for (const { partner, check } of inOrderOfId(notes)) {
    const dropped = new Dropped(partner, check, candidacy);
    candidates.push({ partnerId: partner.id, dropped, points: null, parts: NO_PARTS, lastServed: partner.lastServed });
  }
  return candidates;
}

/** Why a partner was dropped. Most are never read: the words are made when somebody does. */
class Dropped {
  readonly reason: DropReason;
  readonly #partner: PartnerState;
  readonly #check: Check;
  readonly #candidacy: Candidacy;

  constructor(partner: PartnerState, check: Check, candidacy: Candidacy) {
    this.reason = check.reason;
    this.#partner = partner;
    this.#check = check;
    this.#candidacy = candidacy;
  }

  get why(): string {
    return this.#check.why(this.#partner, this.#candidacy);
  }

  toJSON() {
    return { reason: this.reason, why: this.why };
  }
}

const NO_PARTS: CandidateTrace['parts'] = [];

/** Partners mostly come in the order of their ids already. */
function inOrderOfId(notes: readonly DropNote[]): readonly DropNote[] {
  const inOrder = notes.every(({ partner }, n) => n === 0 || (notes[n - 1]?.partner.id ?? '') < partner.id);
  return inOrder ? notes : [...notes].sort((a, b) => (a.partner.id < b.partner.id ? -1 : 1));
}

/** A partner that may have the lead. What its points were given for is, again, put into words when somebody reads it. */
class Eligible implements CandidateTrace {
  readonly partnerId: string;
  readonly dropped = null;
  readonly points: number;
  readonly lastServed: number;
  readonly #route: Route;
  readonly #candidacy: Candidacy;
  readonly #partner: PartnerState;

  constructor(route: Route, candidacy: Candidacy, { partner, hundredths }: Ranked) {
    this.partnerId = partner.id;
    this.points = hundredths / 100;
    this.lastServed = partner.lastServed;
    this.#route = route;
    this.#candidacy = candidacy;
    this.#partner = partner;
  }

  get parts(): CandidateTrace['parts'] {
    return this.#route.criteria.map((criterion) => ({
      criterion: criterion.name,
      points: criterion.hundredths(this.#partner, this.#candidacy) / 100,
      why: criterion.why(this.#partner, this.#candidacy),
    }));
  }

  toJSON() {
    const { partnerId, dropped, points, parts, lastServed } = this;
    return { partnerId, dropped, points, parts, lastServed };
  }
}
