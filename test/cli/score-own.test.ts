import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { EXIT, UserError } from '../../src/cli/context.ts';
import { scoreOwn } from '../../src/cli/score-own.ts';
import type { Scoring } from '../../src/leads/scoring.ts';
import { EMPTY_PERSON } from '../../src/model/person.ts';
import { upsert } from '../../src/store/bulk.ts';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');
const at = (n: number) => new Date(NOW - (400 - n) * 3_600_000).toISOString();

describe('sluice score learn and status', () => {
  let store: Store;
  const run = async (action: string, predictive: Scoring['predictive'], json = false) => {
    let out = '';
    const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
    const app = {
      rules: { scoring: { predictive } },
      store,
      environment: async () => ({ clock: { now: () => NOW } }),
    } as unknown as App;
    expect(await scoreOwn(app, io, { json }, [action])).toBe(EXIT.done);
    return out;
  };

  beforeAll(async () => {
    store = await testStore();
  });
  afterAll(() => store?.close());

  test('say so where nothing was learned yet, or too little is known', async () => {
    expect(await run('status', null)).toContain('No score was learned yet: the rules alone count.');
    expect(await run('status', null, true)).toBe('null\n');
    await expect(run('learn', null)).rejects.toThrow(UserError);
    await expect(run('learn', null)).rejects.toThrow('too few to learn from');
  });

  test('tell the version, how it does beside the rules, and whether it counts', async () => {
    const leads = Array.from({ length: 300 }, (_, n) => ({ n, won: (n % 2 === 0) === n % 10 < 8 }));
    await upsert(
      store.db,
      'leads',
      leads.map(({ n, won }) => ({
        id: `ld_${n}`,
        person_id: `pe_${n}`,
        state: won ? 'Won' : 'Lost',
        reason: '',
        score: 1,
        grade: 'D',
        score_reasons: [],
        released_at: at(n),
        declined: [],
        rounds: 1,
        to_route: false,
        updated_at: at(n),
      })),
      ['id'],
    );
    await upsert(
      store.db,
      'decisions',
      leads.map(({ n }) => ({
        id: `de_${n}`,
        seq: n + 1,
        lead_id: `ld_${n}`,
        at: at(n),
        outcome: 'offer',
        result: {},
        inputs: {
          person: { ...EMPTY_PERSON, country: n % 2 === 0 ? 'DE' : 'AT' },
          touches: { count: 1, campaigns: 1, daysSinceLast: 3 },
          score: { score: 1, grade: 'D', reasons: [] },
        },
        hash: 'h',
        config_hash: 'c',
      })),
      ['id'],
    );
    const learned = await run('learn', null);
    expect(learned).toMatch(/^sc_\w+, learned 2026-06-15T12:00:00\.000Z from 300 leads, 50 % of them won$/m);
    expect(learned).toContain('It has no part in scores: scoring.yaml has no "predictive".');
    expect(learned).toMatch(/^ {2}tested on the newest: 90 leads, \d+ won; AUC 0\.\d+, of the rules 0\.500$/m);
    expect(learned).toContain('country DE: +');
    expect(await run('status', { use: 'when-better', weight: 30 })).toContain(
      'It moves scores by 30 % of the way to its own.',
    );
    expect(JSON.parse(await run('status', { use: 'when-better', weight: 30 }, true))).toMatchObject({
      inUse: true,
      counts: true,
      recent: null,
      drift: null,
      trained: { leads: 300 },
    });
  });
});
