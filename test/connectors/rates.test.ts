import { afterAll, describe, expect, test } from '@jest/globals';
import { ConnectorError } from '../../connectors/connector.ts';
import { createHubSpot, hubspotSettings } from '../../connectors/hubspot/index.ts';
import { SandboxClock, startHubSpot } from '../../sandbox/index.ts';
import { recordPorts } from './ports.ts';
import { TestOrg } from './salesforce/org.ts';

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});
async function org(options: Parameters<typeof TestOrg.start>[0]): Promise<TestOrg> {
  const started = await TestOrg.start(options);
  closing.push(() => started.close());
  return started;
}

describe('Salesforce', () => {
  test('an org of one currency has no rates, and is asked for none', async () => {
    const { crm, calls } = (await org({})).open();
    expect(await crm.readRates?.()).toEqual([]);
    expect(calls.read ?? 0).toBe(0);
  });

  test('an org of several currencies states what each is worth now, in units for one of the corporate currency', async () => {
    const { crm } = (await org({ multiCurrency: true })).open();
    expect(await crm.readRates?.()).toEqual(
      [
        ['CHF', '0.88'],
        ['EUR', '0.92'],
        ['GBP', '0.79'],
        ['JPY', '149.5'],
      ].map(([to, rate]) => ({ from: 'USD', to, rate, date: '2026-06-01', isDated: false })),
    );
  });

  test('with advanced currency management also what each was worth from which date', async () => {
    const dated = await org({ multiCurrency: true, datedRates: true });
    await dated.create('DatedConversionRate', { IsoCode: 'EUR', StartDate: '2026-01-01', ConversionRate: 0.0000001 });
    const rates = (await dated.open().crm.readRates?.()) ?? [];
    expect(rates.filter(({ to, isDated }) => to === 'EUR' && isDated)).toEqual([
      { from: 'USD', to: 'EUR', rate: '0.92', date: '2000-01-01', isDated: true },
      { from: 'USD', to: 'EUR', rate: '0.0000001', date: '2026-01-01', isDated: true },
    ]);
    expect(rates.filter(({ isDated }) => !isDated)).toHaveLength(4);
  });
});

describe('HubSpot', () => {
  test('states units of the company currency for one of another, from a day on', async () => {
    const hubspot = await startHubSpot({ clock: new SandboxClock(Date.parse('2026-06-01T00:00:00Z')) });
    closing.push(() => hubspot.close());
    const settings = hubspotSettings.parse({
      url: hubspot.url,
      sandbox: true,
      auth: { type: 'token', accessToken: hubspot.serviceKey },
    });
    const crm = createHubSpot(settings, recordPorts({ now: () => 0, advance: () => undefined }).ports);
    expect(await crm.readRates?.()).toEqual(
      [
        ['EUR', '1.1'],
        ['GBP', '1.28'],
        ['CHF', '1.12'],
        ['JPY', '0.0067'],
      ].map(([from, rate]) => ({ from, to: 'USD', rate, date: '2000-01-01', isDated: true })),
    );
  });

  test('without the scope it refuses, and says which one it takes', async () => {
    const scopes = ['crm.objects.deals.read'];
    const hubspot = await startHubSpot({ clock: new SandboxClock(Date.parse('2026-06-01T00:00:00Z')), scopes });
    closing.push(() => hubspot.close());
    const { url, clientId, clientSecret, refreshToken } = hubspot.credentials;
    const auth = { type: 'oauth', clientId, clientSecret, refreshToken };
    const settings = hubspotSettings.parse({ url, sandbox: true, auth });
    const crm = createHubSpot(settings, recordPorts({ now: () => 0, advance: () => undefined }).ports);
    const refused = await crm.readRates?.().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConnectorError);
    expect((refused as ConnectorError).hint).toContain('settings.currencies.read');
  });
});
