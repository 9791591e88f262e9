/** Exchange rates in the store: what each source said last. Entries keep the rate they were booked at themselves. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import type { Rate } from '../rates.ts';

/** The rates in which one of the currencies has a part: cross rates go through a third, so both their legs are among them. */
export async function loadRates(tx: Queryable, currencies: readonly string[]): Promise<Rate[]> {
  const rows = await tx
    .selectFrom('rates')
    .selectAll()
    .where(sql<boolean>`from_currency = any(${currencies}::text[]) or to_currency = any(${currencies}::text[])`)
    .orderBy('source')
    .orderBy('from_currency')
    .orderBy('to_currency')
    .orderBy('date')
    .execute();
  return rows.map((row) => ({
    source: row.source,
    from: row.from_currency,
    to: row.to_currency,
    date: row.date,
    rate: row.rate,
    isDated: row.dated,
  }));
}

/**
 * Takes over all that a source says now; what it says no more is gone. Where anything is new, deals that wait for a rate are
 * looked at again; entries stay as they were booked. True where something changed.
 */
export async function keepRates(tx: Queryable, source: string, rates: readonly Rate[], at: string): Promise<boolean> {
  const digest = digestOf(rates);
  const known = await tx.selectFrom('rate_sources').select('digest').where('source', '=', source).executeTakeFirst();
  if (known?.digest === digest || (known === undefined && rates.length === 0)) return false;
  await tx.deleteFrom('rates').where('source', '=', source).execute();
  await upsert(
    tx,
    'rates',
    rates.map((rate) => ({
      source,
      from_currency: rate.from,
      to_currency: rate.to,
      date: rate.date,
      rate: rate.rate,
      dated: rate.isDated,
      known_at: at,
    })),
    ['source', 'from_currency', 'to_currency', 'date', 'dated'],
  );
  await upsert(tx, 'rate_sources', [{ source, digest, read_at: at }], ['source']);
  await emit(tx, [{ type: 'rates.changed', entity: source }], at);
  return true;
}

const digests = new WeakMap<readonly Rate[], string>();

function digestOf(rates: readonly Rate[]): string {
  const known = digests.get(rates);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(JSON.stringify(rates)).digest('hex');
  digests.set(rates, digest);
  return digest;
}
