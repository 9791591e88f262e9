import { SandboxClock } from '../../sandbox/index.ts';

/** A clock that moves only when it is told to, so that a schedule does not depend on how fast the machine is. */
export class SteppedClock extends SandboxClock {
  #at: number;

  constructor(at: number) {
    super(at);
    this.#at = at;
  }

  override now(): number {
    return this.#at;
  }

  override advance(ms: number): void {
    this.#at += ms;
    super.advance(ms);
  }
}
