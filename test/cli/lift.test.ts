import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { drawMarket } from '../../bench/lift/market.ts';
import type { App } from '../../src/app/app.ts';
import { EXIT } from '../../src/cli/context.ts';
import { liftInApp, liftOfFile } from '../../src/cli/lift.ts';
import { upsert } from '../../src/store/bulk.ts';
import type { Store } from '../../src/store/database.ts';
import { Channel } from '../support/channel.ts';
import { testStore } from '../support/store.ts';

function recorder() {
  const told = { out: '', err: '' };
  const io = {
    out: (text: string) => {
      told.out += text;
    },
    err: (text: string) => {
      told.err += text;
    },
    tty: false,
  };
  return { told, io };
}

describe('sluice lift --data', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'lift-')), 'partners.csv');
  const { units } = drawMarket({ partners: 150, hidden: 0, perCluster: 0 }, 9);
  const rows = units.map(({ id, funded, before, after, earlier, traits: [staff, tier, ...more] }) =>
    [id, funded ? 'yes' : 'no', before, after, earlier, staff, `tier ${tier}`, ...more].join(','),
  );
  const head = 'id,funded,before,after,earlier,staff,tier,engagement,growth';

  test('compares those of a file; words become traits', async () => {
    writeFileSync(file, [head, ...rows].join('\n'));
    const { io, told } = recorder();
    expect(await liftOfFile(io, { data: file, json: true })).toBe(EXIT.done);
    const { lift } = JSON.parse(told.out);
    expect(lift.low).toBeGreaterThan(5);
    expect(lift.high).toBeLessThan(35);
    expect(lift.balance.map(({ trait }: { trait: string }) => trait)).toEqual([
      'staff',
      'tier tier 1',
      'tier tier 2',
      'tier tier 3',
      'engagement',
      'growth',
    ]);
    expect(lift.grewBefore).not.toBeNull();
  });

  test('leaves out rows that it cannot use, each with its line and why', async () => {
    const bad = [
      'x1,perhaps,1,2,3,0,tier 1,0,0',
      'x2,yes,much,2,3,0,tier 1,0,0',
      `${units[0]?.id},yes,1,2,3,0,tier 1,0,0`,
      ',no,1,2,3,0,tier 1,0,0',
      'x3,no,1,2,3,,tier 1,0,0',
    ];
    writeFileSync(file, [head, ...rows, ...bad].join('\n'));
    const { io, told } = recorder();
    expect(await liftOfFile(io, { data: file })).toBe(EXIT.rejected);
    expect(told.err).toContain(`${file}:152: funded is "perhaps": yes or no is needed; left out`);
    expect(told.err).toContain(`${file}:153: before, after or earlier is no number; left out`);
    expect(told.err).toContain('stands in the file twice');
    expect(told.err).toContain('it has no id');
    expect(told.err).toContain('staff is blank or no number');
    expect(told.out).toMatch(/Lift of each +\d/);
  });

  test('names the columns that are missing, and what is wrong with a file', async () => {
    writeFileSync(file, 'id,before,after\na,1,2\n');
    await expect(liftOfFile(recorder().io, { data: file })).rejects.toThrow('has no column funded');
    writeFileSync(file, 'id,funded,before,after\na,yes,1,2\nb,no,1,2\n');
    await expect(liftOfFile(recorder().io, { data: file })).rejects.toThrow('1 funded and 1 unfunded ones are too few');
    await expect(liftOfFile(recorder().io, { data: '/nowhere.csv' })).rejects.toThrow('there is no file');
  });
});

