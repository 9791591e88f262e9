import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Hint } from '../../connectors/connector.ts';
import type { Store } from '../../src/store/database.ts';
import { loadReplay, saveHints } from '../../src/sync/hint-store.ts';
import { listenTo, receive } from '../../src/sync/listen.ts';
import { GENUINE } from '../support/fake-events.ts';
import { testStore } from '../support/store.ts';
import { personInHubSpot, populate, World } from './world.ts';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
  await world.sync();
});

const absorb = () => world.sync({ hintsOnly: true });
const hints = () =>
  store.db.selectFrom('hints').select(['object', 'record_id', 'what', 'at']).orderBy('version').execute();
const readsOf = (from: number) => world.hubspot.calls.slice(from).map(({ call, object }) => `${call} ${object}`);
const at = () => new Date(world.tick()).toISOString();

function hint(what: Hint['what'], ...ids: string[]): Hint {
  return { object: 'contacts', ids, at: at(), what };
}
const save = (...told: Hint[]) => saveHints(store.db, 'hubspot', told, new Set(['contacts', 'companies']));

describe('what a hint lets be read', () => {
  test('the record that changed, by id, and what follows from it is written at once', async () => {
    world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Brandt', 'bea@acme.de'));
    await save(hint('changed', '102'));
    const from = world.hubspot.calls.length;
    const summary = await absorb();
    expect(summary.connections.hubspot).toMatchObject({ hints: 1, read: 1, changed: 1, written: 1 });
    expect(readsOf(from)).toEqual(['readByIds contacts', 'write contacts']);
    expect(world.hubspot.fields('contacts', '102')).toMatchObject({ sluice_status: 'Offered' });
    expect(await hints()).toEqual([]);
  });

  test('one that was deleted or erased: it is asked for, and only then taken for gone', async () => {
    await save(hint('deleted', '101'));
    await absorb();
    expect(await isDeleted('101')).toBe(false);
    world.hubspot.purge('contacts', '101');
    await save(hint('deleted', '101'));
    await absorb();
    expect(await isDeleted('101')).toBe(true);
  });

  test('those that were merged, whatever order their names come in', async () => {
    world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Brandt', 'bea@acme.de'));
    await world.sync();
    world.hubspot.fuse('contacts', ['101', '102'], '103');
    await save(hint('merged', '102', '103', '101'));
    await absorb();
    const links = await store.db
      .selectFrom('links')
      .select(['record_id', 'entity_id', 'retired'])
      .where('connection', '=', 'hubspot')
      .where('entity', '=', 'person')
      .orderBy('record_id')
      .execute();
    expect(links.map(({ record_id, retired }) => [record_id, retired])).toEqual([
      ['101', true],
      ['102', true],
      ['103', false],
    ]);
    expect(new Set(links.map((link) => link.entity_id)).size).toBe(1);
  });

  test('after a gap, all that changed of the object, the deleted ones too', async () => {
    world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Brandt', 'bea@acme.de'));
    world.hubspot.delete('contacts', '101');
    await save(hint('gap'));
    await absorb();
    expect((await world.lead('bea@acme.de')).state).toBe('Offered');
    expect(await isDeleted('101')).toBe(true);
  });

  test('nothing, where the record was read under a stamp as late: most of our own writes', async () => {
    await save({ ...hint('changed', '101'), at: '2026-03-01T00:00:00.000Z' });
    const from = world.hubspot.calls.length;
    await absorb();
    expect(readsOf(from)).toEqual([]);
    expect(await hints()).toEqual([]);
  });

  test('of names that Sluice holds no record of, no more than a batch can tell', async () => {
    world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Brandt', 'bea@acme.de'));
    await world.sync();
    world.hubspot.purge('contacts', '102');
    await save(hint('deleted', '102'));
    await absorb();
    const asked: (readonly string[])[] = [];
    const connector = world.hubspot.connector.bind(world.hubspot);
    world.hubspot.connector = () => ({
      ...connector(),
      readByIds: (stream, ids, held) => {
        asked.push([...(held ?? ids)].sort());
        return connector().readByIds(stream, ids, held);
      },
    });
    await save(hint('deleted', '101', '102', '900001', '900002'));
    await absorb();
    expect(asked).toEqual([['101', '102']]);
  });

  test('nothing, where no record and no object of that name is read', async () => {
    await save({ object: 'tickets', ids: ['1'], at: at(), what: 'changed' });
    expect(await hints()).toEqual([]);
  });
});

