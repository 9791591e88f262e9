import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { medianRanks } from '../../../src/insight/median.ts';
import { periodNamed } from '../../../src/insight/period.ts';
import type { Scorecard } from '../../../src/insight/scorecard.ts';
import { loadScorecards } from '../../../src/insight/service/scorecards.ts';
import { upsert } from '../../../src/store/bulk.ts';
import type { Store } from '../../../src/store/database.ts';
import { anna, bert, Channel } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';
import { RULES } from '../fixtures.ts';

const BERT_CONTACT = '0035e00001XyZabAAB';

describe('what is counted of partners', () => {
  let store: Store;
  let channel: Channel;
  const cards = async (name = '2026-Q1', days = 0): Promise<Map<string, Scorecard>> => {
    const now = channel.now + days * 86_400_000;
    const all = await loadScorecards(store.db, RULES, { period: periodNamed(name, now), currency: 'USD', now });
    return new Map(all.cards.map((card) => [card.partner.name, card]));
  };

  beforeAll(async () => {
    store = await testStore();
    channel = new Channel(store.db);
    await channel.partner('Alder', {});
    await channel.partner('Birch', { territories: ['FR'] });
    await channel.partner('Cedar', { status: 'Terminated' });
    await channel.people([bert]);
    await channel.decide();
    await channel.answer(await channel.offerOf(bert.id), 'Accepted');
    await channel.decide();
  });
  afterAll(() => store?.close());

  test('active partners are there without a lead, others are not', async () => {
    const all = await cards();
    expect([...all.keys()].sort()).toEqual(['Alder', 'Birch']);
    expect(all.get('Birch')?.counts.offered).toBe(0);
  });

  test('an accepted lead counts as offered, accepted and open, with the time the answer took', async () => {
    const alder = (await cards()).get('Alder');
    expect(alder?.counts).toMatchObject({
      offered: 1,
      accepted: 1,
      rejected: 0,
      won: 0,
      converted: { hits: 0, of: 0 },
    });
    expect(alder?.counts.toAccept).toEqual({ of: 1, hours: 1, low: null, high: null });
    expect(alder?.counts.open).toMatchObject({ leads: 1, stale: 0 });
  });

  test('a lead without a word goes stale', async () => {
    const alder = (await cards('2026-Q1', 20)).get('Alder');
    expect(alder?.counts.open).toMatchObject({ leads: 1, stale: 1 });
    expect(alder?.remarks).toContain('Of 1 leads it holds, 1 had no word for more than 14 days.');
  });

  test('what its deals booked at the dated rate is its revenue; what is held is told apart, not added', async () => {
    await channel.deal('D1', BERT_CONTACT, '1234.56');
    await channel.deal('D2', BERT_CONTACT, '500', { currency: 'EUR' });
    await channel.deal('D3', BERT_CONTACT, '500', { currency: 'CHF' });
    await channel.decide();
    const alder = (await cards()).get('Alder');
    expect(alder?.counts).toMatchObject({
      won: 1,
      converted: { hits: 1, of: 1 },
      revenue: { minor: 178456n, currency: 'USD' },
      bookedInPeriod: { minor: 178456n, currency: 'USD' },
      otherCurrency: 0,
      held: 1,
      perEnded: { leads: 1, sum: 178456, squares: 178456 ** 2 },
    });
    expect(alder?.remarks).toContain(
      '1 of its won deals are held and not in its revenue: `sluice reconcile` says why.',
    );
  });

  test('a rejection is counted with its reason', async () => {
    await channel.people([anna]);
    await channel.decide();
    await channel.answer(await channel.offerOf(anna.id), 'Rejected', 'No budget');
    await channel.decide();
    const alder = (await cards()).get('Alder');
    expect(alder?.counts).toMatchObject({ offered: 2, accepted: 1, rejected: 1 });
    expect(alder?.counts.rejectReasons).toEqual([{ reason: 'No budget', offers: 1 }]);
  });

  test('offers of another period do not count, what was booked in it does not either', async () => {
    const alder = (await cards('2025')).get('Alder');
    expect(alder?.counts).toMatchObject({ offered: 0, revenue: { minor: 0n }, bookedInPeriod: { minor: 0n } });
  });

  test('the median of many answers, and its range, are measured times', async () => {
    const offers = Array.from({ length: 500 }, (_, n) => ({
      id: `of_many_${n}`,
      lead_id: `ld_many_${n}`,
      partner_id: 'pt_many',
      status: 'Rejected',
      round: 1,
      offered_at: '2026-05-01T00:00:00Z',
      accept_by: '2026-05-09T00:00:00Z',
      // In an order of its own: 1 to 500 minutes.
      closed_at: new Date(Date.parse('2026-05-01T00:00:00Z') + (((n * 7) % 500) + 1) * 60_000).toISOString(),
      response: 'Rejected',
      response_reason: null,
      opened_seq: n + 1_000,
      freed_seq: null,
      made: null,
      terms: null,
    }));
    await upsert(store.db, 'offers', offers, ['id']);
    const facts = { name: 'Many', status: 'Active' };
    await upsert(
      store.db,
      'partners',
      [{ id: 'pt_many', connection: 'salesforce', record_id: '001M', facts, active: true }],
      ['id'],
    );
    channel.now = Date.parse('2026-06-01T00:00:00Z');
    const { toAccept } = (await cards('2026-05')).get('Many')?.counts ?? {};
    const { middle, ends } = medianRanks(500, RULES.confidence);
    expect(toAccept).toEqual({ of: 500, hours: middle / 60, low: (ends?.[0] ?? 0) / 60, high: (ends?.[1] ?? 0) / 60 });
  });
});
