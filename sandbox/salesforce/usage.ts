import type { SandboxClock } from '../core/clock.ts';
import { SalesforceError } from './errors.ts';

const MINUTE = 60_000;
const WINDOW = 24 * 60;

/** Counts the calls of the last 24 hours of the sandbox's clock, to the minute, and all calls by kind. */
export class Usage {
  /** Calls allowed within 24 hours. */
  max: number;
  /** Calls allowed at once, null for any number. The platform counts those only that last longer than twenty seconds. */
  maxConcurrent: number | null = null;
  readonly byKind: Record<string, number> = {};
  total = 0;
  readonly #clock: SandboxClock;
  readonly #minutes = new Map<number, number>();
  #inWindow = 0;
  #inFlight = 0;

  constructor(clock: SandboxClock, max: number) {
    this.#clock = clock;
    this.max = max;
  }

  /** Calls within the last 24 hours. */
  get used(): number {
    const oldest = Math.floor(this.#clock.now() / MINUTE) - WINDOW;
    for (const [minute, count] of this.#minutes) {
      if (minute > oldest) break;
      this.#minutes.delete(minute);
      this.#inWindow -= count;
    }
    return this.#inWindow;
  }

  /** A call begins. @returns what ends it */
  enter(): () => void {
    this.#inFlight += 1;
    return () => {
      this.#inFlight -= 1;
    };
  }

  /** @throws REQUEST_LIMIT_EXCEEDED where the day's calls are used up, or too many run at once */
  count(kind: string): void {
    if (this.maxConcurrent !== null && this.#inFlight > this.maxConcurrent) {
      throw new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.');
    }
    if (this.used >= this.max)
      throw new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    const minute = Math.floor(this.#clock.now() / MINUTE);
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + 1);
    this.#inWindow += 1;
    this.total += 1;
    this.byKind[kind] = (this.byKind[kind] ?? 0) + 1;
  }
}
