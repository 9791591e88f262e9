/** A connection that suddenly leads to another org: nothing of that org is described, read or written. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HubSpotSandbox, SandboxClock, startHubSpot, startSandbox } from '../../sandbox/index.ts';
import type { App } from '../../src/app/app.ts';
import { openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { saveHints } from '../../src/sync/hint-store.ts';
import { sameOrg } from '../../src/sync/org.ts';
import { killChildren, temporaryFolder } from '../support/children.ts';

const folder = join(temporaryFolder(), 'config');
let world: Awaited<ReturnType<typeof startSandbox>>;
let other: HubSpotSandbox;
let app: App;
/** What Sluice remembers of the portal that the connection belongs to. */
let remembered: Awaited<ReturnType<typeof memory>>;

const open = (hubspot: { url: string; clientId: string; clientSecret: string; refreshToken: string }): Promise<App> => {
  const authOf = (of: { clientId: string; clientSecret: string; refreshToken: string }) => ({
    clientId: of.clientId,
    clientSecret: of.clientSecret,
    refreshToken: of.refreshToken,
  });
  const connections = {
    org: {
      kind: 'salesforce',
      url: world.salesforce.url,
      sandbox: true,
      auth: { type: 'refresh_token', ...authOf(world.salesforce) },
    },
    hub: { kind: 'hubspot', url: hubspot.url, sandbox: true, auth: { type: 'oauth', ...authOf(hubspot) } },
  };
  const document = { vendor: { name: 'Solo Inc.', currency: 'USD' }, connections };
  const clock = { url: `${world.control.url}/time` };
  writeFileSync(
    join(folder, 'sluice.yaml'),
    JSON.stringify({ ...document, clock, database: { embedded: 'database' } }),
  );
  return openApp(loadConfig(folder, {}), { command: 'test', log: () => undefined });
};

const memory = async () => {
  const { db } = app.store;
  return {
    org: await db.selectFrom('connections').select(['name', 'org_id', 'org_name']).orderBy('name').execute(),
    descriptions: await db
      .selectFrom('descriptions')
      .selectAll()
      .where('connection', '=', 'hub')
      .orderBy('object')
      .execute(),
    errors: await db.selectFrom('errors').selectAll().where('connection', '=', 'hub').orderBy('record_id').execute(),
    records: await db
      .selectFrom('records')
      .select(['object', 'id', 'fields', 'deleted'])
      .where('connection', '=', 'hub')
      .orderBy('object')
      .orderBy('id')
      .execute(),
    entries: await db.selectFrom('entries').selectAll().execute(),
  };
};

const WRONG = { action: 'stop', code: 'WRONG_ORG', connection: 'hub' };

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  world = await startSandbox({ leads: 10, seed: 5, baseTime: Date.parse('2026-09-01T06:00:00Z') });
  other = await startHubSpot({ clock: new SandboxClock(), limits: false, seed: 77 });
  app = await open(world.hubspot);
  await app.provision({ dryRun: false });
  const moved = await fetch(`${world.control.url}/advance`, { method: 'POST', body: '{"hours":48}' });
  if (!moved.ok) throw new Error(await moved.text());
  await app.sync();
  remembered = await memory();
  await app.close();
  app = await open(other.credentials);
});
afterAll(async () => {
  await app.close();
  await world.close();
  await other.close();
  await killChildren();
});

test('a full sync stops that connection with what to do, and goes on with the other', async () => {
  const summary = await app.sync({ full: true });
  expect(summary.status).toBe('stopped');
  expect(summary.connections.hub).toMatchObject({
    read: 0,
    changed: 0,
    written: 0,
    problem: {
      code: 'WRONG_ORG',
      message: `HubSpot connection "hub" now leads to portal ${other.portalId}, not to ${remembered.org[0]?.org_id}`,
    },
  });
  expect(summary.connections.hub?.problem?.hint).toContain('Point the connection back to the portal');
  expect(summary.connections.org?.read).toBeGreaterThan(0);
  expect(summary.connections.org?.problem).toBeNull();
});

test('hints are not followed there, and lost answers and writes that wait are not settled there: all of it waits', async () => {
  const { db } = app.store;
  const contact = await db
    .selectFrom('records')
    .select('id')
    .where('connection', '=', 'hub')
    .where('object', '=', 'contacts')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('outbox')
    .values({
      connection: 'hub',
      object: 'contacts',
      row_key: 'lost',
      record_id: contact.id,
      external_field: null,
      external_value: null,
      fields: JSON.stringify({ sluice_score: 1 }),
      sent: null,
      state: 'unknown',
      attempts: 1,
      not_before: null,
      code: null,
      message: null,
      created_at: '2026-09-03T00:00:00.000Z',
      refused_setup: null,
      refused_stamp: null,
    })
    .execute();
  const hint = {
    object: 'contacts',
    ids: [contact.id],
    at: '2026-09-09T00:00:00.000Z',
    what: 'changed' as const,
  };
  await saveHints(db, 'hub', [hint], new Set(['contacts']));
  const summary = await app.absorb();
  expect(summary?.connections.hub).toMatchObject({ hints: 0, read: 0, written: 0, problem: { code: 'WRONG_ORG' } });
  expect(await db.selectFrom('hints').select('record_id').where('connection', '=', 'hub').execute()).toHaveLength(1);
  const waiting = await db.selectFrom('outbox').select('state').where('row_key', '=', 'lost').execute();
  expect(waiting).toEqual([{ state: 'unknown' }]);
});

test('plan, verify, provision and the check of the connections are refused', async () => {
  await expect(app.plan({ show: 1 })).rejects.toMatchObject(WRONG);
  await expect(app.verify({ show: 1 })).rejects.toMatchObject(WRONG);
  await expect(app.provision({ dryRun: true })).rejects.toMatchObject(WRONG);
  await expect(app.provision({ dryRun: false })).rejects.toMatchObject(WRONG);
  await expect(app.check()).rejects.toMatchObject(WRONG);
});

test('what is remembered of the right portal stays as it was', async () => {
  expect(await memory()).toEqual(remembered);
});

test('pointed back, the connection goes on as if nothing had been', async () => {
  await app.store.db.deleteFrom('outbox').where('row_key', '=', 'lost').execute();
  await app.close();
  app = await open(world.hubspot);
  expect(await app.sync()).toMatchObject({ status: 'done' });
});

test('an org id is the same with 15 and with 18 characters', () => {
  expect(sameOrg('00D000000000062', '00D000000000062EAA')).toBe(true);
  expect(sameOrg('00D000000000062EAA', '00D000000000063EAA')).toBe(false);
  expect(sameOrg('123456', '1234567')).toBe(false);
});
