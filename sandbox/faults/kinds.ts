/** The faults that the sandbox can make, and at which CRM each of them exists. */

export const CRMS = ['salesforce', 'hubspot'] as const;
export type Crm = (typeof CRMS)[number];

interface Kind {
  readonly about: string;
  /** The CRMs that have it. */
  readonly crms: readonly Crm[];
  /** What it strikes: one request, a batch of events, or the CRM's clock. */
  readonly strikes: 'request' | 'events' | 'clock';
}

const request = (about: string, crms: readonly Crm[] = CRMS): Kind => ({ about, crms, strikes: 'request' });

/**
 * Sources: Salesforce's "Status Codes and Error Responses" (it has neither 423, 429 nor 477: an org out of requests answers
 * 403 REQUEST_LIMIT_EXCEEDED) and HubSpot's "Error handling".
 */
export const KINDS = {
  'reset-before': request('the connection breaks before the request is carried out'),
  'reset-after': request('the request is carried out, then the connection breaks: the answer is lost'),
  timeout: request('no answer ever comes (`effect: done`: though the request is carried out)'),
  truncated: request('the answer breaks off in its middle (`how: short`: as a whole document of half the length)'),
  html: request('an HTML page of a proxy, `status` 502 or 503 (`effect: done`: though the request is carried out)'),
  garbage: request('status 200 with a body that answers nothing (`effect: done`: though the request is carried out)'),
  unauthorized: request('401 in the middle of a session'),
  forbidden: request('403'),
  limited: request(
    'too many requests: 429 at HubSpot, 403 REQUEST_LIMIT_EXCEEDED at Salesforce (`scope`, `retryAfterSeconds`)',
  ),
  locked: request('423', ['hubspot']),
  migrating: request('477 with Retry-After', ['hubspot']),
  'server-error': request('the CRM fails, `status` 500, 503 or 504 (`effect: done`: after it did what was asked)'),
  'row-lock': request('some rows of a collection meet a row that somebody else has locked', ['salesforce']),
  partial: request('some rows of a batch are refused for the moment, the others written: 207', ['hubspot']),
  slow: request('the answer takes `delayMs`'),
  'clock-skew': { about: "the CRM's clock is ahead by `skewMs`, or behind", crms: CRMS, strikes: 'clock' },
  'duplicate-events': { about: 'some events come twice', crms: CRMS, strikes: 'events' },
  'reordered-events': { about: 'events come in another order', crms: CRMS, strikes: 'events' },
} as const satisfies Readonly<Record<string, Kind>>;

export type FaultKind = keyof typeof KINDS;

export function kindOf(name: FaultKind): Kind {
  return KINDS[name];
}
