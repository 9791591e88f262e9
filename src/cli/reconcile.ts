import { sql } from 'kysely';
import { iso } from '../model/clock.ts';
import { DEFAULT_RECONCILE } from '../revenue/reconcile-config.ts';
import { AnswerRefused, answerDeal, openDealReviews } from '../revenue/service/answer-deal.ts';
import { type Refit, refit } from '../revenue/service/fits.ts';
import { noteWorkedLeads } from '../revenue/service/match-facts.ts';
import { loadKits } from '../revenue/service/products.ts';
import { reconcileDeals } from '../revenue/service/reconcile.ts';
import { loadUnrecorded } from '../revenue/service/unrecorded.ts';
import { withPlainAmounts } from '../server/reconcile.ts';
import { checkLease, takeLease } from '../store/lease.ts';
import { answer, EXIT, UserError } from './context.ts';
import { dealReviewText, kitsText, plainKit, unrecordedText } from './reconcile-text.ts';
import type { AppCommand } from './with-app.ts';

/** Deals looked at in one transaction. */
const DEALS_A_BATCH = 2_000;

interface Totals {
  readonly deals: number;
  readonly matched: number;
  readonly doubtful: number;
  readonly unattributed: number;
  readonly booked: number;
  readonly held: number;
}

/** `reconcile` brings everything in line; `reconcile review` and `reconcile unrecorded` show what is left to people. */
export const reconcile: AppCommand = (app, io, options, [what = 'run', word = 'list', id]) => {
  if (what === 'run') return reconcileAll(app, io, options, []);
  if (what === 'review') return review(app, io, options, [word, ...(id === undefined ? [] : [id])]);
  if (what === 'products') return products(app, io, options, []);
  if (what === 'unrecorded') return unrecorded(app, io, options, []);
  const hint = 'reconcile, reconcile review, reconcile review same ID, reconcile unrecorded, reconcile products';
  throw new UserError(`there is no "reconcile ${what}"`, { hint, exit: EXIT.usage });
};

const review: AppCommand = async (app, io, options, [word = 'list', id]) => {
  if (word === 'list') {
    const open = await openDealReviews(app.store.db);
    answer(io, options, { open }, () =>
      open.length === 0 ? 'No deal waits for a person.' : open.map(dealReviewText).join('\n\n'),
    );
    return EXIT.done;
  }
  if (id === undefined)
    throw new UserError('which question?', { hint: 'reconcile review same ID, or different ID', exit: EXIT.usage });
  const chosen = typeof options.with === 'string' ? { with: options.with } : {};
  try {
    const kept = await answerDeal(app.store.db, id, { word, ...chosen }, iso((await app.environment()).clock.now()));
    answer(
      io,
      options,
      { id, answer: kept },
      () => `${id}: ${kept}. The next sync or \`sluice reconcile\` acts on it.`,
    );
  } catch (error) {
    if (!(error instanceof AnswerRefused)) throw error;
    throw new UserError(error.message, error.hint === undefined ? {} : { hint: error.hint });
  }
  return EXIT.done;
};

const unrecorded: AppCommand = async (app, io, options) => {
  const deals = await loadUnrecorded(app.store.db);
  answer(io, options, { deals: withPlainAmounts(deals) }, () => unrecordedText(deals));
  return EXIT.done;
};

const products: AppCommand = async (app, io, options) => {
  const deals = await loadKits(app.store.db, (app.rules.reconcile ?? DEFAULT_RECONCILE).othersKit);
  answer(io, options, { deals: deals.map(plainKit) }, () => kitsText(deals));
  return EXIT.done;
};

const reconcileAll: AppCommand = async (app, io, options) => {
  const env = await app.environment();
  const lease = await takeLease(env.db, 'sync', 'reconcile');
  if ('holder' in lease)
    throw new UserError(
      `another run (\`${lease.holder.command}\`, process ${lease.holder.pid}) is at work; nothing was reconciled`,
      { exit: EXIT.busy },
    );
  let entries = 0;
  let refits: readonly Refit[] = [];
  try {
    refits = await env.db.transaction().execute(async (tx) => {
      await checkLease(tx, lease);
      await noteWorkedLeads(tx, null);
      return refit(tx, env.rules.attribution, iso(env.clock.now()));
    });
    const deals = await env.db.selectFrom('opportunities').select('id').orderBy('id').execute();
    for (let start = 0; start < deals.length; start += DEALS_A_BATCH) {
      const ids = deals.slice(start, start + DEALS_A_BATCH).map((deal) => deal.id);
      await env.db.transaction().execute(async (tx) => {
        await checkLease(tx, lease);
        const at = iso(env.clock.now());
        const done = await reconcileDeals(tx, ids, env.rules.attribution, at, env.rules.ledger, env.rules.reconcile);
        entries += done.entries;
      });
      await lease.renew();
    }
  } finally {
    await lease.release();
  }
  const found = await sql<Totals>`
    select count(*)::int as deals, count(m.lead_id)::int as matched,
      count(*) filter (where m.zone = 'doubtful')::int as doubtful, count(*) filter (where m.zone = 'unattributed')::int as unattributed,
      (select count(distinct opportunity_id)::int from entries) as booked, (select count(*)::int from held_revenue) as held
    from opportunities o left join matches m on m.opportunity_id = o.id`.execute(env.db);
  const held = await env.db.selectFrom('held_revenue').selectAll().orderBy('opportunity_id').execute();
  const totals = {
    ...(found.rows[0] ?? { deals: 0, matched: 0, doubtful: 0, unattributed: 0, booked: 0, held: 0 }),
    newEntries: entries,
    refits,
  };
  answer(io, options, { ...totals, heldRevenue: held }, () =>
    [
      `${totals.deals} deals, ${totals.matched} tied to a lead, ${totals.booked} in the ledger, ${entries} new entries`,
      `${totals.doubtful} wait for a person (sluice reconcile review), ${totals.unattributed} came of no lead that is known`,
      ...refits.map(fitText),
      ...held.map((row) => `  held: ${row.opportunity_id}: ${row.reason}`),
    ].join('\n'),
  );
  return held.length > 0 ? EXIT.rejected : EXIT.done;
};

function fitText({ model, version, journeys, conversions, problem }: Refit): string {
  if (problem !== null) return `  not fitted: ${model}: ${problem}`;
  return `  fitted: ${model}, version ${version}, to ${journeys} journeys of which ${conversions} converted`;
}
