import { z } from 'zod';
import { addressProblem } from '../connector.ts';

/** Domains that Salesforce serves orgs from; a token is sent nowhere else unless the settings say `sandbox: true`. */
const OWN_DOMAINS = ['salesforce.com', 'force.com', 'salesforce.mil', 'sfcrmproducts.cn', 'cloudforce.com'];

/** True for a host on one of Salesforce's own domains. */
export function isSalesforceHost(hostname: string): boolean {
  return OWN_DOMAINS.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/** True where `url` is an https address on one of Salesforce's own domains. */
export function isSalesforceUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' && isSalesforceHost(hostname);
}

const refreshToken = z.strictObject({
  type: z.literal('refresh_token'),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1).optional(),
  refreshToken: z.string().min(1),
  accessToken: z.string().min(1).optional(),
});

const clientCredentials = z.strictObject({
  type: z.literal('client_credentials'),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
});

const jwt = z
  .strictObject({
    type: z.literal('jwt'),
    clientId: z.string().min(1),
    username: z.string().min(1),
    /** PEM text of the key whose certificate the External Client App holds. */
    privateKey: z.string().min(1).optional(),
    /** Path of a file with that text. */
    privateKeyFile: z.string().min(1).optional(),
    /** Audience of the assertion where it is not the usual one for `url`. */
    audience: z.url().optional(),
  })
  .refine((auth) => (auth.privateKey === undefined) !== (auth.privateKeyFile === undefined), {
    message: 'give exactly one of privateKey and privateKeyFile',
    path: ['privateKeyFile'],
  });

/** The settings of one Salesforce connection, as they stand in the configuration. */
export const salesforceSettings = z
  .strictObject({
    /** Login or My Domain address, e.g. https://acme.my.salesforce.com */
    url: z.string(),
    apiVersion: z
      .string()
      .regex(/^\d{2}\.0$/, 'write the API version like 68.0')
      .default('68.0'),
    auth: z.discriminatedUnion('type', [refreshToken, clientCredentials, jwt]),
    /** Allows an address outside Salesforce's own domains: an emulator, never a real org. */
    sandbox: z.boolean().default(false),
    /** Rows a write request. */
    batchSize: z.int().min(1).max(200).default(200),
    /** Rows a read page. */
    pageSize: z.int().min(1).max(2000).default(2000),
    /** How far each run reads back, for rows that long transactions make visible late. */
    overlapSeconds: z.number().min(0).max(86_400).default(60),
    /** When Bulk API 2.0 jobs are used instead of queries and collections. */
    bulk: z
      .strictObject({
        /** Rows that a full pass reads by queries before what is left is fetched by a job. */
        readAbove: z.int().min(0).default(20_000),
        /** Rows a page of a job's results. */
        pageRows: z.int().min(200).max(100_000).default(5_000),
        /** Pages that are fetched while one is worked on; each stays in memory. */
        pagesAhead: z.int().min(0).max(10).default(2),
        /** Rows of one object given at once, above which they are written by a job. */
        writeAbove: z.int().min(0).default(10_000),
      })
      .prefault({}),
    /** Session length set in the org; a token older than that is replaced before it is used. */
    sessionMinutes: z.int().min(1).max(1440).default(120),
    /** Seconds to wait for one answer. */
    timeoutSeconds: z.int().min(1).max(1800).default(120),
    /** Requests in flight at once. */
    concurrency: z.int().min(1).max(20).default(4),
    /** Name under which our writes show in change events. */
    client: z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/)
      .default('sluice'),
    /** Change events, which say at once what to read. Left out: Salesforce's own address, nothing for an emulated org. */
    events: z
      .union([
        z.literal(false),
        z.strictObject({
          /** host:port of the Pub/Sub API. */
          url: z.string().regex(/^[A-Za-z0-9.-]+:\d{1,5}$/, 'write the address as host:port, without https://'),
        }),
      ])
      .optional(),
  })
  .superRefine((settings, context) => {
    const message = addressProblem(settings.url, {
      sandbox: settings.sandbox,
      isOwnHost: isSalesforceHost,
      example: 'https://acme.my.salesforce.com',
      otherwise:
        'this is not an https address of Salesforce; correct it, or set sandbox: true where it is an emulated org',
    });
    if (message !== null) context.addIssue({ code: 'custom', path: ['url'], message });
    if (settings.events && !settings.sandbox && !isSalesforceHost(settings.events.url.replace(/:\d+$/, ''))) {
      context.addIssue({
        code: 'custom',
        path: ['events', 'url'],
        message:
          'this is not an address of Salesforce; leave it out for the usual one, or set sandbox: true where the org is emulated',
      });
    }
  });

export type SalesforceSettings = z.output<typeof salesforceSettings>;
