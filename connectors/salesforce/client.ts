import type { Connection } from 'jsforce';
import PQueue from 'p-queue';
import pRetry from 'p-retry';
import { type CallClass, ConnectorError, type ConnectorPorts } from '../connector.ts';
import { asConnectorError, CallFailure, judge, LostAnswer, type Verdict } from './failure.ts';
import { isRefused, requestTokens } from './grant.ts';
import { type LiveTokens, Session } from './session.ts';
import type { SalesforceSettings } from './settings.ts';
import { callClass, createTransport } from './transport.ts';

/** One REST request. `path` is relative to the API version (or begins with /services/). */
export interface Call<T> {
  readonly kind: CallClass;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True where sending it twice does no harm, so that a lost answer is simply asked for again. */
  readonly repeatable: boolean;
  /** True for a body of the shape that was asked for. */
  readonly accept: (body: unknown) => body is T;
}

const RETRIES = 4;
const LONGEST_PAUSE_MS = 30_000;
/** A longer pause than this is the caller's to make. */
const PATIENCE_MS = 120_000;

/** Exponential pause with full jitter above a half, so that processes do not come back in step. */
export function pauseMs(attempt: number, random: number): number {
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

/** Sends requests through jsforce with our own tokens, retries and limits. jsforce is loaded at the first request. */
export class SalesforceClient {
  readonly settings: SalesforceSettings;
  readonly ports: ConnectorPorts;
  readonly #queue: PQueue;
  readonly #session: Session;
  #connection: Promise<Connection> | null = null;

  constructor(settings: SalesforceSettings, ports: ConnectorPorts) {
    this.settings = settings;
    this.ports = ports;
    this.#queue = new PQueue({ concurrency: settings.concurrency });
    const { auth } = settings;
    const initial =
      auth.type === 'refresh_token' && auth.accessToken !== undefined
        ? { accessToken: auth.accessToken, refreshToken: auth.refreshToken, instanceUrl: settings.url }
        : null;
    this.#session = new Session(ports, initial, (stored) => this.#grant(stored));
  }

  /** The 15-character id of the org, from the access token where it shows it, else asked for. */
  async orgId(): Promise<string> {
    const { accessToken } = await this.#tokens();
    const shown = /^(00D[A-Za-z0-9]{12})[A-Za-z0-9]{0,3}!/.exec(accessToken);
    return shown?.[1] ?? (await this.user()).orgId;
  }

  /** Tokens that should work now, for what does not go through REST. */
  session(): Promise<LiveTokens> {
    return this.#tokens();
  }

  /** New tokens in place of those that Salesforce refused. */
  newSession(refused: LiveTokens): Promise<LiveTokens> {
    return this.#renew(refused);
  }

  #user: Promise<{ orgId: string; userId: string }> | null = null;

  /** Who the integration user is. */
  user(): Promise<{ orgId: string; userId: string }> {
    this.#user ??= this.call({
      kind: 'check',
      method: 'GET',
      path: '/services/oauth2/userinfo',
      repeatable: true,
      accept: isUserInfo,
    }).then(
      (info) => ({ orgId: info.organization_id.slice(0, 15), userId: info.user_id }),
      (error: unknown) => {
        this.#user = null;
        throw error;
      },
    );
    return this.#user;
  }

  /** Makes one REST call. Rejects with a ConnectorError, or with a LostAnswer where a write's answer was lost. */
  call<T>(call: Call<T>): Promise<T> {
    return this.send(call.kind, call.repeatable, async (connection) => {
      const body = await connection.request<unknown>({
        method: call.method,
        url: call.path,
        headers: {
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      });
      if (call.accept(body)) return body;
      const why =
        typeof body === 'string' ? 'the answer is no complete JSON document' : 'the answer has an unexpected shape';
      throw new CallFailure({ kind: 'unusable', why });
    });
  }

  /** Runs one request made through jsforce, with retries. @param request makes exactly one request a call */
  async send<T>(kind: CallClass, repeatable: boolean, request: (connection: Connection) => Promise<T>): Promise<T> {
    let renewed = false;
    const attempt = async (isRetry: boolean): Promise<T> => {
      await this.ports.budget.ready();
      const tokens = await this.#tokens();
      try {
        return await this.#once(kind, tokens, isRetry, request);
      } catch (error) {
        const verdict = this.#judge(error);
        if (verdict.next !== 'renew' || renewed) throw new Judged(verdict, error);
        renewed = true;
        this.ports.log('debug', 'the Salesforce session ended; renewing it', { connection: this.ports.connection });
      }
      await this.#renew(tokens);
      return attempt(isRetry);
    };
    return this.#withRetries((attemptNumber) => attempt(attemptNumber > 1), repeatable, this.settings.url);
  }

  async #withRetries<T>(attempt: (attemptNumber: number) => Promise<T>, repeatable: boolean, url: string): Promise<T> {
    const mayRepeat = ({ next, afterMs }: { next: Verdict['next']; afterMs?: number }): boolean =>
      (next === 'again' || (next === 'lost' && repeatable)) && (afterMs ?? 0) <= PATIENCE_MS;
    try {
      return await pRetry(attempt, {
        retries: RETRIES,
        minTimeout: 0,
        shouldRetry: ({ error }) => error instanceof Judged && mayRepeat(error.verdict),
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if (!(error instanceof Judged) || retriesLeft === 0 || !mayRepeat(error.verdict)) return;
          const { verdict } = error;
          const afterMs = 'afterMs' in verdict ? verdict.afterMs : undefined;
          const ms = Math.round((afterMs ?? 0) + pauseMs(attemptNumber, Math.random()));
          this.ports.log('debug', 'a Salesforce request is tried again', {
            connection: this.ports.connection,
            code: verdict.code,
            attempt: attemptNumber,
            pauseMs: ms,
          });
          await this.ports.sleep(ms);
        },
      });
    } catch (error) {
      if (!(error instanceof Judged)) throw error;
      if (error.verdict.next === 'lost' && !repeatable) {
        throw new LostAnswer(error.verdict.code, error.verdict.message, error.cause);
      }
      const verdict = await this.#remembered(error.verdict);
      throw asConnectorError(verdict, { connection: this.ports.connection, url }, error.cause);
    }
  }

  /** That the calls of the day are used up is remembered in the budget, which says when they are there again. */
  async #remembered(verdict: Verdict): Promise<Verdict> {
    if (verdict.next !== 'stop' || verdict.usedUp === undefined) return verdict;
    return { ...verdict, retryAfterMs: await this.ports.budget.refused(verdict.usedUp.resumesAt) };
  }

  /** Waits for the requests in flight. */
  close(): Promise<void> {
    return this.#queue.onIdle();
  }

  #judge(error: unknown): Verdict {
    if (error instanceof CallFailure) return judge(error.failure, this.ports.now());
    throw error;
  }

  async #once<T>(
    kind: CallClass,
    tokens: LiveTokens,
    isRetry: boolean,
    request: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const connection = await this.#connect();
    return this.#queue.add(async () => {
      await this.ports.budget.take('general', isRetry);
      // jsforce reads the token as it sends, in the same turn of the event loop.
      connection.accessToken = tokens.accessToken;
      connection.instanceUrl = tokens.instanceUrl ?? this.settings.url;
      return callClass.run(kind, () => request(connection));
    });
  }

  #tokens(): Promise<LiveTokens> {
    return this.#session.live();
  }

  #renew(tokens: LiveTokens): Promise<LiveTokens> {
    return this.#session.renew(tokens.accessToken);
  }

  /** One token request, repeated where its answer was lost: nothing can go on without it. */
  #grant(stored: Parameters<typeof requestTokens>[3]): Promise<LiveTokens> {
    const { clientId } = this.settings.auth;
    const clientSecret = 'clientSecret' in this.settings.auth ? this.settings.auth.clientSecret : undefined;
    const attempt = async (): Promise<LiveTokens> => {
      const { OAuth2 } = await import('jsforce');
      const oauth = new OAuth2({ loginUrl: this.settings.url, clientId, ...(clientSecret ? { clientSecret } : {}) });
      oauth._transport = (await this.#connect())._transport;
      try {
        return await callClass.run('auth', () =>
          requestTokens(this.settings, this.ports.connection, oauth, stored, this.ports.now()),
        );
      } catch (error) {
        const verdict = this.#judge(error);
        throw new Judged(isRefused(error) ? ({ ...verdict, next: 'renew' } as Verdict) : verdict, error);
      }
    };
    return this.#withRetries(attempt, true, this.settings.url);
  }

  #connect(): Promise<Connection> {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  /** A jsforce connection that never refreshes and never retries by itself. */
  async #open(): Promise<Connection> {
    const { Connection } = await import('jsforce');
    const connection = new Connection({
      loginUrl: this.settings.url,
      instanceUrl: this.settings.url,
      version: this.settings.apiVersion,
      callOptions: { client: this.settings.client },
    });
    connection._transport = createTransport({
      timeoutMs: this.settings.timeoutSeconds * 1000,
      onCall: this.ports.onCall,
      onUsage: (day) => this.ports.budget.observe(day),
    });
    return connection;
  }
}

function isUserInfo(body: unknown): body is { organization_id: string; user_id: string } {
  const info = body as { organization_id?: unknown; user_id?: unknown } | null;
  return typeof info?.organization_id === 'string' && typeof info.user_id === 'string';
}

/** The error for a mapping that asks for something Salesforce cannot be asked for. */
export function rejectCall(connection: string, code: string, message: string, hint: string): ConnectorError {
  return new ConnectorError(`Salesforce connection "${connection}": ${message}`, {
    action: 'reject',
    connection,
    code,
    hint,
  });
}
