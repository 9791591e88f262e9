import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MODELS, type Opportunity, type Touch } from '../../src/model/revenue.ts';
import { attributeDeal } from '../../src/revenue/attribution.ts';
import { NO_PARTNER, type RoiInputs, roi, roiOf } from '../../src/revenue/roi.ts';
import { deal, ledgerOf, OPEN, states, touch, touches } from './histories.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const eur = (minor: bigint) => ({ minor, currency: 'EUR' });

function roiDeal(history: Opportunity[], list: readonly Touch[], partnerId: string | null) {
  const entries = ledgerOf(history);
  const credits = MODELS.flatMap((model) => attributeDeal(entries, list, model).flatMap((each) => each.credits));
  return { opportunityId: history[0]?.id ?? 'none', partnerId, entries, credits };
}

const list = [
  touch('1', '2026-03-01', { campaignId: 'cm_1' }),
  touch('2', '2026-03-02', { campaignId: 'cm_2' }),
  touch('3', '2026-03-03', { campaignId: 'cm_1', personId: 'pe_2' }),
  touch('4', '2026-03-04', { campaignId: 'cm_1', personId: 'pe_3' }),
];

const inputs = (changes: Partial<RoiInputs> = {}): RoiInputs => ({
  models: ['linear'],
  currency: 'USD',
  campaigns: [
    { id: 'cm_1', name: 'Webinar', cost: usd(1_000n) },
    { id: 'cm_2', name: 'Fair', cost: null },
  ],
  partners: [
    { id: 'pt_1', name: 'Alpha' },
    { id: 'pt_2', name: 'Beta' },
  ],
  deals: [
    roiDeal(
      [deal()],
      list.filter((each) => each.personId === 'pe_1'),
      'pt_1',
    ),
  ],
  touches: list,
  leads: [
    { id: 'ld_1', personId: 'pe_1', partnerId: 'pt_1' },
    { id: 'ld_2', personId: 'pe_2', partnerId: 'pt_2' },
    { id: 'ld_3', personId: 'pe_3', partnerId: null },
  ],
  ...changes,
});

describe('ROI', () => {
  test.each([
    [300n, 100n, '2.0000'],
    [100n, 300n, '-0.6667'],
    [100n, 100n, '0.0000'],
    [0n, 100n, '-1.0000'],
    [200_001n, 3n, '66666.0000'],
    [100_001n, 100_000n, '0.0000'],
    [99_995n, 100_000n, '-0.0001'],
    [99_996n, 100_000n, '0.0000'],
  ])('of %p credited at a cost of %p is %s', (credited, cost, expected) => {
    expect(roiOf(usd(credited), usd(cost))).toBe(expected);
  });

  test('is undefined without a cost, never zero or infinite', () => {
    expect(roiOf(usd(5n), null)).toBeNull();
    expect(roiOf(usd(5n), usd(0n))).toBeNull();
    expect(roiOf(usd(5n), usd(-1n))).toBeNull();
  });

  test('never sets one currency against another', () => {
    expect(() => roiOf(usd(5n), eur(1n))).toThrow('cannot set a cost in EUR against USD');
  });
});

describe('by campaign', () => {
  test('sets credits against the cost, a campaign without cost has no ROI', () => {
    const row = { model: 'linear', currency: 'USD', deals: 1, touches: 1, credited: usd(5_000n) };
    expect(roi(inputs()).byCampaign).toEqual([
      { ...row, id: 'cm_2', name: 'Fair', cost: null, roi: null },
      { ...row, id: 'cm_1', name: 'Webinar', cost: usd(1_000n), roi: '4.0000' },
    ]);
  });

  test('a campaign that both CRMs state is one, and its cost is counted once', () => {
    const campaigns = [
      { id: 'cm_1', name: 'Webinar', cost: null },
      { id: 'cm_1', name: 'webinar', cost: usd(1_000n) },
      { id: 'cm_1', name: 'webinar', cost: usd(900n) },
    ];
    const result = roi(inputs({ campaigns, deals: [] }));
    expect(result.byCampaign).toHaveLength(1);
    expect(result.byCampaign[0]).toMatchObject({ name: 'Webinar', cost: usd(1_000n), roi: '-1.0000' });
    expect(result.total[0]?.cost).toEqual(usd(1_000n));
  });

  test('a reversed deal counts no more', () => {
    const result = roi(inputs({ deals: [roiDeal([deal(), deal(OPEN)], list, 'pt_1')] }));
    expect(result.byCampaign.map((row) => [row.credited.minor, row.deals, row.touches])).toEqual([
      [0n, 0, 0],
      [0n, 0, 0],
    ]);
    expect(result.total[0]).toMatchObject({ booked: usd(0n), credited: usd(0n), unattributed: usd(0n) });
  });

  test('currencies are rows of their own and a cost counts in its own alone', () => {
    const result = roi(inputs({ deals: [roiDeal([deal({ amount: eur(700n) })], list.slice(0, 1), 'pt_1')] }));
    expect(result.byCampaign.map((row) => [row.name, row.currency, row.credited, row.cost, row.roi])).toEqual([
      ['Webinar', 'EUR', eur(700n), null, null],
      ['Fair', 'USD', usd(0n), null, null],
      ['Webinar', 'USD', usd(0n), usd(1_000n), '-1.0000'],
    ]);
    expect(result.total.map((row) => [row.currency, row.booked, row.cost])).toEqual([
      ['EUR', eur(700n), null],
      ['USD', usd(0n), usd(1_000n)],
    ]);
  });
});

