import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileScoring } from '../../../src/leads/scoring.ts';
import { scoreAged } from '../../../src/leads/service/ageing.ts';
import type { Store } from '../../../src/store/database.ts';
import { eventsFor } from '../../../src/store/events.ts';
import { anna, bert, Channel } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';
import { shipped } from '../fixtures.ts';

const DAY = 86_400_000;
/** A touch of the last fortnight is worth ten points, which make a B of Bert. */
const SCORING = compileScoring(...shipped('scoring'));

describe('grades that change by the mere passing of time', () => {
  let store: Store;
  let channel: Channel;
  const grades = async () => {
    const rows = await store.db.selectFrom('leads').select(['person_id', 'grade']).orderBy('person_id').execute();
    return Object.fromEntries(rows.map(({ person_id, grade }) => [person_id, grade]));
  };
  const told = async () => {
    const events = await eventsFor(store.db, 'leads', ['person.changed'], 1_000);
    return events.map(({ entity }) => entity);
  };

  beforeAll(async () => {
    store = await testStore();
    channel = new Channel(store.db);
    await channel.campaign('C1', 'Spring', null);
    await channel.people([anna, bert]);
    await channel.touch('M1', 'C1', ['Contact', '0035e00001XyZabAAB']);
    await channel.decide();
    expect(await scoreAged(store.db, SCORING, channel.now, 1)).toBe(true);
  });
  afterAll(() => store?.close());

  test('are looked at once a day, so many leads at a time', async () => {
    expect(await grades()).toEqual({ pe_anna: 'B', pe_bert: 'B' });
    channel.now += 15 * DAY;
    expect(await scoreAged(store.db, SCORING, channel.now, 1)).toBe(false);
    expect(await scoreAged(store.db, SCORING, channel.now, 1)).toBe(false);
    expect(await scoreAged(store.db, SCORING, channel.now, 1)).toBe(true);
    expect(await told()).toEqual(['pe_bert']);
    expect(await scoreAged(store.db, SCORING, channel.now, 1)).toBe(true);
    expect(await told()).toEqual(['pe_bert']);
  });

  test('are scored anew', async () => {
    await channel.decide();
    expect(await grades()).toEqual({ pe_anna: 'B', pe_bert: 'C' });
    channel.now += DAY;
    await scoreAged(store.db, SCORING, channel.now, 10);
    expect(await told()).toEqual([]);
  });

  test('are none where no rule speaks of time', async () => {
    const timeless = compileScoring(
      's',
      'version: 1\ngroups: { g: { cap: 60 } }\nrules:\n  - { name: a, group: g, when: "true", points: 9, text: t }\ngrades: { A: 3, B: 2, C: 1 }',
    );
    channel.now += DAY;
    expect(await scoreAged(store.db, timeless, channel.now, 10)).toBe(true);
    expect(await told()).toEqual([]);
  });
});
