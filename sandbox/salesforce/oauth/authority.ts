/** Issues and checks tokens: sessions, refresh tokens that rotate, authorization codes, JWT assertions. */
import { createHash, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { SandboxClock } from '../../core/clock.ts';
import { shortId } from '../ids.ts';
import type { Org } from '../org/org.ts';

/** An OAuth error answer: 400 {error, error_description}. */
export class OAuthError extends Error {
  readonly error: string;

  constructor(error: string, description: string) {
    super(description);
    this.error = error;
  }
}

interface TokenResponse {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly signature: string;
  readonly scope: string;
  readonly instance_url: string;
  readonly id: string;
  readonly token_type: 'Bearer';
  readonly issued_at: string;
}

interface Code {
  readonly userId: string;
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly expires: number;
}

const CODE_LIFE = 15 * 60_000;
const MAX_ASSERTION_LIFE = 5 * 60_000;
const CLOCK_SKEW = 3 * 60_000;

export class Authority {
  readonly clientId: string;
  readonly clientSecret: string;
  instanceUrl = '';
  readonly #org: Org;
  readonly #clock: SandboxClock;
  readonly #sessionMs: number;
  readonly #seed: number;
  readonly #sessions = new Map<string, { userId: string; expires: number; refreshToken: string | null }>();
  readonly #refreshTokens = new Map<string, { userId: string; secretless: boolean }>();
  readonly #codes = new Map<string, Code>();
  #certificate: string | null = null;
  #issued = 0;

  constructor(org: Org, options: { clock: SandboxClock; sessionMs: number; seed: number; certificate?: string }) {
    this.#org = org;
    this.#clock = options.clock;
    this.#sessionMs = options.sessionMs;
    this.#seed = options.seed;
    this.clientId = `3MVG9${this.#secret('client id', 80)}`;
    this.clientSecret = this.#secret('client secret', 64).toUpperCase();
    if (options.certificate !== undefined) this.registerCertificate(options.certificate);
  }

  /** Takes a PEM certificate or public key; assertions signed with its key are accepted from now on. */
  registerCertificate(pem: string): void {
    createPublicKey(pem);
    this.#certificate = pem;
  }

  /** The user of a live session, undefined where the token is unknown or too old. */
  userOf(token: string): string | undefined {
    const session = this.#sessions.get(token);
    if (!session) return undefined;
    if (session.expires > this.#clock.now()) return session.userId;
    this.#sessions.delete(token);
    return undefined;
  }

  /** A code for the user, to be exchanged at the token address. @param challenge of PKCE, S256 */
  issueCode(userId: string, redirectUri: string, challenge: string | null): string {
    const code = `aPrx${this.#token(60)}`;
    this.#codes.set(code, { userId, redirectUri, challenge, expires: this.#clock.now() + CODE_LIFE });
    return code;
  }

  /** A session with a refresh token, without any dance. */
  issue(userId: string, secretless = false): TokenResponse {
    const refreshToken = `5Aep861${this.#token(80)}`;
    this.#refreshTokens.set(refreshToken, { userId, secretless });
    return { ...this.#session(userId, refreshToken), refresh_token: refreshToken };
  }

  /** Answers POST /services/oauth2/token.  @throws OAuthError */
  grant(form: URLSearchParams): TokenResponse {
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#exchange(form);
      case 'refresh_token':
        return this.#refresh(form);
      case 'client_credentials':
        this.#client(form, true);
        return this.#session(this.#integrationUser(), null);
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        return this.#session(this.#assertion(form.get('assertion') ?? ''), null);
      case 'password':
        throw new OAuthError('invalid_grant', 'authentication failure');
      default:
        throw new OAuthError('unsupported_grant_type', 'grant type not supported');
    }
  }

  /** Ends a session, or a refresh token with its sessions.  @throws OAuthError where there is no such token */
  revoke(token: string): void {
    if (this.#sessions.delete(token)) return;
    if (!this.#refreshTokens.delete(token)) throw new OAuthError('invalid_token', 'invalid token: ');
    for (const [key, session] of this.#sessions) if (session.refreshToken === token) this.#sessions.delete(key);
  }

  #exchange(form: URLSearchParams): TokenResponse {
    const text = form.get('code') ?? '';
    const code = this.#codes.get(text);
    const verifier = form.get('code_verifier');
    const secretless = !form.has('client_secret') && code?.challenge != null;
    this.#client(form, !secretless);
    this.#codes.delete(text);
    if (!code) throw new OAuthError('invalid_grant', 'invalid authorization code');
    if (code.expires <= this.#clock.now()) throw new OAuthError('invalid_grant', 'expired authorization code');
    if (form.get('redirect_uri') !== code.redirectUri) {
      throw new OAuthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
    }
    if (code.challenge !== null) {
      if (!verifier) throw new OAuthError('invalid_grant', 'code verifier required');
      if (createHash('sha256').update(verifier).digest('base64url') !== code.challenge) {
        throw new OAuthError('invalid_grant', 'invalid code verifier');
      }
    }
    return this.issue(code.userId, secretless);
  }

  /** A refresh token works once: the answer carries the next one. */
  #refresh(form: URLSearchParams): TokenResponse {
    const token = form.get('refresh_token') ?? '';
    const known = this.#refreshTokens.get(token);
    this.#client(form, !known?.secretless);
    if (!known) throw new OAuthError('invalid_grant', 'expired access/refresh token');
    this.#refreshTokens.delete(token);
    return this.issue(known.userId, known.secretless);
  }

  #client(form: URLSearchParams, secretNeeded: boolean): void {
    if (form.get('client_id') !== this.clientId) throw new OAuthError('invalid_client_id', 'client identifier invalid');
    const secret = form.get('client_secret');
    if (secret === null && !secretNeeded) return;
    if (!equal(secret ?? '', this.clientSecret)) throw new OAuthError('invalid_client', 'invalid client credentials');
  }

  /** The user whom a signed assertion names. */
  #assertion(text: string): string {
    const [head = '', body = '', signature = ''] = text.split('.');
    const invalid = (why: string) => new OAuthError('invalid_grant', why);
    const header = decode(head);
    const claims = decode(body);
    if (!header || !claims || header.alg !== 'RS256') throw invalid('invalid assertion');
    if (claims.iss !== this.clientId) throw new OAuthError('invalid_client_id', 'client identifier invalid');
    if (this.#certificate === null)
      throw new OAuthError('invalid_app_access', 'the application has no certificate registered');
    const signed = verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${body}`),
      createPublicKey(this.#certificate),
      Buffer.from(signature, 'base64url'),
    );
    if (!signed) throw invalid('invalid assertion');
    const audiences = ['https://login.salesforce.com', 'https://test.salesforce.com', this.instanceUrl];
    if (!audiences.includes(String(claims.aud).replace(/\/(services\/oauth2\/token)?$/, '')))
      throw invalid('audience is invalid');
    const expires = Number(claims.exp) * 1000;
    const now = this.#clock.now();
    if (!(expires > now - CLOCK_SKEW)) throw invalid('expired assertion');
    if (expires > now + MAX_ASSERTION_LIFE + CLOCK_SKEW) throw invalid('assertion expires too late');
    for (const user of this.#org.all('User')) {
      if (String(user.Username).toLowerCase() === String(claims.sub).toLowerCase() && user.IsActive === true)
        return user.Id;
    }
    throw invalid("user hasn't approved this consumer");
  }

  #integrationUser(): string {
    for (const user of this.#org.all('User')) if (user.Alias === 'integ') return user.Id;
    throw new OAuthError('invalid_grant', 'no client credentials user enabled');
  }

  #session(userId: string, refreshToken: string | null): TokenResponse {
    const accessToken = `${shortId(this.#org.id)}!AQ${this.#token(90)}`;
    const issuedAt = this.#clock.now();
    for (const [key, session] of this.#sessions) {
      if (session.expires > issuedAt) break;
      this.#sessions.delete(key);
    }
    this.#sessions.set(accessToken, { userId, expires: issuedAt + this.#sessionMs, refreshToken });
    const id = `${this.instanceUrl}/id/${this.#org.id}/${userId}`;
    return {
      access_token: accessToken,
      signature: createHash('sha256').update(`${this.clientSecret}${id}${issuedAt}`).digest('base64'),
      scope: 'refresh_token id api',
      instance_url: this.instanceUrl,
      id,
      token_type: 'Bearer',
      issued_at: String(issuedAt),
    };
  }

  #token(length: number): string {
    this.#issued += 1;
    return this.#secret(`token ${this.#issued}`, length);
  }

  /** Letters and digits that depend on the seed and the purpose alone, so that a run can be repeated. */
  #secret(purpose: string, length: number): string {
    let text = '';
    for (let i = 0; text.length < length; i++) {
      text += createHash('sha256')
        .update(`${this.#seed}/${purpose}/${i}`)
        .digest('base64')
        .replace(/[^A-Za-z0-9]/g, '');
    }
    return text.slice(0, length);
  }
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
