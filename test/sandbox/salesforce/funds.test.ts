import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org } from './harness.ts';

let org: Org;
let account: string;
let budget: string;
const year = { StartDate: '2026-01-01', EndDate: '2026-12-31' };
beforeAll(async () => {
  org = await Org.start({ partnerFunds: true });
  account = await org.create('Account', { Name: 'Alder' });
  budget = await org.create('PartnerMarketingBudget', { Title: 'EMEA', Amount: 1000, ...year });
});
afterAll(() => org.close());

const refusal = async (method: 'POST' | 'PATCH', path: string, fields: Record<string, unknown>) => {
  const { status, body } = await org.call(method, `/sobjects/${path}`, fields);
  if (status < 400) throw new Error(`taken with ${status}`);
  return body[0].message as string;
};

describe('market development funds', () => {
  test('are there only in an org that has them', async () => {
    const plain = await Org.start();
    try {
      expect((await plain.call('GET', '/sobjects/PartnerMarketingBudget/describe')).status).toBe(404);
    } finally {
      await plain.close();
    }
  });

  test('sum up what is allocated, approved and paid, and keep totals within what is above them', async () => {
    const allocation = await org.create('PartnerFundAllocation', {
      Title: 'A',
      Amount: 600,
      BudgetId: budget,
      ChannelPartnerId: account,
    });
    expect(await refusal('POST', 'PartnerFundAllocation', { Title: 'B', Amount: 400.01, BudgetId: budget })).toBe(
      "The allocation amount can't be more than the budget's remaining total.",
    );
    expect(await refusal('PATCH', `PartnerMarketingBudget/${budget}`, { Amount: 599.99 })).toBe(
      "The budget amount can't be less than the total allocations.",
    );
    const request = await org.create('PartnerFundRequest', {
      Title: 'R',
      AllocationId: allocation,
      RequestedAmount: 500,
      ChannelPartnerId: account,
    });
    expect(await refusal('PATCH', `PartnerFundRequest/${request}`, { Status: 'Approved', Amount: 600.5 })).toBe(
      "The approved amount can't be more than the allocation's remaining total.",
    );
    expect(await refusal('PATCH', `PartnerFundRequest/${request}`, { Status: 'Submitted' })).toContain(
      'restricted picklist',
    );
    await org.call('PATCH', `/sobjects/PartnerFundRequest/${request}`, { Status: 'Approved', Amount: 450 });
    expect(await refusal('PATCH', `PartnerFundAllocation/${allocation}`, { Amount: 449 })).toBe(
      "The allocation amount can't be less than the total approved requests.",
    );
    const claim = await org.create('PartnerFundClaim', { Title: 'C', RequestId: request, Amount: 450.01 });
    expect(await refusal('PATCH', `PartnerFundClaim/${claim}`, { Status: 'Approved' })).toBe(
      "The claim amount can't be more than the request's remaining total.",
    );
    await org.call('PATCH', `/sobjects/PartnerFundClaim/${claim}`, { Amount: 400, Status: 'Paid' });
    expect(await refusal('PATCH', `PartnerFundRequest/${request}`, { Amount: 399 })).toBe(
      "The approved amount can't be less than the total approved/paid claims.",
    );
    const { body } = await org.call('GET', `/sobjects/PartnerMarketingBudget/${budget}`);
    expect(body).toMatchObject({
      TotalAllocatedAmount: 600,
      TotalApprovedFrs: 450,
      TotalApprovedFcs: 400,
      TotalReimbursedFcs: 400,
    });
    const read = await org.call('GET', `/sobjects/PartnerFundClaim/${claim}`);
    expect(read.body).toMatchObject({ BudgetId: budget, AllocationId: allocation, ChannelPartnerId: account });
  });

  test('take dates in order, unless validation is ignored, which cannot be taken back', async () => {
    const backwards = { Title: 'X', Amount: 1, StartDate: '2026-02-01', EndDate: '2026-01-01' };
    expect(await refusal('POST', 'PartnerMarketingBudget', { Title: 'X', Amount: 1 })).toBe(
      "Start/End Dates can't be null.",
    );
    expect(await refusal('POST', 'PartnerMarketingBudget', backwards)).toBe(
      "Start/End Dates can't be chronologically invalid.",
    );
    const ignoring = await org.create('PartnerMarketingBudget', { ...backwards, IsIgnoreValidation: true });
    expect(await refusal('PATCH', `PartnerMarketingBudget/${ignoring}`, { IsIgnoreValidation: false })).toBe(
      "Ignore Validation can't be turned off.",
    );
  });

  test('have one currency from the budget down', async () => {
    const many = await Org.start({ partnerFunds: true, multiCurrency: true });
    try {
      const euros = await many.create('PartnerMarketingBudget', {
        Title: 'E',
        Amount: 10,
        CurrencyIsoCode: 'EUR',
        ...year,
      });
      const { body } = await many.call('POST', '/sobjects/PartnerFundAllocation', {
        Title: 'D',
        Amount: 1,
        BudgetId: euros,
        CurrencyIsoCode: 'USD',
      });
      expect(body[0]).toMatchObject({
        errorCode: 'FIELD_INTEGRITY_EXCEPTION',
        message: 'ISO Code must match with the parent budget.',
      });
    } finally {
      await many.close();
    }
  });
});
