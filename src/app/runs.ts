import type { Config } from '../config/load.ts';
import { refreshReports } from '../insight/service/reports/refresh.ts';
import { hasAnswers } from '../leads/service/answer-links.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { type Database, refreshStatistics } from '../store/database.ts';
import { type Lease, takeLease } from '../store/lease.ts';
import { refusedBySchema } from '../sync/drift-store.ts';
import type { Connection, Environment } from '../sync/environment.ts';
import { hasHints } from '../sync/hint-store.ts';
import { resendRejected } from '../sync/outbox.ts';
import type { Plan } from '../sync/plan.ts';
import { type PlannedRun, planNow, runPlan } from '../sync/planned-run.ts';
import { type RunSummary, run } from '../sync/run.ts';
import type { SweepSettings } from '../sync/sweep.ts';
import { type Verification, type VerifyOptions, verify } from '../sync/verify.ts';
import { Busy, type SyncOptions, UnknownStream } from './app.ts';
import type { Connections } from './connections.ts';
import { type Core, environmentOf, tellTime } from './core.ts';
import { pause } from './pause.ts';

/** Changed records after which the planner's statistics are out of date. */
const CHANGES_TO_ANALYZE = 2_000;

/** The use cases of which one runs at a time: they hold the lease. */
export class Runs {
  readonly #core: Core;
  readonly #connections: Connections;
  #changedSinceAnalyze = 0;
  #analyzeAfter = CHANGES_TO_ANALYZE;

  constructor(core: Core, connections: Connections) {
    this.#core = core;
    this.#connections = connections;
  }

  sync(options: SyncOptions = {}): Promise<RunSummary> {
    return this.#run(options, false);
  }

  async absorb(): Promise<RunSummary | null> {
    const { db } = this.#core.store;
    return (await hasHints(db)) || (await hasAnswers(db)) ? this.#run({}, true) : null;
  }

  plan(options: { readonly show: number }): Promise<Plan> {
    return this.#leased(async (lease) => planNow(await this.#planning(lease), this.#core.clock.now(), options.show));
  }

  syncPlan(hash: string, options: Pick<SyncOptions, 'onPage' | 'onPhase'>): Promise<PlannedRun> {
    return this.#leased(async (lease) => runPlan(await this.#planning(lease), hash, { ...options, sleep: pause }));
  }

  verify(options: VerifyOptions): Promise<Verification> {
    return this.#leased(async (lease) => {
      for (const part of this.#core.parts) await this.#connections.prove(part);
      const connections = await this.#connections.forRun();
      const only = options.only === undefined ? {} : { only: streamNamed(options.only, connections) };
      const env = environmentOf(this.#core, connections);
      return verify(env, this.#core.store, lease, { ...options, ...only });
    });
  }

  #run(options: SyncOptions, hintsOnly: boolean): Promise<RunSummary> {
    return this.#leased(async (lease) => {
      const { store, config } = this.#core;
      if (options.resend) await resendRejected(store.db);
      const connections = await this.#connections.forRun();
      const only = options.only === undefined ? undefined : new Set([streamNamed(options.only, connections)]);
      const summary = await run(environmentOf(this.#core, connections), lease, {
        ...(options.full === undefined ? {} : { full: options.full }),
        ...(options.onPage ? { onPage: options.onPage } : {}),
        ...(options.onPhase ? { onPhase: options.onPhase } : {}),
        ...(only ? { only } : {}),
        hintsOnly,
        sweep: sweepSettings(config),
        ending: this.#core.ending,
        sleep: pause,
        calls: (name) => this.#calls(name),
      });
      for (const name of await refusedBySchema(store.db, summary.startedAt)) this.#connections.forget(name);
      this.#changedSinceAnalyze += Object.values(summary.connections).reduce((sum, mine) => sum + mine.changed, 0);
      if (this.#changedSinceAnalyze >= this.#analyzeAfter) {
        await refreshStatistics(store);
        // What was learned holds for as long as the tables do not double.
        this.#analyzeAfter = Math.max(CHANGES_TO_ANALYZE, 2 * this.#changedSinceAnalyze);
        this.#changedSinceAnalyze = 0;
      }
      // What events hinted at is answered at once; who asks for a report brings it up to date.
      if (!hintsOnly) await refreshReports(store.db);
      return summary;
    });
  }

  /** Works with the right to run; throws Busy where another run has it. */
  async #leased<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
    await tellTime(this.#core);
    const lease = await takeLease(this.#core.store.db, 'sync', this.#core.command);
    if ('holder' in lease) {
      const { command, pid, host } = lease.holder;
      throw new Busy(`another run (\`${command}\`, process ${pid} on ${host}) is at work; this one did nothing`);
    }
    try {
      return await work(lease);
    } finally {
      await lease.release();
    }
  }

  async #planning(lease: Lease) {
    const { parts, store, shelves } = this.#core;
    for (const part of parts) {
      await this.#connections.prove(part);
      // From here on the budget knows whose it is: it must not ask the database while a scratch has it.
      await part.budget.standing();
    }
    const alone = <T>(work: () => Promise<T>) => (store.kind === 'embedded' ? shelves.during(work) : work());
    const environment = async (db: Database): Promise<Environment> => ({
      ...environmentOf(this.#core, await this.#connections.anew(db)),
      db,
    });
    return { store, lease, alone, environment, calls: (name: string) => this.#calls(name) };
  }

  #calls(connection: string): number {
    return this.#core.parts.find((part) => part.name === connection)?.calls.run ?? 0;
  }
}

function sweepSettings({ sweep }: Config): SweepSettings {
  const HOUR = 3_600_000;
  return {
    everyMs: sweep.everyHours * HOUR,
    calculatedEveryMs: sweep.calculatedEveryHours * HOUR,
    pagesARun: sweep.pagesARun,
  };
}

function streamNamed(wanted: string, connections: readonly Connection[]): string {
  const objects = [
    ...new Set(connections.flatMap((connection) => connection.streams.map((stream) => stream.spec.object))),
  ];
  const found = objects.find((object) => object.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new UnknownStream(wanted, suggestion(wanted, objects));
}
