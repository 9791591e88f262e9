import { describe, expect, test } from '@jest/globals';
import { type CampaignRecord, unifyCampaigns } from '../../src/revenue/campaigns.ts';

const record = (id: string, connection: string, changes: Partial<CampaignRecord> = {}): CampaignRecord => ({
  id,
  connection,
  name: 'Spring Webinar',
  cost: null,
  sameAs: null,
  ...changes,
});
const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const ORDER = ['salesforce', 'hubspot'];

describe('campaigns of two CRMs', () => {
  test('of one name are one campaign, with name and cost of the source of record', () => {
    const records = [
      record('h', 'hubspot', { name: ' spring  webinar', cost: usd(5n) }),
      record('s', 'salesforce', { cost: usd(7n) }),
    ];
    expect(unifyCampaigns(records, ORDER)).toEqual([
      { id: 's', name: 'Spring Webinar', cost: usd(7n), recordIds: ['s', 'h'] },
    ]);
  });

  test('take the cost of the other where the source of record states none', () => {
    const records = [record('s', 'salesforce'), record('h', 'hubspot', { cost: usd(5n) })];
    expect(unifyCampaigns(records, ORDER)[0]?.cost).toEqual(usd(5n));
  });

  test('that name each other are one, whatever they are called', () => {
    const records = [record('s', 'salesforce'), record('h', 'hubspot', { name: 'Other', sameAs: 's' })];
    expect(unifyCampaigns(records, ORDER)).toMatchObject([{ id: 's', recordIds: ['s', 'h'] }]);
  });

  test('stay apart where a CRM has the name twice, or no name', () => {
    const twice = [record('s1', 'salesforce'), record('s2', 'salesforce'), record('h', 'hubspot')];
    expect(unifyCampaigns(twice, ORDER).map((campaign) => campaign.recordIds)).toEqual([['s1'], ['s2'], ['h']]);
    const blank = [record('s', 'salesforce', { name: '' }), record('h', 'hubspot', { name: ' ' })];
    expect(unifyCampaigns(blank, ORDER)).toHaveLength(2);
  });

  test('come out the same in whatever order they are read', () => {
    const records = [
      record('s1', 'salesforce'),
      record('h1', 'hubspot'),
      record('s2', 'salesforce', { name: 'Fair' }),
      record('h2', 'hubspot', { name: 'Messe', sameAs: 's2' }),
    ];
    expect(unifyCampaigns([...records].reverse(), ORDER)).toEqual(unifyCampaigns(records, ORDER));
  });
});
