import { SalesforceError } from '../errors.ts';
import { showDatetime } from '../format.ts';
import type { Org } from '../org/org.ts';
import { personName } from '../schema/define.ts';
import { type Authority, OAuthError } from './authority.ts';

/** An answer outside the REST API proper. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface OAuthRequest {
  readonly method: string;
  /** What follows /services/oauth2/. */
  readonly resource: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

/** Answers /services/oauth2/... */
export function oauth(org: Org, authority: Authority, request: OAuthRequest): Answer {
  try {
    switch (request.resource) {
      case 'authorize':
        return authorize(
          org,
          authority,
          request.method === 'POST' && request.form.size > 0 ? request.form : request.query,
        );
      case 'token':
        if (request.method !== 'POST')
          return { status: 405, body: { error: 'invalid_request', error_description: 'must use HTTP POST' } };
        return { status: 200, body: authority.grant(withBasic(request)), headers: { 'cache-control': 'no-store' } };
      case 'revoke':
        authority.revoke(request.form.get('token') ?? request.query.get('token') ?? '');
        return { status: 200 };
      case 'userinfo':
        return userinfo(org, authority, request.authorization);
      default:
        throw new SalesforceError(404, 'NOT_FOUND', 'The requested resource does not exist');
    }
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return {
      status: 400,
      body: { error: error.error, error_description: error.message },
      headers: { 'cache-control': 'no-store' },
    };
  }
}

/** The form with the client's credentials from HTTP basic authentication, where they came that way. */
function withBasic(request: OAuthRequest): URLSearchParams {
  const basic = /^Basic\s+(\S+)$/i.exec(request.authorization ?? '')?.[1];
  if (basic === undefined || request.form.has('client_id')) return request.form;
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':');
  const form = new URLSearchParams(request.form);
  form.set('client_id', decodeURIComponent(id));
  form.set('client_secret', decodeURIComponent(secret));
  return form;
}

/** The page where a person would log in and allow the application: the sandbox allows at once, as the admin. */
function authorize(org: Org, authority: Authority, query: URLSearchParams): Answer {
  const redirectUri = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== authority.clientId)
    throw new OAuthError('invalid_client_id', 'client identifier invalid');
  if (!URL.canParse(redirectUri))
    throw new OAuthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
  const target = new URL(redirectUri);
  const state = query.get('state');
  if (query.get('response_type') !== 'code') {
    target.searchParams.set('error', 'unsupported_response_type');
    target.searchParams.set('error_description', 'response type must be code');
  } else {
    const method = query.get('code_challenge_method');
    if (method !== null && method !== 'S256')
      throw new OAuthError('invalid_request', 'code_challenge_method must be S256');
    let userId = '';
    for (const user of org.all('User')) if (user.Alias === 'integ') userId = user.Id;
    target.searchParams.set('code', authority.issueCode(userId, redirectUri, query.get('code_challenge')));
  }
  if (state !== null) target.searchParams.set('state', state);
  return { status: 302, headers: { location: target.href } };
}

function userinfo(org: Org, authority: Authority, authorization: string | undefined): Answer {
  const userId = authority.userOf(bearer(authorization) ?? '');
  const user = userId === undefined ? undefined : org.row(userId)?.row;
  if (!user) return { status: 403, body: 'Bad_OAuth_Token' };
  const sub = `${authority.instanceUrl}/id/${org.id}/${user.Id}`;
  return {
    status: 200,
    body: {
      sub,
      user_id: user.Id,
      organization_id: org.id,
      preferred_username: user.Username,
      nickname: user.Alias,
      name: personName(user),
      email: user.Email,
      email_verified: true,
      given_name: user.FirstName ?? null,
      family_name: user.LastName,
      zoneinfo: user.TimeZoneSidKey,
      photos: {},
      profile: `${authority.instanceUrl}/${user.Id}`,
      picture: null,
      address: {},
      is_app_installed: true,
      urls: urls(authority.instanceUrl, user.Id),
      active: user.IsActive,
      user_type: 'STANDARD',
      language: user.LanguageLocaleKey,
      locale: user.LocaleSidKey,
      utcOffset: 0,
      updated_at: showDatetime(Number(user.SystemModstamp)),
    },
  };
}

/** Answers /id/<org>/<user>. */
export function identity(org: Org, authority: Authority, path: readonly string[], token: string | undefined): Answer {
  const caller = authority.userOf(token ?? '');
  if (caller === undefined) return { status: 403, body: 'Bad_OAuth_Token' };
  const user = org.row(path[1] ?? '')?.row;
  if (path[0] !== org.id || !user) return { status: 404, body: 'Wrong_Org' };
  return {
    status: 200,
    body: {
      id: `${authority.instanceUrl}/id/${org.id}/${user.Id}`,
      asserted_user: user.Id === caller,
      user_id: user.Id,
      organization_id: org.id,
      username: user.Username,
      nick_name: user.Alias,
      display_name: personName(user),
      email: user.Email,
      email_verified: true,
      first_name: user.FirstName ?? null,
      last_name: user.LastName,
      timezone: user.TimeZoneSidKey,
      photos: {},
      addr_street: null,
      mobile_phone: null,
      status: { created_date: null, body: null },
      urls: urls(authority.instanceUrl, user.Id),
      active: user.IsActive,
      user_type: 'STANDARD',
      language: user.LanguageLocaleKey,
      locale: user.LocaleSidKey,
      utcOffset: 0,
      last_modified_date: showDatetime(Number(user.LastModifiedDate)),
      is_app_installed: true,
    },
  };
}

function urls(instance: string, userId: string): Record<string, string> {
  const rest = `${instance}/services/data/v{version}/`;
  return {
    enterprise: `${instance}/services/Soap/c/{version}/`,
    metadata: `${instance}/services/Soap/m/{version}/`,
    partner: `${instance}/services/Soap/u/{version}/`,
    rest,
    sobjects: `${rest}sobjects/`,
    search: `${rest}search/`,
    query: `${rest}query/`,
    recent: `${rest}recent/`,
    tooling_soap: `${instance}/services/Soap/T/{version}/`,
    tooling_rest: `${rest}tooling/`,
    profile: `${instance}/${userId}`,
  };
}

/** The token of an Authorization header, undefined where there is none or it is of another scheme. */
export function bearer(authorization: string | undefined): string | undefined {
  return /^(?:Bearer|OAuth)\s+(\S+)$/i.exec(authorization ?? '')?.[1];
}
