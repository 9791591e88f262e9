import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { ConnectorError } from '../../connectors/connector.ts';
import { dayOf as hubspotDay, nextMidnight } from '../../connectors/hubspot/allowances.ts';
import { createHubSpot, hubspotSettings } from '../../connectors/hubspot/index.ts';
import { dayOf as salesforceDay } from '../../connectors/salesforce/allowances.ts';
import { createSalesforce, salesforceSettings } from '../../connectors/salesforce/index.ts';
import { recordPorts } from './ports.ts';

const SALESFORCE = 'https://acme.my.salesforce.com';
const HUBSPOT = 'https://api.hubapi.com';
const ACCOUNT = '/account-info/v3/details';

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});
afterAll(() => {
  nock.restore();
});

function salesforce() {
  const recorded = recordPorts();
  const auth = { type: 'refresh_token', clientId: 'id', refreshToken: 'r0', accessToken: '00D000000000001!a' };
  return { ...recorded, crm: createSalesforce(salesforceSettings.parse({ url: SALESFORCE, auth }), recorded.ports) };
}

function hubspot() {
  const recorded = recordPorts();
  const auth = { type: 'token', accessToken: 'key' };
  return { ...recorded, crm: createHubSpot(hubspotSettings.parse({ auth }), recorded.ports) };
}

const day = (used: number) => ({
  'x-hubspot-ratelimit-daily': '1000',
  'x-hubspot-ratelimit-daily-remaining': String(1000 - used),
});

describe('the budget', () => {
  test('is asked before each request to Salesforce, and told that one is a retry', async () => {
    nock(SALESFORCE)
      .get(/sobjects$/)
      .reply(503, '');
    nock(SALESFORCE)
      .get(/sobjects$/)
      .reply(200, { sobjects: [] }, { 'Sforce-Limit-Info': 'api-usage=18/15000' });
    const { crm, taken, observed } = salesforce();
    await crm.objects();
    expect(taken).toEqual([
      { allowance: 'general', isRetry: false },
      { allowance: 'general', isRetry: true },
    ]);
    expect(observed).toEqual([{ used: 18, max: 15000 }]);
  });

  test('is asked before each request to HubSpot, searches apart, and hears its headers with the midnight of the portal', async () => {
    nock(HUBSPOT).get(ACCOUNT).reply(200, { portalId: 7, timeZone: 'US/Eastern' }, day(10));
    nock(HUBSPOT).get(ACCOUNT).reply(200, { portalId: 7, timeZone: 'US/Eastern' }, day(11));
    const { crm, taken, observed } = hubspot();
    await crm.check();
    await crm.check();
    expect(taken).toEqual([
      { allowance: 'general', isRetry: false },
      { allowance: 'general', isRetry: false },
    ]);
    // It is the evening before in New York, so that the day ends at four in the morning UTC.
    expect(observed).toEqual([
      { used: 10, max: 1000 },
      { used: 11, max: 1000, resetsAt: '2026-06-01T04:00:00.000Z' },
    ]);
  });

  test.each([
    ['Salesforce', salesforce],
    ['HubSpot', hubspot],
  ])('that is spent stops %s without a request', async (_name, open) => {
    const { crm, ports, calls } = open();
    const spent = new ConnectorError('spent', {
      action: 'stop',
      connection: 'crm',
      code: 'API_BUDGET',
      retryAfterMs: 5,
    });
    Object.assign(ports.budget, { take: () => Promise.reject(spent) });
    await expect(crm.describe('contacts')).rejects.toBe(spent);
    expect(calls).toEqual({});
  });
});

describe('a used-up day', () => {
  const DAILY = { policyName: 'DAILY', errorType: 'RATE_LIMIT', message: 'You have reached your daily limit.' };
  const limit = [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }];

  test('of Salesforce is told to the budget, which says when the run goes on', async () => {
    nock(SALESFORCE)
      .get(/sobjects$/)
      .reply(403, limit);
    const { crm, refusals } = salesforce();
    await expect(crm.objects()).rejects.toMatchObject({ action: 'stop', retryAfterMs: 3_600_000 });
    expect(refusals).toEqual([null]);
  });

  test('of HubSpot ends at the midnight of the portal', async () => {
    nock(HUBSPOT).get(ACCOUNT).reply(200, { portalId: 7, timeZone: 'US/Eastern' }, day(10));
    nock(HUBSPOT).get(ACCOUNT).reply(429, DAILY);
    const { crm, refusals } = hubspot();
    await crm.check();
    await expect(crm.check()).rejects.toMatchObject({ code: 'DAILY', retryAfterMs: 4 * 3_600_000 });
    expect(refusals).toEqual(['2026-06-01T04:00:00.000Z']);
  });

  test('ends when HubSpot says so, where it does; a portal that is not known yet lets the budget say', async () => {
    nock(HUBSPOT).get(ACCOUNT).reply(429, DAILY, { 'Retry-After': '120' });
    nock(HUBSPOT).get(ACCOUNT).reply(429, DAILY);
    const { crm, refusals } = hubspot();
    await expect(crm.check()).rejects.toMatchObject({ code: 'DAILY', retryAfterMs: 120_000 });
    await expect(crm.check()).rejects.toMatchObject({ code: 'DAILY', retryAfterMs: 3_600_000 });
    expect(refusals).toEqual(['2026-06-01T00:02:00.000Z', null]);
  });

  test('that was met before stops both CRMs without a request, for a token neither', async () => {
    for (const { crm, ports, calls } of [salesforce(), hubspot()]) {
      const blocked = new ConnectorError('used up', { action: 'stop', connection: 'crm', code: 'API_BUDGET' });
      const asked: string[] = [];
      Object.assign(ports.budget, { ready: () => Promise.reject(blocked) });
      Object.assign(ports.tokens, { load: () => asked.push('tokens'), exclusively: () => asked.push('grant') });
      await expect(crm.describe('contacts')).rejects.toBe(blocked);
      expect([calls, asked]).toEqual([{}, []]);
    }
  });
});

describe('what CRMs say of the day', () => {
  test.each([
    ['api-usage=18/15000', { used: 18, max: 15000 }],
    ['api-usage=25/5000; per-app-api-usage=17/250(appName=sluice)', { used: 25, max: 5000 }],
    ['per-app-api-usage=17/250(appName=sluice)', null],
    ['nonsense', null],
    [null, null],
  ])('Salesforce: %s', (header, expected) => {
    expect(salesforceDay(header)).toEqual(expected);
  });

  test('HubSpot says nothing to OAuth apps, which have no daily limit', () => {
    expect(hubspotDay(new Headers(), 'UTC', 0)).toBeNull();
  });

  test.each([
    ['UTC', '2026-06-01T12:00:00Z', '2026-06-02T00:00:00.000Z'],
    ['Europe/Berlin', '2026-06-01T12:00:00Z', '2026-06-01T22:00:00.000Z'],
    ['Asia/Kolkata', '2026-06-01T12:00:00Z', '2026-06-01T18:30:00.000Z'],
    // The clocks go forward and back in these nights.
    ['Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T23:00:00.000Z'],
  ])('midnight in %s after %s', (zone, now, expected) => {
    expect(new Date(nextMidnight(Date.parse(now), zone) ?? 0).toISOString()).toBe(expected);
  });

  test('of a zone that nobody knows there is no midnight', () => {
    expect(nextMidnight(0, 'Mars/Olympus')).toBeNull();
  });
});
