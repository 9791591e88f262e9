import type { SandboxClock } from '../core/clock.ts';
import { HubSpotError } from './errors.ts';
import type { Tier } from './portal.ts';
import type { Route } from './router.ts';
import type { Bearer } from './tokens.ts';

const BURST_MS = 10_000;
const SEARCHES_A_SECOND = 5;
const DAY_MS = 86_400_000;

/** Calls in ten seconds: of a service key by tier, of all OAuth calls of the account. */
const BURST: Readonly<Record<Tier, number>> = { free: 100, pro: 190, enterprise: 190 };
const OAUTH_BURST = 110;
export const DAILY: Readonly<Record<Tier, number>> = { free: 250_000, pro: 625_000, enterprise: 1_000_000 };

/** Instants of the calls let through in the last `span` milliseconds. */
class Window {
  readonly #span: number;
  readonly #most: number;
  #calls: number[] = [];

  constructor(span: number, most: number) {
    this.#span = span;
    this.#most = most;
  }

  get most(): number {
    return this.#most;
  }

  remaining(now: number): number {
    const kept = this.#calls.findIndex((at) => at > now - this.#span);
    if (kept !== 0) this.#calls = kept < 0 ? [] : this.#calls.slice(kept);
    return this.#most - this.#calls.length;
  }

  count(now: number): void {
    this.#calls.push(now);
  }

  /** Milliseconds until a place is free. */
  wait(now: number): number {
    return Math.max(0, (this.#calls[0] ?? now) + this.#span - now);
  }
}

/** The vendor's limits: a rolling burst window an app, five searches a second and a daily number an account. */
export class RateLimits {
  readonly #clock: SandboxClock;
  readonly #retryAfter: boolean;
  readonly #daily: number;
  readonly #bursts: Readonly<Record<Bearer['kind'], Window>>;
  readonly #search = new Window(1_000, SEARCHES_A_SECOND);
  #day = 0;
  #today = 0;

  /** @param daily calls a day; missing: what the tier has */
  constructor(clock: SandboxClock, tier: Tier, retryAfter: boolean, daily = DAILY[tier]) {
    this.#daily = daily;
    this.#clock = clock;
    this.#retryAfter = retryAfter;
    this.#bursts = { key: new Window(BURST_MS, BURST[tier]), oauth: new Window(BURST_MS, OAUTH_BURST) };
  }

  /** Calls that a day allows. */
  get daily(): number {
    return this.#daily;
  }

  /** Calls counted since midnight UTC. */
  get today(): number {
    this.#turnDay();
    return this.#today;
  }

  /** Lets a call through and gives its headers, or throws the vendor's 429. Refused calls count against nothing. */
  admit(bearer: Bearer, limit: Route['limit']): Record<string, string> {
    const now = this.#clock.now();
    this.#turnDay();
    if (this.#today >= this.#daily) throw this.#refuse('DAILY', 'daily', DAY_MS - (now % DAY_MS), this.#dailyHeaders());
    // Searches are exempt from the burst window and have their own.
    const window = limit === 'search' ? this.#search : this.#bursts[bearer.kind];
    if (window.remaining(now) <= 0) {
      const [policy, word] =
        limit === 'search' ? ['SECONDLY', 'secondly'] : ['TEN_SECONDLY_ROLLING', 'ten_secondly_rolling'];
      const headers =
        limit === 'search' ? this.#dailyHeaders() : { ...this.#dailyHeaders(), ...burstHeaders(window, now) };
      throw this.#refuse(policy as string, word as string, window.wait(now), headers);
    }
    window.count(now);
    this.#today += 1;
    return limit === 'search' ? this.#dailyHeaders() : { ...this.#dailyHeaders(), ...burstHeaders(window, now) };
  }

  #turnDay(): void {
    const day = Math.floor(this.#clock.now() / DAY_MS);
    if (day !== this.#day) this.#today = 0;
    this.#day = day;
  }

  #dailyHeaders(): Record<string, string> {
    const daily = this.#daily;
    return {
      'x-hubspot-ratelimit-daily': String(daily),
      'x-hubspot-ratelimit-daily-remaining': String(Math.max(0, daily - this.#today)),
    };
  }

  #refuse(policyName: string, word: string, waitMs: number, headers: Record<string, string>): HubSpotError {
    return new HubSpotError(429, `You have reached your ${word} limit.`, {
      extra: { errorType: 'RATE_LIMIT', policyName },
      headers: {
        ...headers,
        ...(this.#retryAfter ? { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) } : {}),
      },
    });
  }
}

function burstHeaders(window: Window, now: number): Record<string, string> {
  const secondly = Math.floor(window.most / 10);
  return {
    'x-hubspot-ratelimit-interval-milliseconds': String(BURST_MS),
    'x-hubspot-ratelimit-max': String(window.most),
    'x-hubspot-ratelimit-remaining': String(window.remaining(now)),
    'x-hubspot-ratelimit-secondly': String(secondly),
    'x-hubspot-ratelimit-secondly-remaining': String(Math.min(secondly, window.remaining(now))),
  };
}
