import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { EXIT } from '../../src/cli/context.ts';
import { simulate } from '../../src/cli/simulate.ts';
import type { Store } from '../../src/store/database.ts';
import { anna, bert, Channel, ROUTING } from '../support/channel.ts';
import { temporaryFolder } from '../support/children.ts';
import { testStore } from '../support/store.ts';

describe('sluice simulate', () => {
  let store: Store;
  let channel: Channel;
  let app: App;
  const folder = temporaryFolder();
  const inFile = (text: string) => {
    const file = join(folder, 'new-routing.yaml');
    writeFileSync(file, text);
    return file;
  };
  const run = async (options: Record<string, unknown>) => {
    let out = '';
    const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
    expect(await simulate(app, io, options, [])).toBe(EXIT.done);
    return out;
  };
  const json = async (options: Record<string, unknown>) => JSON.parse(await run({ ...options, json: true }));
  const stored = async () => ({
    leads: await store.db.selectFrom('leads').selectAll().orderBy('id').execute(),
    offers: await store.db.selectFrom('offers').selectAll().orderBy('id').execute(),
    decisions: await store.db.selectFrom('decisions').selectAll().orderBy('id').execute(),
    rules: await store.db.selectFrom('config_versions').selectAll().orderBy('hash').execute(),
  });
  const TO_COVE = `version: 1
offer: { acceptWithin: 48h }
weights: { load: 10 }
otherwise: pool
routes:
  - { name: cove, method: best-fit, eligible: { when: "partner.name == 'Cove'" } }
`;

  beforeAll(async () => {
    store = await testStore();
    channel = new Channel(store.db);
    app = {
      store,
      environment: async () => ({ clock: { now: () => channel.now } }),
    } as unknown as App;
  });
  afterAll(() => store?.close());

  test('says so where no lead was decided yet', async () => {
    expect(await run({ routing: inFile(ROUTING[1]) })).toContain('No lead was decided yet');
  });

  describe('over a past with a refusal, a partner that left and other rules since', () => {
    beforeAll(async () => {
      await channel.rules('rules-1');
      await channel.partner('Alder', { tier: 'Platinum', capacity: 1 });
      await channel.partner('Brook', {});
      await channel.partner('Cove', { tier: 'Silver' });
      await channel.people([anna]);
      await channel.decide();
      await channel.answer(await channel.offerOf('pe_anna'), 'Rejected', 'No budget');
      await channel.decide();
      await channel.partner('Alder', null);
      await channel.people([bert]);
      await channel.decide();
    });

    test('the rules of the time change nothing', async () => {
      const said = await json({ routing: inFile(ROUTING[1]) });
      expect(said).toMatchObject({ leads: 2, changed: 0, changes: [], erased: 0 });
      expect(said.outcomes).toEqual([{ outcome: 'offer', before: 2, after: 2 }]);
    });

    test('other rules tell who would have got what, and nothing is written', async () => {
      const before = await stored();
      const said = await json({ routing: inFile(TO_COVE) });
      expect(said).toMatchObject({ leads: 2, changed: 1 });
      expect(said.partners).toContainEqual(
        expect.objectContaining({ name: 'Cove', leads: { before: 1, after: 2 }, peak: { before: 1, after: 1 } }),
      );
      const out = await run({ routing: inFile(TO_COVE) });
      expect(out).toContain('2 leads by');
      expect(out).toMatch(/Anna Schmidt.*\(B\): Alder -> Cove {2}/);
      expect(out).toMatch(/^Wins to be expected of the leads offered: \d+\.\d before, \d+\.\d after$/m);
      expect(await stored()).toEqual(before);
    });

    test('a range takes the leads first decided in it', async () => {
      const firsts = (await stored()).decisions.map(({ at }) => at).sort();
      const to = new Date(Date.parse(firsts[0] ?? '') + 1).toISOString();
      expect(await json({ routing: inFile(TO_COVE), to })).toMatchObject({ leads: 1, to });
      expect(await json({ routing: inFile(TO_COVE), from: to })).toMatchObject({ leads: 1, from: to });
      expect(await run({ routing: inFile(TO_COVE), from: '2030-01-01' })).toContain(
        'No lead was first decided in this time',
      );
    });

    test('a broken file is refused with its place', async () => {
      const file = inFile(TO_COVE.replace('best-fit', 'best-fitt'));
      await expect(run({ routing: file })).rejects.toThrow(`${file}:6:`);
      await expect(run({ routing: file })).rejects.toThrow('best-fit');
      await expect(run({ routing: '/nowhere/routing.yaml' })).rejects.toThrow('there is no such file');
    });

    test.each([
      [{ from: 'yesterday' }, '--from: "yesterday" is no instant'],
      [{ to: '2026-03-02T08:00' }, '--to: "2026-03-02T08:00" is no instant'],
      [{ from: '2026-03-03', to: '2026-03-02' }, 'is not before'],
    ])('a range that is none is refused: %j', async (range, words) => {
      await expect(run({ routing: inFile(TO_COVE), ...range })).rejects.toThrow(words);
    });
  });
});
