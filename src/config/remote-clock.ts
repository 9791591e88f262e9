import type { Clock } from '../model/clock.ts';

/** The clock of a sandbox, asked for at the beginning of every command and flowing with the wall in between. */
export class RemoteClock implements Clock {
  readonly #url: string;
  #base = Date.now();
  #asked = performance.now();

  constructor(url: string) {
    this.#url = url;
  }

  now(): number {
    return Math.floor(this.#base + (performance.now() - this.#asked));
  }

  async refresh(): Promise<void> {
    const response = await fetch(this.#url).catch((error: unknown) => {
      throw new Error(`the sandbox clock at ${this.#url} does not answer: is the sandbox running?`, { cause: error });
    });
    const { epochMs } = (await response.json()) as { epochMs: number };
    this.#base = epochMs;
    this.#asked = performance.now();
  }
}
