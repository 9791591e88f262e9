import type { App } from './app.ts';
import { Connections } from './connections.ts';
import type { Core } from './core.ts';
import { DealDesk } from './deals.ts';
import { takeIn } from './feedback.ts';
import { hear, listenToAll } from './hear.ts';
import { OfferDesk } from './offer-desk.ts';
import { Reports } from './reports.ts';
import { Runs } from './runs.ts';

/** Everything the application does, a line for each use case: what one does stands in a file of this folder, or further down. */
export function runningApp(core: Core, ending: AbortController): App {
  const { config, store, clock, rules, parts } = core;
  const connections = new Connections(core);
  const runs = new Runs(core, connections);
  const reports = new Reports(core);
  const desk = new OfferDesk(core, reports);
  const deals = new DealDesk(core);
  return {
    config,
    store,
    clock,
    rules,
    budgets: new Map(parts.map((part) => [part.name, part.budgetRules])),

    check: () => connections.check(),
    provision: (options) => connections.provision(options),
    environment: () => connections.environment(),

    sync: (options) => desk.telling(() => runs.sync(options)),
    absorb: () => desk.telling(() => runs.absorb()),
    plan: (options) => runs.plan(options),
    syncPlan: (hash, options) => desk.telling(() => runs.syncPlan(hash, options)),
    verify: (options) => runs.verify(options),

    reports,
    answerLinks: desk.answerLinks(),
    offer: (id) => desk.offer(id),
    takeFeedback: (rows, brought) => takeIn(core, rows, brought),
    pool: (limit) => desk.pool(limit),
    poolFor: (partnerId, limit) => desk.poolFor(partnerId, limit),
    claim: (leadId, partnerId) => desk.claim(leadId, partnerId),
    registerDeals: (rows, brought) => desk.telling(() => deals.register(rows, brought)),
    moveDeal: (id, move, by) => desk.telling(() => deals.move(id, move, by)),
    deal: (id) => deals.show(id),
    deals: (filter) => deals.list(filter),
    moveClock: (id, move) => desk.moveClock(id, move),

    receive: (connection, request) => hear(core, connection, request),
    listen: (signal, onHints) => listenToAll(core, connections, signal, onHints),

    calls: (connection) => parts.find((part) => part.name === connection)?.calls ?? { run: 0, setUp: 0 },
    stop: () => ending.abort(),
    async close() {
      desk.close();
      for (const part of parts) {
        await part.connector.close();
        await part.budget.close();
      }
      await store.close();
    },
  };
}
