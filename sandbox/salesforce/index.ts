/**
 * A Salesforce org on loopback: REST, Metadata and partner SOAP, Tooling and OAuth over HTTP, state in memory, time from the sandbox's
 * clock. It emulates what clients of an org can see: ids, errors, limits, types, field-level security, lead conversion.
 */
import type { SandboxClock } from '../core/clock.ts';
import { listen } from '../core/listen.ts';
import { Authority } from './oauth/authority.ts';
import { Org } from './org/org.ts';
import { furnish } from './org/seed.ts';
import { handler } from './server.ts';
import { Usage } from './usage.ts';

export interface SalesforceSandbox {
  /** The address of the instance and of the login server. */
  readonly url: string;
  readonly port: number;
  /** A connected application with a live session of the integration user. */
  readonly credentials: {
    readonly url: string;
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly clientId: string;
    readonly clientSecret: string;
  };
  /** API calls counted so far, for benchmarks. OAuth and the list of versions are not counted. */
  readonly requests: { readonly total: number; readonly byKind: Readonly<Record<string, number>> };
  close(): Promise<void>;
}

export interface SalesforceOptions {
  /** 0 or absent takes any free port. */
  readonly port?: number;
  readonly clock: SandboxClock;
  /** Calls allowed in any 24 hours; 100,000 unless given. */
  readonly dailyApiRequests?: number;
  readonly multiCurrency?: boolean;
  /** Life of an access token; two hours unless given. */
  readonly sessionMs?: number;
  readonly seed?: number;
  /** PEM certificate or public key whose owner may sign JWT assertions. */
  readonly certificate?: string;
  /** Users may change converted leads ("View and Edit Converted Leads"). */
  readonly convertedLeadsEditable?: boolean;
}

const DAILY_REQUESTS = 100_000;
const SESSION_MS = 2 * 3_600_000;

/** Starts an org without business data. Rejects where the port is taken. */
export async function startSalesforce(options: SalesforceOptions): Promise<SalesforceSandbox> {
  const { clock, seed = 1 } = options;
  const org = new Org({
    clock,
    seed,
    multiCurrency: options.multiCurrency ?? false,
    convertedLeadsEditable: options.convertedLeadsEditable ?? false,
  });
  const integrationUser = furnish(org);
  const authority = new Authority(org, {
    clock,
    seed,
    sessionMs: options.sessionMs ?? SESSION_MS,
    ...(options.certificate === undefined ? {} : { certificate: options.certificate }),
  });
  const usage = new Usage(clock, options.dailyApiRequests ?? DAILY_REQUESTS);
  const listening = await listen(handler(org, authority, usage), options.port);
  authority.instanceUrl = listening.url;
  const token = authority.issue(integrationUser);
  return {
    url: listening.url,
    port: listening.port,
    credentials: {
      url: listening.url,
      accessToken: token.access_token,
      refreshToken: token.refresh_token ?? '',
      clientId: authority.clientId,
      clientSecret: authority.clientSecret,
    },
    requests: usage,
    close: () => listening.close(),
  };
}
