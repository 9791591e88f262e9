import type { Client } from '@hubspot/api-client';
import PQueue from 'p-queue';
import pRetry from 'p-retry';
import { type CallClass, ConnectorError, type ConnectorPorts, type Tokens } from '../connector.ts';
import { dayOf, nextMidnight } from './allowances.ts';
import { asConnectorError, CallFailure, judge, LostAnswer, networkFailure, type Verdict } from './failure.ts';
import { paths } from './paths.ts';
import { type LiveTokens, Session } from './session.ts';
import type { HubSpotSettings } from './settings.ts';

/** One request. */
interface Call<T> {
  readonly kind: CallClass;
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** True where sending it twice does no harm, so that a lost answer is simply asked for again. */
  readonly repeatable: boolean;
  /** True for a search, which has a rate of its own. */
  readonly search?: boolean;
  /** True for a body of the shape that was asked for. */
  readonly accept: (body: unknown) => body is T;
  /** Told with the answer when HubSpot began to make it, or earlier: epoch milliseconds by its clock; null where it does not say. */
  readonly onServed?: (at: number | null) => void;
}

type HttpOptions = NonNullable<Parameters<Client['apiRequest']>[0]>;

const RETRIES = 4;
const LONGEST_PAUSE_MS = 30_000;
/** A longer pause than this is the caller's to make. */
const PATIENCE_MS = 120_000;

