import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import type { Hint } from '../../../connectors/connector.ts';
import { eventsAddress } from '../../../connectors/salesforce/events/address.ts';
import { eventFailure } from '../../../connectors/salesforce/events/failure.ts';
import { headerReader } from '../../../connectors/salesforce/events/header.ts';
import { gathered, hintOf, topicOf } from '../../../connectors/salesforce/events/hints.ts';
import { longId } from '../../../connectors/salesforce/events/org-id.ts';
import { readReplay, writeReplay } from '../../../connectors/salesforce/events/replay.ts';
import { salesforceSettings } from '../../../connectors/salesforce/index.ts';

const LEAD = '00Q5g0000010101EAA';
const header = (changeType: string, more: object = {}) => ({
  entityName: 'Lead',
  recordIds: [LEAD],
  changeType,
  changeOrigin: 'com/salesforce/api/rest/68.0;client=browser',
  commitTimestamp: Date.UTC(2026, 0, 5),
  ...more,
});
const AT = '2026-01-05T00:00:00.000Z';

describe('hints', () => {
  test.each([
    ['CREATE', 'changed'],
    ['UPDATE', 'changed'],
    ['UNDELETE', 'changed'],
    ['DELETE', 'deleted'],
    ['GAP_CREATE', 'changed'],
    ['GAP_UPDATE', 'changed'],
    ['GAP_UNDELETE', 'changed'],
    ['GAP_DELETE', 'deleted'],
  ])('%s says that the record was %s', (type, what) => {
    expect(hintOf(header(type), 'Lead', 'sluice')).toEqual({ object: 'Lead', ids: [LEAD], at: AT, what });
  });

  test('an overflow, a gap that names no record and a change of unknown kind say to read the object', () => {
    const gap = { object: 'Lead', ids: [], at: AT, what: 'gap' };
    expect(hintOf(header('GAP_OVERFLOW', { recordIds: [] }), 'Lead', 'sluice')).toEqual(gap);
    expect(hintOf(header('GAP_UPDATE', { recordIds: ['00Q*'] }), 'Lead', 'sluice')).toEqual(gap);
    expect(hintOf(header('MELTED'), 'Lead', 'sluice')).toEqual(gap);
  });

  test('our own changes give none; those of a client whose name only looks like ours, and gaps, do', () => {
    const by = (client: string) => ({ changeOrigin: `com/salesforce/api/rest/68.0;client=${client}` });
    expect(hintOf(header('UPDATE', by('sluice')), 'Lead', 'sluice')).toBeNull();
    expect(hintOf(header('UPDATE', by('sluice/')), 'Lead', 'sluice')).toBeNull();
    for (const client of ['sluice2', 'my-sluice', 'SLUICE']) {
      expect(hintOf(header('UPDATE', by(client)), 'Lead', 'sluice')).not.toBeNull();
    }
    expect(hintOf(header('UPDATE', { changeOrigin: '' }), 'Lead', 'sluice')).not.toBeNull();
    expect(hintOf(header('GAP_UPDATE', by('sluice')), 'Lead', 'sluice')).not.toBeNull();
  });

  test('gathering loses no record and no meaning, and tells each once', () => {
    const hint = fc.record({
      object: fc.constantFrom('Lead', 'Contact'),
      ids: fc.array(fc.constantFrom('a', 'b', 'c')),
      at: fc.constantFrom('2026-01-01', '2026-01-02', '2026-01-03'),
      what: fc.constantFrom<Hint['what']>('changed', 'deleted', 'gap'),
    });
    const facts = (hints: readonly Hint[]) =>
      hints.flatMap(({ object, what, ids }) => [`${object} ${what}`, ...ids.map((id) => `${object} ${what} ${id}`)]);
    fc.assert(
      fc.property(fc.array(hint), (hints) => {
        const told = facts(gathered(hints));
        expect(new Set(told)).toEqual(new Set(facts(hints)));
        expect(new Set(told).size).toBe(told.length);
      }),
    );
  });

  test('the topic of a custom object ends in __ChangeEvent', () => {
    expect(topicOf('CampaignMember')).toBe('/data/CampaignMemberChangeEvent');
    expect(topicOf('Sluice_Offer__c')).toBe('/data/Sluice_Offer__ChangeEvent');
  });
});

describe('the place where listening goes on', () => {
  const ids = fc.dictionary(fc.constantFrom('Lead', 'Contact', 'Sluice_Offer__c'), fc.base64String({ minLength: 4 }));

  test('comes back as it was written', () => {
    fc.assert(
      fc.property(ids, (given) => {
        const replay = new Map(Object.entries(given));
        expect(readReplay(writeReplay(replay, '00D1'), '00D1')).toEqual(replay);
      }),
    );
  });

  test('is unknown where it is of another org or no such text, and empty where there is none yet', () => {
    expect(readReplay(writeReplay(new Map([['Lead', 'AAAA']]), '00D1'), '00D2')).toBeNull();
    for (const text of ['', '{', 'null', '{"org":"00D1"}', '{"org":"00D1","replay":{"Lead":7}}']) {
      expect(readReplay(text, '00D1')).toBeNull();
    }
    expect(readReplay(null, '00D1')).toEqual(new Map());
  });
});

