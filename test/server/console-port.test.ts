import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { compileRouting } from '../../src/leads/routing.ts';
import type { ConsolePort, LeadQuery, Overview } from '../../src/server/api.ts';
import { consolePort } from '../../src/server/console-port.ts';
import { orgBudget, sharedShelf } from '../../src/store/budget.ts';
import { emptyBudget } from '../../src/store/budget-math.ts';
import type { Store } from '../../src/store/database.ts';
import { report } from '../../src/store/errors.ts';
import { takeLease } from '../../src/store/lease.ts';
import { noteHeard, saveHints } from '../../src/sync/hint-store.ts';
import { askSweep, endSweep } from '../../src/sync/sweep-store.ts';
import { MODELS } from '../support/attribution.ts';
import { Channel, ROUTING } from '../support/channel.ts';
import { revenueStory, type Story } from '../support/revenue-story.ts';
import { testStore } from '../support/store.ts';

let store: Store;
let channel: Channel;
let port: ConsolePort;
let story: Story;
let progress: Overview['demoProgress'] | null = null;

const MODEL_VIEWS = MODELS.map((name) => ({ name, title: name, says: '' }));
const NOW = Date.parse('2026-03-09T00:00:00.000Z');
const options = {
  vendor: 'Acme Instruments',
  currency: 'USD',
  models: MODEL_VIEWS,
  clock: { now: () => NOW },
  budgets: new Map([
    ['salesforce', { dailyShare: 0.5, day: 'rolling', windows: {} }],
    ['hubspot', { dailyShare: 0.5, day: 'midnight', windows: {} }],
  ] as const),
  routing: compileRouting(...ROUTING),
  sla: null,
  routingOf: (body: string, file: string) => compileRouting(file, body),
};
const query = (change: Partial<LeadQuery> = {}): LeadQuery => ({ sort: '-score', offset: 0, limit: 50, ...change });
const namesOf = async (change: Partial<LeadQuery>) => (await port.leads(query(change))).rows.map(({ name }) => name);

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
  port = consolePort(store.db, options);
});
afterAll(() => store.close());

describe('before the first sync', () => {
  test('everything is there and empty', async () => {
    const overview = await port.overview();
    expect(overview).toMatchObject({
      vendor: 'Acme Instruments',
      currency: 'USD',
      now: '2026-03-09T00:00:00.000Z',
      demo: false,
      runs: [],
      connections: [],
      errors: { open: 0 },
    });
    expect(overview.funnel.map(({ key, count, amount }) => [key, count, amount])).toEqual([
      ['synced', 0, null],
      ['leads', 0, null],
      ['offered', 0, null],
      ['accepted', 0, '0.00'],
      ['qualified', 0, '0.00'],
      ['won', 0, '0.00'],
    ]);
    expect(await port.leads(query())).toEqual({ total: 0, rows: [] });
    expect(await port.roi()).toMatchObject({ campaigns: [], booked: '0.00', totals: { cost: '0.00' } });
    expect(await port.runs(5)).toEqual([]);
    expect(await port.lead('ld_nobody')).toBeNull();
  });

  test('a demo tells how far it is', async () => {
    const demo = consolePort(store.db, { ...options, demo: () => progress });
    expect(await demo.overview()).toMatchObject({ demo: true });
    progress = { day: 3, days: 30, done: false };
    expect((await demo.overview()).demoProgress).toEqual(progress);
  });
});

