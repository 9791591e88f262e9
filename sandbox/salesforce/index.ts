/**
 * A Salesforce org on loopback: REST, Bulk 2.0, Metadata and partner SOAP, Tooling and OAuth over HTTP, state in memory, time from the sandbox's
 * clock. It emulates what clients of an org can see: ids, errors, limits, types, field-level security, lead conversion.
 */
import type { SandboxClock } from '../core/clock.ts';
import { listen } from '../core/listen.ts';
import { type Faults, faulty } from '../faults/index.ts';
import { Bulk } from './bulk/bulk.ts';
import type { BulkOptions } from './bulk/jobs.ts';
import { type OrgControls, orgControls } from './controls.ts';
import { Authority } from './oauth/authority.ts';
import type { LateRows } from './org/late-rows.ts';
import { Org } from './org/org.ts';
import { furnish } from './org/seed.ts';
import type { ChangeEventControl } from './pubsub/feed.ts';
import { startPubSub } from './pubsub/server.ts';
import { handler } from './server.ts';
import { Usage } from './usage.ts';
import { loadLeads } from './volume.ts';

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
    /** host:port of the Pub/Sub API, gRPC without TLS; empty where change data capture is off. */
    readonly pubSub: string;
  };
  /** What can be changed about change events while the org runs; null where change data capture is off. */
  readonly changeEvents: ChangeEventControl | null;
  /** API calls counted so far, for benchmarks. OAuth and the list of versions are not counted. */
  readonly requests: { readonly total: number; readonly byKind: Readonly<Record<string, number>> };
  /** What happens to an org that no client of it can bring about. Each takes effect at once. */
  readonly controls: OrgControls & {
    /** Delay, allowance and pages of Bulk jobs. */
    readonly bulk: BulkOptions;
    /** The next Bulk job that is worked on fails half way, with this message. */
    failNextBulkJob(message: string): void;
    /** Bulk jobs are gone before their seven days, all or one. */
    forgetBulkJobs(id?: string): void;
    readonly lateRows: LateRows;
    /** Ids that /updated and /deleted answer with at the most. */
    readonly replication: { maxIds: number };
    /** Puts leads into the org past the API, known to all as history; see sandbox/volume/people.ts for who they are. */
    loadLeads(count: number, options?: { readonly seed?: number; readonly spreadSeconds?: number }): void;
  };
  close(): Promise<void>;
}

export interface SalesforceOptions {
  /** 0 or absent takes any free port. */
  readonly port?: number;
  readonly clock: SandboxClock;
  /** Calls allowed in any 24 hours; 100,000 unless given, null: any number. */
  readonly dailyApiRequests?: number | null;
  /** How long Bulk jobs take (no time), how many query jobs a day may be made (10,000), rows of a page of results (50,000). */
  readonly bulk?: Partial<BulkOptions>;
  /** Rows that are seen later than their stamps say; none unless given. */
  readonly lateRows?: LateRows;
  /** Ids that /updated and /deleted answer with at the most; 600,000 unless given. */
  readonly maxReplicatedIds?: number;
  readonly multiCurrency?: boolean;
  /** Advanced currency management: exchange rates by date, in an org with several currencies. */
  readonly datedRates?: boolean;
  /** The org has PRM with its objects for market development funds. */
  readonly partnerFunds?: boolean;
  /** Life of an access token; two hours unless given. */
  readonly sessionMs?: number;
  readonly seed?: number;
  /** PEM certificate or public key whose owner may sign JWT assertions. */
  readonly certificate?: string;
  /** Users may change converted leads ("View and Edit Converted Leads"). */
  readonly convertedLeadsEditable?: boolean;
  /** Port of the Pub/Sub API; any free one where left out. */
  readonly pubSubPort?: number;
  /** false: changes are not captured and there is no Pub/Sub API, which saves the memory for 72 hours of events. */
  readonly changeEvents?: boolean;
  /** What goes wrong, and when; can be changed while the org runs. */
  readonly faults?: Faults;
}

const DAILY_REQUESTS = 100_000;
const BULK: BulkOptions = { delayMs: 0, dailyQueryJobs: 10_000, pageRows: 50_000 };
const SESSION_MS = 2 * 3_600_000;

/** Starts an org without business data. Rejects where the port is taken. */
export async function startSalesforce(options: SalesforceOptions): Promise<SalesforceSandbox> {
  const { seed = 1 } = options;
  const { clock, guard } = faulty('salesforce', options.clock, options.faults);
  const org = new Org({
    clock,
    seed,
    multiCurrency: options.multiCurrency ?? false,
    datedRates: options.datedRates ?? false,
    partnerFunds: options.partnerFunds ?? false,
    convertedLeadsEditable: options.convertedLeadsEditable ?? false,
    ...(options.maxReplicatedIds === undefined ? {} : { maxReplicatedIds: options.maxReplicatedIds }),
    ...(options.lateRows === undefined ? {} : { lateRows: { ...options.lateRows } }),
    changeEvents: options.changeEvents ?? true,
  });
  const integrationUser = furnish(org);
  const authority = new Authority(org, {
    clock,
    seed,
    sessionMs: options.sessionMs ?? SESSION_MS,
    ...(options.certificate === undefined ? {} : { certificate: options.certificate }),
  });
  const daily = options.dailyApiRequests;
  const usage = new Usage(clock, daily === null ? Number.MAX_SAFE_INTEGER : (daily ?? DAILY_REQUESTS));
  const bulk = new Bulk(org, { ...BULK, ...options.bulk });
  const listening = await listen(guard(handler(org, authority, usage, bulk)), options.port);
  authority.instanceUrl = listening.url;
  const pubSub = await openPubSub(org, authority, options);
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
      pubSub: pubSub?.address ?? '',
    },
    changeEvents: org.changes?.control ?? null,
    requests: usage,
    controls: {
      ...orgControls(org, authority, usage, integrationUser),
      bulk: bulk.jobs.options,
      failNextBulkJob: (message) => bulk.jobs.failNext(message),
      forgetBulkJobs: (id) => bulk.jobs.forget(id),
      lateRows: org.stamps.late,
      replication: org.replication,
      loadLeads: (count, more) => loadLeads(org, { count, seed, userId: integrationUser, ...more }),
    },
    close: async () => {
      await pubSub?.close();
      await listening.close();
    },
  };
}

async function openPubSub(org: Org, authority: Authority, { faults, pubSubPort }: SalesforceOptions) {
  if (!org.changes) return null;
  if (faults) org.changes.arrange = (batch) => faults.events('salesforce', batch);
  // The org's own furniture is older than its first change event.
  org.changes.control.restart();
  return startPubSub(org.changes, authority, pubSubPort);
}
