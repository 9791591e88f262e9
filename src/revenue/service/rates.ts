/** Exchange rates in the store: what each source said last. Entries keep the rate they were booked at themselves. */
import { createHash } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import type { Tables } from '../../store/tables.ts';
import { type RatesNews, ratesLine } from '../journal.ts';
import type { Rate } from '../rates.ts';
import { appendLines } from './journal.ts';

/** Every rate of every source. */
export async function allRates(tx: Queryable): Promise<Rate[]> {
  const rows = await tx
    .selectFrom('rates')
    .selectAll()
    .orderBy('source')
    .orderBy('from_currency')
    .orderBy('to_currency')
    .orderBy('date')
    .execute();
  return rows.map(rateOf);
}

async function ratesOf(tx: Queryable, source: string): Promise<Rate[]> {
  return (await tx.selectFrom('rates').selectAll().where('source', '=', source).execute()).map(rateOf);
}

function rateOf(row: Selectable<Tables['rates']>): Rate {
  const { source, from_currency: from, to_currency: to, date, rate, dated } = row;
  return { source, from, to, date, rate, isDated: dated };
}

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
  return rows.map(rateOf);
}

/**
 * Takes over all that a source says now; what it says no more is gone. Where anything is new, deals that wait for a rate are
 * looked at again; entries stay as they were booked. True where something changed.
 */
export async function keepRates(tx: Queryable, source: string, rates: readonly Rate[], at: string): Promise<boolean> {
  const digest = digestOf(rates);
  const known = await tx.selectFrom('rate_sources').select('digest').where('source', '=', source).executeTakeFirst();
  if (known?.digest === digest || (known === undefined && rates.length === 0)) return false;
  const news = newsOf(await ratesOf(tx, source), rates);
  await upsert(tx, 'rate_sources', [{ source, digest, read_at: at }], ['source']);
  if (news.set.length + news.dropped.length === 0) return false;
  await appendLines(tx, [ratesLine(source, news)], at);
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
    [],
  );
  await emit(tx, [{ type: 'rates.changed', entity: source }], at);
  return true;
}

/** What a source says that it did not say before, and what it says no more. */
function newsOf(before: readonly Rate[], now: readonly Rate[]): RatesNews {
  const told = ({ from, to, date, rate, isDated }: Rate) => `${from} ${to} ${date} ${rate} ${isDated}`;
  const place = ({ from, to, date, isDated }: Rate) => `${from} ${to} ${date} ${isDated}`;
  const [old, stated, places] = [new Set(before.map(told)), new Set(now.map(told)), new Set(now.map(place))];
  return {
    set: now.filter((rate) => !old.has(told(rate))),
    dropped: before.filter((rate) => !stated.has(told(rate)) && !places.has(place(rate))),
  };
}

const digests = new WeakMap<readonly Rate[], string>();

function digestOf(rates: readonly Rate[]): string {
  const known = digests.get(rates);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(JSON.stringify(rates)).digest('hex');
  digests.set(rates, digest);
  return digest;
}
