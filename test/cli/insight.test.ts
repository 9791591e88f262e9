import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { App } from '../../src/app/app.ts';
import { EXIT } from '../../src/cli/context.ts';
import { insight } from '../../src/cli/insight.ts';
import { randomFrom } from '../../src/insight/random.ts';
import { refreshReports } from '../../src/insight/service/reports/refresh.ts';
import { upsert } from '../../src/store/bulk.ts';
import type { Store } from '../../src/store/database.ts';
import { RULES } from '../insight/fixtures.ts';
import { Channel } from '../support/channel.ts';
import { testStore } from '../support/store.ts';

describe('sluice insight', () => {
  let store: Store;
  let app: App;
  const run = async (what: string, options: Record<string, unknown> = {}) => {
    let out = '';
    const io = {
      out: (text: string) => {
        out += text;
      },
      err: () => undefined,
      tty: false,
    };
    expect(await insight(app, io, options, [what])).toBe(EXIT.done);
    return out;
  };

  beforeAll(async () => {
    store = await testStore();
    const channel = new Channel(store.db);
    channel.now = Date.parse('2026-12-31T08:00:00Z');
    app = {
      rules: { scorecard: RULES },
      config: { vendor: { currency: 'USD' } },
      store,
      environment: async () => ({ clock: { now: () => channel.now } }),
    } as unknown as App;
    for (const what of ['segments', 'rivals', 'territories']) expect(await run(what)).toMatch(/^No /);
    const alder = await channel.partner('Alder', { territories: ['DE', 'FR'] });
    const birch = await channel.partner('Birch', { territories: ['DE', 'FR'] });
    await refreshReports(store.db);
    const random = randomFrom(3);
    const leads = Array.from({ length: 1_600 }, (_, n) => {
      const partner = n % 2 === 0 ? alder : birch;
      const country = n % 4 < 2 ? 'DE' : 'FR';
      const product = n % 8 < 4 ? 'Vault' : 'Relay';
      const rate = (partner === alder ? 0.45 : 0.15) + (product === 'Vault' ? 0.2 : 0);
      const won = random() < rate ? 1 : 0;
      return {
        lead_id: `ld_${n}`,
        day: `2026-${String(1 + (n % 12)).padStart(2, '0')}-10`,
        source: 'Web',
        campaign: '',
        partner,
        state: won ? 'Won' : 'Lost',
        grade: 'A',
        country,
        industry: 'Banking',
        size: '50-249',
        product,
        leads: 1,
        offered: 1,
        accepted: 1,
        qualified: won,
        won,
        lost: 1 - won,
        undecided: 0,
      };
    });
    const unserved = leads.slice(0, 60).map((lead, n) => ({
      ...lead,
      lead_id: `ld_es_${n}`,
      country: 'ES',
      partner: '',
      state: 'Unroutable',
      offered: 0,
      accepted: 0,
      qualified: 0,
      won: 0,
      lost: 0,
    }));
    const facts = JSON.stringify([...leads, ...unserved]);
    await sql`insert into fact_leads select * from jsonb_populate_recordset(null::fact_leads, ${facts}::jsonb)`.execute(
      store.db,
    );
  });
  afterAll(() => store?.close());

  test('segments tells kinds of leads that are won more often, on the half that had no say', async () => {
    const out = await run('segments', { period: '2026' });
    expect(out).toMatch(/^Leads of 2026: 1600 ended, \d+ won/);
    expect(out).toMatch(/^better +product Vault +\d+ of \d+ +\d+ %/m);
    // That the other product is worse follows from it.
    expect(out).not.toContain('Relay');
  });

  test('rivals tells who beats whom, by name, in how many quarters', async () => {
    expect(await run('rivals', { period: '2026' })).toMatch(/^Alder +Birch +everything .* 4 of 4 +<0\.001$/m);
    const { found } = JSON.parse(await run('rivals', { period: '2026', json: true }));
    expect(found[0]).toMatchObject({ winnerName: 'Alder', loserName: 'Birch', quarters: 4 });
  });

  test('territories tells the weak one with its candidates', async () => {
    const out = await run('territories', { period: '2026' });
    expect(out).toMatch(/^ES: no active partner covers it; partners take \d+ % of its leads/m);
    expect(out).toMatch(/^ {2}Alder: \d+ % to be expected \(\d+ % to \d+ %\), \d+ of \d+ of such leads won$/m);
  });

  test('forecast says where the past is too short, then what will be won and how it did before', async () => {
    await expect(run('forecast')).rejects.toThrow('the past holds 0 times 90 days');
    const random = randomFrom(5);
    const today = Date.parse('2026-12-31T00:00:00Z');
    const dayBack = (days: number) => new Date(today - days * 86_400_000).toISOString();
    const deals = Array.from({ length: 900 }, (_, n) => {
      const age = 1_200 - Math.floor((n * 1_200) / 900);
      const closes = age - 20 - Math.floor(random() * 120);
      const isClosed = closes >= 0;
      return {
        id: `op_${n}`,
        connection: 'salesforce',
        record_id: `006${n}`,
        account_record: null,
        facts: {
          name: `Deal ${n}`,
          amount: n % 50 === 0 && !isClosed ? null : String(1_000 + Math.floor(random() * 9_000)),
          currency: n % 100 === 7 ? 'EUR' : 'USD',
          stage: isClosed ? 'Closed' : 'Proposal',
          isClosed,
          isWon: isClosed && random() < 0.4,
          closeDate: isClosed ? dayBack(closes).slice(0, 10) : null,
          createdAt: dayBack(age),
          deleted: false,
        },
      };
    });
    await upsert(store.db, 'opportunities', deals, ['id']);
    const out = await run('forecast', { days: 90 });
    expect(out).toMatch(
      /^To be won from 2027-01-01 to 2027-03-31, USD, ranges of 90 %, learned from 8 times as many days$/m,
    );
    expect(out).toMatch(/^ {2}Together +\d+ \(\d+ to \d+\)$/m);
    expect(out).toMatch(/^Proposal +\d+ +\d+ +\d+$/m);
    expect(out).toMatch(/^[3-6] of 6 were within \(90 % promised\); mean error \d+ %/m);
    expect(out).toContain('Note: 9 deals are in other currencies and left out.');
  });

  test('refuses what it does not know, with the nearest', () =>
    expect(run('segmnts')).rejects.toMatchObject({ exit: EXIT.usage, hint: expect.stringContaining('segments') }));
});
