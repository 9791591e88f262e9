import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConnectorError } from '../../connectors/connector.ts';
import type { App } from '../../src/app/app.ts';
import { doctor, doctorInApp } from '../../src/cli/doctor.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import type { Store } from '../../src/store/database.ts';
import { POOL_RULES } from '../leads/service/pool-rules.ts';
import { bert, Channel, ROUTING } from '../support/channel.ts';
import { temporaryFolder } from '../support/children.ts';
import { testStore } from '../support/store.ts';

function listening() {
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
  return { io, said: () => out };
}

describe('sluice doctor', () => {
  let store: Store;
  let channel: Channel;
  const appWith = (change: Partial<App> = {}) =>
    ({
      rules: { routing: compileRouting(...ROUTING) },
      store,
      config: { vendor: { currency: 'USD' }, notices: [] },
      clock: { now: () => channel.now },
      check: async () => ({}),
      environment: async () => ({ clock: { now: () => channel.now } }),
      ...change,
    }) as unknown as App;
  const run = async (app: App, options: Record<string, unknown> = {}) => {
    const { io, said } = listening();
    return { code: await doctorInApp(app, io, options, []), out: said() };
  };

  beforeAll(async () => {
    store = await testStore();
    channel = new Channel(store.db);
  });
  afterAll(() => store?.close());

  test('says before the first sync that no partner is known', async () => {
    const { code, out } = await run(appWith());
    expect(code).toBe(1);
    expect(out).toContain('partners: no partner is known: no route can offer a lead\n    `sluice sync` reads them');
  });

  test('ends with 0 where nothing is wrong', async () => {
    await channel.partner('Alder', {});
    expect(await run(appWith())).toEqual({ code: 0, out: 'No problem found.\n' });
    const { out } = await run(appWith(), { json: true });
    expect(JSON.parse(out)).toEqual({ ok: true, problems: [], notes: [] });
  });

  test('says so where a CRM of several currencies is read as if it had one', async () => {
    const mappings = (property: string) => [
      {
        crm: 'salesforce',
        entity: 'opportunity',
        file: 'mappings/salesforce/opportunity.yaml',
        sources: [{ property }],
      },
    ];
    const about = (property: string) => ({
      check: async () => ({ org: { orgId: '1', name: 'Org', currency: 'EUR' } }),
      config: {
        vendor: { currency: 'USD' },
        notices: [],
        connections: [{ name: 'org', kind: 'salesforce' }],
        mappings: mappings(property),
      } as unknown as App['config'],
    });
    const { code, out } = await run(appWith(about('amount')));
    expect(code).toBe(1);
    expect(out).toContain(
      'org uses several currencies, but the currency of a deal is not read: every amount is taken for EUR',
    );
    expect((await run(appWith(about('currency')))).code).toBe(0);
  });

  test('names a connection that fails, with what to do, and goes on', async () => {
    const check = async () => {
      throw new ConnectorError('hubspot refuses the credentials', {
        action: 'stop',
        connection: 'hubspot',
        code: 'BAD_CREDENTIALS',
        hint: 'make the key anew',
      });
    };
    const rules = {
      routing: compileRouting(
        ROUTING[0],
        'version: 1\noffer: { acceptWithin: 48h }\nweights: { load: 1 }\notherwise: pool\nroutes: [{ name: top, method: best-fit, eligible: { tiers: [Diamond] } }]',
      ),
    } as App['rules'];
    const { code, out } = await run(appWith({ check, rules }));
    expect(code).toBe(1);
    expect(out).toContain('connection hubspot: hubspot refuses the credentials\n    make the key anew');
    expect(out).toContain('route top: no active partner is Diamond: the route never finds anybody');
    expect(out).toMatch(/^2 problems:$/m);
  });

  test('names what stands in the way of leads: dead ends, missed floors, leads that nobody works on', async () => {
    await channel.partner('Idle', { territories: [] });
    await channel.people([
      bert,
      {
        ...bert,
        id: 'pe_far',
        facts: { ...bert.facts, email: 'f@far.jp', country: 'JP' },
        records: [['hubspot', 'contacts', '99']],
      },
    ]);
    await channel.decide();
    const floors =
      'fairness: { grades: [A, B, C, D], window: 90d, partners: { floor: 90, within: 5, enforce: false } }\nroutes:';
    const routing = compileRouting(
      ROUTING[0],
      ROUTING[1].replace(/^fairness:[\s\S]*?(?=^\S)/m, '').replace(/^routes:/m, floors),
    );
    const { code, out } = await run(appWith({ rules: { routing } as App['rules'] }), { json: true });
    const { problems, notes } = JSON.parse(out);
    expect(code).toBe(1);
    expect(problems).toEqual([
      {
        level: 'problem',
        place: 'partner Idle',
        message: expect.stringContaining('has no territory'),
        hint: expect.any(String),
      },
      {
        level: 'problem',
        place: 'leads',
        message: '1 lead waits Unroutable: no partner could take them',
        hint: expect.stringContaining('sluice explain'),
      },
    ]);
    expect(notes).toContainEqual({
      level: 'note',
      place: 'fairness, partner Idle',
      message: expect.stringContaining('was given 0 leads in 90 days, 1 fewer than the floor of 45 % asks for'),
      hint: expect.any(String),
    });
  });

  test('counts the leads of the pool that nobody may claim', async () => {
    const other = await testStore();
    try {
      const desk = new Channel(other.db);
      await desk.rules('pool', POOL_RULES);
      await desk.partner('Idle', { territories: [] });
      await desk.people([bert]);
      await desk.decide();
      const app = appWith({ store: other, rules: { routing: compileRouting(ROUTING[0], POOL_RULES) } as App['rules'] });
      const { out } = await run(app, { json: true });
      expect(JSON.parse(out).notes).toContainEqual({
        level: 'note',
        place: 'pool',
        message: 'nobody may claim 1 lead of it',
        hint: expect.stringContaining('sluice pool list'),
      });
    } finally {
      await other.close();
    }
  });

  test('tells files that do not compile with their places, and asks no CRM', async () => {
    const folder = temporaryFolder();
    cpSync(fileURLToPath(new URL('../../config', import.meta.url)), folder, { recursive: true });
    const file = join(folder, 'routing.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('method: direct', 'method: directt'));
    const { io, said } = listening();
    expect(await doctor(io, { config: folder })).toBe(1);
    expect(said()).toMatch(/^1 problem:\n {2}\S+routing\.yaml:\d+:\d+: /);
    const asJson = listening();
    expect(await doctor(asJson.io, { config: folder, json: true })).toBe(1);
    expect(JSON.parse(asJson.said())).toMatchObject({ ok: false, problems: [{ level: 'problem' }], notes: [] });
  });
});
