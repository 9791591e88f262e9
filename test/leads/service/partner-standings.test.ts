import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileProgrammes } from '../../../src/leads/partners/compile-programmes.ts';
import { type ReviewedPartner, reviewPartners } from '../../../src/leads/service/partner-standings.ts';
import type { Store } from '../../../src/store/database.ts';
import { anna, bert, Channel } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';

const BERT_CONTACT = '0035e00001XyZabAAB';
const RULES = compileProgrammes(
  'programmes.yaml',
  `version: 1
over: 30d
moves:
  - { name: up, from: [Gold], to: Platinum, when: standing.won >= 1 && standing.revenue >= 1200, text: "{standing.revenue} booked" }
`,
  ['Platinum', 'Gold'],
);

describe('partners under the rules', () => {
  let store: Store;
  let channel: Channel;
  const reviewed = async (days = 0): Promise<Map<string, ReviewedPartner>> => {
    const all = await reviewPartners(store.db, RULES, 'USD', channel.now + days * 86_400_000);
    return new Map(all.map((each) => [each.facts.name, each]));
  };

  beforeAll(async () => {
    store = await testStore();
    channel = new Channel(store.db);
    await channel.partner('Alder', { certifications: ['Vault Expert until 2026-03-20'], blackouts: ['2026-12-24'] });
    await channel.people([bert]);
    await channel.decide();
    await channel.answer(await channel.offerOf(bert.id), 'Accepted');
    await channel.decide();
  });
  afterAll(() => store?.close());

  test('are read with their papers', async () => {
    const alder = (await reviewed()).get('Alder');
    expect(alder?.facts.blackouts).toEqual([{ from: '2026-12-24', to: '2026-12-24' }]);
    expect(alder?.standing.certifications).toEqual([
      { name: 'Vault Expert', expires: '2026-03-20', state: 'about to expire', daysLeft: 18 },
    ]);
  });

  test('are credited with what they answered, and how fast', async () => {
    const alder = (await reviewed()).get('Alder');
    expect(alder).toMatchObject({ load: 1 });
    expect(alder?.standing).toMatchObject({
      offered: 1,
      accepted: 1,
      rejected: 0,
      unanswered: 0,
      won: 0,
      acceptance: 100,
    });
    expect(alder?.standing.medianAnswerMs).toBe(3_600_000);
    expect(alder?.proposals).toEqual([]);
  });

  test('are credited with the deals of their leads, in the currency of the vendor alone', async () => {
    await channel.deal('D1', BERT_CONTACT, '1234.56');
    await channel.deal('D2', BERT_CONTACT, '500', { currency: 'EUR' });
    await channel.decide();
    const alder = (await reviewed()).get('Alder');
    expect(alder?.standing).toMatchObject({ won: 1, revenue: { minor: 123456n, currency: 'USD' } });
    expect(alder?.proposals).toMatchObject([{ from: 'Gold', to: 'Platinum', up: true, sentence: '1234 booked' }]);
  });

  test('are not credited with what is longer ago than the rules look back', async () => {
    expect((await reviewed(31)).get('Alder')?.standing).toMatchObject({ offered: 0, won: 0, revenue: { minor: 0n } });
  });

  test('are told as silent when they let offers pass since their last answer', async () => {
    await channel.people([anna]);
    await channel.decide();
    expect((await channel.leadOf(anna.id)).state).toBe('Offered');
    channel.now += 60 * 3_600_000;
    await channel.decide();
    const alder = (await reviewed(3)).get('Alder');
    expect(alder?.standing).toMatchObject({ unanswered: 1, silent: 1, acceptance: 50 });
    expect(alder?.standing.daysSilent).toBe(5);
  });
});