describe('hints that wait', () => {
  test('are one a record, however often it is spoken of; the latest time counts', async () => {
    const early = hint('changed', '101', '101');
    const late = hint('changed', '101');
    await save(late);
    await save(early, hint('changed', '102'));
    await save(early);
    expect(await hints()).toEqual([
      { object: 'contacts', record_id: '102', what: 'changed', at: expect.any(String) },
      { object: 'contacts', record_id: '101', what: 'changed', at: late.at },
    ]);
  });

  test('are followed by the next whole run too', async () => {
    world.hubspot.purge('contacts', '101');
    await save(hint('deleted', '101'));
    await world.sync();
    expect(await isDeleted('101')).toBe(true);
    expect(await hints()).toEqual([]);
  });

  test('are kept where the CRM cannot be read now', async () => {
    world.hubspot.boundary = ({ call }) => {
      if (call === 'readByIds') throw world.hubspot.stop('QUOTA', 'used up', { retryAfterMs: 60_000 });
    };
    await save(hint('changed', '101'));
    const summary = await absorb();
    expect(summary).toMatchObject({ status: 'stopped' });
    expect(summary.connections.hubspot?.problem).toMatchObject({ code: 'QUOTA' });
    expect(await hints()).toHaveLength(1);
    world.hubspot.boundary = () => undefined;
    await absorb();
    expect(await hints()).toEqual([]);
  });

  test('that come again while they are read are read again', async () => {
    await save(hint('changed', '101'));
    let came = false;
    world.hubspot.boundary = async ({ call }, when) => {
      if (call !== 'readByIds' || when !== 'after' || came) return;
      came = true;
      world.hubspot.put('contacts', '101', { jobtitle: 'CTO' });
      await save(hint('changed', '101'));
    };
    await absorb();
    expect(await hints()).toHaveLength(1);
    await absorb();
    const row = await store.db.selectFrom('records').select('fields').where('id', '=', '101').executeTakeFirstOrThrow();
    expect(row.fields.jobtitle).toBe('CTO');
  });

  test('and bring nothing to light leave no run behind', async () => {
    const runs = () => store.db.selectFrom('runs').select('id').execute();
    const before = await runs();
    await save(hint('changed', '101'));
    await absorb();
    expect(await runs()).toEqual(before);
  });
});

test('a change of associations alone is found where an event tells of it', async () => {
  const { mappingsWith } = await import('./world.ts');
  world = await World.create(
    store,
    mappingsWith((file, text) =>
      file.endsWith('hubspot/contact.yaml')
        ? `${text.replace(/^ {2}company: .*$/m, '')}\nassociations:\n  company: companies\n`
        : text,
    ),
  );
  populate(world);
  world.hubspot.put('companies', '900', { name: 'Acme', numberofemployees: 5_000 });
  await world.sync();
  world.hubspot.associate('contacts', '101', 'companies', ['900']);
  expect((await world.sync()).connections.hubspot).toMatchObject({ changed: 0 });
  await save(hint('associated', '101'));
  expect((await absorb()).connections.hubspot).toMatchObject({ changed: 1 });
  const row = await store.db.selectFrom('records').select('company_id').where('id', '=', '101').executeTakeFirst();
  expect(row).toEqual({ company_id: '900' });
  world.hubspot.associate('contacts', '101', 'companies', []);
  world.pass(25);
  await world.sync({ sweep: { everyMs: 1, calculatedEveryMs: 1, pagesARun: 100 } });
  await world.sync({ sweep: { everyMs: 1, calculatedEveryMs: 1, pagesARun: 100 } });
  const swept = await store.db.selectFrom('records').select('company_id').where('id', '=', '101').executeTakeFirst();
  expect(swept).toEqual({ company_id: null });
});

