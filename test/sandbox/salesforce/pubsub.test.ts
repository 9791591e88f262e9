/** What change events say: test/sandbox/salesforce/pubsub-service.test.ts has how they are fetched. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Org, TEXT_KEY } from './harness.ts';
import { PubSubClient, type Received, type Stream } from './pubsub-client.ts';

let org: Org;
let client: PubSubClient;

beforeAll(async () => {
  org = await Org.start();
  const [{ Id }] = await org.rows('SELECT Id FROM Organization');
  client = new PubSubClient(org, Id);
});
afterAll(async () => {
  client.close();
  await org.close();
});

const LEAD = { LastName: 'Ode', Company: 'Acme' };

/** A stream of all changes, open before anything else is done. */
async function listen(topic = '/data/ChangeEvents'): Promise<Stream> {
  const stream = client.subscribe(topic);
  // The answer to a later call on the same connection tells that the request before it has arrived.
  await client.call('GetTopic', { topic_name: '/data/ChangeEvents' });
  return stream;
}

const headers = (events: readonly Received[]) => events.map(({ body }) => body.ChangeEventHeader);
const told = (events: readonly Received[]) =>
  headers(events).map(({ entityName, changeType, recordIds }) => [entityName, changeType, ...recordIds]);

/** Names of the fields that a bitmap of the header marks, read the way the vendor's examples do. */
async function marked(event: Received, which: 'changedFields' | 'nulledFields'): Promise<string[]> {
  const { fields } = await client.type(event.schemaId);
  const names = (list: { name: string }[], hex: string): string[] => {
    const bits = BigInt(hex);
    return list.flatMap((field, place) => ((bits >> BigInt(place)) & 1n ? [field.name] : []));
  };
  return event.body.ChangeEventHeader[which].flatMap((text: string) => {
    const [place, nested] = text.split('-');
    if (nested === undefined) return names(fields, text);
    const parent = fields[Number(place)];
    const record = parent.type.types.find((type: { typeName: string }) => type.typeName === 'record');
    return names(record.fields, nested).map((name) => `${parent.name}.${name}`);
  });
}

describe('the life of a record', () => {
  test('is told as CREATE, UPDATE, DELETE and UNDELETE', async () => {
    const stream = await listen('/data/LeadChangeEvent');
    const id = await org.create('Lead', { ...LEAD, FirstName: 'Ann', City: 'Bonn', AnnualRevenue: 12 });
    await org.call('PATCH', `/sobjects/Lead/${id}`, { Title: 'CEO' });
    await org.call('DELETE', `/sobjects/Lead/${id}`);
    expect((await org.soap('u', `<undelete><ids>${id}</ids></undelete>`)).body).toContain('<success>true');
    const events = await stream.events(4);
    expect(told(events)).toEqual([
      ['Lead', 'CREATE', id],
      ['Lead', 'UPDATE', id],
      ['Lead', 'DELETE', id],
      ['Lead', 'UNDELETE', id],
    ]);
    expect(events[3]?.body).toMatchObject({ Title: 'CEO', Company: 'Acme', Name: { FirstName: 'Ann' } });
    expect(events[0]?.body).toMatchObject({
      Name: { Salutation: null, FirstName: 'Ann', LastName: 'Ode' },
      Address: { Street: null, City: 'Bonn', Latitude: null },
      Company: 'Acme',
      AnnualRevenue: 12,
      HasOptedOutOfEmail: false,
    });
    expect(events[0]?.body.CreatedDate).toBe(events[0]?.body.ChangeEventHeader.commitTimestamp);
    // Only what changed has a value.
    expect(events[1]?.body).toMatchObject({ Title: 'CEO', Company: null, Name: null });
    expect(events[2]?.body).toMatchObject({ Title: null, Company: null, LastModifiedDate: null });
    stream.call.cancel();
  });

  test('marks changed and emptied fields in bitmaps, parts of compound ones apart', async () => {
    const stream = await listen('/data/LeadChangeEvent');
    const id = await org.create('Lead', { ...LEAD, FirstName: 'Ann', City: 'Bonn', Title: 'CEO', Phone: '1' });
    org.clock.advance(1_000);
    await org.call('PATCH', `/sobjects/Lead/${id}`, { FirstName: 'Bea', City: null, Title: null, Company: 'Zeta' });
    const [created, updated] = (await stream.events(2)) as [Received, Received];
    expect(created.body.ChangeEventHeader).toMatchObject({ changedFields: [], nulledFields: [], diffFields: [] });
    expect(new Set(await marked(updated, 'changedFields'))).toEqual(
      new Set(['Name.FirstName', 'Address.City', 'Title', 'Company', 'LastModifiedDate']),
    );
    expect(await marked(updated, 'nulledFields')).toEqual(['Title', 'Address.City']);
    for (const text of updated.body.ChangeEventHeader.changedFields) expect(text).toMatch(/^(\d+-)?0x([0-9A-F]{2})+$/);
    stream.call.cancel();
  });

  test('a write that comes to nothing and one that is taken back are not told', async () => {
    const stream = await listen('/data/LeadChangeEvent');
    const records = [
      { attributes: { type: 'Lead' }, ...LEAD },
      { attributes: { type: 'Lead' }, Company: 'no last name' },
    ];
    await org.call('POST', '/composite/sobjects', { allOrNone: true, records });
    await org.call('POST', '/composite/sobjects', { allOrNone: false, records });
    const events = await stream.events(1);
    const [{ Id }] = await org.rows(
      "SELECT Id FROM Lead WHERE LastName = 'Ode' ORDER BY CreatedDate DESC, Id DESC LIMIT 1",
    );
    expect(told(events)).toEqual([['Lead', 'CREATE', Id]]);
    expect(stream.waiting).toBe(0);
    stream.call.cancel();
  });
});

