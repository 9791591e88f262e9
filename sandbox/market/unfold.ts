/** Lets happen what happens by itself: records appear, people respond, qualify, opt out, are edited and deleted. */
import type { MarketEvent } from './events.ts';
import { createMembers } from './members.ts';
import type { Person } from './people.ts';
import { companyProperties, hubspotProperties, qualifiedIn, salesforceFields } from './rows.ts';
import { instantOf, tally, type World } from './world.ts';

type RecordEvent = MarketEvent & { kind: 'record' };

/** Carries out due events, given in order of time, in as few calls as the CRMs allow. */
export async function unfold(world: World, events: readonly MarketEvent[]): Promise<void> {
  for (const wave of waves(events)) await createRecords(world, wave);
  await createMembers(world, events);
  await updateRecords(world, events);
  await deleteRecords(world, events);
}

/** The first record of each person, then the second of each, and so on: a later one may name an earlier one. */
function waves(events: readonly MarketEvent[]): RecordEvent[][] {
  const seen = new Map<Person, number>();
  const result: RecordEvent[][] = [];
  for (const event of events) {
    if (event.kind !== 'record') continue;
    const turn = seen.get(event.person) ?? 0;
    seen.set(event.person, turn + 1);
    const wave = result[turn] ?? [];
    wave.push(event);
    result[turn] = wave;
  }
  return result;
}

async function createRecords(world: World, events: readonly RecordEvent[]): Promise<void> {
  const inSalesforce = events.filter(({ plan }) => plan.crm === 'salesforce');
  const inHubspot = events.filter(({ plan }) => plan.crm === 'hubspot');
  await Promise.all([createInSalesforce(world, inSalesforce), createInHubspot(world, inHubspot)]);
}

async function createInSalesforce(world: World, events: readonly RecordEvent[]): Promise<void> {
  const sorted = ['Contact', 'Lead'].flatMap((object) => events.filter(({ plan }) => plan.object === object));
  const rows = sorted.map(({ person, plan }) => ({
    key: plan.key,
    type: plan.object,
    fields: salesforceFields(world, person, plan),
  }));
  remember(world, sorted, await world.salesforce.create(rows));
}

async function createInHubspot(world: World, events: readonly RecordEvent[]): Promise<void> {
  const { state, hubspot } = world;
  const strangers = new Map(
    events
      .filter(({ person }) => !state.hubspotCompanies.has(person.company.key))
      .map(({ person }) => [person.company.key, companyProperties(person)] as const),
  );
  const companyIds = await hubspot.create(
    'companies',
    [...strangers].map(([key, properties]) => ({ key, properties })),
  );
  [...strangers.keys()].forEach((key, index) => {
    const id = companyIds[index];
    if (id) state.hubspotCompanies.set(key, id);
  });
  const rows = events.map(({ person, plan }) => {
    const companyId = state.hubspotCompanies.get(person.company.key);
    const properties = hubspotProperties(world, person, plan);
    return { key: plan.key, properties, ...(companyId === undefined ? {} : { companyId }) };
  });
  remember(world, events, await hubspot.create('contacts', rows));
}

function remember(world: World, events: readonly RecordEvent[], ids: readonly (string | null)[]): void {
  events.forEach(({ person, plan }, index) => {
    const id = ids[index];
    if (!id) return;
    world.state.remember(person, { key: plan.key, crm: plan.crm, object: plan.object, id });
    tally(world, `${plan.crm} ${plan.object}`);
  });
}

/** One update a record, whatever happened to it. */
async function updateRecords(world: World, events: readonly MarketEvent[]): Promise<void> {
  const salesforce = new Map<string, { key: string; type: string; id: string; fields: Record<string, unknown> }>();
  const hubspot = new Map<string, { key: string; id: string; properties: Record<string, string> }>();
  const change = (
    person: Person,
    crm: 'salesforce' | 'hubspot',
    values: (object: string) => Record<string, unknown>,
  ) => {
    for (const { key, id, object, ...record } of world.state.recordsOf(person)) {
      if (record.crm !== crm || world.state.convertedLeads.has(id)) continue;
      if (crm === 'salesforce') {
        const row = salesforce.get(id) ?? { key, type: object, id, fields: {} };
        salesforce.set(id, { ...row, fields: { ...row.fields, ...values(object) } });
      } else {
        const row = hubspot.get(id) ?? { key, id, properties: {} };
        hubspot.set(id, { ...row, properties: { ...row.properties, ...(values(object) as Record<string, string>) } });
      }
    }
  };
  for (const event of events) {
    const { person } = event;
    if (event.kind === 'qualified') {
      tally(world, 'qualified');
      const stage = { [world.fields.salesforce.lead.stage]: 'MQL' };
      if (qualifiedIn(person, 'salesforce')) change(person, 'salesforce', () => stage);
      if (qualifiedIn(person, 'hubspot'))
        change(person, 'hubspot', () => ({ lifecyclestage: 'marketingqualifiedlead' }));
    } else if (event.kind === 'opted out') {
      tally(world, 'opted out');
      change(person, 'salesforce', () => ({ HasOptedOutOfEmail: true }));
      change(person, 'hubspot', () => ({ hs_email_optout: 'true' }));
    } else if (event.kind === 'edited') {
      tally(world, 'edited');
      change(person, event.crm, (object) => ({ [editedField(object, event.edit.what)]: event.edit.value }));
    } else if (event.kind === 'response' && event.response.inHubspot) {
      change(person, 'hubspot', () => convertingCampaign(world, event));
    }
  }
  const rows = [...salesforce.values()].sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
  await Promise.all([world.salesforce.update(rows), world.hubspot.update('contacts', [...hubspot.values()])]);
}

function editedField(object: string, what: 'phone' | 'title' | 'country'): string {
  if (object === 'contacts') return { phone: 'phone', title: 'jobtitle', country: 'country' }[what];
  return { phone: 'Phone', title: 'Title', country: object === 'Lead' ? 'Country' : 'MailingCountry' }[what];
}

/** HubSpot keeps the first and the last converting campaign of a contact. */
function convertingCampaign(world: World, { person, response, at }: MarketEvent & { kind: 'sent' | 'response' }) {
  const campaign = world.state.campaignIds.get(response.campaign.key)?.hubspotId ?? '';
  const time = instantOf(world, at);
  const last = { hs_analytics_last_touch_converting_campaign: campaign, hs_analytics_last_timestamp: time };
  if (world.state.touchedInHubspot.has(person.id)) return last;
  world.state.touchedInHubspot.add(person.id);
  return {
    hs_analytics_first_touch_converting_campaign: campaign,
    hs_analytics_first_timestamp: time,
    ...last,
  };
}

async function deleteRecords(world: World, events: readonly MarketEvent[]): Promise<void> {
  const doomed = events.flatMap((event) => {
    const record = event.kind === 'deleted' ? world.state.records.get(event.recordKey) : undefined;
    return record && !world.state.convertedLeads.has(record.id) ? [record] : [];
  });
  await Promise.all([
    world.salesforce.remove(doomed.filter(({ crm }) => crm === 'salesforce')),
    world.hubspot.archive(
      'contacts',
      doomed.filter(({ crm }) => crm === 'hubspot'),
    ),
  ]);
  for (const { key } of doomed) world.state.forget(key);
  tally(world, 'deleted', doomed.length);
}
