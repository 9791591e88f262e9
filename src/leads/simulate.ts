/**
 * New routing rules over past leads: who would have got what, beside what happened. Each lead is decided again at its own
 * moment, with the partners as they stood then but for what the new rules had given otherwise before. So the rules that were
 * in force give what happened, to the lead. Pure.
 */
import { GRADES, type Grade } from '../model/lead.ts';
import type { PartnerState } from '../model/partner.ts';
import { kindOf } from './candidacy.ts';
import type { CompactDecision, Outcome } from './decision.ts';
import { type FairnessReport, fairnessReport } from './fairness.ts';
import { foldDecision, foldMarket } from './fold.ts';
import type { Given, Market, Result } from './market.ts';
import { assignBatch, type Gain, gainOfAll, type Solve } from './methods/assignment.ts';
import { performanceOf } from './performance.ts';
import type { RoutableLead } from './routable-lead.ts';
import { routeLead } from './route-lead.ts';
import type { Routing } from './routing.ts';
import { Moves, type Past, type PastDecision } from './simulated-moves.ts';

export interface Pair<T = number> {
  readonly before: T;
  readonly after: T;
}

/** What became of a lead: a partner where it was offered to one. */
export interface Fate {
  readonly outcome: Outcome;
  readonly partnerId: string | null;
  readonly route: string | null;
}

export interface ChangedLead extends Pair<Fate> {
  readonly leadId: string;
  /** The person and its company. */
  readonly name: string;
  readonly grade: Grade;
  readonly at: string;
  /** What the new rules say. */
  readonly sentence: string;
}

export interface SimulatedPartner {
  readonly partnerId: string;
  readonly name: string;
  /** Leads that it was the first to be offered. */
  readonly leads: Pair;
  /** Its share of the best leads that went to partners, from 0 to 1; null: there were none. */
  readonly bestShare: Pair<number | null>;
  /** Open leads after the last decision, and the most after it was given one. */
  readonly load: Pair;
  readonly peak: Pair;
}

export interface SimulationReport {
  readonly leads: number;
  readonly outcomes: readonly ({ readonly outcome: Outcome } & Pair)[];
  /** How many leads become something else or go to another partner, and the first of them. */
  readonly changed: number;
  readonly changes: readonly ChangedLead[];
  readonly bestGrades: readonly Grade[];
  /** By name; those without a lead before and after are left out. */
  readonly partners: readonly SimulatedPartner[];
  /** Wins to be expected of the leads offered, by what each partner has won in the segment of the lead up to now. */
  readonly expectedWins: Pair;
  /** By the floors of the new rules, after the last decision; null: they have none. */
  readonly fairness: Pair<FairnessReport> | null;
  /** What assigning leads that were decided at one time as a whole is worth; null where the new rules do not. */
  readonly gain: Gain | null;
}

const NAMED = 20;
const OUTCOMES: readonly Outcome[] = ['offer', 'direct', 'pool', 'nurture', 'held', 'unroutable'];

interface Tally {
  readonly name: string;
  leads: number;
  best: number;
  peak: number;
}

interface World {
  readonly outcomes: Map<Outcome, number>;
  readonly tallies: Map<string, Tally>;
  best: number;
  wins: number;
  partners: readonly PartnerState[];
  given: Given;
}

export class Simulation {
  readonly #routing: Routing;
  readonly #results: readonly Result[];
  readonly #moves: Moves;
  readonly #best: ReadonlySet<Grade>;
  readonly #before = newWorld();
  readonly #after = newWorld();
  readonly #changes: ChangedLead[] = [];
  #leads = 0;
  #changed = 0;
  #gain: Gain | null = null;

  /** `results`: how leads have ended up to now, by which both what happened and what would have is valued. */
  constructor(routing: Routing, results: readonly Result[]) {
    this.#routing = routing;
    this.#results = results;
    this.#moves = new Moves(routing.fairness);
    this.#best = routing.fairness?.grades ?? new Set<Grade>(['A', 'B']);
  }