describe('sluice lift FUND', () => {
  let store: Store;
  let app: App;

  beforeAll(async () => {
    store = await testStore();
    const channel = new Channel(store.db);
    channel.now = Date.parse('2026-07-01T00:00:00Z');
    app = {
      store,
      config: { vendor: { currency: 'USD' } },
      environment: async () => ({ clock: { now: () => channel.now } }),
    } as unknown as App;
    await expect(liftInApp(app, recorder().io, {}, [])).rejects.toThrow('there is no fund');
    const partners: string[] = [];
    for (let n = 0; n < 16; n++)
      partners.push(await channel.partner(`P${n}`, { tier: n % 2 === 0 ? 'Gold' : 'Silver' }));
    await upsert(
      store.db,
      'fund_budgets',
      [
        {
          id: 'fb_1',
          parent_id: null,
          partner_id: null,
          name: 'Field',
          currency: 'USD',
          amount_minor: 1,
          starts_on: null,
          ends_on: null,
          connection: null,
          record_id: null,
        },
        {
          id: 'fb_2',
          parent_id: 'fb_1',
          partner_id: null,
          name: 'DACH',
          currency: 'USD',
          amount_minor: 1,
          starts_on: null,
          ends_on: null,
          connection: null,
          record_id: null,
        },
      ],
      ['id'],
    );
    const requests = partners.slice(0, 7).map((partner_id, n) => ({
      id: `fr_${n}`,
      budget_id: n % 2 ? 'fb_1' : 'fb_2',
      allocation_id: null,
      partner_id,
      campaign_id: null,
      campaign_connection: null,
      campaign_record: null,
      title: 'Event',
      activity: null,
      currency: 'USD',
      requested_minor: 5,
      approved_minor: 5,
      status: 'approved',
      starts_on: '2026-04-02',
      ends_on: null,
      claim_by: null,
      requested_by: null,
      submitted_at: null,
      escalated: 0,
      contents: '',
      connection: null,
      record_id: null,
    }));
    await upsert(store.db, 'fund_requests', requests, ['id']);
    const entries = partners.flatMap((_, n) =>
      (['2026-02-10', '2026-05-10'] as const).map((day, which) => ({
        id: `en_${n}_${which}`,
        opportunity_id: `op_${n}_${which}`,
        ordinal: 1,
        kind: 'booked',
        amount_minor: 100_000 + n * 10 + (which === 1 && n < 7 ? 50_000 : 0),
        currency: 'USD',
        at: `${day}T12:00:00.000Z`,
        close_date: day,
        reason: 'won',
        reporting_minor: 100_000 + n * 10 + (which === 1 && n < 7 ? 50_000 : 0),
        reporting_currency: 'USD',
        rate: '1',
        rate_date: day,
        rate_source: 'same',
        period: day.slice(0, 7),
      })),
    );
    await store.db.transaction().execute(async (tx) => {
      await upsert(tx, 'entries', entries, ['id'], []);
      await sql`insert into postings
        select id, 1, 'deal:' || opportunity_id, amount_minor, currency, reporting_minor, reporting_currency from entries
        union all select id, 2, 'won', -amount_minor, currency, -reporting_minor, reporting_currency from entries`.execute(
        tx,
      );
    });
    const parts = partners.flatMap((partner_id, n) =>
      [0, 1].map((which) => ({
        opportunity_id: `op_${n}_${which}`,
        partner_id,
        role: 'sourced',
        how: 'lead: contact role',
        evidence: {},
      })),
    );
    await upsert(store.db, 'deal_partners', parts, ['opportunity_id', 'partner_id']);
  });
  afterAll(() => store?.close());

  test('finds what supported partners sourced more than others like them, funds below it included', async () => {
    const { io, told } = recorder();
    await liftInApp(app, io, { from: '2026-04-01', to: '2026-06-30' }, ['field']);
    expect(told.out).toContain('Field, 2026-04-01 to 2026-06-30, beside 2025-12-31 to 2026-03-31');
    expect(told.out).toMatch(/Lift of each +500\.\d\d USD/);
    expect(told.out).toMatch(/Compared +\d funded with \d+ unfunded ones/);
  });

  test('says where too few were supported, and names the nearest fund', async () => {
    const run = (name: string) => liftInApp(app, recorder().io, { from: '2026-04-01', to: '2026-06-30' }, [name]);
    await expect(run('DACH')).rejects.toThrow('4 funded and 12 unfunded ones are too few');
    await expect(run('Feild')).rejects.toMatchObject({
      message: 'there is no fund "Feild"',
      hint: expect.stringContaining('Field'),
    });
  });
});