describe('with a channel at work', () => {
  beforeAll(async () => {
    story = await revenueStory(channel);
  });

  describe('the overview', () => {
    test('counts the funnel with the money of its last steps', async () => {
      const { funnel, leadStates } = await port.overview();
      expect(funnel.map(({ key, count, amount }) => [key, count, amount])).toEqual([
        ['synced', 4, null],
        ['leads', 3, null],
        ['offered', 2, null],
        ['accepted', 1, '12000.00'],
        ['qualified', 1, '12000.00'],
        ['won', 1, '12000.00'],
      ]);
      expect(leadStates).toEqual([
        { state: 'Held', count: 1 },
        { state: 'Offered', count: 1 },
        { state: 'Won', count: 1 },
      ]);
    });

    test('counts what is open in the error centre and before people', async () => {
      const error = {
        connection: 'salesforce',
        object: 'Lead',
        recordId: '00Q',
        stage: 'write',
        code: 'X',
        message: 'no',
      } as const;
      await report(store.db, [error], channel.at);
      await report(store.db, [{ ...error, code: 'Y' }], channel.at);
      await sql`update errors set resolved_at = now() where code = 'Y'`.execute(store.db);
      expect(await port.overview()).toMatchObject({ errors: { open: 1 }, reviews: { open: 0 } });
    });
  });

  describe('the connections', () => {
    const shown = async (name: string) =>
      (await port.overview()).connections.find((connection) => connection.name === name);
    const at = (hoursAgo: number) => new Date(NOW - hoursAgo * 3_600_000).toISOString();

    beforeAll(async () => {
      await sql`insert into connections (name, kind, org_id, org_name, currency, tokens, last_sync_at, problem) values
        ('salesforce', 'salesforce', '00D1', 'Acme', 'USD', null, ${at(1)}, null),
        ('hubspot', 'hubspot', null, null, null, null, null, null)`.execute(store.db);
    });
    afterAll(() => sql`delete from connections`.execute(store.db));

    test('that nothing is known of say so', async () => {
      expect(await shown('hubspot')).toMatchObject({
        heardAt: null,
        hintsWaiting: 0,
        sweptAt: null,
        fieldsPaused: 0,
        budget: null,
      });
    });

    test('tell when the CRM was heard last, and what it told of that no run has read yet', async () => {
      await noteHeard(store.db, 'salesforce', at(3));
      await noteHeard(store.db, 'salesforce', at(2));
      const hint = { object: 'Lead', what: 'changed', at: at(2) } as const;
      await saveHints(store.db, 'salesforce', [{ ...hint, ids: ['1', '2'] }], new Set(['Lead']));
      expect(await shown('salesforce')).toMatchObject({ heardAt: at(2), hintsWaiting: 2 });
    });

    test('count as swept when every object of theirs has been, from the oldest pass on', async () => {
      for (const object of ['Lead', 'Contact', 'Retired__c']) {
        if (object !== 'Retired__c')
          await sql`insert into descriptions (connection, object, description, at)
            values ('salesforce', ${object}, null, ${at(9)}) on conflict do nothing`.execute(store.db);
        await askSweep(store.db, 'salesforce', object, { now: NOW, whole: false, why: 'test' });
      }
      const end = (object: string, hoursAgo: number) =>
        endSweep(store.db, 'salesforce', object, { finishedAt: at(hoursAgo), dueAt: at(0) });
      await end('Lead', 5);
      expect(await shown('salesforce')).toMatchObject({ sweptAt: null });
      await end('Contact', 7);
      expect(await shown('salesforce')).toMatchObject({ sweptAt: at(7) });
    });

    test('count the fields that stand still, each once and until they are mended', async () => {
      const drift = { connection: 'salesforce', object: 'Lead', stage: 'schema', message: 'changed' } as const;
      await report(
        store.db,
        [
          { ...drift, recordId: 'Phone', code: 'FIELD_NARROWED' },
          { ...drift, recordId: 'Phone', code: 'FIELD_REQUIRED' },
          { ...drift, recordId: 'Fax', code: 'FIELD_REMOVED' },
        ],
        channel.at,
      );
      expect(await shown('salesforce')).toMatchObject({ fieldsPaused: 2 });
      await sql`update errors set resolved_at = now() where stage = 'schema'`.execute(store.db);
      expect(await shown('salesforce')).toMatchObject({ fieldsPaused: 0 });
    });

    test('show the calls of the day that all processes made, and how many Sluice may make', async () => {
      const shelf = sharedShelf(store.db);
      const own = { [String(NOW - 3_600_000)]: 120, [String(NOW - 30 * 3_600_000)]: 999 };
      await shelf.save(orgBudget('salesforce', '00D1'), { ...emptyBudget, own }, '0');
      expect(await shown('salesforce')).toMatchObject({ budget: { made: 120, share: null } });
      const heard = { used: 400, max: 10_000, at: NOW - 60_000, own: 120 };
      await shelf.save(orgBudget('salesforce', '00D1'), { ...emptyBudget, own, heard }, '1');
      expect(await shown('salesforce')).toMatchObject({ budget: { made: 120, share: 5_000 } });
    });
  });

  describe('the leads', () => {
    test('come with score, state, partner and reason', async () => {
      const { total, rows } = await port.leads(query());
      expect(total).toBe(3);
      expect(
        rows.map(({ name, company, grade, state, partner }) => [name, company, grade, state, partner?.name]),
      ).toEqual([
        ['Anna Schmidt', 'Acme GmbH', 'A', 'Won', 'Alder'],
        ['Bert Öztürk', 'Acme GmbH', 'B', 'Offered', 'Brook'],
        ['Cleo', 'Éclair', 'D', 'Held', undefined],
      ]);
      expect(rows[1]).toMatchObject({
        country: 'DE',
        acceptBy: expect.stringMatching(/^2026-03-04T.*Z$/),
        updatedAt: expect.stringMatching(/Z$/),
      });
      expect(rows[2]?.reason).toContain('no country');
    });

    test.each([
      ['name', ['Anna Schmidt', 'Bert Öztürk', 'Cleo']],
      ['-name', ['Cleo', 'Bert Öztürk', 'Anna Schmidt']],
      ['score', ['Cleo', 'Bert Öztürk', 'Anna Schmidt']],
      ['state', ['Cleo', 'Bert Öztürk', 'Anna Schmidt']],
      ['-company', ['Cleo']],
      ['partner', ['Anna Schmidt', 'Bert Öztürk', 'Cleo']],
      ['-partner', ['Bert Öztürk', 'Anna Schmidt', 'Cleo']],
      ['-acceptBy', ['Bert Öztürk']],
    ] as const)('are ordered by %s, the unknown last', async (sort, expected) => {
      expect((await namesOf({ sort })).slice(0, expected.length)).toEqual(expected);
    });

    test('are ordered by the time of their last change', async () => {
      const times = (await port.leads(query({ sort: '-updatedAt' }))).rows.map((row) => row.updatedAt);
      expect(times).toEqual([...times].sort().reverse());
    });

    test.each([
      [{ q: 'anna' }, ['Anna Schmidt']],
      [{ q: 'ACME öztürk' }, ['Bert Öztürk']],
      [{ q: 'éCLAIR' }, ['Cleo']],
      [{ q: 'anna.schmidt@' }, ['Anna Schmidt']],
      [{ q: '50%' }, ['Cleo']],
      [{ q: '0%0' }, []],
      [{ q: '_' }, ['Anna Schmidt', 'Bert Öztürk', 'Cleo']],
      [{ q: "'; drop table leads; --" }, []],
      [{ state: 'Offered' }, ['Bert Öztürk']],
      [{ grade: 'A' }, ['Anna Schmidt']],
      [{ state: 'Won', grade: 'D' }, []],
    ] as const)('are found by %j', async (change, expected) => {
      const page = await port.leads(query(change));
      expect(page.rows.map(({ name }) => name)).toEqual(expected);
      expect(page.total).toBe(expected.length);
    });

    test('are found by id and by partner', async () => {
      const { id } = await channel.leadOf('pe_anna');
      expect(await namesOf({ q: id })).toEqual(['Anna Schmidt']);
      expect(await namesOf({ partner: story.brook })).toEqual(['Bert Öztürk']);
    });

    test('come in pages that count all', async () => {
      const pages = [];
      for (let offset = 0; offset < 4; offset++)
        pages.push(await port.leads(query({ sort: 'name', offset, limit: 1 })));
      expect(pages.map(({ total }) => total)).toEqual([3, 3, 3, 3]);
      expect(pages.flatMap(({ rows }) => rows.map(({ name }) => name))).toEqual([
        'Anna Schmidt',
        'Bert Öztürk',
        'Cleo',
      ]);
    });
  });

  describe('one lead', () => {
    test('tells its person, records, score, offers and history', async () => {
      const { id } = await channel.leadOf('pe_bert');
      const lead = await port.lead(id);
      expect(lead?.person).toMatchObject({ name: 'Bert Öztürk', email: 'bert@acme.de', stage: 'mql', employees: 60 });
      expect(lead?.links).toContainEqual({
        connection: 'salesforce',
        object: 'Contact',
        recordId: '0035e00001XyZabAAB',
        role: 'contact',
      });
      expect(lead?.lead.scoreReasons.reduce((sum, { points }) => sum + points, 0)).toBe(lead?.lead.score);
      expect(lead?.offers.map(({ round, partner, status }) => [round, partner.name, status])).toEqual([
        [1, 'Alder', 'Rejected'],
        [2, 'Brook', 'Open'],
      ]);
      expect(lead?.history.map(({ what }) => what)).toEqual([
        'Offered (Brook)',
        'New',
        'Offered (Alder)',
        'Released to sales: New',
      ]);
    });

    test('shows every decision as it was made, newest first', async () => {
      const { id } = await channel.leadOf('pe_bert');
      const [second, first] = (await port.lead(id))?.decisions ?? [];
      expect(first).toMatchObject({ outcome: 'Offered', partner: { name: 'Alder' }, route: 'hot', verified: true });
      expect(second).toMatchObject({ partner: { id: story.brook, name: 'Brook' }, verified: true });
      expect(second?.routes.map(({ name, outcome }) => [name, outcome])).toEqual([
        ['large-enterprise', 'not matched'],
        ['not-ready', 'not matched'],
        ['hot', 'matched'],
        ['everyone-else', 'not tried'],
      ]);
      expect(second?.candidates.map(({ partner, dropped }) => [partner.name, dropped])).toEqual([
        ['Brook', null],
        ['Alder', 'Had this lead before and did not take it'],
      ]);
      const [winner] = second?.candidates ?? [];
      expect(winner?.criteria.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(winner?.points ?? -1, 2);
      expect(second?.lines.at(-1)).toContain('everyone-else');
    });

    test('shows an answer that came too late', async () => {
      const offer = (await channel.offerOf('pe_bert')) ?? '';
      channel.now += 72 * 3_600_000;
      await channel.decide();
      await channel.answer(offer, 'Accepted');
      await channel.decide();
      const { id, state } = await channel.leadOf('pe_bert');
      expect(state).toBe('In pool');
      const lead = await port.lead(id);
      expect(lead?.history[0]?.what).toBe('Accepted by Brook: too late, does not count');
      expect(lead?.decisions[0]).toMatchObject({ outcome: 'In pool', partner: null, route: null, verified: true });
      expect(lead?.decisions[0]?.routes.map(({ outcome }) => outcome)).toContain('nobody eligible');
    });
  });

  test('ROI by campaign adds up to the ledger in the reporting currency', async () => {
    const roi = await port.roi();
    expect(
      roi.campaigns.map(({ name, cost, byModel }) => [name, cost, byModel.first, byModel.linear?.credited]),
    ).toEqual([
      ['Euro show', null, { credited: '0.00', roi: null }, '0.00'],
      ['Fair', null, { credited: '0.00', roi: null }, '6000.00'],
      ['Webinar', '1000.00', { credited: '12000.00', roi: '11.0000' }, '6000.00'],
    ]);
    expect(roi).toMatchObject({ currency: 'USD', models: MODEL_VIEWS, booked: '15000.00' });
    for (const model of MODELS) {
      expect(roi.totals.byModel[model]).toEqual({ credited: '12000.00', unattributed: '3000.00', roi: '11.0000' });
    }
    expect(roi.totals.cost).toBe('1000.00');
  });

  describe('runs and connections', () => {
    const ran = (calls: number) => ({
      read: 10,
      changed: 2,
      written: 3,
      rejected: 1,
      waiting: 0,
      calls,
      floor: 5,
      problem: null,
    });
    const at = (hour: number) => new Date(NOW + hour * 3_600_000).toISOString();

    beforeAll(async () => {
      const connections = { salesforce: ran(7), hubspot: ran(4) };
      const summary = { offers: 6, entries: 1, message: 'both sides agree', connections };
      const run = (id: string, hour: number, status: string, told: object) =>
        store.db
          .insertInto('runs')
          .values({
            id,
            started_at: at(hour),
            finished_at: status === 'running' ? null : at(hour),
            status,
            summary: JSON.stringify(told),
          })
          .execute();
      await run('run_000001', 1, 'done', summary);
      await run('run_000002', 2, 'running', {});
      await run('run_000003', 3, 'stopped', { ...summary, message: 'hubspot: no more calls today' });
      await store.db
        .insertInto('connections')
        .values([
          { name: 'salesforce', kind: 'salesforce', last_sync_at: at(3), problem: null },
          { name: 'hubspot', kind: 'hubspot', last_sync_at: null, problem: 'no more calls today' },
          { name: 'second', kind: 'hubspot', last_sync_at: null, problem: null },
        ])
        .execute();
    });

    test('are shown newest first with what each connection did', async () => {
      const runs = await port.runs(2);
      expect(runs.map(({ id, status, message }) => [id, status, message])).toEqual([
        ['run_000003', 'stopped', 'hubspot: no more calls today'],
        ['run_000002', 'failed', expect.stringContaining('The process ended before the run did.')],
      ]);
      expect(runs[0]).toMatchObject({
        read: { salesforce: 10, hubspot: 10 },
        calls: { salesforce: 7, hubspot: 4 },
        changed: 4,
        written: 6,
        rejected: 2,
        offers: 6,
      });
      expect((await port.runs(9)).at(-1)).toMatchObject({ id: 'run_000001', status: 'done', message: null });
    });

    test('a connection says how it stands and what it has cost in calls', async () => {
      const { connections } = await port.overview();
      expect(connections).toMatchObject([
        {
          name: 'hubspot',
          kind: 'hubspot',
          status: 'problem',
          lastSyncAt: null,
          calls: 8,
          problem: 'no more calls today',
        },
        { name: 'salesforce', kind: 'salesforce', status: 'ok', lastSyncAt: at(3), calls: 14, problem: null },
        { name: 'second', kind: 'hubspot', status: 'never synced', lastSyncAt: null, calls: 0, problem: null },
      ]);
    });

    test('a run is running as long as its lease is held', async () => {
      const lease = await takeLease(store.db, 'sync', 'test');
      if ('holder' in lease) throw new Error('somebody holds the lease');
      await sql`update runs set id = ${`run_${lease.fence.padStart(6, '0')}x`} where id = 'run_000001'`.execute(
        store.db,
      );
      await store.db
        .insertInto('runs')
        .values({
          id: `run_${lease.fence.padStart(6, '0')}`,
          started_at: at(4),
          finished_at: null,
          status: 'running',
          summary: '{}',
        })
        .execute();
      const overview = await port.overview();
      expect(overview.runs[0]).toMatchObject({
        status: 'running',
        finishedAt: null,
        read: {},
        changed: 0,
        message: null,
      });
      expect(overview.connections.map(({ status }) => status)).toEqual(['problem', 'syncing', 'syncing']);
      await lease.release();
      expect((await port.overview()).runs[0]).toMatchObject({ status: 'failed' });
    });
  });
});
