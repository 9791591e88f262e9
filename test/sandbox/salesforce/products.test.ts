import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org } from './harness.ts';

let org: Org;
let [standard, vault, entry, deal] = ['', '', '', ''];
beforeAll(async () => {
  org = await Org.start();
  standard = (await org.rows('SELECT Id FROM Pricebook2 WHERE IsStandard = true'))[0].Id;
  vault = await org.create('Product2', { Name: 'Vault', Family: 'Storage', IsActive: true });
  entry = await org.create('PricebookEntry', {
    Pricebook2Id: standard,
    Product2Id: vault,
    UnitPrice: 250,
    IsActive: true,
  });
  deal = await org.create('Opportunity', {
    Name: 'Deal',
    StageName: 'Prospecting',
    CloseDate: '2026-06-30',
    Amount: 1,
  });
});
afterAll(() => org.close());

const dealNow = async () =>
  (await org.rows(`SELECT Amount, HasOpportunityLineItem, Pricebook2Id FROM Opportunity WHERE Id = '${deal}'`))[0];
const refused = async (type: string, fields: Record<string, unknown>) => {
  const { status, body } = await org.call('POST', `/sobjects/${type}`, fields);
  return [status, body[0]?.errorCode];
};

describe('a price', () => {
  test('is in a price book of its own only where the standard one has it, and once', async () => {
    const own = await org.create('Pricebook2', { Name: 'Channel', IsActive: true });
    const relay = await org.create('Product2', { Name: 'Relay' });
    const price = { UnitPrice: 10, IsActive: true };
    expect(await refused('PricebookEntry', { ...price, Pricebook2Id: own, Product2Id: relay })).toEqual([
      400,
      'STANDARD_PRICE_NOT_DEFINED',
    ]);
    expect(await refused('PricebookEntry', { ...price, Pricebook2Id: standard, Product2Id: vault })).toEqual([
      400,
      'DUPLICATE_VALUE',
    ]);
    await org.create('PricebookEntry', { ...price, Pricebook2Id: own, Product2Id: vault });
  });
});

describe('the lines of an opportunity', () => {
  test('make its amount, whatever anybody writes there', async () => {
    const line = await org.create('OpportunityLineItem', {
      OpportunityId: deal,
      PricebookEntryId: entry,
      Quantity: 3,
      UnitPrice: 200,
      Discount: 10,
    });
    await org.create('OpportunityLineItem', {
      OpportunityId: deal,
      PricebookEntryId: entry,
      Quantity: 2,
      TotalPrice: 90,
    });
    const lines = await org.rows(
      `SELECT Name, Product2Id, Product2.Family, UnitPrice, ListPrice, TotalPrice FROM OpportunityLineItem WHERE OpportunityId = '${deal}' ORDER BY TotalPrice`,
    );
    expect(lines).toMatchObject([
      {
        Name: 'Deal Vault',
        Product2Id: vault,
        Product2: { Family: 'Storage' },
        UnitPrice: 45,
        ListPrice: 250,
        TotalPrice: 90,
      },
      { UnitPrice: 200, TotalPrice: 540 },
    ]);
    expect(await dealNow()).toMatchObject({ Amount: 630, HasOpportunityLineItem: true, Pricebook2Id: standard });
    expect((await org.call('PATCH', `/sobjects/Opportunity/${deal}`, { Amount: 5, Name: 'Deal' })).status).toBe(204);
    expect((await dealNow()).Amount).toBe(630);
    expect((await org.call('PATCH', `/sobjects/OpportunityLineItem/${line}`, { Quantity: 1 })).status).toBe(204);
    expect((await dealNow()).Amount).toBe(270);
    expect((await org.call('DELETE', `/sobjects/OpportunityLineItem/${line}`)).status).toBe(204);
    expect((await dealNow()).Amount).toBe(90);
  });

  test('name what is sold, by one price', async () => {
    const line = { OpportunityId: deal, Quantity: 1 };
    expect(await refused('OpportunityLineItem', { ...line, UnitPrice: 1 })).toEqual([400, 'FIELD_INTEGRITY_EXCEPTION']);
    expect(
      await refused('OpportunityLineItem', { ...line, PricebookEntryId: entry, UnitPrice: 1, TotalPrice: 1 }),
    ).toEqual([400, 'FIELD_INTEGRITY_EXCEPTION']);
    expect(
      await refused('OpportunityLineItem', { OpportunityId: deal, PricebookEntryId: entry, UnitPrice: 1 }),
    ).toEqual([400, 'REQUIRED_FIELD_MISSING']);
  });
});

test('a partner listed on an opportunity can be made and deleted, but not changed', async () => {
  const account = await org.create('Account', { Name: 'Alder' });
  const id = await org.create('OpportunityPartner', {
    OpportunityId: deal,
    AccountToId: account,
    Role: 'VAR/Reseller',
  });
  expect((await org.call('PATCH', `/sobjects/OpportunityPartner/${id}`, { Role: 'Broker' })).status).toBeGreaterThan(
    399,
  );
  expect((await org.call('DELETE', `/sobjects/OpportunityPartner/${id}`)).status).toBe(204);
});
