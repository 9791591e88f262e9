import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app.ts';
import { EXIT } from '../../src/cli/context.ts';
import { review } from '../../src/cli/review.ts';
import type { Store } from '../../src/store/database.ts';
import { openReviews } from '../../src/store/reviews.ts';
import { testStore } from '../support/store.ts';
import { channelPhone, historyOf, phoneShared, phones } from './shared-world.ts';
import { personInHubSpot, populate, World } from './world.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

/** Runs the command on the world's store; what it says comes back with its exit code. */
async function say(world: World, what: string, id?: string, options: Record<string, unknown> = {}) {
  const told: string[] = [];
  const io = { out: (text: string) => told.push(text), err: (text: string) => told.push(text), tty: false };
  const app = { store, clock: { now: () => world.tick() } } as unknown as App;
  const exit = await review(app, io, options, id === undefined ? [what] : [what, id]);
  return { exit, text: told.join('') };
}

async function onlyReview(kind: string) {
  const [only, ...others] = await openReviews(store.db, kind);
  if (only === undefined || others.length > 0) throw new Error('not exactly one review is open');
  return only;
}

describe('a field in conflict under the policy review', () => {
  async function conflict(): Promise<World> {
    const world = await World.create(store, phoneShared({ salesforce: 'review', hubspot: 'review' }));
    populate(world);
    world.salesforce.put('Lead', '00Q1', { Phone: '1' });
    world.hubspot.put('contacts', '101', { phone: '1' });
    await world.sync();
    world.salesforce.put('Lead', '00Q1', { Phone: 's' });
    world.hubspot.put('contacts', '101', { phone: 'h' });
    await world.sync();
    return world;
  }

  test('waits, and nothing is written of it until somebody decides', async () => {
    const world = await conflict();
    expect(phones(world)).toEqual({ salesforce: 's', hubspot: 'h' });
    for (let n = 0; n < 3; n++) {
      expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
    }
    expect(await historyOf(world)).toMatchObject([{ before: '1', after: 's' }]);
  });

  test('is listed with both values and how to answer', async () => {
    const world = await conflict();
    const asked = await onlyReview('field-conflict');
    const { text, exit } = await say(world, 'list');
    expect(exit).toBe(EXIT.done);
    expect(text).toContain('phone of contacts 101 in hubspot');
    expect(text).toContain('crm: h    channel: s');
    expect(text).toContain(`sluice review resolve ${asked.id} --take crm|channel`);
  });

  test.each([
    ['crm', 'h'],
    ['channel', 's'],
  ])('takes the %s’s value in both CRMs after the next run', async (take, value) => {
    const world = await conflict();
    await say(world, 'resolve', (await onlyReview('field-conflict')).id, { take });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: value, hubspot: value });
    expect(await channelPhone(world)).toBe(value);
    expect(await openReviews(store.db)).toEqual([]);
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
    const lost = value === 'h' ? 's' : 'h';
    expect((await historyOf(world)).map(({ before }) => before)).toContain(lost);
  });

  test('is asked about with the values as they are now', async () => {
    const world = await conflict();
    world.hubspot.put('contacts', '101', { phone: 'h2' });
    await world.sync();
    expect((await onlyReview('field-conflict')).subject).toMatchObject({ crm: 'h2', channel: 's' });
  });

  test('settles by itself where both sides come to agree', async () => {
    const world = await conflict();
    world.hubspot.put('contacts', '101', { phone: 's' });
    await world.sync();
    expect(await openReviews(store.db)).toEqual([]);
    world.hubspot.put('contacts', '101', { phone: 'later' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: 'later', hubspot: 'later' });
  });

  test('is asked about again when there is another conflict', async () => {
    const world = await conflict();
    await say(world, 'resolve', (await onlyReview('field-conflict')).id, { take: 'crm' });
    await world.sync();
    world.salesforce.put('Lead', '00Q1', { Phone: 's3' });
    world.hubspot.put('contacts', '101', { phone: 'h3' });
    await world.sync();
    expect((await onlyReview('field-conflict')).subject).toMatchObject({ crm: 'h3', channel: 's3' });
  });

  test.each([
    [{ take: 'same' }, /"same" is no answer/],
    [{}, /what is the answer/],
  ])('an answer that does not fit is refused: %j', async (options, message) => {
    const world = await conflict();
    const asked = await onlyReview('field-conflict');
    await expect(say(world, 'resolve', asked.id, options)).rejects.toThrow(message);
    await expect(say(world, 'resolve', 'rv_none', { take: 'crm' })).rejects.toThrow(/no review rv_none is open/);
  });
});

describe('a question who somebody is', () => {
  /** A shared mailbox: Ines may be Anna, who is known by it, or not. */
  async function doubt(): Promise<World> {
    const world = await World.create(store);
    populate(world);
    world.hubspot.put('contacts', '101', { hs_additional_emails: 'info@acme.de' });
    await world.sync();
    world.hubspot.put('contacts', '108', { ...personInHubSpot('Ines', 'Holm', 'info@acme.de') });
    await world.sync();
    return world;
  }
  const people = () => store.db.selectFrom('people').select('id').where('merged_into', 'is', null).execute();

  test('answered by "same" makes them one person, and one lead', async () => {
    const world = await doubt();
    const asked = await onlyReview('identity');
    await say(world, 'resolve', asked.id, { take: 'same' });
    await world.sync();
    expect(await people()).toHaveLength(1);
    const ids = [
      world.salesforce.fields('Lead', '00Q1').Sluice_Lead__c,
      world.hubspot.fields('contacts', '108').sluice_lead,
    ];
    expect(new Set(ids).size).toBe(1);
    expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
  });

  test('answered by "different" keeps them apart, lets the lead go on, and is not asked again', async () => {
    const world = await doubt();
    const asked = await onlyReview('identity');
    await say(world, 'resolve', asked.id, { take: 'different' });
    await world.sync();
    expect(await people()).toHaveLength(2);
    expect(world.hubspot.fields('contacts', '108').sluice_status).toBe('Offered');
    world.hubspot.put('contacts', '108', { jobtitle: 'CEO' });
    await world.sync({ full: true });
    expect(await openReviews(store.db)).toEqual([]);
  });
});
