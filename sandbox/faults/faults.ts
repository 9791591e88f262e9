import { Dice } from '../market/random.ts';
import { CRMS, type Crm, type FaultKind, kindOf } from './kinds.ts';
import {
  checkSchedule,
  type FaultParams,
  type FaultRule,
  type FaultSchedule,
  type FaultScheduleInput,
} from './schedule.ts';

/** A request as the rules look at it. */
export interface Struck {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** A fault that is to strike. */
export interface Fault {
  readonly kind: FaultKind;
  readonly crm: Crm;
  /** The how-manieth request (or batch of events) of the CRM since the schedule began. */
  readonly number: number;
  readonly params: FaultParams;
  /** Draws of this strike: which rows, which garbage. */
  readonly dice: Dice;
}

interface Live {
  readonly rule: FaultRule;
  readonly path: RegExp | null;
  /** Requests that the rule was about so far, and strikes. */
  met: number;
  struck: number;
}

/** Addresses of tokens: `/services/oauth2/token`, `/oauth/v1/token`, `/oauth/2026-09/token`. */
const TOKENS = /^\/+(services\/+oauth2|oauth)\//i;

/**
 * The faults of a sandbox, by schedule. What strikes depends on the seed, the rule and the number of the request alone. The
 * schedule can be changed while the sandbox runs.
 */
export class Faults {
  /** Strikes so far, by kind. A clock that is wrong counts once a schedule. */
  readonly counts: Partial<Record<FaultKind, number>> = {};
  /** Told of every strike. */
  onStrike: (fault: Fault, request: Struck | null) => void = () => undefined;
  /** Told when a request is left without an answer, after its effect. */
  onSilence: () => void = () => undefined;
  #schedule: FaultSchedule = { seed: 1, rules: [] };
  #live: Live[] = [];
  readonly #numbers = { requests: new Map<Crm, number>(), events: new Map<Crm, number>() };

  /** @throws BadSchedule */
  constructor(schedule: FaultScheduleInput = { rules: [] }) {
    this.use(schedule);
  }

  get schedule(): FaultSchedule {
    return this.#schedule;
  }

  /** Goes by this schedule from now on; request numbers begin anew, counts go on. @throws BadSchedule, changing nothing */
  use(schedule: FaultScheduleInput): void {
    this.#schedule = checkSchedule(schedule);
    this.#live = this.#schedule.rules.map((rule) => ({
      rule,
      path: rule.path === undefined ? null : toPattern(rule.path),
      met: 0,
      struck: 0,
    }));
    for (const numbers of Object.values(this.#numbers)) numbers.clear();
    for (const crm of CRMS) if (this.skewMs(crm) !== 0) this.#count('clock-skew');
  }

  /** No fault from now on. */
  stop(): void {
    this.use({ seed: this.#schedule.seed, rules: [] });
  }

  /** How far the CRM's clock is ahead, in milliseconds. */
  skewMs(crm: Crm): number {
    return this.#live
      .filter(({ rule }) => rule.fault === 'clock-skew' && (rule.crm ?? crm) === crm)
      .reduce((sum, { rule }) => sum + (rule.skewMs ?? 0), 0);
  }

  /**
   * The fault that strikes this request, if any; it counts as made. Requests count up with each call.
   * @param fits whether a kind of fault is possible here, a lock of rows being none for a query
   */
  strike(crm: Crm, request: Struck, fits: (kind: FaultKind) => boolean = () => true): Fault | null {
    const number = countUp(this.#numbers.requests, crm);
    return this.#draw(crm, number, 'request', request, (live) => {
      const { rule, path } = live;
      if (rule.method !== undefined && rule.method !== request.method) return false;
      if (path === null ? TOKENS.test(request.path) : !path.test(request.path)) return false;
      return fits(rule.fault);
    });
  }

  /**
   * What becomes of a batch of events on its way out: the batches to deliver in its place, in their order. Duplicates come in
   * a batch of their own after it or, every other time and where a batch of `most` holds them, within it.
   */
  events<T>(crm: Crm, batch: readonly T[], most = Number.POSITIVE_INFINITY): T[][] {
    const number = countUp(this.#numbers.events, crm);
    const fault = batch.length === 0 ? null : this.#draw(crm, number, 'events', null, () => true);
    if (fault === null) return [[...batch]];
    if (fault.kind === 'reordered-events') return [shuffled(batch, fault.dice)];
    const again = chosen(batch.length, fault).map((place) => batch[place] as T);
    const isApart = batch.length + again.length > most || fault.dice.chance('apart', 0.5);
    return isApart ? [[...batch], again] : [[...batch, ...again]];
  }

  #draw(
    crm: Crm,
    number: number,
    strikes: 'request' | 'events',
    request: Struck | null,
    concerns: (live: Live) => boolean,
  ): Fault | null {
    let fault: Fault | null = null;
    for (const [place, live] of this.#live.entries()) {
      const { rule } = live;
      const { crms, strikes: what } = kindOf(rule.fault);
      if (what !== strikes || (rule.crm ?? crm) !== crm || !crms.includes(crm) || !concerns(live)) continue;
      live.met += 1;
      const dice = new Dice(this.#schedule.seed, `${crm} ${strikes} ${number} rule ${place}`);
      if (fault !== null || !isDue(live, dice)) continue;
      live.struck += 1;
      const { effect, status, retryAfterSeconds, scope, how, share, delayMs } = rule;
      const params = { effect, status, retryAfterSeconds, scope, how, share, delayMs };
      fault = { kind: rule.fault, crm, number, params, dice };
    }
    if (fault !== null) {
      this.#count(fault.kind);
      this.onStrike(fault, request);
    }
    return fault;
  }

  #count(kind: FaultKind): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }
}

function isDue({ rule, met, struck }: Live, dice: Dice): boolean {
  if (rule.times !== undefined && struck >= rule.times) return false;
  if (rule.nth !== undefined) return [rule.nth].flat().includes(met);
  if (rule.every !== undefined) return met % rule.every === 0;
  return dice.chance('strikes', rule.probability ?? 0);
}

function countUp(numbers: Map<Crm, number>, crm: Crm): number {
  const number = (numbers.get(crm) ?? 0) + 1;
  numbers.set(crm, number);
  return number;
}

function toPattern(path: string): RegExp {
  return new RegExp(
    `^${path
      .split('*')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
      .join('.*')}$`,
    'i',
  );
}

/** Which of `length` rows a fault strikes: its share of them, at least one. */
export function chosen(length: number, { dice, params }: Fault): number[] {
  const places = Array.from({ length }, (_, place) => place);
  const some = places.filter((place) => dice.chance(`row ${place}`, params.share ?? 0.3));
  return some.length > 0 ? some : [dice.int('the one row', 0, length - 1)];
}

function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  return items
    .map((item, place) => ({ item, at: dice.uniform(`event ${place}`) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
