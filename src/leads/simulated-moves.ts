/** How far a simulated past has moved away from what was: what partners have more, and what they have not got. Pure. */
import type { Grade } from '../model/lead.ts';
import type { PartnerState } from '../model/partner.ts';
import type { CompactDecision } from './decision.ts';
import type { Fairness } from './fairness.ts';
import type { Market } from './market.ts';
import type { RoutableLead } from './routable-lead.ts';

const DAY = 86_400_000;
/** The longest time for which a limit of leads counts back. */
const LIMITS_DAYS = 7;

/** The first decision on a lead. */
export interface PastDecision {
  readonly lead: RoutableLead;
  readonly result: CompactDecision;
  /** Its place in the common order of all that routing depends on. */
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The place at which the partner was free of it; null: it still has it. Where no partner had it, an estimate. */
  readonly until: number | null;
}

/** Partners and market just before a decision, as they were. */
export interface Past {
  readonly partners: readonly PartnerState[];
  readonly market: Market;
}

/** A lead that one partner did not get, another one got, or both. */
interface Move {
  readonly from: string | null;
  readonly to: string | null;
  readonly until: number | null;
  readonly at: number;
  readonly grade: Grade;
  /** By how much more leads went to the direct team and to partners. */
  readonly direct: number;
  readonly channel: number;
}

interface Shift {
  load: number;
  best: number;
  readonly got: number[];
  readonly lost: number[];
}

export class Moves {
  readonly #fairness: Fairness | null;
  #moves: Move[] = [];
  /** What a partner's last offer, or turn, would be without one that it did not get; by that one. */
  readonly #without = new Map<string, number>();
  /** The last offers that partners got instead, and their last turns by route. */
  readonly #served = new Map<string, number>();
  readonly #turns = new Map<string, Map<string, number>>();

  constructor(fairness: Fairness | null) {
    this.#fairness = fairness;
  }

  /** Partners and market as they would have stood before a decision. */
  shift(partners: readonly PartnerState[], market: Market, { seq, at }: PastDecision): Past {
    const days = Math.max(LIMITS_DAYS, this.#fairness?.windowDays ?? 0) + 1;
    this.#moves = this.#moves.filter((move) => isOpen(move, seq) || move.at >= at - days * DAY);
    if (this.#without.size + this.#served.size + this.#turns.size + this.#moves.length === 0)
      return { partners, market };
    const since = (Math.floor(at / DAY) - (this.#fairness?.windowDays ?? 0)) * DAY;
    const shifts = new Map<string, Shift>();
    let { direct, channel } = market.given;
    for (const move of this.#moves) {
      const counts = move.at >= since && this.#fairness?.grades.has(move.grade) === true;
      for (const [id, sign] of [[move.from, -1] as const, [move.to, 1] as const]) {
        if (id === null) continue;
        const shift = shifts.get(id) ?? { load: 0, best: 0, got: [], lost: [] };
        if (isOpen(move, seq)) shift.load += sign;
        if (counts) shift.best += sign;
        (sign > 0 ? shift.got : shift.lost).push(move.at);
        shifts.set(id, shift);
      }
      if (counts) {
        direct += move.direct;
        channel += move.channel;
      }
    }
    return {
      partners: partners.map((partner) => this.#shifted(partner, shifts.get(partner.id))),
      market: { ...market, given: { direct, channel } },
    };
  }

  /** Takes note of a decision; `partners` as they would have stood before it. */
  add(past: PastDecision, decision: CompactDecision, partners: readonly PartnerState[]): void {
    const { result, seq, until, at, lead } = past;
    const [from, to] = [offered(result), offered(decision)];
    const same = from === to;
    if (!same || result.route !== decision.route || result.turn !== decision.turn) {
      const was = partners.find(({ id }) => id === from);
      if (was && result.route !== null && result.turn !== undefined) {
        const turn = was.turns?.[result.route] ?? Number.NEGATIVE_INFINITY;
        this.#without.set(turnKey(was.id, result.route, result.turn), turn);
      }
      if (to !== null && decision.route !== null && decision.turn !== undefined) {
        const turns = this.#turns.get(to) ?? new Map<string, number>();
        this.#turns.set(to, turns.set(decision.route, decision.turn));
      }
      if (was && !same) this.#without.set(servedKey(was.id, seq), was.lastServed);
      if (to !== null && !same) this.#served.set(to, seq);
    }
    const direct = Number(decision.outcome === 'direct') - Number(result.outcome === 'direct');
    if (same && direct === 0) return;
    const channel = lead.rounds === 0 ? Number(to !== null) - Number(from !== null) : 0;
    this.#moves.push({ ...{ from, to, until, at, direct, channel }, grade: lead.score.grade });
  }

  #shifted(partner: PartnerState, shift: Shift | undefined): PartnerState {
    const { id } = partner;
    const lastServed = this.#without.get(servedKey(id, partner.lastServed)) ?? partner.lastServed;
    const { recent, best, turns } = partner;
    const limited = partner.facts.dailyCapacity !== null || partner.facts.weeklyCapacity !== null;
    const more = shift ?? { load: 0, best: 0, got: [], lost: [] };
    return {
      ...partner,
      load: Math.max(0, partner.load + more.load),
      lastServed: Math.max(lastServed, this.#served.get(id) ?? 0),
      ...(limited ? { recent: [...without(recent ?? [], more.lost), ...more.got].sort((a, b) => a - b) } : {}),
      ...(best !== undefined || more.best > 0 ? { best: Math.max(0, (best ?? 0) + more.best) } : {}),
      ...this.#turnsOf(id, turns),
    };
  }

  #turnsOf(id: string, turns: PartnerState['turns']): Pick<PartnerState, 'turns'> {
    const instead = this.#turns.get(id);
    if (turns === undefined && instead === undefined) return {};
    const found = new Map<string, number>();
    for (const [route, turn] of Object.entries(turns ?? {})) {
      const kept = this.#without.get(turnKey(id, route, turn)) ?? turn;
      if (Number.isFinite(kept)) found.set(route, kept);
    }
    for (const [route, turn] of instead ?? []) found.set(route, Math.max(turn, found.get(route) ?? turn));
    return { turns: Object.fromEntries(found) };
  }
}

function offered({ outcome, partnerId }: CompactDecision): string | null {
  return outcome === 'offer' ? partnerId : null;
}

function isOpen({ until }: Move, seq: number): boolean {
  return until === null || until > seq;
}

function servedKey(id: string, seq: number): string {
  return `${id} ${seq}`;
}

function turnKey(id: string, route: string, turn: number): string {
  return `${id}\n${route}\n${turn}`;
}

function without(times: readonly number[], lost: readonly number[]): number[] {
  const left = [...times];
  for (const time of lost) {
    const place = left.indexOf(time);
    if (place >= 0) left.splice(place, 1);
  }
  return left;
}
