/** Turns of the event loop without any progress after which everybody who still waits waits for the gate. */
const QUIET_TURNS = 8;

interface Waiting {
  readonly name: string;
  readonly place: number;
  readonly open: () => void;
}

/**
 * Lets one call of a connector through at a time, and none before everything else has come to rest: then it does not depend on
 * the machine which of two calls made side by side comes first, and a schedule can be repeated to the last statement.
 */
export class Gate {
  /** Counts everything that happens outside the gate. */
  readonly #progress: () => number;
  readonly #waiting: Waiting[] = [];
  #busy = false;
  #watching = false;
  #arrived = 0;

  constructor(progress: () => number) {
    this.#progress = progress;
  }

  async through<T>(name: string, call: () => Promise<T>): Promise<T> {
    await new Promise<void>((open) => {
      this.#waiting.push({ name, place: this.#arrived++, open });
      this.#watch();
    });
    try {
      return await call();
    } finally {
      this.#busy = false;
      this.#watch();
    }
  }

  #watch(): void {
    if (this.#watching || this.#busy || this.#waiting.length === 0) return;
    this.#watching = true;
    let seen = -1;
    let quiet = 0;
    const look = () => {
      const now = this.#progress() + this.#arrived;
      quiet = now === seen ? quiet + 1 : 0;
      seen = now;
      if (quiet < QUIET_TURNS) {
        setImmediate(look);
        return;
      }
      this.#watching = false;
      this.#waiting.sort((a, b) => (a.name === b.name ? a.place - b.place : a.name < b.name ? -1 : 1));
      const next = this.#waiting.shift();
      this.#busy = true;
      next?.open();
    };
    setImmediate(look);
  }
}
