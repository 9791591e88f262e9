/** Things that arrive one by one and are taken all at once. */
export class Inbox<T> {
  #waiting: T[] = [];
  #closed = false;
  #wake: (() => void) | null = null;

  push(item: T): void {
    this.#waiting.push(item);
    this.#wake?.();
  }

  /** Everything that has arrived, at least one thing; null once it is closed. For one taker at a time. */
  async take(): Promise<T[] | null> {
    if (!this.#closed && this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    if (this.#closed) return null;
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** Nothing is taken any more; what waits is dropped. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#wake?.();
  }
}
