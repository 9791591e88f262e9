/** One process of several that claim leads at once: `node claim-child.ts URL SCHEMA PARTNER`, prints how many it got. */
import { sql } from 'kysely';
import { compileRouting } from '../../../src/leads/routing.ts';
import { claimLead } from '../../../src/leads/service/claim.ts';
import { openStore } from '../../../src/store/database.ts';
import { POOL_RULES } from './pool-rules.ts';

const [url = '', schema = '', partner = ''] = process.argv.slice(2);
const { db, close } = await openStore({ url, schema });
const routing = compileRouting('routing.yaml', POOL_RULES);
const { rows } = await sql<{ id: string }>`select id from leads where state = 'In pool' order by id`.execute(db);
let got = 0;
for (const { id } of rows) {
  const claimed = await db
    .transaction()
    .execute((tx) => claimLead(tx, id, partner, routing, null, Date.parse('2026-03-02T12:00:00Z')));
  if (claimed.kind === 'claimed' && !claimed.again) got++;
}
process.stdout.write(String(got));
await close();
