import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CATALOGUE } from '../../../src/insight/reports/catalogue.ts';
import { type ReportAsked, ReportRefused, runReport } from '../../../src/insight/service/reports/run-report.ts';
import { toJson, toTable } from '../../../src/revenue/render.ts';
import type { Store } from '../../../src/store/database.ts';
import { MODELS } from '../../support/attribution.ts';
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

const NOTHING: ReportAsked = {
  period: null,
  from: null,
  to: null,
  partner: null,
  campaign: null,
  models: null,
  drill: false,
};
const GROUND = { currency: 'USD', models: MODELS, now: Date.parse('2026-07-15T00:00:00Z') };

async function make(name: string, asked: Partial<ReportAsked> = {}) {
  const entry = CATALOGUE.find((each) => each.name === name);
  if (entry === undefined) throw new Error(`no report ${name}`);
  return runReport(store.db, entry, { ...NOTHING, ...asked }, GROUND);
}

async function rowsOf(name: string, table: string, asked: Partial<ReportAsked> = {}) {
  const found = toJson(await make(name, asked))[table];
  if (found === undefined || typeof found === 'string') throw new Error(`no table ${table}`);
  return found.rows;
}
const linear = { models: ['linear'] };

describe('an empty store', () => {
  test.each(CATALOGUE.map(({ name }) => name))('has a report %s without rows of its own', async (name) => {
    expect(toTable(await make(name))).not.toBe('');
  });

  test('has totals of zero and no campaign', async () => {
    expect(await rowsOf('roi', 'byCampaign', linear)).toEqual([]);
    expect((await rowsOf('roi', 'revenue', linear)).map((row) => [row.booked, row.cost, row.roi])).toEqual([
      ['0.00', null, null],
    ]);
    expect(await rowsOf('leads', 'byState')).toEqual([]);
  });
});

