import PQueue from 'p-queue';

/** HubSpot measures its windows at its own door: requests sent a full window apart may arrive closer together. */
const SAFETY = 1.05;

/**
 * Lets at most `limit` requests through in any window of `spanMs`, in the order they came. It reads the clock it is
 * given, not the wall, as the windows of a sandbox move with the sandbox's time.
 */
export class RateWindow {
  readonly #limit: number;
  readonly #spanMs: number;
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #gate = new PQueue({ concurrency: 1 });
  #passed: number[] = [];

  constructor(limit: number, spanMs: number, now: () => number, sleep: (ms: number) => Promise<void>) {
    this.#limit = limit;
    this.#spanMs = Math.ceil(spanMs * SAFETY);
    this.#now = now;
    this.#sleep = sleep;
  }

  /** Resolves when the next request may go. */
  pass(): Promise<void> {
    return this.#gate.add(async () => {
      const since = this.#now() - this.#spanMs;
      this.#passed = this.#passed.filter((at) => at > since);
      const oldest = this.#passed[0];
      if (this.#passed.length >= this.#limit && oldest !== undefined) {
        await this.#sleep(oldest - since);
        this.#passed.shift();
      }
      this.#passed.push(this.#now());
    });
  }
}
