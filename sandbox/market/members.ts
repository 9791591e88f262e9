import type { MarketEvent } from './events.ts';
import type { Person } from './people.ts';
import type { Response } from './responses.ts';
import type { SalesforceRow } from './salesforce-client.ts';
import { instantOf, tally, type World } from './world.ts';

/** Writes campaign members: who is sent something becomes one, who responds is marked so, on the spot where unknown. */
export async function createMembers(world: World, events: readonly MarketEvent[]): Promise<void> {
  const fresh = new Map<string, SalesforceRow>();
  const responded: string[] = [];
  for (const event of events) {
    if (event.kind !== 'sent' && event.kind !== 'response') continue;
    const { person, response } = event;
    if (event.kind === 'response') noteTouch(world, person, response);
    const key = memberKey(person, response);
    const known = fresh.has(key) || world.state.members.has(key);
    if (known && event.kind === 'response') responded.push(key);
    if (known || (event.kind === 'response' && !response.inSalesforce)) continue;
    const row = memberRow(world, key, person, response, event.kind === 'sent' ? 'Sent' : 'Responded');
    if (row) fresh.set(key, row);
  }
  const rows = [...fresh.values()];
  const ids = await world.salesforce.create(rows);
  rows.forEach(({ key }, index) => {
    const id = ids[index];
    if (id) world.state.members.set(key, id);
  });
  const updates = responded.flatMap((key) => {
    const id = world.state.members.get(key);
    return id ? [{ key, type: 'CampaignMember', id, fields: { Status: 'Responded' } }] : [];
  });
  await world.salesforce.update(updates);
  tally(world, 'campaign members', rows.length + updates.length);
}

function memberKey(person: Person, { campaign }: Response): string {
  return `${person.id}/${campaign.key}`;
}

function memberRow(
  world: World,
  key: string,
  person: Person,
  { campaign }: Response,
  Status: string,
): SalesforceRow | null {
  const CampaignId = world.state.campaignIds.get(campaign.key)?.salesforceId;
  const record = world.state.salesforceRecord(person);
  if (!CampaignId || !record) return null;
  const who = record.object === 'Contact' ? { ContactId: record.id } : { LeadId: record.id };
  return { key, type: 'CampaignMember', fields: { CampaignId, ...who, Status } };
}

function noteTouch(world: World, person: Person, { campaign, at, inSalesforce, inHubspot }: Response): void {
  world.state.touches.push({
    personId: person.id,
    campaign: campaign.name,
    at: instantOf(world, at),
    heldIn: [...(inSalesforce ? (['salesforce'] as const) : []), ...(inHubspot ? (['hubspot'] as const) : [])],
  });
}
