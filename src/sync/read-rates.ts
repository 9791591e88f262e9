/** Lets the ledger know the exchange rates of the CRMs, where a deal needs one: an org of one currency is asked nothing. */
import { sql } from 'kysely';
import { ConnectorError } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import { isCurrency } from '../model/money.ts';
import { type Rate, rateProblem } from '../revenue/rates.ts';
import { keepRates } from '../revenue/service/rates.ts';
import { upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { type Lease, underLease } from '../store/lease.ts';
import type { Connection, Environment } from './environment.ts';

/** As long as a deal waits for a rate that nobody stated, the CRMs are asked so often. */
const ASK_AGAIN_MS = 3_600_000;

/**
 * Reads the rates of the given connections where won deals in other currencies are to be booked, or wait for a rate. A CRM that
 * does not tell (no permission) is passed over: its deals are then held, and say what they lack.
 */
export async function readRates(env: Environment, connections: readonly Connection[], lease: Lease): Promise<void> {
  const asked = connections.filter(({ connector }) => connector.readRates !== undefined);
  if (asked.length === 0 || !(await areNeeded(env))) return;
  for (const { name, connector } of asked) {
    await noteAsked(env, name);
    try {
      const stated = (await connector.readRates?.()) ?? [];
      const rates = stated.map((rate): Rate => ({ ...rate, source: `crm:${name}` }));
      const usable = rates.filter(isUsable);
      if (usable.length < rates.length)
        env.log('warn', 'exchange rates that cannot be right were left out', {
          connection: name,
          count: rates.length - usable.length,
        });
      await underLease(env.db, lease, (tx) => keepRates(tx, `crm:${name}`, usable, iso(env.clock.now())));
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      env.log('warn', 'the exchange rates could not be read', {
        connection: name,
        code: error.code,
        hint: error.hint ?? '',
      });
    }
  }
}

/** When it was asked, whatever it answers. */
async function noteAsked({ db, clock }: Environment, connection: string): Promise<void> {
  const row = { source: `crm:${connection}`, digest: '', read_at: iso(clock.now()) };
  await upsert(db, 'rate_sources', [row], ['source'], ['read_at']);
}

function isUsable({ from, to, rate }: Rate): boolean {
  return isCurrency(from) && isCurrency(to) && from !== to && rateProblem(rate) === null;
}

async function areNeeded({ db, clock, rules }: Environment): Promise<boolean> {
  const { currency } = rules.ledger;
  const news = await sql<{ found: number }>`select 1 as found from events e join opportunities o on o.id = e.entity_id
    where e.type = 'opportunity.changed' and e.id > coalesce((select last_event from consumers where name = 'revenue'), 0)
      and o.facts->>'currency' <> ${currency} and (o.facts->>'isWon')::boolean limit 1`.execute(db);
  if (news.rows.length > 0) return true;
  const waiting = await db
    .selectFrom('held_revenue')
    .select('opportunity_id')
    .where('why', '=', 'rate')
    .limit(1)
    .execute();
  return waiting.length > 0 && (await lastAsked(db)) + ASK_AGAIN_MS <= clock.now();
}

async function lastAsked(db: Queryable): Promise<number> {
  const row = await db
    .selectFrom('rate_sources')
    .select((eb) => eb.fn.max('read_at').as('at'))
    .where('source', 'like', 'crm:%')
    .executeTakeFirst();
  return row?.at ? Date.parse(row.at) : 0;
}
