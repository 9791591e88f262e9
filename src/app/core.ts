import type { Config } from '../config/load.ts';
import { RemoteClock } from '../config/remote-clock.ts';
import type { Clock } from '../model/clock.ts';
import type { Aside } from '../store/aside.ts';
import type { Store } from '../store/database.ts';
import type { Connection, Environment, Rules } from '../sync/environment.ts';
import type { Log } from './app.ts';
import type { Part } from './part.ts';

/** What use cases work with: everything that was opened or compiled once for the process. */
export interface Core {
  readonly config: Config;
  readonly store: Store;
  readonly shelves: Aside;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly parts: readonly Part[];
  /** The command at work, for those who find the lease taken. */
  readonly command: string;
  readonly log: Log;
  /** Aborts where the process is told to stop: no call is made after that, and no batch begun. */
  readonly ending: AbortSignal;
}

/** Asks a clock that is elsewhere what time it is; due before whatever depends on the time. */
export async function tellTime({ clock }: Core): Promise<void> {
  if (clock instanceof RemoteClock) await clock.refresh();
}

export function environmentOf(core: Core, connections: readonly Connection[]): Environment {
  return {
    db: core.store.db,
    clock: core.clock,
    connections,
    rules: core.rules,
    currency: core.config.vendor.currency,
    log: core.log,
  };
}
