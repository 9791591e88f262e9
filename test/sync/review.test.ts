import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { App } from '../../src/app/app.ts';
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
  const clock = { now: () => world.tick() };
  const app = { store, clock, environment: async () => ({ clock }) } as unknown as App;
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
    expect(text).toContain('Anna Schmidt, Acme GmbH, anna@acme.de; hubspot contacts 101, salesforce Lead 00Q1');
    expect(text).toContain('record: hubspot contacts 101');
    expect(text).toMatch(/field: phone \(the record changed at 2026-/);
    expect(text).toContain(`since ${asked.createdAt}`);
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

  /** Anna's second contact, whose phone is the same as that of her Lead until somebody changes it. */
  async function third(world: World): Promise<void> {
    world.hubspot.put('contacts', '102', { ...personInHubSpot('Anna', 'Schmidt', 'anna@acme.de'), phone: 's' });
    await world.sync();
  }

  test('is shown with the value that the channel holds now, and not settled by an answer to another', async () => {
    const world = await conflict();
    await third(world);
    await say(world, 'resolve', (await onlyReview('field-conflict')).id, { take: 'channel' });
    world.hubspot.put('contacts', '102', { phone: 't' });
    await world.sync();
    expect((await onlyReview('field-conflict')).subject).toMatchObject({ record: '101', crm: 'h', channel: 't' });
    expect(world.hubspot.fields('contacts', '101').phone).toBe('h');
    expect((await say(world, 'list')).text).toContain('crm: h    channel: t');
  });

  test('settles by itself where the channel comes to hold the value of the record', async () => {
    const world = await conflict();
    await third(world);
    world.hubspot.put('contacts', '102', { phone: 'h' });
    await world.sync();
    expect(await openReviews(store.db)).toEqual([]);
    expect(phones(world)).toEqual({ salesforce: 'h', hubspot: 'h' });
    world.hubspot.put('contacts', '102', { phone: 'u' });
    await world.sync();
    expect(phones(world)).toEqual({ salesforce: 'u', hubspot: 'u' });
  });

  describe('of a record that is gone', () => {
    const all = () => store.db.selectFrom('reviews').selectAll().execute();

    test.each<[string, (world: World) => Promise<unknown>]>([
      [
        'deleted',
        async (world) => {
          world.hubspot.delete('contacts', '101');
        },
      ],
      [
        'merged into another',
        async (world) => {
          world.hubspot.fuse('contacts', ['101', '102'], '102');
          world.hubspot.put('contacts', '102', { phone: 's' });
        },
      ],
    ])('%s: is closed, its values are kept no longer, and an answer given before does nothing', async (_how, leave) => {
      const world = await conflict();
      await third(world);
      await say(world, 'resolve', (await onlyReview('field-conflict')).id, { take: 'crm' });
      await leave(world);
      await world.sync();
      expect(await openReviews(store.db)).toEqual([]);
      expect(await all()).toMatchObject([{ answer: null, applied_at: null, resolved_at: expect.any(String) }]);
      expect(JSON.stringify(await all())).not.toMatch(/"(crm|channel)"/);
      expect(await channelPhone(world)).toBe('s');
    });

    test('erased: nothing of it is left, also where it was decided long ago', async () => {
      const world = await conflict();
      await say(world, 'resolve', (await onlyReview('field-conflict')).id, { take: 'crm' });
      await world.sync();
      expect(await all()).toMatchObject([{ subject: { crm: 'h', channel: 's' } }]);
      world.hubspot.purge('contacts', '101');
      world.pass(25);
      await world.sync({ sweep: { everyMs: 24 * 3_600_000, calculatedEveryMs: 24 * 3_600_000, pagesARun: 100 } });
      expect(JSON.stringify(await all())).not.toMatch(/"(crm|channel)":/);
    });
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

describe('every kind of question', () => {
  const leadOf = async (world: World) => (await world.lead('anna@acme.de')).id;
  test.each<[kind: string, subject: (world: World) => Promise<object>, shown: RegExp, take: string[]]>([
    [
      'match',
      async () => ({ person: 'none', connection: 'salesforce', candidates: [{ object: 'Lead', id: '00Q1' }] }),
      /Anna Schmidt/,
      ['same', 'different'],
    ],
    ['answer', async (world) => ({ lead: await leadOf(world), offer: 'of_1' }), /Anna Schmidt, Acme GmbH/, ['seen']],
    [
      'merge',
      async () => ({ people: (await store.db.selectFrom('people').select('id').execute()).map(({ id }) => id) }),
      /Anna Schmidt/,
      ['same', 'different'],
    ],
  ])(
    '%s names the person and says how it is answered, and the answer takes it off the list',
    async (kind, subject, shown, take) => {
      const world = await World.create(store);
      populate(world);
      await world.sync();
      await sql`insert into reviews (id, kind, subject, why, created_at)
      values ('rv_1', ${kind}, ${JSON.stringify(await subject(world))}::jsonb, 'why?', now())`.execute(store.db);
      const { text } = await say(world, 'list', undefined, { kind });
      expect(text).toMatch(shown);
      expect(text).toContain(`sluice review resolve rv_1 --take ${take.join('|')}`);
      for (const word of take) expect(text).toMatch(new RegExp(`^ {4}${word} +\\w`, 'm'));
      await say(world, 'resolve', 'rv_1', { take: take.at(-1) });
      expect(await openReviews(store.db)).toEqual([]);
      expect((await say(world, 'list')).text).toBe('Nothing waits for a person.\n');
    },
  );

  test('but one that there is none of is wrong usage, and the kinds are named', async () => {
    const world = await World.create(store);
    const wrong = say(world, 'list', undefined, { kind: 'bogus' });
    await expect(wrong).rejects.toMatchObject({
      exit: EXIT.usage,
      message: expect.stringContaining('"bogus"'),
      hint: expect.stringContaining('field-conflict, identity, merge, match, recall, deal-match, deal-twin, answer'),
    });
    await expect(say(world, 'lst')).rejects.toMatchObject({ exit: EXIT.usage });
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

  test('is listed with both persons, their companies and records, and what each answer does', async () => {
    const world = await doubt();
    const asked = await onlyReview('identity');
    const { text } = await say(world, 'list');
    expect(text).toContain('Ines Holm, Acme GmbH, info@acme.de; hubspot contacts 108');
    expect(text).toContain('Anna Schmidt, Acme GmbH, anna@acme.de; hubspot contacts 101, salesforce Lead 00Q1');
    expect(text).toContain('record: hubspot contacts 108');
    expect(text).toContain(`sluice review resolve ${asked.id} --take same|different`);
    expect(text).toMatch(/same {7}it is this person/);
    const { text: json } = await say(world, 'list', undefined, { json: true, kind: 'identity' });
    expect(JSON.parse(json).open).toMatchObject([
      { id: asked.id, persons: [{ name: 'Ines Holm' }, { name: 'Anna Schmidt', company: 'Acme GmbH' }] },
    ]);
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

test('a question who somebody is ends where one of the two is erased', async () => {
  const world = await World.create(store);
  populate(world);
  world.hubspot.put('contacts', '101', { hs_additional_emails: 'info@acme.de' });
  await world.sync();
  world.hubspot.put('contacts', '108', { ...personInHubSpot('Ines', 'Holm', 'info@acme.de') });
  await world.sync();
  const asked = await onlyReview('identity');
  world.hubspot.purge('contacts', '108');
  world.pass(25);
  await world.sync({ sweep: { everyMs: 24 * 3_600_000, calculatedEveryMs: 24 * 3_600_000, pagesARun: 100 } });
  expect(await openReviews(store.db)).toEqual([]);
  await expect(say(world, 'resolve', asked.id, { take: 'same' })).rejects.toThrow(/is open/);
});

test('a question who somebody is ends where the CRM merges the two', async () => {
  const world = await World.create(store);
  populate(world);
  world.hubspot.put('contacts', '101', { hs_additional_emails: 'info@acme.de' });
  await world.sync();
  world.hubspot.put('contacts', '108', { ...personInHubSpot('Ines', 'Holm', 'info@acme.de') });
  await world.sync();
  const asked = await onlyReview('identity');
  world.hubspot.merge('contacts', '108', '101');
  await world.sync();
  expect(await openReviews(store.db)).toEqual([]);
  await expect(say(world, 'resolve', asked.id, { take: 'same' })).rejects.toThrow(/is open/);
  expect(await world.writesOf(() => world.sync())).toEqual({ salesforce: 0, hubspot: 0 });
});

test('a question who somebody is names the person that the one it named has become', async () => {
  const world = await World.create(store);
  populate(world);
  world.hubspot.put('contacts', '101', { hs_additional_emails: 'info@acme.de' });
  world.hubspot.put('contacts', '107', personInHubSpot('Otto', 'Brandt', 'otto@other.example'));
  await world.sync();
  world.hubspot.put('contacts', '108', { ...personInHubSpot('Ines', 'Holm', 'info@acme.de') });
  await world.sync();
  await onlyReview('identity');
  world.hubspot.merge('contacts', '108', '107');
  await world.sync();
  const [left, ...others] = await openReviews(store.db);
  expect(others).toEqual([]);
  const tie = await store.db
    .selectFrom('links')
    .select('entity_id')
    .where('record_id', '=', '107')
    .executeTakeFirstOrThrow();
  expect(left?.subject).toMatchObject({ person: tie.entity_id });
  await say(world, 'resolve', left?.id ?? '', { take: 'same' });
  await world.sync();
  const people = await store.db.selectFrom('people').select('id').where('merged_into', 'is', null).execute();
  expect(people).toHaveLength(1);
});
