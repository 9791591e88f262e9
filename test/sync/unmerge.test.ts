/** Persons that a record made one, and a person two again. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { EXIT } from '../../src/cli/context.ts';
import { review } from '../../src/cli/review.ts';
import type { Store } from '../../src/store/database.ts';
import type { SharedValue } from '../../src/store/shared-values.ts';
import { divide } from '../../src/sync/merge-divide.ts';
import { testStore } from '../support/store.ts';
import { phoneShared } from './shared-world.ts';
import { personInHubSpot, populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

async function say(world: World, args: readonly string[], options: Record<string, unknown> = {}) {
  const told: string[] = [];
  const io = { out: (text: string) => told.push(text), err: () => undefined, tty: false };
  const clock = { now: () => world.tick() };
  const app = { store, clock, environment: async () => ({ clock }) } as unknown as App;
  expect(await review(app, io, options, args)).toBe(EXIT.done);
  return told.join('');
}
const people = () => store.db.selectFrom('people').select('id').where('merged_into', 'is', null).execute();
const ownerOf = async (record: string) =>
  (await store.db.selectFrom('links').select('entity_id').where('record_id', '=', record).executeTakeFirst())
    ?.entity_id;
const phonesNow = (world: World) => [
  world.salesforce.fields('Lead', '00Q1').Phone,
  world.hubspot.fields('contacts', '101').phone,
  world.hubspot.fields('contacts', '108').phone,
];

/** Contact 108 is somebody of the same name until it is given Anna's address. */
async function mergedBySameAddress(): Promise<World> {
  const world = await World.create(store, phoneShared({ salesforce: 'newest', hubspot: 'newest' }));
  populate(world);
  world.salesforce.put('Lead', '00Q1', { Phone: '1' });
  world.hubspot.put('contacts', '101', { phone: '1' });
  world.hubspot.put('contacts', '108', {
    ...personInHubSpot('Anna', 'Schmidt', 'anna@elsewhere.example'),
    ...{ company: 'Elsewhere', lifecyclestage: 'subscriber', phone: '8' },
  });
  await world.sync();
  expect(await people()).toHaveLength(2);
  world.pass(1);
  world.hubspot.put('contacts', '108', { email: 'anna@acme.de' });
  await world.sync();
  expect(await people()).toHaveLength(1);
  return world;
}

describe('two persons made one by an address', () => {
  test('are listed with why, and how it is undone', async () => {
    const world = await mergedBySameAddress();
    const text = await say(world, ['merges']);
    expect(text).toMatch(/^mg_\w+ {2}2026-\S+ {2}hubspot contacts 108: the same e-mail$/m);
    expect(text).toMatch(/Anna Schmidt.*\(became part of the first\)/);
    expect(text).toMatch(/sluice review undo mg_\w+/);
  });

  test('are two again after the next sync, with what each of them had, and stay two', async () => {
    const world = await mergedBySameAddress();
    const [a, b] = [await ownerOf('00Q1'), await ownerOf('108')];
    expect(a).toBe(b);
    const { merges } = JSON.parse(await say(world, ['merges'], { json: true }));
    await say(world, ['undo', merges[0].id]);
    expect(await people()).toHaveLength(1);
    await world.sync();
    expect(await people()).toHaveLength(2);
    expect(await ownerOf('108')).not.toBe(await ownerOf('00Q1'));
    expect(await ownerOf('101')).toBe(await ownerOf('00Q1'));
    expect(phonesNow(world)).toEqual(['1', '1', '8']);
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
    world.hubspot.put('contacts', '108', { jobtitle: 'CEO', phone: '88' });
    world.salesforce.put('Lead', '00Q1', { Title: 'CFO' });
    await world.sync({ full: true });
    expect(await people()).toHaveLength(2);
    expect(phonesNow(world)).toEqual(['1', '1', '88']);
    expect(await say(world, ['merges'])).toBe('No persons were made one.\n');
  });

  test('and a record that newly names both of them is asked about', async () => {
    const world = await mergedBySameAddress();
    const { merges } = JSON.parse(await say(world, ['merges'], { json: true }));
    await say(world, ['undo', merges[0].id]);
    await world.sync();
    world.hubspot.put('contacts', '109', personInHubSpot('Anna', 'Schmidt', 'anna@acme.de'));
    await world.sync();
    const { open } = JSON.parse(await say(world, ['list'], { json: true }));
    expect(open).toMatchObject([{ kind: 'identity', why: expect.stringContaining('known not to be one') }]);
    expect(open[0].subject.candidates).toHaveLength(2);
  });

  test('cannot be undone by a wrong id, and says what there is', async () => {
    const world = await mergedBySameAddress();
    await expect(say(world, ['undo'])).rejects.toMatchObject({ message: 'which merge?', exit: EXIT.usage });
    await expect(say(world, ['undo', 'mg_x'])).rejects.toThrow('it cannot be undone: there is no merge "mg_x"');
  });
});

describe('what two persons shared', () => {
  const value = (text: string, id: string, at = '2026-03-01T00:00:00Z'): SharedValue => ({
    ...{ value: text, at, why: '', from: { connection: 'hubspot', object: 'contacts', id } },
  });
  const kept = {
    into: { phone: value('1', '101') },
    from: { phone: value('8', '108'), city: value('Ulm', '108') },
    united: { phone: value('8', '108'), city: value('Ulm', '108') },
  };
  const isBack = ({ from }: SharedValue) => from.id === '108';

  test('goes back as it was', () => {
    expect(divide(kept, kept.united, isBack)).toEqual({ into: kept.into, from: kept.from });
  });

  test('but what was changed since belongs to the record that changed it', () => {
    const mine = { ...kept.united, phone: value('9', '108', '2026-03-05T00:00:00Z') };
    expect(divide(kept, mine, isBack)).toEqual({ into: kept.into, from: { ...kept.from, phone: mine.phone } });
    const yours = { ...kept.united, phone: value('2', '101', '2026-03-05T00:00:00Z') };
    expect(divide(kept, yours, isBack)).toEqual({ into: { phone: yours.phone }, from: kept.from });
  });
});
