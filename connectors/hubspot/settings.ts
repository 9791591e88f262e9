import { z } from 'zod';
import { addressProblem } from '../connector.ts';

/** The only hosts that a token is sent to unless the settings say `sandbox: true`. */
function isHubSpotHost(hostname: string): boolean {
  return hostname === 'api.hubapi.com' || /^api-[a-z0-9]+\.hubapi\.com$/.test(hostname);
}

const oauth = z.strictObject({
  type: z.literal('oauth'),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  refreshToken: z.string().min(1),
  accessToken: z.string().min(1).optional(),
});

/** A service key, or the token of a private app made before October 2026. */
const token = z.strictObject({ type: z.literal('token'), accessToken: z.string().min(1) });

/** What the webhook route of the server takes at the most. */
const MOST_BODY_BYTES = 1_048_576;

/** How events that HubSpot sends are proven. */
const webhooks = z.strictObject({
  /** The client secret of the app that subscribes: what HubSpot signs with. */
  clientSecret: z.string().min(1),
  /** That app's id: its own writes, coming back as events, are then left aside. */
  appId: z.int().positive().optional(),
  /** Bytes that a request may have. 100 events, as many as HubSpot sends at once, take some 50 kB. */
  maxBodyBytes: z
    .int()
    .min(1_000)
    .max(
      MOST_BODY_BYTES,
      `the server takes no body of more than ${MOST_BODY_BYTES} bytes, and HubSpot sends far smaller ones`,
    )
    .default(1_000_000),
});

/** The settings of one HubSpot connection, as they stand in the configuration. */
export const hubspotSettings = z
  .strictObject({
    url: z.string().default('https://api.hubapi.com'),
    auth: z.discriminatedUnion('type', [oauth, token]),
    /** Allows an address that is not HubSpot's: an emulator, never a real portal. */
    sandbox: z.boolean().default(false),
    /** Rows a write request. */
    batchSize: z.int().min(1).max(100).default(100),
    /** Rows a page of the full pass. */
    listPageSize: z.int().min(1).max(100).default(100),
    /** Rows a page of changes. */
    searchPageSize: z.int().min(1).max(200).default(200),
    /** How far each pass reads back: for the lag of the search index. */
    overlapSeconds: z.number().min(0).max(86_400).default(5),
    /** Requests in ten seconds; apps of others share a portal's allowance. */
    requestsPerTenSeconds: z.int().min(1).max(100_000).default(100),
    /** Search requests a second, for the whole portal. */
    searchesPerSecond: z.int().min(1).max(100_000).default(5),
    /** Seconds to wait for one answer. */
    timeoutSeconds: z.int().min(1).max(600).default(60),
    webhooks: webhooks.optional(),
    /** Requests in flight at once. */
    concurrency: z.int().min(1).max(20).default(4),
  })
  .superRefine((settings, context) => {
    const message = addressProblem(settings.url, {
      sandbox: settings.sandbox,
      isOwnHost: isHubSpotHost,
      example: 'https://api.hubapi.com',
      otherwise: "this is not HubSpot's API address; leave it out, or set sandbox: true where it is an emulated portal",
    });
    if (message !== null) context.addIssue({ code: 'custom', path: ['url'], message });
  });

export type HubSpotSettings = z.output<typeof hubspotSettings>;
