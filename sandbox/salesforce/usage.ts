import type { SandboxClock } from '../core/clock.ts';
import { SalesforceError } from './errors.ts';

const MINUTE = 60_000;
const WINDOW = 24 * 60;

/** Counts the calls of the last 24 hours of the sandbox's clock, to the minute, and all calls by kind. */
export class Usage {
  readonly max: number;
  readonly byKind: Record<string, number> = {};
  total = 0;
  readonly #clock: SandboxClock;
  readonly #minutes = new Map<number, number>();
  #inWindow = 0;

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

  /** @throws REQUEST_LIMIT_EXCEEDED where the day's calls are used up */
  count(kind: string): void {
    if (this.used >= this.max)
      throw new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    const minute = Math.floor(this.#clock.now() / MINUTE);
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + 1);
    this.#inWindow += 1;
    this.total += 1;
    this.byKind[kind] = (this.byKind[kind] ?? 0) + 1;
  }
}
