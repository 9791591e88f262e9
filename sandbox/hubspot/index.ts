/**
 * HubSpot emulated over HTTP on loopback: one empty account in memory, with the default properties, pipelines and owners
 * of a new one. Every endpoint answers on its numbered path (v1-v4) and on the dated ones. Sources of the behaviour: HubSpot's
 * public documentation and recorded answers; where neither says, the choice stands in the comment beside the code and,
 * where it matters, behind an option.
 *
 * Known differences: values that the vendor's own tracking or its Salesforce integration write (first and last touch,
 * salesforceleadid, hs_email_optout, ...) are described as read-only, as in a real portal, yet accepted, because a market
 * plays those parts; only contacts, companies, deals, leads and line items exist; a merge, like the vendor's since 2025, gives the survivor a
 * new id; NEQ and NOT_IN do not find records without a value; codes of refusals that nobody has published are ours.
 */
import type { SandboxClock } from '../core/clock.ts';
import { listen } from '../core/listen.ts';
import { type Faults, faulty } from '../faults/index.ts';
import { accountRoutes } from './account-routes.ts';
import { associationLabelRoutes } from './association-label-routes.ts';
import { associationRoutes } from './association-routes.ts';
import { batchRoutes } from './batch-routes.ts';
import { type BulkContacts, bulkContacts } from './bulk.ts';
import { campaignMoneyRoutes } from './campaign-money-routes.ts';
import { campaignReportRoutes } from './campaign-report-routes.ts';
import { campaignRoutes } from './campaign-routes.ts';
import type { Conditions } from './conditions.ts';
import { currencyRoutes } from './currency-routes.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { objectRoutes } from './object-routes.ts';
import { objectType } from './object-types.ts';
import { pipelineRoutes } from './pipeline-routes.ts';
import { Portal, type Tier } from './portal.ts';
import { propertyGroupRoutes } from './property-group-routes.ts';
import { propertyRoutes } from './property-routes.ts';
import { RateLimits } from './rate-limits.ts';
import { restore } from './recycling.ts';
import { searchRoutes } from './search-routes.ts';
import { requestListener } from './server.ts';
import { webhookRoutes } from './webhooks/routes.ts';
import { type DeliveryOptions, MOST_EVENTS, WebhookSender } from './webhooks/sender.ts';
import { ALL_EVENTS } from './webhooks/subscriptions.ts';

export interface HubSpotCredentials {
  readonly url: string;
  /** An OAuth access token; it expires 1,800 seconds of sandbox time after the start. */
  readonly accessToken: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** The app behind the OAuth tokens. */
  readonly appId: number;
  /** A long-lived key of the portal's own: what is changed with it is not the app's doing. */
  readonly serviceKey: string;
}

export interface HubSpotSandbox {
  readonly url: string;
  readonly port: number;
  readonly credentials: HubSpotCredentials;
  /** A long-lived key (`pat-...`), sent as a Bearer token too. */
  readonly serviceKey: string;
  /** The key of the app's developer, for the webhooks endpoints. */
  readonly developerKey: string;
  readonly portalId: number;
  readonly appId: number;
  /** Deliveries of events: what was sent, and a way to wait until nothing is under way. */
  readonly webhooks: Pick<WebhookSender, 'counts' | 'idle' | 'waiting'>;
  /** Makes the app hear of everything from now on, at this address. */
  subscribeToAll(targetUrl: string): void;
  /** Locked records (423) and a migrating account (477). */
  readonly conditions: Pick<Conditions, 'lock' | 'migrate'>;
  /** Changes how long search keeps showing what a record was before. */
  setSearchLag(ms: number): void;
  /** Adds contacts of the volume market in this process, at once; answers with their ids. */
  bulkContacts(options: BulkContacts): string[];
  /** Brings a record back out of the recycling bin, as a person in the CRM: no endpoint does. Throws where it is unknown. */
  restore(object: string, id: string): void;
  /** Requests that arrived, refused ones too, by what they asked for: `contacts.batchRead`, `oauth.token`, ... */
  readonly requests: { readonly total: number; readonly byKind: Readonly<Record<string, number>> };
  close(): Promise<void>;
}

