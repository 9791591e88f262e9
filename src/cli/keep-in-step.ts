import type { RunSummary } from '../sync/run.ts';

export interface Steps {
  /** One whole run. */
  readonly sync: () => Promise<RunSummary>;
  /** One small run for what events hinted at; null where nothing waited. */
  readonly absorb: () => Promise<RunSummary | null>;
  /** Whether an error only says that another run is at work. */
  readonly isBusy: (error: unknown) => boolean;
  /** Told what each step came to. */
  readonly onDone: (summary: RunSummary) => void;
  readonly onFailed: (error: unknown) => void;
}

export interface Pace {
  /** From the beginning of one sync to that of the next. */
  readonly everyMs: number;
  /** How long hints are collected before they are followed: a burst of events becomes one run. */
  readonly collectMs: number;
  /** How soon a step is tried again where another process is at work. */
  readonly busyMs: number;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Epoch milliseconds by the clock that summaries tell time by. */
  readonly clock: () => number;
  /** Waits; ends early, without a word, where the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const COLLECT_MS = 250;
export const BUSY_MS = 2_000;

/**
 * Keeps both sides in step: syncs on schedule, and absorbs hints soon after they come. One step at a time, and each in its own
 * time: a step that fails is told and the next one comes as planned, one that finds another process at work is tried again
 * shortly, and where every connection has stopped for its quota the next sync waits until the first of them resumes.
 */
export class KeepInStep {
  readonly #steps: Steps;
  readonly #pace: Pace;
  #syncDue: number;
  #absorbDue = Number.POSITIVE_INFINITY;
  #waiting = new AbortController();

  constructor(steps: Steps, pace: Pace) {
    this.#steps = steps;
    this.#pace = pace;
    this.#syncDue = pace.now();
  }

  /** Hints have come: they are absorbed once the burst that they may be part of is over. */
  nudge(): void {
    this.#absorbDue = Math.min(this.#absorbDue, this.#pace.now() + this.#pace.collectMs);
    this.#waiting.abort();
  }

  /** Runs until `signal` aborts; a step that is under way then is finished. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = this.#pace.now();
      if (now >= this.#syncDue) await this.#sync(now);
      else if (now >= this.#absorbDue) await this.#absorb();
      else {
        this.#waiting = new AbortController();
        const until = Math.min(this.#syncDue, this.#absorbDue);
        await this.#pace.wait(until - now, AbortSignal.any([signal, this.#waiting.signal]));
      }
    }
  }

  async #sync(startedAt: number): Promise<void> {
    // What was hinted at until now is followed by this run; what comes meanwhile asks again.
    this.#absorbDue = Number.POSITIVE_INFINITY;
    this.#syncDue = startedAt + this.#pace.everyMs;
    const summary = await this.#step(this.#steps.sync, () => {
      this.#syncDue = Math.min(this.#syncDue, this.#pace.now() + this.#pace.busyMs);
    });
    const rest = summary ? this.#restOf(summary) : 0;
    if (rest > 0) this.#syncDue = Math.max(this.#syncDue, this.#pace.now() + rest);
  }

  async #absorb(): Promise<void> {
    this.#absorbDue = Number.POSITIVE_INFINITY;
    const summary = await this.#step(this.#steps.absorb, () => {
      this.#absorbDue = this.#pace.now() + this.#pace.busyMs;
    });
    // Hints that a connection could not follow wait for it, or for the next sync.
    const rest = summary ? this.#restOf(summary) : 0;
    if (rest > 0) this.#absorbDue = Math.max(this.#absorbDue, this.#pace.now() + rest);
  }

  async #step(step: () => Promise<RunSummary | null>, onBusy: () => void): Promise<RunSummary | null> {
    try {
      const summary = await step();
      if (summary) this.#steps.onDone(summary);
      return summary;
    } catch (error) {
      if (this.#steps.isBusy(error)) onBusy();
      else this.#steps.onFailed(error);
      return null;
    }
  }

  /** For how long nothing can be done: until the first connection resumes, where all have stopped and say when. */
  #restOf(summary: RunSummary): number {
    const resumes = Object.values(summary.connections).map(({ problem }) => problem?.resumesAt ?? null);
    if (resumes.length === 0 || resumes.includes(null)) return 0;
    return Math.min(...resumes.map((at) => Date.parse(at ?? ''))) - this.#pace.clock();
  }
}
