import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { EntityValue } from '../../../src/mapping/entities.ts';
import { applyOpportunities } from '../../../src/revenue/service/apply.ts';
import { dealsDue } from '../../../src/revenue/service/book.ts';
import { checkLedger } from '../../../src/revenue/service/check-ledger.ts';
import { followMergedRecords } from '../../../src/revenue/service/follow-merges.ts';
import { dealLedger, latestEntries } from '../../../src/revenue/service/ledger-view.ts';
import { closePeriod, listPeriods } from '../../../src/revenue/service/periods.ts';
import { allRates, keepRates } from '../../../src/revenue/service/rates.ts';
import type { Store } from '../../../src/store/database.ts';
import { EURO, LEDGER_RULES } from '../../support/books.ts';
import { Channel } from '../../support/channel.ts';
import { emptyStore, testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;
beforeAll(async () => {
  store = await testStore();
});
beforeEach(async () => {
  await emptyStore(store);
  channel = new Channel(store.db);
});
afterAll(() => store.close());

const DEAL: EntityValue<'opportunity'> = {
  name: 'Deal',
  account: null,
  amount: '100.00',
  currency: 'USD',
  stage: 'Closed Won',
  isClosed: true,
  isWon: true,
  closeDate: '2026-03-02',
  createdAt: null,
  partner: null,
  lead: null,
};
const REF = { connection: 'salesforce', object: 'Opportunity' };
/** The CRM shows a deal so from now on; a run later it is settled. */
async function shows(id: string, facts: Partial<EntityValue<'opportunity'>> | null): Promise<void> {
  const value =
    facts === null
      ? null
      : {
          ...DEAL,
          name: `Deal ${id}`,
          ...facts,
        };
  await applyOpportunities(store.db, [{ ...REF, id, value }], 'USD', channel.at);
  await channel.decide();
}
const check = () => checkLedger(store.db, LEDGER_RULES, channel.at, 20);
const close = (month: string, by: string | null = null) =>
  store.db.transaction().execute((tx) => closePeriod(tx, month, by, LEDGER_RULES, channel.at));
const held = async () =>
  (await store.db.selectFrom('held_revenue').select(['why', 'until', 'reason', 'at']).execute()).map((row) => row);
const latest = async () =>
  (await latestEntries(store.db, 99)).map((row) => [row.kind, row.amount, row.currency, row.reporting, row.period]);
/** Does what the database refuses, as somebody who owns it might. */
async function tamper(table: 'entries' | 'postings' | 'journal', change: ReturnType<typeof sql>): Promise<void> {
  await sql`alter table ${sql.id(table)} disable trigger user`.execute(store.db);
  await change.execute(store.db);
  await sql`alter table ${sql.id(table)} enable trigger user`.execute(store.db);
}

describe('a deal in another currency', () => {
  test('is held until its rate is known, and then booked at it', async () => {
    await shows('o1', { currency: 'GBP', amount: '80' });
    expect(await latest()).toEqual([]);
    expect(await held()).toMatchObject([
      { why: 'rate', reason: expect.stringContaining('no rate of GBP to USD is known for 2026-03-02') },
    ]);
    expect(await check()).toMatchObject({ problems: [] });
    const pounds = { source: 'file', from: 'GBP', to: 'USD', date: '2026-03-01', rate: '1.25', isDated: true };
    await keepRates(store.db, 'file', [pounds], channel.at);
    await channel.decide();
    expect(await held()).toEqual([]);
    expect(await latest()).toEqual([['booked', '80.00', 'GBP', '100.00', '2026-03']]);
    expect(await check()).toMatchObject({ problems: [], entries: 1 });
  });

  test('a rate that is corrected later changes nothing that is booked', async () => {
    await shows('o1', { currency: 'EUR' });
    await shows('o2', {});
    await keepRates(store.db, 'file', [{ ...EURO, source: 'file', rate: '2' }], channel.at);
    await channel.decide();
    await shows('o1', { currency: 'EUR', amount: '200' });
    expect(await latest()).toEqual([
      ['booked', '100.00', 'EUR', '110.00', '2026-03'],
      ['booked', '100.00', 'USD', '100.00', '2026-03'],
      ['adjusted', '100.00', 'EUR', '110.00', '2026-03'],
    ]);
    expect(await check()).toMatchObject({ problems: [] });
  });

  test('what a source says no more is no rate any more, and the same again is no news', async () => {
    const file = { ...EURO, source: 'file' };
    expect(await keepRates(store.db, 'file', [file], channel.at)).toBe(true);
    expect(await keepRates(store.db, 'file', [{ ...file }], channel.at)).toBe(false);
    expect(await keepRates(store.db, 'file', [], channel.at)).toBe(true);
    expect(await allRates(store.db)).toEqual([]);
    expect(await check()).toMatchObject({ problems: [] });
  });
});

describe('a deal whose close is yet to come', () => {
  test('is held until that day, which no news need tell of', async () => {
    await shows('o1', { closeDate: '2026-03-05' });
    const [waiting] = await held();
    expect(waiting).toMatchObject({ why: 'date', until: '2026-03-05' });
    expect(await dealsDue(store.db, LEDGER_RULES, '2026-03-04T23:59:59.000Z')).toEqual([]);
    expect(await dealsDue(store.db, LEDGER_RULES, '2026-03-05T00:00:00.000Z')).toHaveLength(1);
  });

  test('has waited since it was held first, whatever else changes of it', async () => {
    await shows('o1', { amount: null });
    const [first] = await held();
    await shows('o1', { amount: null, name: 'Renamed' });
    expect(await held()).toEqual([first]);
  });
});

describe('deals of one account', () => {
  const at = { account: 'acc1', currency: 'EUR' };

  test('a split keeps the rate, whatever rates say by then; a fall is answered once', async () => {
    const pounds = { source: 'file', from: 'GBP', to: 'USD', date: '2026-03-01', rate: '1.25', isDated: true };
    const gbp = { ...at, currency: 'GBP' };
    await keepRates(store.db, 'file', [pounds], channel.at);
    await shows('whole', { ...gbp, amount: '100' });
    await keepRates(store.db, 'file', [{ ...pounds, rate: '2' }], channel.at);
    await shows('whole', { ...gbp, amount: '60' });
    await shows('part', { ...gbp, amount: '40' });
    await shows('other', { ...gbp, amount: '40' });
    expect(await latest()).toEqual([
      ['booked', '100.00', 'GBP', '125.00', '2026-03'],
      ['adjusted', '-40.00', 'GBP', '-50.00', '2026-03'],
      ['booked', '40.00', 'GBP', '50.00', '2026-03'],
      ['booked', '40.00', 'GBP', '80.00', '2026-03'],
    ]);
    expect(await check()).toMatchObject({ problems: [] });
  });

  test('a merge takes back what stood of the one that went, and says what it became part of', async () => {
    await shows('one', { ...at, amount: '100' });
    await shows('two', { ...at, amount: '50' });
    const merge = { ...REF, loser: 'two', survivor: 'one', entity: 'opportunity' as const };
    await followMergedRecords(store.db, [merge], channel.at);
    await shows('two', null);
    const ledger = await dealLedger(store.db, 'two');
    expect(ledger?.entries.at(-1)).toMatchObject({
      kind: 'reversed',
      amount: '-50.00',
      reporting: '-55.00',
      reason: `The opportunity was merged into ${(await dealLedger(store.db, 'one'))?.deal} in the CRM.`,
    });
    expect((await dealLedger(store.db, 'one'))?.entries).toHaveLength(1);
    expect(await check()).toMatchObject({ problems: [] });
  });

  test('a currency that is none is held, not taken for the vendor’s', async () => {
    await shows('odd', { ...at, currency: 'EURO' });
    expect(await held()).toMatchObject([
      { why: 'currency', reason: expect.stringContaining('"EURO", which is no currency') },
    ]);
  });
});

describe('months', () => {
  test('close in order and for ever; late news lands in the open one with its own date', async () => {
    channel.now = Date.parse('2026-05-10T08:00:00.000Z');
    await shows('o1', {});
    await expect(close('2026-05')).rejects.toThrow('2026-05 is not over yet');
    await expect(close('2026-13')).rejects.toThrow('"2026-13" is no month');
    expect(await close('2026-04', 'A. Meier')).toMatchObject({
      month: '2026-04',
      held: 0,
      seal: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await expect(close('2026-03')).rejects.toThrow(/2026-03 is closed already, since .* with 2026-04/);
    await expect(close('2026-04')).rejects.toThrow('2026-04 is closed already');
    await shows('o1', { amount: '70' });
    await shows('o2', { closeDate: '2026-05-02' });
    expect(await listPeriods(store.db)).toMatchObject([
      { month: '2026-03', isOpen: false, closedBy: 'A. Meier', sums: [{ entries: 1, won: '10000', late: '0' }] },
      { month: '2026-04', isOpen: false, sums: [] },
      { month: '2026-05', isOpen: true, closedAt: null, sums: [{ entries: 2, won: '10000', late: '-3000' }] },
    ]);
    expect((await dealLedger(store.db, 'o1'))?.entries[1]).toMatchObject({
      kind: 'adjusted',
      period: '2026-05',
      closeDate: '2026-03-02',
      reason: 'The amount changed from 100.00 USD to 70.00 USD.',
    });
    expect(await check()).toMatchObject({ problems: [] });
  });

  test('do not close while news that was read is not booked', async () => {
    await applyOpportunities(store.db, [{ ...REF, id: 'o1', value: null }], 'USD', channel.at);
    await shows('o1', {});
    channel.now = Date.parse('2026-05-10T08:00:00.000Z');
    const value = { ...DEAL, amount: '5' };
    await applyOpportunities(store.db, [{ ...REF, id: 'o1', value }], 'USD', channel.at);
    await expect(close('2026-03')).rejects.toThrow('changes of deals are read but not booked yet');
    expect(await check()).toMatchObject({ waiting: 1, problems: [] });
  });
});

describe('the check', () => {
  beforeEach(async () => {
    await shows('o1', { currency: 'EUR' });
    await shows('o1', { currency: 'EUR', amount: '120' });
    await shows('o2', {});
    await shows('o2', { isWon: false, stage: 'Closed Lost' });
    await shows('o3', { amount: '-5' });
    await shows('o4', {});
    await shows('o4', null);
  });

  test('finds a sound ledger sound, and says what it looked at', async () => {
    expect(await check()).toMatchObject({
      entries: 6,
      deals: 3,
      // The rules, the rates, and a line a change of a deal.
      journalLines: 8,
      waiting: 0,
      problems: [],
      problemCount: 0,
      balances: [
        { currency: 'EUR', reporting: false, minor: '0' },
        { currency: 'USD', reporting: false, minor: '0' },
        { currency: 'USD', reporting: true, minor: '0' },
      ],
    });
  });

  test.each([
    [
      'entries',
      sql`update entries set reporting_minor = 1 where kind = 'adjusted'`,
      'replayed from the journal it is another one',
    ],
    [
      'entries',
      sql`update entries set reason = 'because' where kind = 'adjusted'`,
      'replayed from the journal it is another one',
    ],
    [
      'postings',
      sql`update postings set amount_minor = 1 where account = 'won'`,
      'its posting 2 is not that of the entry',
    ],
    ['postings', sql`delete from postings where account = 'won'`, 'its posting 2 is not that of the entry'],
    ['journal', sql`update journal set body = replace(body, '120', '121')`, 'is not as it was written'],
    ['journal', sql`delete from journal where seq = 4`, 'journal line 4 is missing'],
  ] as const)('finds out who changes %s behind its back: %#', async (table, change, problem) => {
    await tamper(table, change);
    const { problems } = await check();
    expect(problems.join('\n')).toContain(problem);
  });

  test('finds a deal that is worth something else than its ledger says, and one that is not held', async () => {
    await sql`update opportunities set facts = jsonb_set(facts, '{amount}', '"130"') where record_id = 'o1'`.execute(
      store.db,
    );
    await sql`delete from held_revenue`.execute(store.db);
    const { problems } = await check();
    expect(problems).toHaveLength(2);
    expect(problems.join('\n')).toMatch(/The amount changed from 120.00 EUR to 130.00 EUR/);
    expect(problems.join('\n')).toMatch(/it is to be held, but is not: The deal is won with a negative amount/);
  });

  test('finds credits that are more than their entry', async () => {
    const [entry] = await latestEntries(store.db, 1);
    await sql`insert into credits (entry_id, model, touch_id, campaign_id, opportunity_id, amount_minor, currency, reporting_minor)
      values (${entry?.entry}, 'first', 't', 'c', 'o', 999999, 'USD', 999999)`.execute(store.db);
    expect((await check()).problems).toEqual([`entry ${entry?.entry}: its credits under "first" are not within it`]);
  });
});
