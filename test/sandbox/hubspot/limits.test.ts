import { describe, expect, test } from '@jest/globals';
import { openPortal, type TestPortal } from './portal.ts';

async function burn(
  portal: TestPortal,
  count: number,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<number[]> {
  const statuses: number[] = [];
  for (let at = 0; at < count; at++) statuses.push((await portal.call(method, path, body, token)).status);
  return statuses;
}

/** A clock that stands still unless moved, so that windows do not slide during a test. */
async function stillPortal(tier: 'free' | 'pro', retryAfter = false): Promise<TestPortal> {
  const portal = await openPortal({ tier, limits: true, retryAfter });
  const base = portal.clock.now();
  let moved = 0;
  const advance = portal.clock.advance.bind(portal.clock);
  portal.clock.now = () => base + moved;
  portal.clock.advance = (ms) => {
    advance(ms);
    moved += ms;
  };
  return portal;
}

describe('rate limits', () => {
  test('a service key of the free tier has 100 calls in ten rolling seconds', async () => {
    const portal = await stillPortal('free');
    expect(new Set(await burn(portal, 100, 'GET', '/crm/v3/objects/contacts'))).toEqual(new Set([200]));
    const refused = await portal.call('GET', '/crm/v3/objects/contacts');
    expect(refused.status).toBe(429);
    expect(refused.body).toEqual({
      status: 'error',
      message: 'You have reached your ten_secondly_rolling limit.',
      correlationId: expect.any(String),
      errorType: 'RATE_LIMIT',
      policyName: 'TEN_SECONDLY_ROLLING',
    });
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(refused.headers.get('x-hubspot-ratelimit-remaining')).toBe('0');
    portal.clock.advance(10_001);
    expect((await portal.call('GET', '/crm/v3/objects/contacts')).status).toBe(200);
    await portal.sandbox.close();
  });

  test('OAuth calls share 110, apart from the 190 of a service key of the pro tier', async () => {
    const portal = await stillPortal('pro');
    const token = portal.sandbox.credentials.accessToken;
    const statuses = await burn(portal, 111, 'GET', '/crm/v3/owners', undefined, token);
    expect(statuses.filter((status) => status === 200)).toHaveLength(110);
    const { headers } = await portal.call('GET', '/crm/v3/owners');
    expect(headers.get('x-hubspot-ratelimit-max')).toBe('190');
    expect(headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBe('10000');
    expect(headers.get('x-hubspot-ratelimit-daily')).toBe('625000');
    await portal.sandbox.close();
  });

  test('five searches a second an account, whatever the burst window; their answers carry only the daily headers', async () => {
    const portal = await stillPortal('pro', true);
    const path = '/crm/v3/objects/contacts/search';
    expect(await burn(portal, 5, 'POST', path, {})).toEqual([200, 200, 200, 200, 200]);
    const refused = await portal.call('POST', path, {}, portal.sandbox.credentials.accessToken);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ message: 'You have reached your secondly limit.', policyName: 'SECONDLY' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await portal.call('GET', '/crm/v3/owners')).status).toBe(200);
    portal.clock.advance(1_001);
    const after = await portal.call('POST', path, {});
    expect(after.status).toBe(200);
    expect(after.headers.get('x-hubspot-ratelimit-daily-remaining')).not.toBeNull();
    expect(after.headers.get('x-hubspot-ratelimit-max')).toBeNull();
    await portal.sandbox.close();
  });

  test('requests are counted by kind, refused ones too', async () => {
    const portal = await stillPortal('pro');
    await burn(portal, 6, 'POST', '/crm/objects/2026-09/0-1/search', {});
    await portal.call('GET', '/nowhere');
    expect(portal.sandbox.requests).toEqual({ total: 7, byKind: { 'contacts.search': 6, unknown: 1 } });
    await portal.sandbox.close();
  });
});
