import { MarketHttpError, Sender } from './http.ts';

interface Tokens {
  readonly url: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** New tokens in the place of those that the market's history has let expire. */
export function freshSalesforceTokens<T extends Tokens>(credentials: T): Promise<T> {
  return refresh(credentials, '/services/oauth2/token');
}

/** New tokens in the place of those that the market's history has let expire. */
export function freshHubspotTokens<T extends Tokens>(credentials: T): Promise<T> {
  return refresh(credentials, '/oauth/v1/token');
}

async function refresh<T extends Tokens>(credentials: T, path: string): Promise<T> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret,
    refresh_token: credentials.refreshToken,
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await new Sender(credentials.url).send('POST', path, headers, form.toString());
  if (answer.status !== 200) throw new MarketHttpError(`token ${path}`, answer.status, answer.text);
  const tokens = JSON.parse(answer.text) as { access_token: string; refresh_token?: string };
  return {
    ...credentials,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? credentials.refreshToken,
  };
}