  /**
   * The same decisions, which were made at one time, with the partners that the new rules find for them as a whole. `past` is how
   * things stood before the first of them.
   */
  asWhole(batch: readonly PastDecision[], { partners, market }: Past, solve: Solve): PastDecision[] {
    const [first] = batch;
    if (first === undefined) return [];
    const shifted = this.#moves.shift(partners, market, first);
    const leads = batch.map(({ lead: { assigned: _, ...lead } }) => lead);
    const found = assignBatch(leads, shifted.partners, this.#routing, shifted.market, solve);
    if (found.gain.leads > 0) this.#gain = gainOfAll([this.#gain, found.gain]);
    return batch.map((each, n) => ({ ...each, lead: found.leads[n] ?? each.lead }));
  }

  /** Decides the next lead anew; in the order of `seq`. */
  add(past: PastDecision, { partners, market }: Past): void {
    const { lead, result } = past;
    const shifted = this.#moves.shift(partners, market, past);
    const decision = routeLead(lead, shifted.partners, this.#routing, { market: shifted.market });
    this.#leads++;
    this.#count(this.#before, past, result, partners, market);
    this.#count(this.#after, past, decision, shifted.partners, shifted.market);
    this.#moves.add(past, decision, shifted.partners);
    if (decision.outcome === result.outcome && decision.partnerId === result.partnerId) return;
    this.#changed++;
    if (this.#changes.length >= NAMED) return;
    this.#changes.push({
      leadId: lead.id,
      name: nameOf(lead),
      grade: lead.score.grade,
      at: new Date(past.at).toISOString(),
      before: fateOf(result),
      after: fateOf(decision),
      sentence: decision.sentence,
    });
  }

  report(): SimulationReport {
    const [before, after] = [this.#before, this.#after];
    const { fairness } = this.#routing;
    return {
      leads: this.#leads,
      outcomes: OUTCOMES.map((outcome) => ({
        outcome,
        before: before.outcomes.get(outcome) ?? 0,
        after: after.outcomes.get(outcome) ?? 0,
      })).filter((row) => row.before + row.after > 0),
      changed: this.#changed,
      changes: this.#changes,
      bestGrades: GRADES.filter((grade) => this.#best.has(grade)),
      partners: this.#partners(),
      expectedWins: { before: before.wins, after: after.wins },
      fairness: fairness && {
        before: fairnessReport(fairness, before.given, before.partners),
        after: fairnessReport(fairness, after.given, after.partners),
      },
      gain: this.#gain,
    };
  }

  #count(world: World, { lead, seq }: PastDecision, made: CompactDecision, partners: Past['partners'], market: Market) {
    const { fairness, segment } = this.#routing;
    world.outcomes.set(made.outcome, 1 + (world.outcomes.get(made.outcome) ?? 0));
    world.partners = foldDecision(partners, made, seq, lead, fairness);
    world.given = foldMarket(market, made, lead, fairness).given;
    const { partnerId } = made;
    if (made.outcome !== 'offer' || partnerId === null) return;
    const isBest = this.#best.has(lead.score.grade);
    const partner = world.partners.find(({ id }) => id === partnerId);
    const { leads, best, peak } = world.tallies.get(partnerId) ?? { leads: 0, best: 0, peak: 0 };
    world.tallies.set(partnerId, {
      name: partner?.facts.name ?? partnerId,
      leads: leads + 1,
      best: best + (isBest ? 1 : 0),
      peak: Math.max(peak, partner?.load ?? 0),
    });
    if (isBest) world.best++;
    world.wins += performanceOf(partnerId, kindOf(lead), this.#results, segment).expected;
  }

  #partners(): SimulatedPartner[] {
    const [before, after] = [this.#before, this.#after];
    const loads = (world: World) => new Map(world.partners.map(({ id, load }) => [id, load]));
    const [loadBefore, loadAfter] = [loads(before), loads(after)];
    const share = (world: World, id: string) =>
      world.best === 0 ? null : (world.tallies.get(id)?.best ?? 0) / world.best;
    return [...new Set([...before.tallies.keys(), ...after.tallies.keys()])]
      .map((partnerId): SimulatedPartner => {
        const [was, is] = [before.tallies.get(partnerId), after.tallies.get(partnerId)];
        return {
          partnerId,
          name: (is ?? was)?.name ?? partnerId,
          leads: { before: was?.leads ?? 0, after: is?.leads ?? 0 },
          bestShare: { before: share(before, partnerId), after: share(after, partnerId) },
          load: { before: loadBefore.get(partnerId) ?? 0, after: loadAfter.get(partnerId) ?? 0 },
          peak: { before: was?.peak ?? 0, after: is?.peak ?? 0 },
        };
      })
      .sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.partnerId < b.partnerId ? -1 : 1));
  }
}

function newWorld(): World {
  return {
    outcomes: new Map(),
    tallies: new Map(),
    best: 0,
    wins: 0,
    partners: [],
    given: { direct: 0, channel: 0 },
  };
}

function fateOf({ outcome, partnerId, route }: CompactDecision): Fate {
  return { outcome, partnerId, route };
}

function nameOf({ person, id }: RoutableLead): string {
  const name = [person.firstName, person.lastName].filter((part) => part).join(' ');
  return [name, person.companyName].filter((part) => part).join(', ') || id;
}
