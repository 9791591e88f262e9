import type { SandboxClock } from '../core/clock.ts';
import { HubSpotError } from './errors.ts';

/** States of an account that a caller meets now and then: a record that something else is working on, a move between data centres. */
export class Conditions {
  readonly #clock: SandboxClock;
  readonly #locked = new Map<string, number>();
  #movesUntil = 0;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** For `ms` of sandbox time every write of the record is refused with 423. */
  lock(recordId: string, ms: number): void {
    this.#locked.set(recordId, this.#clock.now() + ms);
  }

  /** For `ms` of sandbox time every request is refused with 477 and a Retry-After of the rest, in seconds. */
  migrate(ms: number): void {
    this.#movesUntil = this.#clock.now() + ms;
  }

  /** Throws the vendor's 423 where the record is locked now. */
  checkLock(recordId: string): void {
    if (this.#locked.size === 0) return;
    const until = this.#locked.get(recordId);
    if (until === undefined) return;
    if (until <= this.#clock.now()) this.#locked.delete(recordId);
    else throw new HubSpotError(423, 'The resource is locked; wait at least 2 seconds before trying again.', {});
  }

  /** Throws the vendor's 477 while the account moves. */
  checkMove(): void {
    const left = this.#movesUntil - this.#clock.now();
    if (left <= 0) return;
    throw new HubSpotError(477, 'This account is being migrated between data hosting locations.', {
      headers: { 'retry-after': String(Math.ceil(left / 1000)) },
    });
  }
}
