import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org, type Reply } from './harness.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
let org: Org;
beforeAll(async () => {
  org = await Org.start({ certificate: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString() });
});
afterAll(() => org.close());

const token = (form: Record<string, string>): Promise<Reply> =>
  org.raw('POST', '/services/oauth2/token', new URLSearchParams(form).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
  });
const client = () => ({
  client_id: org.sandbox.credentials.clientId,
  client_secret: org.sandbox.credentials.clientSecret,
});

async function authorize(extra: Record<string, string> = {}): Promise<URL> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client().client_id,
    redirect_uri: 'http://localhost:1717/cb',
    ...extra,
  });
  const reply = await org.raw('GET', `/services/oauth2/authorize?${query}`);
  expect(reply.status).toBe(302);
  return new URL(reply.headers.get('location') ?? '');
}

describe('authorization code', () => {
  const exchange = (code: string, extra: Record<string, string> = {}) =>
    token({ grant_type: 'authorization_code', code, redirect_uri: 'http://localhost:1717/cb', ...client(), ...extra });

  test('the redirect carries code and state, the code gives a session and a refresh token, once', async () => {
    const location = await authorize({ state: 's 1' });
    expect(location.searchParams.get('state')).toBe('s 1');
    const code = location.searchParams.get('code') ?? '';
    const reply = await exchange(code);
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.body)).toEqual(
      expect.arrayContaining([
        'access_token',
        'refresh_token',
        'instance_url',
        'id',
        'token_type',
        'issued_at',
        'signature',
      ]),
    );
    expect((await exchange(code)).body).toMatchObject({ error: 'invalid_grant' });
  });

  test('PKCE: only the right verifier is taken', async () => {
    const verifier = 'v'.repeat(64);
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const code = async () =>
      (await authorize({ code_challenge, code_challenge_method: 'S256' })).searchParams.get('code') ?? '';
    expect((await exchange(await code(), { code_verifier: 'wrong' })).body.error_description).toBe(
      'invalid code verifier',
    );
    expect((await exchange(await code())).body.error).toBe('invalid_grant');
    expect((await exchange(await code(), { code_verifier: verifier })).status).toBe(200);
  });

  test('an unknown client is refused', async () => {
    const reply = await org.raw(
      'GET',
      '/services/oauth2/authorize?response_type=code&client_id=no&redirect_uri=http://x',
    );
    expect(reply.status).toBe(400);
    expect(reply.body.error).toBe('invalid_client_id');
  });
});

describe('refresh token', () => {
  test('each refresh gives a new token and the old one is spent', async () => {
    const { refreshToken } = org.sandbox.credentials;
    const first = await token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...client() });
    expect(first.status).toBe(200);
    expect(first.body.refresh_token).not.toBe(refreshToken);
    const again = await token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...client() });
    expect(again).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'expired access/refresh token' },
    });
    const next = await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token, ...client() });
    expect(next.status).toBe(200);
  });

  test('a wrong secret does not spend the token', async () => {
    const [issued] = [
      (
        await token({
          grant_type: 'authorization_code',
          code: (await authorize()).searchParams.get('code') ?? '',
          redirect_uri: 'http://localhost:1717/cb',
          ...client(),
        })
      ).body,
    ];
    const wrong = await token({
      grant_type: 'refresh_token',
      refresh_token: issued.refresh_token,
      ...client(),
      client_secret: 'no',
    });
    expect(wrong.body.error).toBe('invalid_client');
    expect(
      (await token({ grant_type: 'refresh_token', refresh_token: issued.refresh_token, ...client() })).status,
    ).toBe(200);
  });
});

describe('other grants', () => {
  const assertion = (claims: Record<string, unknown>, key = keys.privateKey) => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'RS256' })}.${part({
      iss: client().client_id,
      sub: 'integ@vendor.example',
      aud: 'https://login.salesforce.com',
      exp: Math.floor(org.clock.now() / 1000) + 120,
      ...claims,
    })}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
  };
  const jwt = (text: string) => token({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: text });

  test('a JWT signed with the registered key gives a session without a refresh token', async () => {
    const reply = await jwt(assertion({}));
    expect(reply.status).toBe(200);
    expect(reply.body.refresh_token).toBeUndefined();
  });

  test('a JWT with another key, audience, user or a past expiry is refused', async () => {
    for (const bad of [
      assertion({}, other.privateKey),
      assertion({ aud: 'https://example.com' }),
      assertion({ sub: 'nobody@vendor.example' }),
      assertion({ exp: 1 }),
      'not.a.jwt',
    ]) {
      const reply = await jwt(bad);
      expect(reply.status).toBe(400);
      expect(reply.body.error).toBe('invalid_grant');
    }
  });

  test('client credentials give a session of the integration user', async () => {
    const reply = await token({ grant_type: 'client_credentials', ...client() });
    expect(reply.status).toBe(200);
    const info = await org.raw('GET', '/services/oauth2/userinfo', undefined, {
      authorization: `Bearer ${reply.body.access_token}`,
    });
    expect(info.body).toMatchObject({
      preferred_username: 'integ@vendor.example',
      organization_id: expect.stringMatching(/^00D/),
    });
    const identity = await org.raw('GET', new URL(reply.body.id).pathname, undefined, {
      authorization: `Bearer ${reply.body.access_token}`,
    });
    expect(identity.body.user_id).toBe(info.body.user_id);
  });

  test('an unknown grant type is named', async () => {
    expect((await token({ grant_type: 'magic', ...client() })).body.error).toBe('unsupported_grant_type');
  });
});

describe('sessions', () => {
  test('end by the sandbox clock and by revocation', async () => {
    const own = await Org.start({ sessionMs: 60_000 });
    expect((await own.call('GET', '/limits')).status).toBe(200);
    own.clock.advance(60_001);
    const late = await own.call('GET', '/limits');
    expect(late).toMatchObject({
      status: 401,
      body: [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }],
    });
    await own.close();
    const { body } = await token({ grant_type: 'client_credentials', ...client() });
    await org.raw('POST', '/services/oauth2/revoke', `token=${encodeURIComponent(body.access_token)}`, {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect((await org.call('GET', '/limits', undefined, { authorization: `Bearer ${body.access_token}` })).status).toBe(
      401,
    );
  });

  test('a missing token and a foreign scheme are told apart', async () => {
    expect((await org.raw('GET', '/services/data/v68.0/limits')).body[0].errorCode).toBe('INVALID_SESSION_ID');
    const basic = await org.call('GET', '/limits', undefined, { authorization: 'Basic YTpi' });
    expect(basic).toMatchObject({
      status: 401,
      body: [{ errorCode: 'INVALID_AUTH_HEADER', message: 'INVALID_HEADER_TYPE' }],
    });
  });
});
