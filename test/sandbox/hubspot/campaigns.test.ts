import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.sandbox.close());

const SUMS = 'hs_name,hs_notes,hs_budget_items_sum_amount,hs_spend_items_sum_amount,hs_currency_code';

describe.each(['/marketing/v3/campaigns', '/marketing/campaigns/2026-03', '/marketing/campaigns/2026-09'])(
  'campaigns at %s',
  (base) => {
    test('have a GUID; only named properties that have a value are shown', async () => {
      const made = await portal.call('POST', base, {
        properties: { hs_name: 'Spring', hs_start_date: '2026-03-01', hs_campaign_status: 'active' },
      });
      expect(made.status).toBe(201);
      expect(made.body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const plain = await portal.call('GET', `${base}/${made.body.id}`);
      expect(plain.body).toMatchObject({ properties: {}, assets: {}, businessUnits: [] });
      const shown = await portal.call('GET', `${base}/${made.body.id}?properties=${SUMS}`);
      expect(shown.body.properties).toEqual({ hs_name: 'Spring', hs_currency_code: 'USD' });
      const changed = await portal.call('PATCH', `${base}/${made.body.id}`, { properties: { hs_name: 'Summer' } });
      expect(changed.body.properties).toEqual({ hs_name: 'Summer' });
      expect((await portal.call('DELETE', `${base}/${made.body.id}`)).status).toBe(204);
      expect((await portal.call('GET', `${base}/${made.body.id}`)).status).toBe(404);
    });

    test('budget and spend items add up exactly', async () => {
      const { body } = await portal.call('POST', base, { properties: { hs_name: 'Money' } });
      const path = `${base}/${body.id}`;
      const item = await portal.call('POST', `${path}/spend`, { name: 'Ads', amount: 0.1, order: 0 });
      await portal.call('POST', `${path}/spend`, { name: 'Fair', amount: 0.2, order: 1 });
      await portal.call('POST', `${path}/budget`, { name: 'All', amount: 100, order: 0 });
      const { body: totals } = await portal.call('GET', `${path}/budget/totals`);
      expect(totals).toMatchObject({ currencyCode: 'USD', budgetTotal: 100, spendTotal: 0.3, remainingBudget: 99.7 });
      expect(totals.spendItems).toHaveLength(2);
      const shown = await portal.call('GET', `${path}?properties=${SUMS}`);
      expect(shown.body.properties).toMatchObject({
        hs_budget_items_sum_amount: '100',
        hs_spend_items_sum_amount: '0.3',
      });
      expect((await portal.call('PUT', `${path}/spend/${item.body.id}`, { name: 'Ads', amount: 5 })).body.amount).toBe(
        5,
      );
      expect((await portal.call('DELETE', `${path}/spend/${item.body.id}`)).status).toBe(204);
      expect((await portal.call('GET', `${path}/spend/${item.body.id}`)).status).toBe(404);
    });
  },
);

describe('campaign lists and reports', () => {
  test('a list is paged, sorted and filtered by name', async () => {
    const own = await openPortal();
    const inputs = Array.from({ length: 7 }, (_, at) => ({ properties: { hs_name: `Wave ${at}` } }));
    expect((await own.call('POST', '/marketing/v3/campaigns/batch/create', { inputs })).status).toBe(201);
    const seen: string[] = [];
    let after = '';
    do {
      const { body } = await own.call(
        'GET',
        `/marketing/v3/campaigns?limit=3&sort=-hs_name&properties=hs_name${after}`,
      );
      expect(body.total).toBe(7);
      seen.push(...body.results.map((each: { properties: { hs_name: string } }) => each.properties.hs_name));
      after = body.paging === undefined ? '' : `&after=${body.paging.next.after}`;
    } while (after !== '');
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((at) => `Wave ${at}`));
    expect((await own.call('GET', '/marketing/v3/campaigns?name=wave%204')).body.total).toBe(1);
    expect((await own.call('GET', '/marketing/v3/campaigns?limit=101')).status).toBe(400);
    await own.sandbox.close();
  });

  test('batches take 50; a read names the missing', async () => {
    const { body } = await portal.call('POST', '/marketing/v3/campaigns', { properties: { hs_name: 'B' } });
    const read = await portal.call('POST', '/marketing/v3/campaigns/batch/read?properties=hs_name', {
      inputs: [{ id: body.id }, { id: 'none' }],
    });
    expect(read.status).toBe(207);
    expect(read.body.results[0].properties).toEqual({ hs_name: 'B' });
    expect(
      (await portal.call('POST', '/marketing/v3/campaigns/batch/read', { inputs: Array(51).fill({ id: body.id }) }))
        .status,
    ).toBe(400);
    const updated = await portal.call('POST', '/marketing/v3/campaigns/batch/update', {
      inputs: [{ id: body.id, properties: { hs_goal: 'Leads' } }],
    });
    expect(updated.body.results[0].properties).toEqual({ hs_goal: 'Leads' });
  });

  test('bad values are refused', async () => {
    for (const properties of [
      {},
      { hs_name: '' },
      { hs_name: 'x', nope: '1' },
      { hs_name: 'x', hs_campaign_status: 'odd' },
      { hs_name: 'x', hs_spend_items_sum_amount: '1' },
    ]) {
      expect((await portal.call('POST', '/marketing/v3/campaigns', { properties })).status).toBe(400);
    }
  });

  test('metrics count the contacts whose touches name the campaign; revenue is an honest empty report', async () => {
    const { body: campaign } = await portal.call('POST', '/marketing/v3/campaigns', {
      properties: { hs_name: 'Touch' },
    });
    const touch = (which: string) => ({
      [`hs_analytics_${which}_touch_converting_campaign`]: campaign.id,
      [`hs_analytics_${which}_timestamp`]: '2026-01-02T10:00:00Z',
    });
    const both = await portal.make('contacts', { ...touch('first'), ...touch('last') });
    const last = await portal.make('contacts', touch('last'));
    const path = `/marketing/v3/campaigns/${campaign.id}/reports`;
    const { body } = await portal.call('GET', `${path}/metrics?startDate=2026-01-02&endDate=2026-01-02`);
    expect(body).toEqual({ sessions: 0, newContactsFirstTouch: 1, newContactsLastTouch: 2, influencedContacts: 2 });
    expect((await portal.call('GET', `${path}/contacts/contactLastTouch`)).body.results).toEqual([
      { id: both },
      { id: last },
    ]);
    expect((await portal.call('GET', `${path}/revenue?attributionModel=U_SHAPED`)).body).toMatchObject({
      revenueAmount: 0,
      currencyCode: 'USD',
    });
    expect((await portal.call('GET', `${path}/revenue?attributionModel=MAGIC`)).status).toBe(400);
  });
});
