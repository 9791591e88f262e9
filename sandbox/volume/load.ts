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

/**
 * Puts `count` leads into the org and `count` contacts into the portal.
 * @param furnished the vendor's own fields are there already and records too, so that contacts can only be made now
 */
export async function loadPeople(
  crms: { readonly salesforce: SalesforceSandbox; readonly hubspot: HubSpotSandbox },
  options: { readonly count: number; readonly seed: number; readonly nowMs: number; readonly furnished: boolean },
): Promise<void> {
  const { salesforce, hubspot } = crms;
  const { count, seed, nowMs, furnished } = options;
  if (!furnished) {
    const world = {
      salesforce: new SalesforceClient(salesforce.credentials),
      hubspot: new HubspotClient(hubspot.url, hubspot.serviceKey),
      fields: defaultFields,
    };
    await setUpVendor(world, salesforce.credentials);
  }
  salesforce.controls.loadLeads(count, { seed });
  hubspot.bulkContacts({
    seed,
    ...peopleOf('hubspot', count),
    productProperty: defaultFields.hubspot.product,
    ...(furnished ? {} : { madeFrom: nowMs - HISTORY_MS, madeTo: nowMs }),
  });
}