export interface HubSpotOptions {
  /** 0 or missing: any free port. */
  readonly port?: number;
  readonly clock: SandboxClock;
  /** Decides the limits and whether leads exist. Default pro. */
  readonly tier?: Tier;
  /** Whether rate limits are held. Default true. */
  readonly limits?: boolean;
  /** How long search keeps showing what a record was before; infinite: until `setSearchLag`. Default 0. */
  readonly searchLagMs?: number;
  /** Seed of ids and tokens. Default 1. */
  readonly seed?: number;
  /** The scopes granted; missing: all. */
  readonly scopes?: readonly string[];
  /** Whether a write that changes no value moves the modified time (not documented). Default false. */
  readonly touchOnSameValue?: boolean;
  /** Whether a merge gives the survivor a new id. Default true. */
  readonly mergeMintsNewId?: boolean;
  /** Whether merged-away records stay among the archived ones (not documented). Default false. */
  readonly mergeArchivesLosers?: boolean;
  /** Whether each use of a refresh token replaces it (not documented). Default false. */
  readonly rotateRefreshTokens?: boolean;
  /** Calls a day, in place of what the tier has. */
  readonly dailyLimit?: number;
  /** Where events go from the start; the webhooks endpoints can change it. */
  readonly webhooks?: WebhookOptions;
  /** Whether a 429 carries Retry-After, in seconds (not documented for these endpoints). Default false. */
  readonly retryAfter?: boolean;
  /** What goes wrong, and when; can be changed while the portal runs. */
  readonly faults?: Faults;
}

/** Settings and subscriptions that an app has from the start, and how its deliveries behave. */
export interface WebhookOptions extends DeliveryOptions {
  readonly targetUrl: string;
  readonly maxConcurrentRequests?: number;
  /** Active ones, each `contact.creation` or with the property, `contact.propertyChange:email` (`:*`: every one). */
  readonly subscriptions: readonly string[];
}

function subscribe(sender: WebhookSender, portal: Portal, options: WebhookOptions): void {
  sender.subscriptions.setSettings(options.targetUrl, options.maxConcurrentRequests ?? 10);
  for (const wanted of options.subscriptions) {
    const [eventType = '', propertyName] = wanted.split(':');
    sender.subscriptions.add({ eventType, active: true, ...(propertyName === undefined ? {} : { propertyName }) });
  }
  sender.attend(portal.changes);
}

/** Starts an empty HubSpot account. Rejects with the system's error where the port is taken. */
export async function startHubSpot(options: HubSpotOptions): Promise<HubSpotSandbox> {
  const tier = options.tier ?? 'pro';
  const { clock, guard } = faulty('hubspot', options.clock, options.faults);
  const portal = new Portal({
    clock,
    tier,
    searchLagMs: options.searchLagMs ?? 0,
    seed: options.seed ?? 1,
    touchOnSameValue: options.touchOnSameValue ?? false,
    mergeMintsNewId: options.mergeMintsNewId ?? true,
    scopes: options.scopes ?? null,
    mergeArchivesLosers: options.mergeArchivesLosers ?? false,
    rotateRefreshTokens: options.rotateRefreshTokens ?? false,
  });
  const limits =
    options.limits === false ? null : new RateLimits(clock, tier, options.retryAfter ?? false, options.dailyLimit);
  const counters = { total: 0, byKind: {} };
  const webhooks = new WebhookSender(
    portal,
    options.seed ?? 1,
    options.webhooks ?? {},
    (events) => options.faults?.events('hubspot', events, MOST_EVENTS) ?? [events],
  );
  if (options.webhooks !== undefined) subscribe(webhooks, portal, options.webhooks);
  const routes = [
    ...batchRoutes,
    ...searchRoutes,
    ...objectRoutes,
    ...associationRoutes,
    ...associationLabelRoutes,
    ...propertyGroupRoutes,
    ...propertyRoutes,
    ...pipelineRoutes,
    ...accountRoutes(limits, tier),
    ...currencyRoutes,
    ...campaignRoutes,
    ...campaignMoneyRoutes,
    ...campaignReportRoutes,
    ...webhookRoutes(portal, webhooks),
    ...oauthRoutes,
  ];
  const listening = await listen(guard(requestListener({ portal, routes, limits, counters })), options.port ?? 0);
  const refreshToken = portal.tokens.newRefreshToken();
  return {
    url: listening.url,
    port: listening.port,
    credentials: {
      url: listening.url,
      accessToken: portal.tokens.issue(refreshToken).token,
      clientId: portal.tokens.clientId,
      clientSecret: portal.tokens.clientSecret,
      refreshToken,
      appId: portal.appId,
      serviceKey: portal.tokens.serviceKey,
    },
    serviceKey: portal.tokens.serviceKey,
    developerKey: portal.tokens.developerKey,
    portalId: portal.hubId,
    appId: portal.appId,
    requests: counters,
    webhooks,
    conditions: portal.conditions,
    subscribeToAll: (targetUrl) => subscribe(webhooks, portal, { targetUrl, subscriptions: ALL_EVENTS }),
    setSearchLag: (ms) => {
      portal.searchLagMs = ms;
    },
    bulkContacts: (wanted) => bulkContacts(portal, wanted),
    restore: (object, id) => {
      const type = objectType(object);
      const row = portal.records(type).get(id);
      if (row === undefined) throw new Error(`there is no ${type.singular} ${id} to restore`);
      restore(portal, type, row);
    },
    close: () => {
      webhooks.stop();
      return listening.close();
    },
  };
}