describe('by partner', () => {
  test('the cost of a campaign is shared over its responding leads, the rest is with no partner', () => {
    expect(roi(inputs()).byPartner.map((row) => [row.name, row.credited.minor, row.cost?.minor, row.roi])).toEqual([
      ['Alpha', 10_000n, 334n, '28.9401'],
      ['Beta', 0n, 333n, '-1.0000'],
      [NO_PARTNER, 0n, 333n, '-1.0000'],
    ]);
  });

  test('a lead that responded twice bears one share', () => {
    const result = roi(inputs({ touches: [...list, touch('5', '2026-03-05', { campaignId: 'cm_1' })] }));
    expect(result.byPartner[0]?.cost).toEqual(usd(334n));
  });

  test('a campaign nobody responded to costs no partner anything', () => {
    const result = roi(inputs({ touches: [] }));
    expect(result.byPartner.map((row) => row.cost)).toEqual([null, null, usd(1_000n)]);
  });

  test('revenue of deals without a partner stands with none', () => {
    const result = roi(inputs({ deals: [roiDeal([deal()], list, null)] }));
    expect(result.byPartner.at(-1)).toMatchObject({ id: null, name: NO_PARTNER, credited: usd(10_000n), deals: 1 });
  });
});

test('the total shows what no touch brought', () => {
  const result = roi(inputs({ deals: [...inputs().deals, roiDeal([deal({ id: 'op_2' })], [], null)] }));
  expect(result.total).toEqual([
    {
      model: 'linear',
      currency: 'USD',
      booked: usd(20_000n),
      credited: usd(10_000n),
      unattributed: usd(10_000n),
      cost: usd(1_000n),
      roi: '9.0000',
      deals: 1,
      touches: 2,
    },
  ]);
});

test('after any histories both tables add up to the total, and credited plus unattributed to what is booked', () => {
  const money = fc.record({ minor: fc.bigInt({ min: 0n, max: 999n }), currency: fc.constantFrom('USD', 'EUR') });
  const partner = fc.constantFrom('pt_1', 'pt_2', null);
  const market = fc.record({
    touches,
    histories: fc.tuple(states('op_1'), states('op_2'), states('op_3')),
    holders: fc.tuple(partner, partner, partner),
    costs: fc.tuple(fc.option(money), fc.option(money)),
  });
  fc.assert(
    fc.property(market, ({ touches: all, histories, holders, costs }) => {
      const of = (n: number) => all.filter((each) => each.personId === `pe_${n + 1}`);
      const result = roi(
        inputs({
          models: MODELS,
          campaigns: costs.map((cost, n) => ({ id: `cm_${n + 1}`, name: `Campaign ${n + 1}`, cost })),
          touches: all,
          leads: holders.map((partnerId, n) => ({ id: `ld_${n + 1}`, personId: `pe_${n + 1}`, partnerId })),
          deals: histories.map((history, n) => roiDeal(history, of(n), holders[n] ?? null)),
        }),
      );
      for (const total of result.total) {
        const { model, currency } = total;
        expect(total.credited.minor + total.unattributed.minor).toBe(total.booked.minor);
        for (const rows of [result.byCampaign, result.byPartner]) {
          const own = rows.filter((row) => row.model === model && row.currency === currency);
          expect(own.reduce((sum, row) => sum + row.credited.minor, 0n)).toBe(total.credited.minor);
          expect(own.reduce((sum, row) => sum + (row.cost?.minor ?? 0n), 0n)).toBe(total.cost?.minor ?? 0n);
        }
      }
      const groups = new Set(result.total.map((row) => `${row.model} ${row.currency}`));
      for (const row of [...result.byCampaign, ...result.byPartner])
        expect(groups.has(`${row.model} ${row.currency}`)).toBe(true);
    }),
  );
});
