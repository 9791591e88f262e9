/**
 * The one clock of a sandbox. It flows with the wall from a settable base and jumps forward on request;
 * rate windows, token lives and record stamps of every emulator read it, so that a jump moves them together.
 */
export class SandboxClock {
  #base: number;
  #startedAt: number;
  readonly #onJump = new Set<() => void>();

  /** @param base the sandbox instant, in epoch milliseconds, at which the clock starts to flow */
  constructor(base: number = Date.now()) {
    this.#base = base;
    this.#startedAt = performance.now();
  }

  /** The sandbox instant in whole epoch milliseconds. */
  now(): number {
    return Math.floor(this.#base + (performance.now() - this.#startedAt));
  }

  /** Jumps forward by `ms` (never backward). */
  advance(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`the clock only moves forward, not by ${ms} ms`);
    this.#base += ms;
    for (const listener of this.#onJump) listener();
  }

  /** Calls `listener` after each jump, for whatever waits for an instant; the answer ends that. */
  onJump(listener: () => void): () => void {
    this.#onJump.add(listener);
    return () => this.#onJump.delete(listener);
  }
}
