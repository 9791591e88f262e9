import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OAuth2, TokenResponse } from 'jsforce';
import { ConnectorError, type Tokens } from '../connector.ts';
import { CallFailure, parseApiError } from './failure.ts';
import type { LiveTokens } from './session.ts';
import { isSalesforceUrl, type SalesforceSettings } from './settings.ts';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed assertion for the JWT bearer flow (RS256), good for three minutes. @param now epoch milliseconds */
function signAssertion(
  claims: { readonly clientId: string; readonly username: string; readonly audience: string },
  privateKey: string,
  now: number,
): string {
  const head = base64url({ alg: 'RS256', typ: 'JWT' });
  const exp = Math.floor(now / 1000) + 180;
  const text = `${head}.${base64url({ iss: claims.clientId, sub: claims.username, aud: claims.audience, exp })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
}

/** Salesforce wants its login host as the audience, not the org's own address. */
function audienceFor(settings: SalesforceSettings): string {
  if (settings.sandbox) return settings.url;
  const { hostname } = new URL(settings.url);
  return hostname === 'test.salesforce.com' || hostname.includes('.sandbox.')
    ? 'https://test.salesforce.com'
    : 'https://login.salesforce.com';
}

async function request(settings: SalesforceSettings, oauth: OAuth2, refreshToken: string | undefined, now: number) {
  const { auth } = settings;
  switch (auth.type) {
    case 'refresh_token':
      return oauth.refreshToken(refreshToken ?? auth.refreshToken);
    case 'client_credentials':
      return oauth.requestToken({ grant_type: 'client_credentials' });
    case 'jwt': {
      const key = auth.privateKey ?? (await readFile(auth.privateKeyFile ?? '', 'utf8'));
      const audience = auth.audience ?? audienceFor(settings);
      const claims = { clientId: auth.clientId, username: auth.username, audience };
      return oauth.requestToken({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: signAssertion(claims, key, now),
      });
    }
  }
}

/**
 * Asks Salesforce for an access token the way the settings say.
 *
 * The stored refresh token goes first, as it may be a rotated one; where it was revoked and the settings name another
 * (the app was authorised anew), that one is tried. Token answers carry no `expires_in`, so that the end of the
 * session is reckoned from `issued_at` and the org's session length.
 */
export async function requestTokens(
  settings: SalesforceSettings,
  connection: string,
  oauth: OAuth2,
  stored: Tokens | null,
  now: number,
): Promise<LiveTokens> {
  const configured = settings.auth.type === 'refresh_token' ? settings.auth.refreshToken : undefined;
  let used = configured === undefined ? undefined : (stored?.refreshToken ?? configured);
  let answer: TokenResponse;
  try {
    answer = await request(settings, oauth, used, now);
  } catch (error) {
    if (used === configured || !isRefused(error)) throw error;
    used = configured;
    answer = await request(settings, oauth, used, now);
  }
  if (typeof answer?.access_token !== 'string') {
    throw new CallFailure({ kind: 'unusable', why: 'the token answer is not the JSON document it should be' });
  }
  const rotated = answer.refresh_token ?? used;
  const issuedAt = Number((answer as { issued_at?: string }).issued_at ?? now);
  return {
    accessToken: answer.access_token,
    ...(rotated === undefined ? {} : { refreshToken: rotated }),
    instanceUrl: trustedInstance(settings, connection, answer.instance_url),
    expiresAt: new Date(issuedAt + settings.sessionMinutes * 60_000).toISOString(),
  };
}

/** True where the authorisation server says that the grant itself is void (RFC 6749, 5.2). */
export function isRefused(error: unknown): boolean {
  if (!(error instanceof CallFailure) || error.failure.kind !== 'answer') return false;
  const { status, body } = error.failure;
  if (status !== 400 && status !== 401) return false;
  return parseApiError(status, body).code.startsWith('invalid_') || status === 401;
}

function trustedInstance(settings: SalesforceSettings, connection: string, url: string | undefined): string {
  if (url === undefined || url === '') return settings.url;
  if (settings.sandbox || isSalesforceUrl(url)) return url.replace(/\/+$/, '');
  throw new ConnectorError(`Salesforce connection "${connection}": the token answer points outside Salesforce`, {
    action: 'stop',
    connection,
    code: 'UNTRUSTED_INSTANCE',
    hint: "Check the connection's url: no token is sent to an address outside Salesforce's own domains.",
  });
}
