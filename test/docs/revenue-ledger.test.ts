import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { ledger } from '../../src/cli/ledger.ts';
import type { EntityValue } from '../../src/mapping/entities.ts';
import { applyOpportunities } from '../../src/revenue/service/apply.ts';
import { closePeriod } from '../../src/revenue/service/periods.ts';
import { keepRates } from '../../src/revenue/service/rates.ts';
import { dealsConcerned, REVENUE_EVENTS, reconcileDeals } from '../../src/revenue/service/reconcile.ts';
import type { Store } from '../../src/store/database.ts';
import { consumed, eventsFor } from '../../src/store/events.ts';
import { ATTRIBUTION } from '../support/attribution.ts';
import { LEDGER_RULES } from '../support/books.ts';
import { testStore } from '../support/store.ts';

const GUIDE = readFileSync(new URL('../../docs/guides/revenue.md', import.meta.url), 'utf8');
let store: Store;

const BERGMANN: EntityValue<'opportunity'> = {
  name: 'Bergmann vaults',
  account: null,
  amount: '8000',
  currency: 'EUR',
  stage: 'Closed Won',
  isClosed: true,
  isWon: true,
  closeDate: '2026-03-09',
  createdAt: null,
  partner: null,
  lead: null,
};

/** The story that the guide tells. */
beforeAll(async () => {
  store = await testStore();
  const shows = async (day: string, change: Partial<EntityValue<'opportunity'>>) => {
    const at = `${day}T09:00:00.000Z`;
    const record = { connection: 'salesforce', object: 'Opportunity', id: '006A', value: { ...BERGMANN, ...change } };
    await store.db.transaction().execute(async (tx) => {
      await applyOpportunities(tx, [record], 'USD', at);
      const events = await eventsFor(tx, 'revenue', REVENUE_EVENTS, 100);
      await reconcileDeals(tx, await dealsConcerned(tx, events), ATTRIBUTION, at, LEDGER_RULES);
      await consumed(tx, 'revenue', events.at(-1)?.id ?? '0');
    });
  };
  const rate = { source: 'crm:salesforce', from: 'USD', to: 'EUR', date: '2026-01-01', rate: '0.92', isDated: true };
  await keepRates(store.db, rate.source, [rate], '2026-03-10T09:00:00.000Z');
  await shows('2026-03-10', {});
  await shows('2026-03-20', { amount: '10000' });
  await store.db
    .transaction()
    .execute((tx) => closePeriod(tx, '2026-03', 'A. Meier', LEDGER_RULES, '2026-04-05T09:00:00.000Z'));
  await shows('2026-04-12', { amount: '9000' });
  await shows('2026-04-20', { amount: '9000', stage: 'Negotiation', isClosed: false, isWon: false });
});
afterAll(() => store.close());

/** What the guide shows below a command. */
function shown(command: string): string {
  const lines = GUIDE.split('\n');
  const from = lines.indexOf(`    $ ${command}`) + 1;
  const to = lines.findIndex((line, index) => index >= from && line.trim() === '');
  return lines
    .slice(from, to)
    .map((line) => line.slice(4))
    .join('\n');
}

test.each(['show 006A', 'periods', 'check'])('the guide shows what `sluice ledger %s` prints', async (command) => {
  const clock = { now: () => Date.parse('2026-04-21T09:00:00.000Z') };
  const app = {
    store,
    clock,
    environment: async () => ({ clock }),
    rules: { ledger: LEDGER_RULES },
  } as unknown as App;
  const printed: string[] = [];
  const io = { out: (text: string) => printed.push(text), err: () => undefined } as unknown as Parameters<
    typeof ledger
  >[1];
  expect(await ledger(app, io, {} as Parameters<typeof ledger>[2], command.split(' '))).toBe(0);
  expect(shown(`sluice ledger ${command}`)).toBe(printed.join('').trimEnd());
});
