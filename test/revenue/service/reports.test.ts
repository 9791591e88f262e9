import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decimalOf, type Money } from '../../../src/model/money.ts';
import { MODELS, type Model } from '../../../src/model/revenue.ts';
import { toJson, toTable } from '../../../src/revenue/render.ts';
import { roi } from '../../../src/revenue/roi.ts';
import { loadLeadsReport, loadRoiInputs, loadRoiReport, revenueTotals } from '../../../src/revenue/service/reports.ts';
import type { Store } from '../../../src/store/database.ts';
import { Channel } from '../../support/channel.ts';
import { revenueStory, type Story } from '../../support/revenue-story.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;
let story: Story;

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
});
afterAll(() => store.close());

const amount = (money: Money | null | undefined) => (money ? decimalOf(money) : null);
const tableOf = async (name: string, report: ReturnType<typeof loadRoiReport>) => {
  const table = toJson(await report)[name];
  if (table === undefined || typeof table === 'string') throw new Error(`no table ${name}`);
  return table;
};
const roiTable = (name: string, models: readonly Model[] = ['linear']) =>
  tableOf(name, loadRoiReport(store.db, 'USD', models));
const leadsTable = (name: string) => tableOf(name, loadLeadsReport(store.db, 'USD'));

describe('an empty store', () => {
  test('has reports without a row of its own, and totals of zero', async () => {
    const totals = await revenueTotals(store.db, 'USD', MODELS);
    expect(amount(totals.booked)).toBe('0.00');
    expect(totals.roi).toEqual({ first: null, last: null, linear: null });
    expect((await roiTable('byCampaign')).rows).toEqual([]);
    expect((await leadsTable('byState')).rows).toEqual([]);
    expect(toTable(await loadLeadsReport(store.db, 'USD'))).toContain('Funnel');
  });
});

describe('a store with a story', () => {
  beforeAll(async () => {
    story = await revenueStory(channel);
  });

  test('totals what is booked, matched, credited and spent in the reporting currency', async () => {
    const totals = await revenueTotals(store.db, 'USD', MODELS);
    expect([totals.currency, amount(totals.booked), amount(totals.matched), amount(totals.spend)]).toEqual([
      'USD',
      '15000.00',
      '12000.00',
      '1000.00',
    ]);
    for (const model of MODELS) {
      expect(amount(totals.models[model]?.credited)).toBe('12000.00');
      expect(amount(totals.models[model]?.unattributed)).toBe('3000.00');
      expect(totals.roi[model]).toBe('11.0000');
    }
    const euros = await revenueTotals(store.db, 'EUR', ['first']);
    expect([amount(euros.booked), amount(euros.spend), euros.models.last]).toEqual(['700.00', '500.00', undefined]);
  });

  test('gives a deal to the partner that accepted its lead', async () => {
    const { deals, leads } = await loadRoiInputs(store.db, 'USD', MODELS);
    expect(Object.fromEntries(deals.map((deal) => [deal.opportunityId, deal.partnerId]))).toEqual({
      [story.deals.usd]: story.alder,
      [story.deals.eur]: story.alder,
      [story.deals.alone]: null,
    });
    // Bert is offered, not accepted: he is with nobody.
    expect(leads.filter((lead) => lead.partnerId !== null).map((lead) => lead.personId)).toEqual(['pe_anna']);
  });

  test('reports ROI by campaign and partner, never adding two currencies', async () => {
    expect(
      (await roiTable('byCampaign')).rows.map((row) => [row.name, row.currency, row.credited, row.cost, row.roi]),
    ).toEqual([
      ['Euro show', 'EUR', '0.00', '500.00', '-1.0000'],
      ['Fair', 'EUR', '350.00', null, null],
      ['Webinar', 'EUR', '350.00', null, null],
      ['Fair', 'USD', '6000.00', null, null],
      ['Webinar', 'USD', '6000.00', '1000.00', '5.0000'],
    ]);
    const partners = (await roiTable('byPartner')).rows.filter((row) => row.currency === 'USD');
    expect(partners.map((row) => [row.name, row.credited, row.cost])).toEqual([
      ['Alder', '12000.00', '500.00'],
      ['Brook', '0.00', null],
      ['not with a partner', '0.00', '500.00'],
    ]);
  });

  test('has the same totals as the report', async () => {
    const { total } = roi(await loadRoiInputs(store.db, 'USD', MODELS));
    const totals = await revenueTotals(store.db, 'USD', MODELS);
    for (const row of total.filter(({ currency }) => currency === 'USD')) {
      expect(row.booked).toEqual(totals.booked);
      expect({ credited: row.credited, unattributed: row.unattributed }).toEqual(totals.models[row.model]);
      expect(row.cost).toEqual(totals.spend);
      expect(row.roi).toBe(totals.roi[row.model]);
    }
  });

  test('reports the funnel, the states, the partners and why offers were rejected', async () => {
    const funnel = (await leadsTable('funnel')).rows.filter((row) => row.currency === 'USD');
    expect(funnel.map((row) => [row.step, row.count, row.booked])).toEqual([
      ['Synced people', 4, '15000.00'],
      ['Leads', 3, '12000.00'],
      ['Offered', 2, '12000.00'],
      ['Accepted', 1, '12000.00'],
      ['Qualified', 1, '12000.00'],
      ['Won', 1, '12000.00'],
    ]);
    expect((await leadsTable('byState')).rows).toEqual([
      { state: 'Held', leads: 1 },
      { state: 'Offered', leads: 1 },
      { state: 'Won', leads: 1 },
    ]);
    const partners = (await leadsTable('byPartner')).rows;
    // Counts stand in the first currency of a partner only.
    expect(partners.map((row) => [row.name, row.currency, row.offers, row.accepted, row.won, row.revenue])).toEqual([
      ['Alder', 'EUR', 2, 1, 1, '700.00'],
      ['Alder', 'USD', 0, 0, 0, '12000.00'],
      ['Brook', 'USD', 1, 0, 0, '0.00'],
    ]);
    expect((await leadsTable('byRejectReason')).rows).toEqual([{ reason: 'No budget', offers: 1 }]);
  });

  test('takes back what a deal brought when it is no longer won', async () => {
    await channel.deal('0061', '00Q5e00001AbCdEEAV', '12000.00', { isWon: false });
    await channel.decide();
    const totals = await revenueTotals(store.db, 'USD', ['first']);
    expect([amount(totals.booked), amount(totals.matched), amount(totals.models.first?.credited)]).toEqual([
      '3000.00',
      '0.00',
      '0.00',
    ]);
  });
});
