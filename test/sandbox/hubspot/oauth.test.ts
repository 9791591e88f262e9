import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPortal, sendForm, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal.sandbox.close());

const refreshForm = (): Record<string, string> => {
  const { clientId, clientSecret, refreshToken } = portal.sandbox.credentials;
  return { grant_type: 'refresh_token', client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken };
};

describe('OAuth', () => {
  test.each(['/oauth/v1/token', '/oauth/v3/token', '/oauth/2026-03/token', '/oauth/2026-09/token'])(
    'a refresh token buys an access token at %s and stays the same',
    async (path) => {
      const { status, body } = await sendForm(portal.sandbox.url + path, refreshForm());
      expect(status).toBe(200);
      expect(body).toMatchObject({
        token_type: 'bearer',
        expires_in: 1800,
        refresh_token: refreshForm().refresh_token,
      });
      expect((await portal.call('GET', '/crm/v3/objects/contacts', undefined, body.access_token)).status).toBe(200);
    },
  );

  test('an access token dies after 1,800 seconds of sandbox time, a service key does not', async () => {
    const { body } = await sendForm(`${portal.sandbox.url}/oauth/v1/token`, refreshForm());
    portal.clock.advance(1_801_000);
    const refused = await portal.call('GET', '/crm/v3/objects/contacts', undefined, body.access_token);
    expect(refused.status).toBe(401);
    expect(refused.body).toMatchObject({ status: 'error', category: 'EXPIRED_AUTHENTICATION' });
    expect(refused.body.message).toMatch(/^The OAuth token used to make this call expired \d+ second\(s\) ago\.$/);
    expect(refused.body.context['expire time']).toHaveLength(1);
    expect((await portal.call('GET', '/crm/v3/objects/contacts')).status).toBe(200);
  });

  test('an unknown token, and none, are invalid authentication', async () => {
    for (const token of ['nobody', '']) {
      const { status, body } = await portal.call('GET', '/crm/v3/objects/contacts', undefined, token);
      expect(status).toBe(401);
      expect(body.category).toBe('INVALID_AUTHENTICATION');
      expect(body.correlationId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('wrong grants are refused in the shape of the token endpoint', async () => {
    const url = `${portal.sandbox.url}/oauth/v1/token`;
    const bad = await sendForm(url, { ...refreshForm(), refresh_token: 'x' });
    expect(bad.status).toBe(400);
    expect(bad.body).toMatchObject({ error: 'invalid_grant', status: 'BAD_REFRESH_TOKEN' });
    expect(bad.body.error_description).toBe(bad.body.message);
    expect((await sendForm(url, { ...refreshForm(), client_id: 'x' })).body.status).toBe('BAD_CLIENT_ID');
    expect((await sendForm(url, { ...refreshForm(), client_secret: 'x' })).body.status).toBe('BAD_CLIENT_SECRET');
    expect((await sendForm(url, { ...refreshForm(), grant_type: 'x' })).body.status).toBe('BAD_GRANT_TYPE');
    expect((await portal.call('POST', '/oauth/v1/token', refreshForm())).status).toBe(415);
  });

  test('authorize redirects with a code that works once', async () => {
    const { clientId, clientSecret, url } = portal.sandbox.credentials;
    const redirect = 'http://127.0.0.1:9/callback';
    const response = await fetch(
      `${url}/oauth/authorize?${new URLSearchParams({ client_id: clientId, redirect_uri: redirect, scope: 'oauth', state: 's1' })}`,
      { redirect: 'manual' },
    );
    expect(response.status).toBe(302);
    const target = new URL(response.headers.get('location') ?? '');
    expect(target.searchParams.get('state')).toBe('s1');
    const form = {
      grant_type: 'authorization_code',
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uri: redirect,
      code: target.searchParams.get('code') ?? '',
    };
    const granted = await sendForm(`${url}/oauth/v1/token`, form);
    expect(granted.status).toBe(200);
    expect((await sendForm(`${url}/oauth/v1/token`, form)).body.status).toBe('BAD_AUTH_CODE');
    const info = await portal.call('GET', `/oauth/v1/access-tokens/${granted.body.access_token}`);
    expect(info.body).toMatchObject({ hub_id: portal.sandbox.portalId, token_type: 'access' });
    expect(info.body.expires_in).toBeLessThanOrEqual(1800);
  });

  test('with scopes given, a call outside them is 403 MISSING_SCOPES naming the scope', async () => {
    const small = await openPortal({ scopes: ['crm.objects.contacts.read'] });
    expect((await small.call('GET', '/crm/v3/objects/contacts')).status).toBe(200);
    const { status, body } = await small.call('GET', '/crm/v3/objects/companies');
    expect(status).toBe(403);
    expect(body.category).toBe('MISSING_SCOPES');
    expect(body.errors[0].context.requiredGranularScopes).toEqual(['crm.objects.companies.read']);
    await small.sandbox.close();
  });
});
