import { HubSpotError } from './errors.ts';
import { optionalText, text } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';
import { grantError } from './tokens.ts';

const DEFAULT_SCOPES = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.companies.read',
  'crm.objects.companies.write',
  'crm.objects.deals.read',
  'crm.objects.deals.write',
  'crm.objects.line_items.read',
  'crm.objects.line_items.write',
  'crm.objects.leads.read',
  'crm.objects.leads.write',
  'crm.objects.owners.read',
  'crm.schemas.contacts.read',
  'crm.schemas.contacts.write',
  'crm.schemas.companies.read',
  'crm.schemas.companies.write',
  'crm.schemas.deals.read',
  'crm.schemas.deals.write',
  'marketing.campaigns.read',
  'marketing.campaigns.write',
  'marketing.campaigns.revenue.read',
];

const USER = 'admin@vendor.example';

function checkClient(context: Context): void {
  const { tokens } = context.portal;
  if (optionalText(context.body, 'client_id') !== tokens.clientId) {
    throw grantError('BAD_CLIENT_ID', 'missing or unknown client id', 'invalid_client');
  }
  if (optionalText(context.body, 'client_secret') !== tokens.clientSecret) {
    throw grantError('BAD_CLIENT_SECRET', 'missing or invalid client secret', 'invalid_client');
  }
}

function token(context: Context): Reply {
  const { tokens, hubId, userId } = context.portal;
  const { body } = context;
  const grant = optionalText(body, 'grant_type');
  if (grant !== 'authorization_code' && grant !== 'refresh_token') {
    throw grantError('BAD_GRANT_TYPE', 'missing or unknown grant type', 'unsupported_grant_type');
  }
  checkClient(context);
  const refreshToken =
    grant === 'refresh_token'
      ? tokens.successor(optionalText(body, 'refresh_token') ?? '')
      : tokens.redeem(optionalText(body, 'code') ?? '', optionalText(body, 'redirect_uri') ?? '');
  const issued = tokens.issue(refreshToken);
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      token_type: 'bearer',
      refresh_token: refreshToken,
      access_token: issued.token,
      expires_in: 1800,
      hub_id: hubId,
      ...(context.version === 'v1'
        ? {}
        : { scopes: tokens.scopes ?? DEFAULT_SCOPES, token_use: 'access_token', user_id: userId }),
    },
  };
}

function authorize(context: Context): Reply {
  const { tokens } = context.portal;
  const redirect = context.query.get('redirect_uri') ?? '';
  if (context.query.get('client_id') !== tokens.clientId)
    throw new HubSpotError(400, 'missing or unknown client id', { extra: { status: 'BAD_CLIENT_ID' } });
  if (!URL.canParse(redirect))
    throw new HubSpotError(400, 'missing or invalid redirect URI', { extra: { status: 'BAD_REDIRECT_URI' } });
  const target = new URL(redirect);
  target.searchParams.set('code', tokens.newCode(redirect));
  const state = context.query.get('state');
  if (state !== null) target.searchParams.set('state', state);
  return { status: 302, headers: { location: target.href } };
}

function describeAccess(context: Context, name: string): Record<string, unknown> | null {
  const { portal } = context;
  const known = portal.tokens.access(name);
  const left = known === undefined ? 0 : Math.floor((known.expiresAt - portal.clock.now()) / 1000);
  if (known === undefined || left <= 0) return null;
  return {
    token: known.token,
    user: USER,
    hub_domain: 'vendor.example',
    scopes: portal.tokens.scopes ?? DEFAULT_SCOPES,
    hub_id: portal.hubId,
    app_id: portal.appId,
    expires_in: left,
    user_id: portal.userId,
    token_type: 'access',
  };
}

function describeRefresh(context: Context, name: string): Record<string, unknown> | null {
  const { portal } = context;
  if (!portal.tokens.isRefreshToken(name)) return null;
  return {
    token: name,
    user: USER,
    hub_domain: 'vendor.example',
    scopes: portal.tokens.scopes ?? DEFAULT_SCOPES,
    hub_id: portal.hubId,
    client_id: portal.tokens.clientId,
    user_id: portal.userId,
    token_type: 'refresh',
  };
}

function info(describe: typeof describeAccess, what: string): (context: Context) => Reply {
  return (context) => {
    const shown = describe(context, context.params.token ?? '');
    if (shown === null)
      throw new HubSpotError(404, `${what} token is unknown or expired`, { category: 'OBJECT_NOT_FOUND' });
    return { status: 200, body: shown };
  };
}

function introspect(context: Context): Reply {
  checkClient(context);
  const name = text(context.body, 'token');
  const shown = describeAccess(context, name) ?? describeRefresh(context, name);
  return { status: 200, body: shown === null ? { active: false } : { active: true, ...shown } };
}

function revoke(context: Context): Reply {
  checkClient(context);
  context.portal.tokens.revoke(text(context.body, 'token'));
  return { status: 200, body: {} };
}

/** What a service key may do: {tokenKey} in a JSON body. */
function keyInfo(context: Context): Reply {
  const { portal } = context;
  if (text(context.body, 'tokenKey') !== portal.tokens.serviceKey)
    throw new HubSpotError(404, 'unknown token', { category: 'OBJECT_NOT_FOUND' });
  const { hubId, userId, appId, tokens } = portal;
  return { status: 200, body: { userId, hubId, appId, scopes: tokens.scopes ?? DEFAULT_SCOPES, isUserLevel: false } };
}

const OPEN = { auth: false, limit: 'none' } as const;

export const oauthRoutes: readonly Route[] = [
  route('POST oauth/token', { kind: 'oauth.token', input: 'form', ...OPEN }, token),
  route('POST oauth/token/introspect', { kind: 'oauth.introspect', input: 'form', ...OPEN }, introspect),
  route('POST oauth/token/revoke', { kind: 'oauth.revoke', input: 'form', ...OPEN }, revoke),
  route('GET oauth/access-tokens/:token', { kind: 'oauth.accessToken', ...OPEN }, info(describeAccess, 'access')),
  route('GET oauth/refresh-tokens/:token', { kind: 'oauth.refreshToken', ...OPEN }, info(describeRefresh, 'refresh')),
  route('DELETE oauth/refresh-tokens/:token', { kind: 'oauth.revoke', ...OPEN }, (context) => {
    context.portal.tokens.revoke(context.params.token ?? '');
    return { status: 204 };
  }),
  route('POST oauth/private-apps/get/access-token-info', { kind: 'oauth.keyInfo', ...OPEN }, keyInfo),
  route('GET authorize/authorize', { kind: 'oauth.authorize', ...OPEN }, authorize),
  route('GET authorize/:hub/authorize', { kind: 'oauth.authorize', ...OPEN }, authorize),
];
