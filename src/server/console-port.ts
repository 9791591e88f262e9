/** The console's answers, read from the store: each method is one snapshot and a fixed number of queries, whatever the size. */

import type { Routing } from '../leads/routing.ts';
import { explainLead } from '../leads/service/explain.ts';
import { loadFairness } from '../leads/service/fairness.ts';
import type { SlaRules } from '../leads/service/terms.ts';
import { type Clock, iso } from '../model/clock.ts';
import type { BudgetRules } from '../store/budget-math.ts';
import type { Database } from '../store/database.ts';
import { historyOfLead } from '../store/history.ts';
import { snapshot } from '../store/snapshot.ts';
import { errorGroup, errorGroups, resend } from '../sync/error-centre.ts';
import type { ConsolePort, ModelView, Overview } from './api.ts';
import { fairnessView } from './console-fairness.ts';
import { leadDetail } from './console-lead.ts';
import { leadPage, leadRow } from './console-leads.ts';
import { connectionViews, funnelOf, leadStates, openCounts } from './console-overview.ts';
import { roiView } from './console-roi.ts';
import { liveRun, runViews } from './console-runs.ts';

export interface ConsolePortOptions {
  /** The vendor's name. */
  readonly vendor: string;
  /** ISO 4217: the reporting currency. */
  readonly currency: string;
  /** In the order of attribution.yaml. */
  readonly models: readonly ModelView[];
  readonly clock: Clock;
  /** How many calls each connection may make, by its name. */
  readonly budgets: ReadonlyMap<string, BudgetRules>;
  /** Only in a demo: how far it has come; null before it has begun. */
  readonly demo?: () => Overview['demoProgress'] | null;
  /** In force now. */
  readonly routing: Routing;
  /** Null where there is no sla.yaml. */
  readonly sla: SlaRules | null;
  /** Compiles a stored version of routing.yaml, for replays. */
  readonly routingOf: (body: string, file: string) => Routing;
}

const RUNS_SHOWN = 8;
const CHANGES_SHOWN = 50;

/** The port over a store. Every method reads, but for `resend`. */
export function consolePort(db: Database, options: ConsolePortOptions): ConsolePort {
  const { vendor, currency, models, clock, budgets, routing, sla, routingOf } = options;
  return {
    overview: () =>
      snapshot(db, async (tx): Promise<Overview> => {
        const progress = options.demo?.() ?? null;
        const open = await openCounts(tx);
        return {
          vendor,
          currency,
          now: iso(clock.now()),
          demo: options.demo !== undefined,
          ...(progress && { demoProgress: progress }),
          funnel: await funnelOf(tx, currency),
          leadStates: await leadStates(tx),
          runs: await runViews(tx, RUNS_SHOWN),
          connections: await connectionViews(tx, { syncing: (await liveRun(tx)) !== null, budgets, now: clock.now() }),
          errors: { open: open.errors },
          reviews: { open: open.reviews },
        };
      }),
    leads: (query) => snapshot(db, (tx) => leadPage(tx, query)),
    lead: (id) =>
      snapshot(db, async (tx) => {
        const row = await leadRow(tx, id);
        if (row === null) return null;
        const explained = await explainLead(tx, id, routingOf, { now: clock.now(), ...(sla && { sla }) });
        return leadDetail(row, explained, await historyOfLead(tx, id, CHANGES_SHOWN));
      }),
    roi: () => snapshot(db, (tx) => roiView(tx, currency, models)),
    fairness: () => snapshot(db, async (tx) => fairnessView(await loadFairness(tx, routing, clock.now()))),
    runs: (limit) => snapshot(db, (tx) => runViews(tx, limit)),
    errors: () => snapshot(db, async (tx) => ({ groups: await errorGroups(tx) })),
    error: (id) => snapshot(db, (tx) => errorGroup(tx, id)),
    resend: async (id) => {
      const done = await resend(db, { id }, iso(clock.now()));
      return done.errors === 0 ? null : done;
    },
  };
}
