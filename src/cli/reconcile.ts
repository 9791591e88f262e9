import { sql } from 'kysely';
import { iso } from '../model/clock.ts';
import { reconcileDeals } from '../revenue/service/reconcile.ts';
import { checkLease, takeLease } from '../store/lease.ts';
import { answer, EXIT, UserError } from './context.ts';
import type { AppCommand } from './with-app.ts';

/** Deals looked at in one transaction. */
const DEALS_A_BATCH = 2_000;

export const reconcile: AppCommand = async (app, io, options) => {
  const env = await app.environment();
  const lease = await takeLease(env.db, 'sync', 'reconcile');
  if ('holder' in lease)
    throw new UserError(
      `another run (\`${lease.holder.command}\`, process ${lease.holder.pid}) is at work; nothing was reconciled`,
      { exit: EXIT.busy },
    );
  let entries = 0;
  try {
    const deals = await env.db.selectFrom('opportunities').select('id').orderBy('id').execute();
    for (let start = 0; start < deals.length; start += DEALS_A_BATCH) {
      const ids = deals.slice(start, start + DEALS_A_BATCH).map((deal) => deal.id);
      await env.db.transaction().execute(async (tx) => {
        await checkLease(tx, lease);
        const done = await reconcileDeals(tx, ids, env.rules.attribution, iso(env.clock.now()), env.rules.ledger);
        entries += done.entries;
      });
      await lease.renew();
    }
  } finally {
    await lease.release();
  }
  const found = await sql<{ deals: number; matched: number; booked: number; held: number }>`
    select count(*)::int as deals, count(m.lead_id)::int as matched,
      (select count(distinct opportunity_id)::int from entries) as booked, (select count(*)::int from held_revenue) as held
    from opportunities o left join matches m on m.opportunity_id = o.id`.execute(env.db);
  const held = await env.db.selectFrom('held_revenue').selectAll().orderBy('opportunity_id').execute();
  const totals = { ...(found.rows[0] ?? { deals: 0, matched: 0, booked: 0, held: 0 }), newEntries: entries };
  answer(io, options, { ...totals, heldRevenue: held }, () =>
    [
      `${totals.deals} deals, ${totals.matched} tied to a lead, ${totals.booked} in the ledger, ${entries} new entries`,
      ...held.map((row) => `  held: ${row.opportunity_id}: ${row.reason}`),
    ].join('\n'),
  );
  return held.length > 0 ? EXIT.rejected : EXIT.done;
};