/** Exponential pause with jitter, so that processes do not come back in step. */
function pauseMs(attempt: number, random: number): number {
  return Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

/** A verdict on its way through p-retry. */
class Judged extends Error {
  readonly verdict: Verdict;
  constructor(verdict: Verdict, cause: unknown) {
    super(verdict.code, { cause });
    this.verdict = verdict;
  }
}

/** Sends requests through HubSpot's client with our own tokens, retries and limits; the client is loaded at the first one. */
export class HubSpotClient {
  readonly settings: HubSpotSettings;
  readonly ports: ConnectorPorts;
  readonly #queue: PQueue;
  readonly #session: Session;
  #client: Promise<Client> | null = null;
  /** The portal's time zone, once the account has been asked: its midnight begins the day that calls are counted by. */
  timeZone: string | null = null;

  constructor(settings: HubSpotSettings, ports: ConnectorPorts) {
    this.settings = settings;
    this.ports = ports;
    this.#queue = new PQueue({ concurrency: settings.concurrency });
    const { auth } = settings;
    const initial =
      auth.type === 'oauth' && auth.accessToken !== undefined
        ? { accessToken: auth.accessToken, refreshToken: auth.refreshToken }
        : null;
    this.#session = new Session(ports, initial, (stored) => this.#grant(stored));
  }

  /** Makes one call. Rejects with a ConnectorError, or with a LostAnswer where a write's answer was lost. */
  call<T>(call: Call<T>): Promise<T> {
    let renewed = false;
    const attempt = async (isRetry: boolean): Promise<T> => {
      await this.ports.budget.ready();
      const tokens = await this.#tokens();
      try {
        return await this.#once(call, tokens, isRetry);
      } catch (error) {
        const verdict = this.#judge(error);
        if (verdict.next !== 'renew' || renewed || this.settings.auth.type === 'token') {
          throw new Judged(verdict, error);
        }
        renewed = true;
        this.ports.log('debug', 'the HubSpot access token ended; renewing it', { connection: this.ports.connection });
      }
      await this.#session.renew(tokens.accessToken);
      return attempt(isRetry);
    };
    return this.#withRetries((attemptNumber) => attempt(attemptNumber > 1), call.repeatable);
  }

  /** A fixed token has no store: what an earlier set-up left there must not be taken for it. */
  #tokens(): Promise<LiveTokens> {
    const { auth } = this.settings;
    return auth.type === 'token' ? Promise.resolve({ accessToken: auth.accessToken }) : this.#session.live();
  }

  /** Waits for the requests in flight. */
  close(): Promise<void> {
    return this.#queue.onIdle();
  }

  async #withRetries<T>(attempt: (attemptNumber: number) => Promise<T>, repeatable: boolean): Promise<T> {
    const pauseBefore = (error: Error, attemptNumber: number): number | null => {
      if (!(error instanceof Judged)) return null;
      const { verdict } = error;
      if (verdict.next !== 'again' && !(verdict.next === 'lost' && repeatable)) return null;
      if ((verdict.afterMs ?? 0) > PATIENCE_MS) return null;
      return Math.round((verdict.afterMs ?? 0) + pauseMs(attemptNumber, Math.random()));
    };
    try {
      return await pRetry(attempt, {
        retries: RETRIES,
        minTimeout: 0,
        shouldRetry: ({ error, attemptNumber }) => pauseBefore(error, attemptNumber) !== null,
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          const ms = pauseBefore(error, attemptNumber);
          if (ms === null || retriesLeft === 0) return;
          const about = { connection: this.ports.connection, code: error.message, attempt: attemptNumber, pauseMs: ms };
          this.ports.log('debug', 'a HubSpot request is tried again', about);
          await this.ports.sleep(ms);
        },
      });
    } catch (error) {
      if (!(error instanceof Judged)) throw error;
      if (error.verdict.next === 'lost' && !repeatable) {
        throw new LostAnswer(error.verdict.code, error.verdict.message, error.cause);
      }
      const where = { connection: this.ports.connection, url: this.settings.url };
      throw asConnectorError(await this.#remembered(error.verdict), where, error.cause);
    }
  }

  /** That the calls of the day are used up is remembered in the budget, which says when they are there again. */
  async #remembered(verdict: Verdict): Promise<Verdict> {
    if (verdict.next !== 'stop' || verdict.usedUp === undefined) return verdict;
    const now = this.ports.now();
    const { afterMs } = verdict.usedUp;
    const midnight = this.timeZone === null ? null : nextMidnight(now, this.timeZone);
    const at = afterMs === null ? midnight : now + afterMs;
    const resumesAt = at === null ? null : new Date(at).toISOString();
    return { ...verdict, retryAfterMs: await this.ports.budget.refused(resumesAt) };
  }

  #judge(error: unknown): Verdict {
    if (error instanceof CallFailure) return judge(error.failure, this.ports.now());
    throw error;
  }

  #once<T>(call: Call<T>, tokens: LiveTokens, isRetry: boolean): Promise<T> {
    return this.#queue.add(async () => {
      await this.ports.budget.take(call.search === true ? 'search' : 'general', isRetry);
      const askedAt = this.ports.now();
      const { body, headers } = await this.#exchange(call.kind, tokens.accessToken, {
        method: call.method,
        path: call.path,
        ...(call.query === undefined ? {} : { qs: call.query }),
        ...(call.body === undefined ? {} : { body: call.body }),
      });
      if (call.accept(body)) {
        // The header is made when the answer is: what it took is taken off, so that nothing read is newer than we believe.
        const date = Date.parse(headers.get('date') ?? '');
        call.onServed?.(Number.isNaN(date) ? null : date - Math.max(0, this.ports.now() - askedAt));
        return body;
      }
      throw new CallFailure({ kind: 'unusable', why: 'the answer has an unexpected shape' });
    });
  }

  /** One HTTP request; answers with the parsed body. Rejects with a CallFailure. */
  async #exchange(
    kind: CallClass,
    accessToken: string | null,
    options: HttpOptions,
  ): Promise<{ body: unknown; headers: Headers }> {
    const client = await this.#load();
    if (accessToken !== null && client.config.accessToken !== accessToken) client.setAccessToken(accessToken);
    const { status, headers, body } = await this.#send(kind, client, options);
    if (status >= 300) throw new CallFailure({ kind: 'answer', status, headers, body });
    if (body === '') return { body: null, headers };
    try {
      return { body: JSON.parse(body), headers };
    } catch (error) {
      throw new CallFailure({ kind: 'unusable', why: 'the answer is no complete JSON document' }, error);
    }
  }

  /** The client's apiRequest takes no signal, so that the time limit is set beside it. */
  async #send(
    kind: CallClass,
    client: Client,
    options: HttpOptions,
  ): Promise<{ status: number; headers: Headers; body: string }> {
    const timeout = AbortSignal.timeout(this.settings.timeoutSeconds * 1000);
    const late = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () =>
        reject(new CallFailure({ kind: 'network', code: 'ETIMEDOUT', sent: true }, timeout.reason)),
      );
    });
    const answer = async () => {
      this.ports.onCall(kind);
      const response = await client.apiRequest(options);
      const day = dayOf(response.headers, this.timeZone, this.ports.now());
      if (day !== null) this.ports.budget.observe(day);
      return { status: response.status, headers: response.headers, body: await response.text() };
    };
    try {
      return await Promise.race([answer(), late]);
    } catch (error) {
      throw error instanceof CallFailure ? error : networkFailure(error);
    }
  }

  /** One token request, repeated where its answer was lost: nothing can go on without it. */
  #grant(stored: Tokens | null): Promise<LiveTokens> {
    const { auth } = this.settings;
    if (auth.type === 'token') throw new TypeError('a fixed token is never renewed');
    const ask = (refreshToken: string): Promise<LiveTokens> =>
      this.#withRetries(async () => {
        try {
          const form = { client_id: auth.clientId, client_secret: auth.clientSecret, refresh_token: refreshToken };
          const { body: answer } = await this.#exchange('auth', null, {
            method: 'POST',
            path: paths.token,
            headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
            body: new URLSearchParams({ grant_type: 'refresh_token', ...form }).toString(),
            defaultJson: false,
            authType: 'none',
          });
          if (!isTokenAnswer(answer))
            throw new CallFailure({ kind: 'unusable', why: 'the token answer is incomplete' });
          return {
            accessToken: answer.access_token,
            refreshToken: answer.refresh_token ?? refreshToken,
            expiresAt: new Date(this.ports.now() + answer.expires_in * 1000).toISOString(),
          };
        } catch (error) {
          const verdict = this.#judge(error);
          const { code, message } = verdict;
          throw new Judged(verdict.next === 'reject' ? { next: 'renew', code, message } : verdict, error);
        }
      }, true);
    const used = stored?.refreshToken ?? auth.refreshToken;
    return ask(used).catch((error: unknown) => {
      // The stored refresh token was revoked, and the settings name another: the app was authorised anew.
      const refused = error instanceof ConnectorError && error.code === 'BAD_CREDENTIALS';
      if (!refused || used === auth.refreshToken) throw error;
      return ask(auth.refreshToken);
    });
  }

  #load(): Promise<Client> {
    this.#client ??= import('@hubspot/api-client').then(
      // No limiter and no retries of its own: those settings are global to the process.
      ({ Client: HubSpot }) => new HubSpot({ basePath: this.settings.url, numberOfApiCallRetries: 0 }),
    );
    return this.#client;
  }
}

function isTokenAnswer(body: unknown): body is { access_token: string; refresh_token?: string; expires_in: number } {
  const answer = body as { access_token?: unknown; expires_in?: unknown } | null;
  return typeof answer?.access_token === 'string' && typeof answer.expires_in === 'number';
}
