/** A lead that is handed back to marketing in both CRMs, and its return. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compileFeedback } from '../../src/leads/feedback/feedback-rules.ts';
import { takeFeedback } from '../../src/leads/service/take-feedback.ts';
import type { Store } from '../../src/store/database.ts';
import { testStore } from '../support/store.ts';
import { populate, World } from './world.ts';

const rules = compileFeedback('config/feedback.yaml', readFileSync('config/feedback.yaml', 'utf8'));
let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

let world: World;
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
  world.hubspot.put('contacts', '101', { hs_lead_status: 'NEW' });
  await world.sync();
  await state({ response: 'accepted' });
  await world.sync();
});

async function state(written: Record<string, string>): Promise<void> {
  world.pass(1);
  const { offer_id } = await world.lead('anna@acme.de');
  const given = [{ place: 1, written: { offer: offer_id ?? '', ...written } }];
  const [taken] = await takeFeedback(store.db, given, { rules, via: 'csv', now: world.now });
  expect(taken).toMatchObject({ result: 'taken' });
}

const contact = () => world.hubspot.fields('contacts', '101');
const steps = () =>
  world.hubspot
    .written()
    .flatMap(({ id, fields }) => (id === '101' && 'lifecyclestage' in fields ? [fields.lifecyclestage] : []));

async function handBack(): Promise<void> {
  await state({ nurture: 'bad-timing' });
  await world.sync();
}

describe('a lead that is handed back', () => {
  test('shows it on its records: the stage is cleared and then set, with the status and the reason', async () => {
    await handBack();
    expect(steps()).toEqual([null, 'lead']);
    expect(contact()).toMatchObject({
      lifecyclestage: 'lead',
      hs_lead_status: 'BAD_TIMING',
      sluice_status: 'Nurture',
      sluice_reason: 'Handed back by Alder: it is too early',
    });
    expect(world.salesforce.fields('Lead', '00Q1')).toMatchObject({
      Marketing_Stage__c: 'Lead',
      Sluice_Status__c: 'Nurture',
    });
    expect(await world.outbox()).toEqual([]);
  });

  test('is set once: what marketing makes of the fields after that stands', async () => {
    await handBack();
    world.pass(1);
    world.hubspot.put('contacts', '101', { lifecyclestage: 'subscriber', hs_lead_status: 'OPEN' });
    await world.sync();
    await world.sync({ full: true });
    expect(contact()).toMatchObject({ lifecyclestage: 'subscriber', hs_lead_status: 'OPEN' });
    expect(await world.lead('anna@acme.de')).toMatchObject({ state: 'Nurture' });
  });

  test('comes back as the same lead in its next round when marketing releases it again', async () => {
    await handBack();
    const before = await world.lead('anna@acme.de');
    world.pass(24);
    world.hubspot.put('contacts', '101', { lifecyclestage: 'marketingqualifiedlead' });
    await world.sync();
    expect(await world.lead('anna@acme.de')).toMatchObject({ id: before.id, state: 'Offered', rounds: 2 });
    await world.sync();
    expect(contact()).toMatchObject({ lifecyclestage: 'marketingqualifiedlead', sluice_status: 'Offered' });
    expect(steps()).toEqual([null, 'lead']);
  });

  test.each([true, false])(
    'is set and comes back also where answers to the writes were lost (written: %s)',
    async (written) => {
      await state({ nurture: 'bad-timing' });
      const lost = new Set<unknown>();
      world.hubspot.ruling = (_object, { id, fields }) => {
        if (id !== '101' || !('lifecyclestage' in fields) || lost.has(fields.lifecyclestage)) return null;
        lost.add(fields.lifecyclestage);
        return { status: 'unknown', written };
      };
      for (let n = 0; n < 3; n++) {
        world.pass(1);
        await world.sync();
      }
      expect([...lost]).toEqual([null, 'lead']);
      expect(contact()).toMatchObject({
        lifecyclestage: 'lead',
        hs_lead_status: 'BAD_TIMING',
        sluice_status: 'Nurture',
      });
      world.hubspot.put('contacts', '101', { lifecyclestage: 'marketingqualifiedlead' });
      await world.sync();
      expect(await world.lead('anna@acme.de')).toMatchObject({ state: 'Offered', rounds: 2 });
      await world.sync();
      expect(contact().lifecyclestage).toBe('marketingqualifiedlead');
    },
  );

  test('goes on where the process ended between the two steps', async () => {
    await state({ nurture: 'bad-timing' });
    let writes = 0;
    world.hubspot.boundary = (call, when) => {
      const isStep = call.call === 'write' && call.rows.some(({ fields }) => fields.lifecyclestage === 'lead');
      if (isStep && when === 'before' && writes++ === 0) throw new Error('the process ends');
    };
    await expect(world.sync()).rejects.toThrow('the process ends');
    expect(contact().lifecyclestage).toBeNull();
    world.pass(1);
    await world.sync();
    expect(contact()).toMatchObject({ lifecyclestage: 'lead', hs_lead_status: 'BAD_TIMING' });
    expect(await world.lead('anna@acme.de')).toMatchObject({ state: 'Nurture' });
  });
});
