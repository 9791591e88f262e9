import { SandboxClock } from '../core/clock.ts';
import type { Faults } from './faults.ts';
import type { Crm } from './kinds.ts';

/** The clock of one CRM: the sandbox's, as wrong as its faults say. It never goes back, as record stamps must not. */
export class SkewedClock extends SandboxClock {
  readonly #true: SandboxClock;
  readonly #faults: Faults;
  readonly #crm: Crm;
  #latest = Number.NEGATIVE_INFINITY;

  constructor(clock: SandboxClock, faults: Faults, crm: Crm) {
    super(0);
    this.#true = clock;
    this.#faults = faults;
    this.#crm = crm;
  }

  override now(): number {
    this.#latest = Math.max(this.#latest, this.#true.now() + this.#faults.skewMs(this.#crm));
    return this.#latest;
  }

  override advance(ms: number): void {
    this.#true.advance(ms);
  }

  override onJump(listener: () => void): () => void {
    return this.#true.onJump(listener);
  }
}
