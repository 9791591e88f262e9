/**
 * HubSpot emulated over HTTP on loopback: one empty account in memory, with the default properties, pipelines and owners
 * of a new one. Every endpoint answers on its numbered path (v1-v4) and on the dated ones. Sources of the behaviour: HubSpot's
 * public documentation and recorded answers; where neither says, the choice stands in the comment beside the code and,
 * where it matters, behind an option.
 *
 * Known differences: values that the vendor's own tracking or its Salesforce integration write (first and last touch,
 * salesforceleadid, hs_email_optout, ...) are described as read-only, as in a real portal, yet accepted, because a market
 * plays those parts; only contacts, companies, deals and leads exist; a merge, like the vendor's since 2025, gives the survivor a
 * new id; NEQ and NOT_IN do not find records without a value; codes of refusals that nobody has published are ours.
 */
import type { SandboxClock } from '../core/clock.ts';
import { listen } from '../core/listen.ts';
import { accountRoutes } from './account-routes.ts';
import { associationLabelRoutes } from './association-label-routes.ts';
import { associationRoutes } from './association-routes.ts';
import { batchRoutes } from './batch-routes.ts';
import { campaignMoneyRoutes } from './campaign-money-routes.ts';
import { campaignReportRoutes } from './campaign-report-routes.ts';
import { campaignRoutes } from './campaign-routes.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { objectRoutes } from './object-routes.ts';
import { pipelineRoutes } from './pipeline-routes.ts';
import { Portal, type Tier } from './portal.ts';
import { propertyGroupRoutes } from './property-group-routes.ts';
import { propertyRoutes } from './property-routes.ts';
import { RateLimits } from './rate-limits.ts';
import { searchRoutes } from './search-routes.ts';
import { requestListener } from './server.ts';

export interface HubSpotCredentials {
  readonly url: string;
  /** An OAuth access token; it expires 1,800 seconds of sandbox time after the start. */
  readonly accessToken: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

export interface HubSpotSandbox {
  readonly url: string;
  readonly port: number;
  readonly credentials: HubSpotCredentials;
  /** A long-lived key (`pat-...`), sent as a Bearer token too. */
  readonly serviceKey: string;
  readonly portalId: number;
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
  /** How long search keeps showing what a record was before. Default 0. */
  readonly searchLagMs?: number;
  /** Seed of ids and tokens. Default 1. */
  readonly seed?: number;
  /** The scopes granted; missing: all. */
  readonly scopes?: readonly string[];
  /** Whether a write that changes no value moves the modified time (not documented). Default false. */
  readonly touchOnSameValue?: boolean;
  /** Whether a merge gives the survivor a new id. Default true. */
  readonly mergeMintsNewId?: boolean;
  /** Whether a 429 carries Retry-After, in seconds (not documented for these endpoints). Default false. */
  readonly retryAfter?: boolean;
}

/** Starts an empty HubSpot account. Rejects with the system's error where the port is taken. */
export async function startHubSpot(options: HubSpotOptions): Promise<HubSpotSandbox> {
  const tier = options.tier ?? 'pro';
  const portal = new Portal({
    clock: options.clock,
    tier,
    searchLagMs: options.searchLagMs ?? 0,
    seed: options.seed ?? 1,
    touchOnSameValue: options.touchOnSameValue ?? false,
    mergeMintsNewId: options.mergeMintsNewId ?? true,
    scopes: options.scopes ?? null,
  });
  const limits = options.limits === false ? null : new RateLimits(options.clock, tier, options.retryAfter ?? false);
  const counters = { total: 0, byKind: {} };
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
    ...campaignRoutes,
    ...campaignMoneyRoutes,
    ...campaignReportRoutes,
    ...oauthRoutes,
  ];
  const listening = await listen(requestListener({ portal, routes, limits, counters }), options.port ?? 0);
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
    },
    serviceKey: portal.tokens.serviceKey,
    portalId: portal.hubId,
    requests: counters,
    close: listening.close,
  };
}
