import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ConnectorPorts, Reception, WebhookRequest } from '../connector.ts';
import { hintsOf, readEvents } from './events.ts';
import type { HubSpotSettings } from './settings.ts';

type WebhookSettings = NonNullable<HubSpotSettings['webhooks']>;

/** HubSpot's own rule: what is older than five minutes is to be refused (docs, validating requests, v3). */
const REPLAY_WINDOW_MS = 300_000;

/** Escapes of an address that HubSpot writes out before it signs; all others are signed as they stand. */
const WRITTEN_OUT = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/** What HubSpot signs: method, address, body and timestamp in a row. */
export function signatureOf(
  secret: string,
  request: Pick<WebhookRequest, 'method' | 'url' | 'body'>,
  timestamp: string,
): string {
  const url = request.url.replace(WRITTEN_OUT, (escaped) => decodeURIComponent(escaped));
  return createHmac('sha256', secret)
    .update(`${request.method}${url}`)
    .update(request.body)
    .update(timestamp)
    .digest('base64');
}

/** Takes deliveries of events. @param knownPortal this connection's portal id, null as long as nobody has asked for it */
export function receiver(
  settings: WebhookSettings,
  ports: ConnectorPorts,
  knownPortal: () => string | null,
): (request: WebhookRequest) => Reception {
  return (request) => {
    if (request.body.byteLength > settings.maxBodyBytes) {
      return refused(
        413,
        `the request has ${request.body.byteLength} bytes, at most ${settings.maxBodyBytes} are taken`,
      );
    }
    const doubt = doubtAbout(request, settings.clientSecret, ports.now());
    if (doubt !== null) return refused(401, doubt);
    const read = readEvents(parse(request.body));
    if ('problem' in read) return refused(400, read.problem);
    const { events } = read;
    const portal = knownPortal();
    const own = portal === null ? events : events.filter((event) => String(event.portalId) === portal);
    const foreign = events.length - own.length;
    if (foreign > 0) {
      ports.log('warn', 'events of another HubSpot portal were left aside: the app is installed there too', {
        connection: ports.connection,
        events: foreign,
      });
    }
    return { status: 'accepted', hints: hintsOf(own, settings.appId) };
  };
}

/** Why a request cannot be taken for HubSpot's, or null where it is proven. Nothing of its body is parsed. */
function doubtAbout(request: WebhookRequest, secret: string, now: number): string | null {
  const given = request.headers['x-hubspot-signature-v3'];
  const timestamp = request.headers['x-hubspot-request-timestamp'];
  if (given === undefined || timestamp === undefined || !/^\d{1,16}$/.test(timestamp)) {
    return 'the request carries no v3 signature of HubSpot';
  }
  const expected = Buffer.from(signatureOf(secret, request, timestamp));
  const actual = Buffer.from(given);
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    return "the signature does not fit: compare webhooks.clientSecret with the app's client secret, and the address HubSpot calls with the one Sluice is known by";
  }
  if (Math.abs(now - Number(timestamp)) > REPLAY_WINDOW_MS) {
    return 'the request is older than five minutes, or the clock of this machine is wrong';
  }
  return null;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    // Not JSON, or not even text: `undefined` is no list of events.
    return undefined;
  }
}

function refused(httpStatus: 400 | 401 | 413, reason: string): Reception {
  return { status: 'refused', httpStatus, reason };
}