describe('transactions', () => {
  test('records that one transaction changed alike share one event', async () => {
    const [a, b, c] = [await org.create('Lead', LEAD), await org.create('Lead', LEAD), await org.create('Lead', LEAD)];
    const stream = await listen('/data/LeadChangeEvent');
    const record = (id: string, Title: string) => ({ attributes: { type: 'Lead' }, id, Title });
    await org.call('PATCH', '/composite/sobjects', { records: [record(a, 'X'), record(b, 'Y'), record(c, 'X')] });
    await org.call('DELETE', `/composite/sobjects?ids=${a},${b},${c}`);
    const events = await stream.events(3);
    expect(told(events)).toEqual([
      ['Lead', 'UPDATE', a, c],
      ['Lead', 'UPDATE', b],
      ['Lead', 'DELETE', a, b, c],
    ]);
    const [first, second, third] = headers(events);
    expect(first.transactionKey).toBe(second.transactionKey);
    expect([first.sequenceNumber, second.sequenceNumber]).toEqual([1, 2]);
    expect(third.transactionKey).not.toBe(first.transactionKey);
    expect(third.commitNumber).toBeGreaterThan(first.commitNumber);
    stream.call.cancel();
  });

  test('say which client wrote', async () => {
    const stream = await listen('/data/LeadChangeEvent');
    const headersOf = { 'sforce-call-options': 'client=sluice' };
    await org.call('POST', '/sobjects/Lead', LEAD, headersOf);
    await org.call('POST', '/composite/sobjects', { records: [{ attributes: { type: 'Lead' }, ...LEAD }] }, headersOf);
    await org.create('Lead', LEAD);
    expect(headers(await stream.events(3)).map((header) => header.changeOrigin)).toEqual([
      'com/salesforce/api/rest/68.0;client=sluice',
      'com/salesforce/api/rest/68.0;client=sluice',
      'com/salesforce/api/rest/68.0',
    ]);
    stream.call.cancel();
  });

  test('a conversion tells the new records, the lead and its campaign members', async () => {
    const campaign = await org.create('Campaign', { Name: 'Fair' });
    const lead = await org.create('Lead', LEAD);
    const member = await org.create('CampaignMember', { CampaignId: campaign, LeadId: lead });
    const stream = await listen();
    const xml = `<convertLead><leadConverts><convertedStatus>Closed - Converted</convertedStatus><leadId>${lead}</leadId></leadConverts></convertLead>`;
    const reply = await org.soap('u', xml);
    expect(reply.body).toContain('<success>true');
    const events = await stream.events(6);
    expect(new Set(headers(events).map((header) => header.transactionKey)).size).toBe(1);
    expect(told(events).map(([entity, type]) => `${entity} ${type}`)).toEqual([
      'Account CREATE',
      'Contact CREATE',
      'Opportunity CREATE',
      'OpportunityContactRole CREATE',
      'CampaignMember UPDATE',
      'Lead UPDATE',
    ]);
    expect(told(events)[4]?.[2]).toBe(member);
    expect(headers(events)[0].changeOrigin).toBe('com/salesforce/api/soap/68.0');
    stream.call.cancel();
  });

  test('a merge tells the records that are gone and the one that stays', async () => {
    const [stays, goes] = [await org.create('Lead', LEAD), await org.create('Lead', { ...LEAD, Title: 'CEO' })];
    const stream = await listen('/data/LeadChangeEvent');
    const xml = `<merge><request><masterRecord><type>Lead</type><Id>${stays}</Id><Title>CEO</Title></masterRecord><recordToMergeIds>${goes}</recordToMergeIds></request></merge>`;
    const reply = await org.soap('u', xml);
    expect(reply.body).toContain('<success>true');
    const events = await stream.events(2);
    expect(new Set(told(events).map((one) => one.join(' ')))).toEqual(
      new Set([`Lead UPDATE ${stays}`, `Lead DELETE ${goes}`]),
    );
    stream.call.cancel();
  });

  test('a bulk job tells its rows, a chunk in one transaction', async () => {
    const stream = await listen('/data/LeadChangeEvent');
    const options = { 'sforce-call-options': 'client=loader' };
    const job = await org.call(
      'POST',
      '/jobs/ingest',
      { object: 'Lead', operation: 'insert', lineEnding: 'LF' },
      options,
    );
    const csv = 'LastName,Company\nA,Acme\nB,Acme\n,no last name\n';
    await org.call('PUT', `/jobs/ingest/${job.body.id}/batches`, csv, { 'content-type': 'text/csv' });
    await org.call('PATCH', `/jobs/ingest/${job.body.id}`, { state: 'UploadComplete' });
    for (let state = ''; state !== 'JobComplete'; org.clock.advance(5_000)) {
      ({ state } = (await org.call('GET', `/jobs/ingest/${job.body.id}`)).body);
    }
    const events = await stream.events(2);
    expect(events.map(({ body }) => body.Name.LastName)).toEqual(['A', 'B']);
    expect(new Set(headers(events).map((header) => header.transactionKey)).size).toBe(1);
    expect(headers(events)[0].changeOrigin).toBe('com/salesforce/api/rest/68.0;client=loader');
    stream.call.cancel();
  });

  test('a campaign member, which has no bin, is told as DELETE', async () => {
    const campaign = await org.create('Campaign', { Name: 'Fair' });
    const member = await org.create('CampaignMember', { CampaignId: campaign, LeadId: await org.create('Lead', LEAD) });
    const stream = await listen('/data/CampaignMemberChangeEvent');
    await org.call('DELETE', `/sobjects/CampaignMember/${member}`);
    expect(told(await stream.events(1))).toEqual([['CampaignMember', 'DELETE', member]]);
    stream.call.cancel();
  });
});

