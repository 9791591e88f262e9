/** One process of several that route at once: `node route-child.ts URL SCHEMA`, prints how many offers it made. */
import { compileRouting } from '../../../src/leads/routing.ts';
import { routeWaiting } from '../../../src/leads/service/route.ts';
import { openStore } from '../../../src/store/database.ts';
import { ROUTING_RULES } from './pool-rules.ts';

/** Few leads a transaction, so that the processes take turns. */
const A_BATCH = 2;

const [url = '', schema = ''] = process.argv.slice(2);
const { db, close } = await openStore({ url, schema });
const routing = compileRouting('routing.yaml', ROUTING_RULES);
let offers = 0;
for (;;) {
  const routed = await db
    .transaction()
    .execute((tx) => routeWaiting(tx, routing, 'rules-1', Date.parse('2026-03-02T12:00:00Z'), A_BATCH));
  offers += routed.offers.length;
  if (routed.count === 0) break;
}
process.stdout.write(String(offers));
await close();
