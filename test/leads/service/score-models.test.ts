import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileScoring } from '../../../src/leads/scoring.ts';
import { learnScore, modelInUse, scoreStatus, watchScore } from '../../../src/leads/service/score-models.ts';
import { scorePeople } from '../../../src/leads/service/score-people.ts';
import { EMPTY_PERSON, type PersonFacts } from '../../../src/model/person.ts';
import { UnusableFile } from '../../../src/model/read-csv.ts';
import { upsert } from '../../../src/store/bulk.ts';
import type { Store } from '../../../src/store/database.ts';
import { testStore } from '../../support/store.ts';
import { anna, shipped } from '../fixtures.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const [FILE, TEXT] = shipped('scoring');
const scoring = (more: string) => compileScoring(FILE, `${TEXT}\n${more}`);

describe('the score learned from own outcomes', () => {
  let store: Store;
  let made = 0;

  /** Leads that were decided on an hour apart; those from Germany are won in most cases, or the other way around. */
  const leads = async (count: number, germansWin: boolean) => {
    const drawn = Array.from({ length: count }, () => {
      const n = made++;
      const german = n % 2 === 0;
      const usual = n % 10 < 8;
      const person: PersonFacts = {
        ...EMPTY_PERSON,
        country: german ? 'DE' : 'AT',
        product: ['Vault', 'Relay'][n % 3] ?? null,
      };
      return { n, person, won: german === germansWin ? usual : !usual };
    });
    await upsert(
      store.db,
      'leads',
      drawn.map(({ n, won }) => ({
        id: `ld_${n}`,
        person_id: `pe_${n}`,
        state: won ? 'Won' : 'Lost',
        reason: '',
        score: 40,
        grade: 'B',
        score_reasons: [],
        released_at: new Date(START + n * HOUR).toISOString(),
        declined: [],
        rounds: 1,
        to_route: false,
        updated_at: new Date(START + n * HOUR).toISOString(),
      })),
      ['id'],
    );
    await upsert(
      store.db,
      'decisions',
      drawn.map(({ n, person }) => ({
        id: `de_${n}`,
        seq: n + 1,
        lead_id: `ld_${n}`,
        at: new Date(START + n * HOUR).toISOString(),
        outcome: 'offer',
        result: {},
        // The rules say nothing of it: every third lead has some points more, whatever became of it.
        inputs: {
          person,
          touches: { count: 1, campaigns: 1, daysSinceLast: 3 },
          score: { score: n % 3, grade: 'B', reasons: [] },
        },
        hash: 'h',
        config_hash: 'c',
      })),
      ['id'],
    );
  };
  const score = async (rules: ReturnType<typeof scoring>, person: PersonFacts) =>
    (await scorePeople(store.db, new Map([['pe_x', person]]), rules, START)).get('pe_x');
  const german = { ...anna, country: 'DE' };
  const austrian = { ...anna, country: 'AT' };

  beforeAll(async () => {
    store = await testStore();
  });
  afterAll(() => store?.close());

  test('is not learned from too few, and says how many it takes', async () => {
    await leads(60, true);
    await expect(learnScore(store.db, START + 60 * HOUR)).rejects.toThrow(UnusableFile);
    expect(await scoreStatus(store.db)).toBeNull();
    expect(await modelInUse(store.db, true)).toBeNull();
  });

  test('is kept under its version and counts where it does better than the rules', async () => {
    await leads(340, true);
    const { status } = await learnScore(store.db, START + 400 * HOUR);
    expect(status).toMatchObject({ inUse: true, recent: null, drift: null, tested: { leads: 120 } });
    expect(status.tested.auc).toBeGreaterThan(0.75);
    expect(status.tested.rulesAuc).toBeLessThan(0.6);
    expect(status.why).toContain('it does better than the rules on the 120 leads it was tested on');
    expect((await modelInUse(store.db, false))?.version).toBe(status.version);
  });

  test('moves the score of the rules by its weight, with the reason in words', async () => {
    const plain = await score(scoring(''), german);
    const [better, worse] = await Promise.all(
      [german, austrian].map((each) => score(scoring('predictive: { weight: 40 }'), each)),
    );
    expect(plain?.reasons.map(({ rule }) => rule)).not.toContain('predictive');
    const reason = better?.reasons.find(({ rule }) => rule === 'predictive');
    expect(reason?.text).toMatch(
      /^a chance of \d+ % to be won, above \d+ % of earlier leads \(sc_\w+\): .*country DE: \+/,
    );
    expect(better?.reasons.reduce((sum, { points }) => sum + points, 0)).toBe(better?.score);
    expect(better?.score ?? 0).toBeGreaterThan(worse?.score ?? 100);
    const place = Number(/above (\d+) %/.exec(reason?.text ?? '')?.[1]) + 5;
    expect(reason?.points).toBe(Math.round(0.4 * (place - (plain?.score ?? 0))));
  });

  test('gives way to the rules when outcomes since then say so, looked at once a day', async () => {
    await leads(100, false);
    const now = START + 500 * HOUR;
    const status = await scoreStatus(store.db);
    expect(status).toMatchObject({ inUse: false, recent: { leads: 100 } });
    expect(status?.why).toContain(
      'the rules alone count: it does no better than they on the 100 outcomes since it was learned',
    );
    expect(status?.drift?.score).toBeLessThan(0.1);

    await store.db
      .insertInto('score_checks')
      .values({ name: 'predictive', day: new Date(now).toISOString().slice(0, 10), through: null })
      .execute();
    await watchScore(store.db, now);
    expect(await modelInUse(store.db, false)).not.toBeNull();
    await watchScore(store.db, now + DAY);
    expect(await modelInUse(store.db, false)).toBeNull();
    expect((await score(scoring('predictive: { weight: 40 }'), german))?.reasons.map(({ rule }) => rule)).not.toContain(
      'predictive',
    );
    expect((await score(scoring('predictive: { use: always }'), german))?.reasons.map(({ rule }) => rule)).toContain(
      'predictive',
    );
  });

  test('learns nothing from leads whose persons were erased', async () => {
    await store.db
      .updateTable('decisions')
      .set({ inputs: JSON.stringify({ person: null }) })
      .where('id', '<', 'de_2')
      .execute();
    const erased = await store.db.selectFrom('decisions').select('id').where('id', '<', 'de_2').execute();
    const { training } = await learnScore(store.db, START + 600 * HOUR);
    expect(training.trainedOn.leads + training.test.leads).toBe(500 - erased.length);
  });
});