describe('a store with a story', () => {
  beforeAll(async () => {
    story = await revenueStory(channel);
  });

  test('reports ROI by campaign and partner, the cost of a campaign in its own currency', async () => {
    expect(
      (await rowsOf('roi', 'byCampaign', linear)).map((row) => [
        row.name,
        row.currency,
        row.credited,
        row.cost,
        row.roi,
      ]),
    ).toEqual([
      ['Euro show', 'EUR', '0.00', '500.00', '-1.0000'],
      ['Fair', 'USD', '6385.00', null, null],
      ['Webinar', 'USD', '6385.00', '1000.00', '5.3850'],
    ]);
    const partners = (await rowsOf('roi', 'byPartner', linear)).filter((row) => row.currency === 'USD');
    expect(partners.map((row) => [row.name, row.credited, row.cost])).toEqual([
      ['Alder', '12770.00', '500.00'],
      ['Brook', '0.00', null],
      ['not with a partner', '0.00', '500.00'],
    ]);
    expect(
      (await rowsOf('roi', 'revenue', linear)).map((row) => [row.currency, row.booked, row.unattributed, row.cost]),
    ).toEqual([
      ['EUR', '0.00', '0.00', '500.00'],
      ['USD', '15770.00', '3000.00', '1000.00'],
    ]);
  });

  test('what one partner sold because of our money, with the evidence down to the touch', async () => {
    const asked = { partner: 'alder', from: '2026-01-01', to: '2026-06-30', drill: true, ...linear };
    expect(
      (await rowsOf('roi', 'byCampaign', asked)).map((row) => [
        row.name,
        row.currency,
        row.credited,
        row.cost,
        row.deals,
      ]),
    ).toEqual([
      ['Fair', 'USD', '6385.00', null, 2],
      ['Webinar', 'USD', '6385.00', '500.00', 2],
    ]);
    expect(
      (await rowsOf('roi', 'deals', asked)).map((row) => [row.deal, row.partner, row.closed, row.currency, row.booked]),
    ).toEqual([
      ['Deal 0061', 'Alder', '2026-03-02', 'USD', '12000.00'],
      ['Deal 0062', 'Alder', '2026-03-02', 'USD', '770.00'],
    ]);
    expect((await rowsOf('roi', 'entries', asked)).map((row) => [row.dealId, row.kind, row.amount])).toEqual(
      [
        [story.deals.eur, 'booked', '700.00'],
        [story.deals.usd, 'booked', '12000.00'],
      ].sort(),
    );
    const touches = (await rowsOf('roi', 'touches', asked)).filter((row) => row.dealId === story.deals.usd);
    expect(touches.map((row) => [row.model, row.campaign, row.credited])).toEqual([
      ['linear', 'Webinar', '6000.00'],
      ['linear', 'Fair', '6000.00'],
    ]);
    expect((await rowsOf('roi', 'offers', asked)).map((row) => [row.partner, row.status])).toEqual([
      ['Alder', 'Accepted'],
    ]);
  });

  test('another half-year has nothing of it', async () => {
    const asked = { partner: story.alder, from: '2026-07-01', to: '2026-12-31', drill: true, ...linear };
    const report = await make('roi', asked);
    expect(report.tables.map(({ name, rows }) => [name, rows.length])).toEqual([
      ['byCampaign', 1],
      ['byPartner', 1],
      ['revenue', 1],
      ['deals', 0],
      ['entries', 0],
      ['touches', 0],
      ['offers', 0],
    ]);
    expect((await rowsOf('roi', 'byCampaign', asked))[0]).toMatchObject({
      name: 'Webinar',
      credited: '0.00',
      cost: '0.00',
      roi: null,
    });
  });

  test('reports the funnel, the states, the partners and why offers were rejected', async () => {
    const funnel = (await rowsOf('leads', 'funnel')).filter((row) => row.currency === 'USD');
    expect(funnel.map((row) => [row.step, row.count, row.booked])).toEqual([
      ['Synced people', 4, '15770.00'],
      ['Leads', 3, '12770.00'],
      ['Offered', 2, '12770.00'],
      ['Accepted', 1, '12770.00'],
      ['Qualified', 1, '12770.00'],
      ['Won', 1, '12770.00'],
    ]);
    expect(await rowsOf('leads', 'byState')).toEqual([
      { state: 'Held', leads: 1 },
      { state: 'Offered', leads: 1 },
      { state: 'Won', leads: 1 },
    ]);
    expect(
      (await rowsOf('leads', 'byPartner')).map((row) => [
        row.name,
        row.currency,
        row.offers,
        row.accepted,
        row.won,
        row.revenue,
      ]),
    ).toEqual([
      ['Alder', 'USD', 2, 1, 1, '12770.00'],
      ['Brook', 'USD', 1, 0, 0, '0.00'],
    ]);
    expect(await rowsOf('leads', 'byRejectReason')).toEqual([{ reason: 'No budget', offers: 1 }]);
  });

  test('says of revenue without a lead why it has none', async () => {
    expect((await rowsOf('unattributed', 'deals')).map((row) => [row.name, row.booked])).toEqual([
      ['Deal 0063', '3000.00'],
    ]);
    expect(
      (await rowsOf('unattributed', 'byMonth')).map((row) => [row.month, row.currency, row.booked, row['from-leads']]),
    ).toEqual([['2026-03', 'USD', '15770.00', '12770.00']]);
  });

  test('a figure narrowed to a partner is that of its row', async () => {
    const [all] = (await rowsOf('partners', 'offers')).filter((row) => row.partner === 'Alder');
    const [mine] = await rowsOf('partners', 'offers', { partner: 'Alder' });
    expect(mine).toEqual(all);
    const [bySource] = await rowsOf('funnel', 'bySource', { partner: 'Alder' });
    expect(bySource).toMatchObject({ source: null, leads: 1, accepted: 1, won: 1, 'accept-rate': '1.0000' });
  });

  test('refuses what makes no sense, and says what is meant', async () => {
    await expect(make('roi', { partner: 'Aldr' })).rejects.toMatchObject({
      message: 'there is no partner "Aldr"',
      known: ['Alder', 'Brook'],
    });
    await expect(make('roi', { models: ['lineal'] })).rejects.toThrow('attribution.yaml names no model "lineal"');
    await expect(make('roi', { from: '2026-02-30' })).rejects.toThrow('"2026-02-30" is no date');
    await expect(make('roi', { from: '2026-03-01', to: '2026-02-01' })).rejects.toThrow(
      '2026-03-01 is after 2026-02-01',
    );
    await expect(make('leads', { drill: true })).rejects.toBeInstanceOf(ReportRefused);
  });

  test('takes back what a deal brought when it is no longer won', async () => {
    await channel.deal('0061', '00Q5e00001AbCdEEAV', '12000.00', { isWon: false });
    await channel.decide();
    const [row] = (await rowsOf('roi', 'revenue', linear)).filter(({ currency }) => currency === 'USD');
    expect(row).toMatchObject({ booked: '3770.00', credited: '770.00', unattributed: '3000.00' });
    expect(
      (await rowsOf('roi', 'byPartner', linear)).find(({ name, currency }) => name === 'Alder' && currency === 'USD'),
    ).toMatchObject({ credited: '770.00', deals: 1, touches: 2 });
  });
});
