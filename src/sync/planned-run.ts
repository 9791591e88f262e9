/** Plans, and runs that are held to one. */
import { iso } from '../model/clock.ts';
import type { Store } from '../store/database.ts';
import type { Lease } from '../store/lease.ts';
import type { Environment } from './environment.ts';
import { digestsOf, makePlan, momentOf, type Plan } from './plan.ts';
import { guardedConnector, type HeldWrite } from './plan-guard.ts';
import { type Moved, PlanDigests } from './plan-memory.ts';
import { type RunOptions, type RunSummary, run } from './run.ts';

/** What planning needs of its surroundings. */
export interface Planning {
  readonly store: Store;
  readonly lease: Lease;
  /** Runs work during which the database is not to be used beside it. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  /** The environment with its connections described; what is learnt of them is kept in `db`. */
  readonly environment: (db: Environment['db']) => Promise<Environment>;
  readonly calls: (connection: string) => number;
}

/** The plan cannot be carried out: it is not one, or too old, or what it was made of has moved. */
export class PlanRefused extends Error {
  override readonly name = 'PlanRefused';
  /** Which records and fields differ; null where that is not known. */
  readonly moved: readonly Moved[] | null;
  constructor(message: string, moved: readonly Moved[] | null) {
    super(message);
    this.moved = moved;
  }
}

/** A run that kept to a plan. */
export interface PlannedRun {
  readonly summary: RunSummary;
  /** What came up since and was left to the next run. */
  readonly held: readonly HeldWrite[];
}

/** A plan's moment is its now: decisions of a day ago are not made today. */
const MOST_AGE_MS = 24 * 3_600_000;

/** Makes a plan for this moment and remembers its digests. */
export async function planNow(planning: Planning, now: number, show: number): Promise<Plan> {
  const digests = new PlanDigests();
  const plan = await planAt(planning, now, show, digests);
  if (plan.hash !== null) await digests.keep(planning.store.db, plan.hash, iso(now));
  return plan;
}

/** Carries out the plan that `hash` names, or throws PlanRefused. The clock stands at the plan's moment for all decisions. */
export async function runPlan(
  planning: Planning,
  hash: string,
  options: Omit<RunOptions, 'only' | 'full' | 'calls'>,
): Promise<PlannedRun> {
  const { store, lease } = planning;
  const at = momentOf(hash);
  if (at === null) throw new PlanRefused(`"${hash}" is not the hash of a plan`, null);
  const digests = new PlanDigests();
  const allowed = new Set<number>();
  const real = await planning.environment(store.db);
  const age = real.clock.now() - at;
  if (age < 0 || age > MOST_AGE_MS) throw new PlanRefused(`the plan is of ${iso(at)}: too old to be carried out`, null);
  const plan = await planAt(planning, at, 0, digests, allowed);
  if (plan.hash !== hash) {
    const stopped = Object.values(plan.problems)[0];
    if (stopped) throw new PlanRefused(`the plan could not be checked: ${stopped.message}`, null);
    throw new PlanRefused('what the plan was made of has changed since', await digests.movedSince(store.db, hash));
  }
  const held: HeldWrite[] = [];
  let deciding = true;
  const env: Environment = {
    ...real,
    connections: real.connections.map((connection) => ({
      ...connection,
      connector: guardedConnector(connection.connector, allowed, (write) => held.push(write)),
    })),
    // What is written and read back happens now: its times are compared with those of what the CRM answers.
    clock: { now: () => (deciding ? at : real.clock.now()) },
  };
  const summary = await run(env, lease, {
    ...options,
    calls: planning.calls,
    onPhase: (phase) => {
      deciding = phase === 'read' || phase === 'decide';
      options.onPhase?.(phase);
    },
  });
  return { summary, held };
}

async function planAt(
  planning: Planning,
  at: number,
  show: number,
  digests: PlanDigests,
  allowed?: Set<number>,
): Promise<Plan> {
  const { store, lease, alone, environment, calls } = planning;
  const plan = await alone(() =>
    store.scratch(async (scratch) =>
      makePlan(await environment(scratch), scratch, {
        at,
        show,
        calls,
        // The one connection of the embedded database is the scratch's: nobody else can take the lease meanwhile.
        renew: () => (store.kind === 'server' ? lease.renew() : Promise.resolve()),
        onChange: (change) => {
          digests.add(change);
          for (const [, digest] of digestsOf(change)) allowed?.add(digest);
        },
      }),
    ),
  );
  await lease.renew();
  return plan;
}
