import type { SandboxClock } from '../core/clock.ts';
import { HubSpotError } from './errors.ts';
import type { Random } from './random.ts';
import { iso } from './times.ts';

const TOKEN_LIFE_MS = 1_800_000;
const CODE_LIFE_MS = 600_000;

/** Whose calls share a rate window: one service key, or all OAuth calls of the account. */
export interface Bearer {
  readonly kind: 'key' | 'oauth';
  readonly scopes: readonly string[] | null;
}

interface Code {
  readonly redirectUri: string;
  readonly expiresAt: number;
}

export interface AccessToken {
  readonly token: string;
  readonly refreshToken: string;
  readonly expiresAt: number;
}

const DOCUMENTATION =
  'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview';

/** The keys, codes and tokens of the one app that is installed in the portal. */
export class Tokens {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly serviceKey: string;
  /** The key of the developer account that owns the app (`hapikey`): it manages webhooks, not records. */
  readonly developerKey: string;
  readonly scopes: readonly string[] | null;
  readonly #random: Random;
  readonly #clock: SandboxClock;
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, AccessToken>();
  readonly #refresh = new Set<string>();
  readonly #lasting = new Set<string>();

  readonly #rotates: boolean;

  constructor(random: Random, clock: SandboxClock, scopes: readonly string[] | null, rotates: boolean) {
    this.#rotates = rotates;
    this.#random = random;
    this.#clock = clock;
    this.scopes = scopes;
    this.clientId = random.uuid();
    this.clientSecret = random.uuid();
    this.serviceKey = `pat-na1-${random.uuid()}`;
    this.developerKey = this.serviceKey.replace('pat-na1-', 'd0');
  }

  newCode(redirectUri: string): string {
    const code = this.#random.uuid();
    this.#codes.set(code, { redirectUri, expiresAt: this.#clock.now() + CODE_LIFE_MS });
    return code;
  }

  /** Trades a code, once, for a refresh token. Throws the vendor's BAD_AUTH_CODE and its kin. */
  redeem(code: string, redirectUri: string): string {
    const known = this.#codes.get(code);
    if (known === undefined) throw grantError('BAD_AUTH_CODE', 'missing or unknown auth code');
    if (known.expiresAt <= this.#clock.now()) throw grantError('EXPIRED_AUTH_CODE', 'auth code is expired');
    if (known.redirectUri !== redirectUri)
      throw grantError('REDIRECT_URI_MISMATCH', 'redirect URI does not match the auth code');
    this.#codes.delete(code);
    return this.newRefreshToken();
  }

  newRefreshToken(): string {
    const token = `na1-${this.#random.hex(4)}-${this.#random.uuid()}`;
    this.#refresh.add(token);
    return token;
  }

  isRefreshToken(token: string): boolean {
    return this.#refresh.has(token);
  }

  revoke(token: string): void {
    this.#refresh.delete(token);
    this.#access.delete(token);
  }

  /** The refresh token that follows one that was used: the same, unless the app's tokens rotate. */
  successor(used: string): string {
    if (!this.#rotates || !this.#refresh.has(used)) return used;
    this.#refresh.delete(used);
    // Access tokens given for the old one live on to their end.
    this.#lasting.add(used);
    return this.newRefreshToken();
  }

  /** A new access token of 1,800 seconds. */
  issue(refreshToken: string): AccessToken {
    if (!this.#refresh.has(refreshToken)) throw grantError('BAD_REFRESH_TOKEN', 'missing or invalid refresh token');
    const token = `CN${this.#random.hex(70)}`;
    const issued = { token, refreshToken, expiresAt: this.#clock.now() + TOKEN_LIFE_MS };
    this.#access.set(token, issued);
    return issued;
  }

  access(token: string): AccessToken | undefined {
    return this.#access.get(token);
  }

  /** Who a request speaks for. Throws the vendor's 401 bodies. */
  authenticate(header: string | undefined): Bearer {
    const token = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
    if (token === this.serviceKey) return { kind: 'key', scopes: this.scopes };
    const known = token === undefined ? undefined : this.#access.get(token);
    const stands =
      known !== undefined && (this.#refresh.has(known.refreshToken) || this.#lasting.has(known.refreshToken));
    if (!stands) {
      throw new HubSpotError(401, DOCUMENTATION, { category: 'INVALID_AUTHENTICATION' });
    }
    const late = this.#clock.now() - known.expiresAt;
    if (late < 0) return { kind: 'oauth', scopes: this.scopes };
    throw new HubSpotError(
      401,
      `The OAuth token used to make this call expired ${Math.floor(late / 1000)} second(s) ago.`,
      {
        category: 'EXPIRED_AUTHENTICATION',
        context: { 'expire time': [iso(known.expiresAt)] },
      },
    );
  }
}

/** The token endpoint's error: {status: code, message, error, error_description, correlationId}. */
export function grantError(code: string, message: string, error = 'invalid_grant'): HubSpotError {
  return new HubSpotError(400, message, { extra: { status: code, error, error_description: message } });
}
