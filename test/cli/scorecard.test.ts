import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { EXIT } from '../../src/cli/context.ts';
import { scorecard } from '../../src/cli/scorecard.ts';
import type { Store } from '../../src/store/database.ts';
import { RULES } from '../insight/fixtures.ts';
import { bert, Channel } from '../support/channel.ts';
import { testStore } from '../support/store.ts';

describe('sluice scorecard', () => {
  let store: Store;
  let app: App;
  const run = async (args: readonly string[], options: Record<string, unknown> = {}) => {
    let out = '';
    const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
    expect(await scorecard(app, io, options, args)).toBe(EXIT.done);
    return out;
  };

  beforeAll(async () => {
    store = await testStore();
    const channel = new Channel(store.db);
    app = {
      rules: { scorecard: { ...RULES, least: 1 } },
      store,
      config: { vendor: { currency: 'USD' } },
      environment: async () => ({ clock: { now: () => channel.now } }),
    } as unknown as App;
    expect(await run([])).toContain('No partner is known');
    await channel.partner('Alder', {});
    await channel.partner('Birch', { territories: ['FR'] });
    await channel.people([bert]);
    await channel.decide();
    await channel.answer(await channel.offerOf(bert.id), 'Accepted');
    await channel.decide();
  });
  afterAll(() => store?.close());

  test('ranks partners with their range, and names who is not ranked and the weights', async () => {
    const out = await run([]);
    expect(out).toMatch(/^Rank +Partner +Score +Offered +Accepted +Booked in the time$/m);
    expect(out).toMatch(/^ 1 \(1\) +Alder +56\.5 +1 +\d+ % \(\d+-\d+\) +0\.00$/m);
    expect(out).toContain('Not ranked: Birch (0 offered)');
    expect(out).toContain('Weights: accepted 10, touched in time 15');
  });

  test('shows one by the beginning of its name, in words where nothing is known', async () => {
    const out = await run(['ald'], { period: '2026-Q1' });
    expect(out).toContain('Leads offered in 2026-Q1 (2026-01-01 to 2026-03-31)');
    expect(out).toContain('Deals ended         none yet');
    expect(out).toContain('Half accept within  1.0 h (too few for a range; 1 leads)');
    expect(out).toContain('Rank 1 of 1 (1), score 56.5');
    expect(out).toContain('Margin              not known: `roi.margin` of funds.yaml does not say');
    expect(out).not.toMatch(/NaN|Infinity|undefined/);
    expect(await run(['Birch'])).toContain('Not ranked.');
  });

  test('gives one JSON document, amounts as whole minor units', async () => {
    const { card, period } = JSON.parse(await run(['Alder'], { json: true }));
    expect(period.name).toBe('the last 365 days');
    expect(card.counts).toMatchObject({ offered: 1, revenue: { minor: '0', currency: 'USD' } });
  });

  test('refuses partners and periods that are none, naming the nearest', async () => {
    await expect(run(['Aldr'])).rejects.toMatchObject({
      message: 'there is no partner "Aldr"',
      hint: expect.stringContaining('Alder'),
    });
    await expect(run([], { period: '2026-H3' })).rejects.toMatchObject({ exit: EXIT.usage });
    await expect(run([], { period: '2031' })).rejects.toThrow('has not begun');
    await expect(run([], { to: '2026-01-01' })).rejects.toThrow('--to needs --from');
    await expect(run([], { from: '2026-01-01', period: '2026' })).rejects.toThrow('exclude each other');
  });
});