describe('what a failed call asks for', () => {
  const failed = (code: status, name?: string) => {
    const metadata = new Metadata();
    if (name) metadata.set('error-code', `sfdc.platform.eventbus.grpc.${name}`);
    return eventFailure({ code, metadata }).next;
  };
  test.each([
    [status.UNAVAILABLE, 'service.unavailable', 'again'],
    [status.UNAVAILABLE, undefined, 'again'],
    [status.INTERNAL, 'subscription.internal.error', 'again'],
    [status.UNAUTHENTICATED, 'service.auth.error', 'renew'],
    [status.INVALID_ARGUMENT, 'subscription.fetch.replayid.corrupted', 'replay-lost'],
    [status.INVALID_ARGUMENT, 'subscription.fetch.replayid.validation.failed', 'replay-lost'],
    [status.INVALID_ARGUMENT, 'subscription.fetch.requested.events.invalid', 'stop'],
    [status.UNIMPLEMENTED, undefined, 'stop'],
    [status.NOT_FOUND, 'topic.not.found', 'missing'],
    [status.PERMISSION_DENIED, 'subscription.topic.cannot.subscribe', 'missing'],
    [status.PERMISSION_DENIED, 'service.tenant.license', 'stop'],
    [status.RESOURCE_EXHAUSTED, 'subscription.limit.exceeded', 'wait'],
  ])('%s with %s: %s', (code, name, next) => {
    expect(failed(code, name)).toBe(next);
  });
});

describe('the header of an event', () => {
  const schema = {
    type: 'record',
    name: 'LeadChangeEvent',
    namespace: 'com.sforce.eventbus',
    fields: [
      {
        name: 'ChangeEventHeader',
        type: {
          type: 'record',
          name: 'ChangeEventHeader',
          fields: [
            { name: 'entityName', type: 'string' },
            { name: 'recordIds', type: { type: 'array', items: 'string' } },
            { name: 'changeType', type: { type: 'enum', name: 'ChangeType', symbols: ['CREATE', 'UPDATE'] } },
            { name: 'changeOrigin', type: 'string' },
            { name: 'sequenceNumber', type: 'int' },
            { name: 'commitTimestamp', type: 'long' },
          ],
        },
      },
      {
        name: 'Name',
        type: ['null', { type: 'record', name: 'PersonName', fields: [{ name: 'LastName', type: 'string' }] }],
      },
      { name: 'Title', type: ['null', 'string'], default: null },
    ],
  } as const;

  test('is read by the schema of the event, whatever else the event holds', () => {
    const given = { ...header('UPDATE'), sequenceNumber: 1 };
    const body = { ChangeEventHeader: given, Name: { LastName: 'Ode' }, Title: 'CEO' };
    const payload = avsc.Type.forSchema(schema as unknown as avsc.Schema).toBuffer(body);
    expect({ ...headerReader(avsc.Type, JSON.stringify(schema))(payload) }).toEqual(header('UPDATE'));
  });

  test.each(['null', '"string"', '{"type":"record","name":"Low_Ink__e","fields":[]}', '<html>'])(
    'a schema without one is refused: %s',
    (json) => {
      expect(() => headerReader(avsc.Type, json)).toThrow();
    },
  );
});

describe('settings', () => {
  const auth = { type: 'client_credentials', clientId: 'c', clientSecret: 's' };
  const real = { url: 'https://acme.my.salesforce.com', auth };
  const emulated = { url: 'http://127.0.0.1:9', sandbox: true, auth };
  const address = (settings: object) => eventsAddress(salesforceSettings.parse(settings));

  test("a real org is listened to at Salesforce's address, an emulated one only where the settings say so", () => {
    expect(address(real)).toEqual({ target: 'api.pubsub.salesforce.com:7443', plaintext: false });
    expect(address({ ...real, events: false })).toBeNull();
    expect(address(emulated)).toBeNull();
  });

  test('a token goes to Salesforce only, and without TLS to this machine only', () => {
    const at = (url: string) => ({ events: { url } });
    expect(address({ ...real, ...at('api.deu.pubsub.salesforce.com:443') })?.plaintext).toBe(false);
    expect(() => address({ ...real, ...at('127.0.0.1:7443') })).toThrow('not an address of Salesforce');
    expect(() => address({ ...real, ...at('salesforce.com.evil.example:7443') })).toThrow(
      'not an address of Salesforce',
    );
    expect(() => address({ ...real, ...at('https://api.pubsub.salesforce.com') })).toThrow('host:port');
    expect(address({ ...emulated, ...at('127.0.0.1:7443') })).toEqual({ target: '127.0.0.1:7443', plaintext: true });
    expect(address({ ...emulated, ...at('emulator.example:7443') })?.plaintext).toBe(false);
  });

  test('the id of the org is sent in its long form', () => {
    expect(longId('00D5g0000010101')).toBe('00D5g0000010101EAA');
    expect(longId('00D5g0000010101EAA')).toBe('00D5g0000010101EAA');
    expect(longId('00DAbCdEFghIjkL')).toHaveLength(18);
  });
});
