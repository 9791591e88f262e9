/** One process of several that register and approve the same deals at once: `node approve-child.ts URL SCHEMA PARTNER DEALS`, prints how many it got. */
import { moveDeal } from '../../../src/deals/service/move.ts';
import { registerDeals } from '../../../src/deals/service/register.ts';
import { openStore } from '../../../src/store/database.ts';
import { MONDAY } from '../fixtures.ts';
import { Stage } from './stage.ts';

const [url = '', schema = '', partner = '', deals = '0'] = process.argv.slice(2);
const { db, close } = await openStore({ url, schema });
const { ports } = new Stage(db);
let got = 0;
for (let n = 0; n < Number(deals); n++) {
  const written = { partner, company: `Alder Systems ${n}`, domain: `aldersystems${n}.com`, amount: '9' };
  const brought = { source: partner, by: partner };
  const [done] = await registerDeals(db, [{ place: 1, written }], brought, ports, MONDAY);
  const move = { kind: 'approve', step: 'board', despite: true } as const;
  try {
    await moveDeal(db, String(done?.registration), move, partner, ports, MONDAY);
    got++;
  } catch (error) {
    if ((error as Error).name !== 'DealRefused') throw error;
  }
}
process.stdout.write(String(got));
await close();