describe('what a CRM tells of its own accord', () => {
  const sink = () => ({ db: store.db, clock: { now: () => world.tick() }, log: () => undefined });
  const source = () => ({ name: 'hubspot', connector: world.hubspot.connector(), mappings: world.mappings });
  const heard = async () =>
    (await store.db.selectFrom('listeners').select('updated_at').execute()).map((row) => Date.parse(row.updated_at));
  const request = (body: string, signature = GENUINE) => ({
    method: 'POST',
    url: 'https://sluice.example.com/webhooks/hubspot',
    headers: { 'x-signature': signature },
    body: new TextEncoder().encode(body),
  });

  test('by a request that proves itself is saved', async () => {
    world.hubspot.canReceive = true;
    const told = JSON.stringify([hint('changed', '101')]);
    expect(await receive(source(), request(told), sink())).toMatchObject({ status: 'accepted' });
    expect(await receive(source(), request(told), sink())).toMatchObject({ status: 'accepted' });
    expect(await hints()).toHaveLength(1);
    // When it was said is noted, and no place that somebody could try to go on from.
    expect(await heard()).toHaveLength(1);
    expect(await loadReplay(store.db, 'hubspot')).toBeNull();
  });

  test('many times a minute is noted once a minute: a burst of requests does not queue for one row', async () => {
    world.hubspot.canReceive = true;
    const tell = () => receive(source(), request('[]'), sink());
    await tell();
    const first = world.now;
    for (let times = 0; times < 5; times++) await tell();
    expect(await heard()).toEqual([first]);
    world.now = first + 60_000;
    await tell();
    expect(await heard()).toEqual([world.now]);
  });

  test('by one that does not is refused, and nothing of it is kept', async () => {
    world.hubspot.canReceive = true;
    const told = JSON.stringify([hint('changed', '101')]);
    expect(await receive(source(), request(told, 'forged'), sink())).toMatchObject({ httpStatus: 401 });
    expect(await receive(source(), request('not JSON'), sink())).toMatchObject({ httpStatus: 400 });
    expect([await hints(), await heard()]).toEqual([[], []]);
  });

  test('is nothing where its connector takes no requests', async () => {
    expect(await receive(source(), request('[]'), sink())).toBeNull();
  });

  test('over an open connection is saved with the place to go on from', async () => {
    world.hubspot.canListen = true;
    const listen = async (batches: Hint[]) => {
      const stop = new AbortController();
      const listening = listenTo(source(), sink(), { signal: stop.signal, onSaved: () => stop.abort() });
      await world.hubspot.channel.heard();
      world.hubspot.channel.publish(...batches);
      await listening;
    };
    await listen([hint('changed', '101')]);
    world.hubspot.channel.publish(hint('changed', '102'));
    await listen([hint('changed', '103')]);
    expect(world.hubspot.channel.began).toEqual([null, '1']);
    expect((await hints()).map((each) => each.record_id)).toEqual(['101', '102']);
  });

  describe('by a stream that ends', () => {
    const ended = () => world.hubspot.stop('NOT_LICENSED', 'change events are not part of this edition');
    /** Listens, resting by a wait that ends it after as many rests; what is logged, and how long each rest was, in minutes. */
    const listenFor = async (
      rests: number,
      onRest: (rest: number) => void = () => undefined,
      prove = async () => {},
    ) => {
      const stop = new AbortController();
      const logged: string[] = [];
      const rested: number[] = [];
      const told = { ...sink(), log: (level: string, message: string) => void logged.push(`${level}: ${message}`) };
      await listenTo(source(), told, {
        signal: stop.signal,
        onSaved: () => undefined,
        prove,
        wait: async (ms) => {
          rested.push(ms / 60_000);
          if (rested.length >= rests) stop.abort();
          else onRest(rested.length);
        },
      });
      return { logged, rested };
    };
    const PREFIX = 'events of hubspot are not heard, its changes are polled for';

    test('is listened to again after a pause that grows up to a quarter of an hour, and each time the log says why', async () => {
      world.hubspot.canListen = true;
      world.hubspot.channel.refusal = ended();
      const { logged, rested } = await listenFor(7);
      expect(rested).toEqual([1, 2, 4, 8, 15, 15, 15]);
      expect(logged).toHaveLength(7);
      expect(logged[0]).toBe(
        `warn: ${PREFIX}: change events are not part of this edition; listening is tried again in 1 min`,
      );
    });

    test('goes on from where it was heard last, the log says so, and the pause is short again', async () => {
      world.hubspot.canListen = true;
      world.hubspot.channel.refusal = ended();
      const heard = { ...hint('changed', '101') };
      const { logged, rested } = await listenFor(4, (rest) => {
        if (rest !== 2) return;
        world.hubspot.channel.refusal = null;
        void world.hubspot.channel.heard().then(() => {
          world.hubspot.channel.breakAfter = ended();
          world.hubspot.channel.publish(heard);
        });
      });
      expect(rested).toEqual([1, 2, 1, 2]);
      expect(logged).toContain('info: events of hubspot are heard again');
      expect(await loadReplay(store.db, 'hubspot')).toBe('1');
      expect(world.hubspot.channel.began.at(-1)).toBe('1');
    });

    test('because the CRM asks for a longer rest, rests that long', async () => {
      world.hubspot.canListen = true;
      world.hubspot.channel.refusal = world.hubspot.stop('QUOTA', 'used up', { retryAfterMs: 3 * 3_600_000 });
      expect((await listenFor(1)).rested).toEqual([180]);
    });

    test('through no fault of the CRM is told as an error, and listened to again', async () => {
      world.hubspot.canListen = true;
      const { logged, rested } = await listenFor(1, undefined, () => Promise.reject(new Error('the database is gone')));
      expect(rested).toEqual([1]);
      expect(logged).toEqual([`error: ${PREFIX}: the database is gone; listening is tried again in 1 min`]);
    });

    test('because the connection leads to another org is left, and nothing of it was heard', async () => {
      world.hubspot.canListen = true;
      const wrong = world.hubspot.stop('WRONG_ORG', 'this is another portal');
      const { logged, rested } = await listenFor(1, undefined, () => Promise.reject(wrong));
      expect({ logged, rested }).toEqual({ logged: [`warn: ${PREFIX}: this is another portal`], rested: [] });
      expect(world.hubspot.channel.began).toEqual([]);
    });
  });
});

async function isDeleted(id: string): Promise<boolean | undefined> {
  const row = await store.db.selectFrom('records').select('deleted').where('id', '=', id).executeTakeFirst();
  return row?.deleted;
}
