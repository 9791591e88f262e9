import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadPartners } from '../../../src/leads/service/facts.ts';
import { applyPartners, partnerId } from '../../../src/leads/service/partners.ts';
import { EMPTY_PARTNER, partnerFacts } from '../../../src/model/partner.ts';
import { upsert } from '../../../src/store/bulk.ts';
import type { Store } from '../../../src/store/database.ts';
import { testStore } from '../../support/store.ts';

const REF = { connection: 'salesforce', object: 'Account', id: '001A' };
const AT = '2026-03-02T08:00:00.000Z';
/** As it was stored when nothing else was known of partners. */
const OLD = {
  name: 'Alder',
  status: 'Active',
  territories: ['DE'],
  competencies: ['Vault'],
  tier: 'Gold',
  capacity: 5,
};
const VALUE = { ...EMPTY_PARTNER, ...OLD, status: 'Active' as const, certifications: [], blackouts: [], domain: null };

describe('a partner that was stored before its papers and limits were read', () => {
  let store: Store;
  const id = partnerId(REF);
  const versions = async () =>
    (await store.db.selectFrom('partner_versions').select('seq').where('partner_id', '=', id).execute()).length;

  beforeAll(async () => {
    store = await testStore();
    await upsert(
      store.db,
      'partners',
      [{ id, connection: REF.connection, record_id: REF.id, facts: OLD, active: true }],
      ['id'],
    );
    await upsert(
      store.db,
      'partner_versions',
      [{ partner_id: id, seq: 0, facts: OLD, active: true }],
      ['partner_id', 'seq'],
    );
  });
  afterAll(() => store?.close());

  test('is read as one of which none of them is stated', async () => {
    expect((await loadPartners(store.db, null))[0]?.facts).toEqual(partnerFacts({ ...OLD, status: 'Active' }));
  });

  test('has not changed when none of them is stated now', async () => {
    await applyPartners(store.db, [{ ...REF, value: VALUE }], AT);
    expect(await versions()).toBe(1);
  });

  test('has a new version with the first of them', async () => {
    const value = { ...VALUE, certifications: ['Vault Expert until 2027-03-31'], languages: ['fr', 'de'] };
    await applyPartners(store.db, [{ ...REF, value }], AT);
    expect(await versions()).toBe(2);
    expect((await loadPartners(store.db, null))[0]?.facts).toMatchObject({
      certifications: [{ name: 'Vault Expert', expires: '2027-03-31' }],
      languages: ['de', 'fr'],
    });
    await applyPartners(store.db, [{ ...REF, value }], AT);
    expect(await versions()).toBe(2);
  });
});