describe('schemas', () => {
  test('a new field makes a new schema; its values come once the user may see it', async () => {
    const stream = await listen('/data/LeadChangeEvent');
    await org.create('Lead', LEAD);
    const [before] = (await stream.events(1)) as [Received];
    await org.deploy({ 'Lead.Key__c': TEXT_KEY }, false);
    const topic = await client.call('GetTopic', { topic_name: '/data/LeadChangeEvent' });
    expect(topic.schema_id).not.toBe(before.schemaId);
    await org.grant(['Lead.Key__c']);
    await org.create('Lead', { ...LEAD, Key__c: 'k1' });
    const [after] = (await stream.events(1)) as [Received];
    expect(after.schemaId).toBe(topic.schema_id);
    expect(after.body.Key__c).toBe('k1');
    expect(before.body).not.toHaveProperty('Key__c');
    stream.call.cancel();
  });

  test('formula fields and system fields of no use are left out', async () => {
    const { schema_id: id } = await client.call('GetTopic', { topic_name: '/data/OpportunityChangeEvent' });
    const { fields } = await client.type(id);
    const names = fields.map((field: { name: string }) => field.name);
    expect(names[0]).toBe('ChangeEventHeader');
    expect(names).toEqual(expect.arrayContaining(['Name', 'StageName', 'CloseDate', 'LastModifiedDate']));
    for (const name of ['Id', 'IsDeleted', 'SystemModstamp', 'IsWon', 'FiscalYear']) expect(names).not.toContain(name);
  });

  test('a custom object has a topic of its own', async () => {
    const reply = await org.soap(
      'm',
      '<createMetadata><metadata xsi:type="CustomObject"><fullName>Sluice_Offer__c</fullName><label>Offer</label><pluralLabel>Offers</pluralLabel><nameField><type>Text</type><label>Name</label></nameField><deploymentStatus>Deployed</deploymentStatus><sharingModel>ReadWrite</sharingModel></metadata></createMetadata>',
    );
    expect(reply.body).not.toContain('<success>false');
    const stream = await listen('/data/Sluice_Offer__ChangeEvent');
    const id = await org.create('Sluice_Offer__c', { Name: 'O-1' });
    expect(told(await stream.events(1))).toEqual([['Sluice_Offer__c', 'CREATE', id]]);
    stream.call.cancel();
  });
});

describe('on demand', () => {
  test('gap events have the ids and no values', async () => {
    const stream = await listen('/data/LeadChangeEvent');
    const control = org.sandbox.changeEvents;
    if (!control) throw new Error('change data capture is off');
    control.gaps = true;
    const id = await org.create('Lead', LEAD);
    control.gaps = false;
    const [event] = await stream.events(1);
    expect(told(event ? [event] : [])).toEqual([['Lead', 'GAP_CREATE', id]]);
    expect(event?.body).toMatchObject({ Company: null, Name: null });
    stream.call.cancel();
  });

  test('a transaction of too many changes ends in one overflow event an entity, without ids', async () => {
    const stream = await listen('/data/LeadChangeEvent');
    const control = org.sandbox.changeEvents;
    if (!control) throw new Error('change data capture is off');
    control.overflowAbove = 2;
    const records = ['1', '2', '3', '4'].map((LastName) => ({ attributes: { type: 'Lead' }, ...LEAD, LastName }));
    const reply = await org.call('POST', '/composite/sobjects', { records });
    control.overflowAbove = 100_000;
    expect(told(await stream.events(3))).toEqual([
      ['Lead', 'CREATE', reply.body[0].id],
      ['Lead', 'CREATE', reply.body[1].id],
      ['Lead', 'GAP_OVERFLOW'],
    ]);
    stream.call.cancel();
  });
});
