/** Fills both CRMs with people by the hundred thousand, half of whom both know: what a benchmark starts from. */
import type { HubSpotSandbox } from '../hubspot/index.ts';
import { defaultFields } from '../market/fields.ts';
import { HubspotClient } from '../market/hubspot-client.ts';
import { SalesforceClient } from '../market/salesforce-client.ts';
import { setUpVendor } from '../market/vendor-setup.ts';
import type { SalesforceSandbox } from '../salesforce/index.ts';
import { peopleOf } from './people.ts';

/** Over how long before now the records were made. */
const HISTORY_MS = 30 * 24 * 3_600_000;

interface Crms {
  readonly salesforce: SalesforceSandbox;
  readonly hubspot: HubSpotSandbox;
}

/** Creates the vendor's own fields in CRMs that have no market, which would make them itself. */
export async function furnish({ salesforce, hubspot }: Crms): Promise<void> {
  const world = {
    salesforce: new SalesforceClient(salesforce.credentials),
    hubspot: new HubspotClient(hubspot.url, hubspot.serviceKey),
    fields: defaultFields,
  };
  await setUpVendor(world, salesforce.credentials);
}

/**
 * Puts `count` leads into the org and `count` contacts into the portal, which have the vendor's own fields.
 * @param populated there are records already, so that contacts can only be made now
 */
export function loadPeople(
  { salesforce, hubspot }: Crms,
  options: { readonly count: number; readonly seed: number; readonly nowMs: number; readonly populated: boolean },
): void {
  const { count, seed, nowMs, populated } = options;
  salesforce.controls.loadLeads(count, { seed });
  hubspot.bulkContacts({
    seed,
    ...peopleOf('hubspot', count),
    productProperty: defaultFields.hubspot.product,
    ...(populated ? {} : { madeFrom: nowMs - HISTORY_MS, madeTo: nowMs }),
  });
}
