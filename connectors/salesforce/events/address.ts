import { isSalesforceHost, type SalesforceSettings } from '../settings.ts';

/** Where Salesforce serves the Pub/Sub API to orgs everywhere. */
const EVERYWHERE = 'api.pubsub.salesforce.com:7443';

/** Where the events of a connection come from; null where its settings ask for none. */
export function eventsAddress(settings: SalesforceSettings): { target: string; plaintext: boolean } | null {
  if (settings.events === false) return null;
  const target = settings.events?.url;
  // An emulated org has no events at Salesforce, and its token is nothing to send there.
  if (target === undefined) return settings.sandbox ? null : { target: EVERYWHERE, plaintext: false };
  const host = hostOf(target);
  return { target, plaintext: settings.sandbox && !isSalesforceHost(host) && isLoopback(host) };
}

/** The host of host:port. */
function hostOf(target: string): string {
  return target.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
