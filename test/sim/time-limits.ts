/**
 * Time limits of requests, kept off the wall's clock: on a busy machine they would strike where no fault did, and a schedule
 * could not be repeated; and a fault that is silence would cost its whole limit.
 */
export class TimeLimits {
  readonly #real = AbortSignal.timeout;
  #open: AbortController[] = [];

  constructor() {
    AbortSignal.timeout = () => {
      const controller = new AbortController();
      this.#open.push(controller);
      return controller.signal;
    };
  }

  /** Every request that is under way has waited too long. */
  reach(): void {
    for (const controller of this.#open.splice(0)) {
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    }
  }

  restore(): void {
    AbortSignal.timeout = this.#real;
    this.#open = [];
  }
}
