/** The kit against every connector there is. */
import { type Conformant, describeConnector, type Fields, type Trouble } from '../../connectors/conformance/index.ts';
import type { Connector, FieldKind } from '../../connectors/connector.ts';
import { createHubSpot, hubspotSettings } from '../../connectors/hubspot/index.ts';
import { createSalesforce, salesforceSettings } from '../../connectors/salesforce/index.ts';
import { type FaultScheduleInput, Faults, startHubSpot, startSalesforce } from '../../sandbox/index.ts';
import { HubSpotDesk, SalesforceDesk } from '../sim/crms.ts';
import { FakeCrm, type Ruling } from '../support/fake-connector.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { recordPorts } from './ports.ts';

const START = Date.parse('2026-06-01T00:00:00Z');
const YEARS = 10 * 365 * 24 * 3_600_000;
type Rule = FaultScheduleInput['rules'][number];

/** The kit's troubles as faults of the sandbox. */
function rulesOf(trouble: Trouble | null, writes: string, busy: Rule): Rule[] {
  switch (trouble) {
    case null:
      return [];
    case 'answer-lost':
      return [{ fault: 'reset-after', path: writes, nth: 1 }];
    case 'write-lost':
      return [{ fault: 'reset-before', path: writes, nth: 1 }];
    case 'row-busy':
      return [busy];
    case 'garbage-once':
      return [{ fault: 'garbage', nth: 1 }];
    case 'garbage':
      return [{ fault: 'garbage', every: 1 }];
    case 'unauthorized-once':
      return [{ fault: 'unauthorized', nth: 1 }];
    case 'unauthorized':
      return [{ fault: 'unauthorized', every: 1 }];
    case 'quota':
      return [{ fault: 'limited', scope: 'daily', every: 1 }];
  }
}
const ALL = new Set<Trouble>([
  'answer-lost',
  'write-lost',
  'row-busy',
  'garbage-once',
  'garbage',
  'unauthorized-once',
  'unauthorized',
  'quota',
]);

function salesforce(): Conformant {
  const clock = new SteppedClock(START);
  const faults = new Faults();
  let org: Awaited<ReturnType<typeof startSalesforce>>;
  let other: Awaited<ReturnType<typeof startSalesforce>>;
  // Refresh tokens rotate: all connectors to one org share what they were given last.
  const tokens = { mine: recordPorts(clock).store, other: recordPorts(clock).store };
  const openTo = (to: typeof org, store: (typeof tokens)['mine'], sizes: { page: number; batch: number }) => {
    const { ports, calls } = recordPorts(clock, store);
    const { url, clientId, clientSecret, refreshToken } = to.credentials;
    const auth = { type: 'refresh_token', clientId, clientSecret, refreshToken };
    const settings = { url, sandbox: true, auth, pageSize: sizes.page, batchSize: sizes.batch };
    return { connector: createSalesforce(salesforceSettings.parse(settings), ports), calls };
  };
  return {
    name: 'Salesforce',
    start: async () => {
      org = await startSalesforce({ clock, faults, sessionMs: YEARS });
      other = await startSalesforce({ clock, seed: 2, sessionMs: YEARS });
      const desk = new SalesforceDesk(org.url, org.credentials.accessToken);
      return {
        object: 'Lead',
        fields: { text: 'Title', number: 'NumberOfEmployees', key: 'Sluice_Id__c' },
        required: () => ({ LastName: 'Kit', Company: 'Kit' }),
        put: (fields: Fields) => desk.create('Lead', { LastName: 'Kit', Company: 'Kit', ...fields }),
        change: (id, fields) => desk.update('Lead', id, fields),
        delete: (id) => desk.remove('Lead', id),
        merge: async (survivor, loser) => {
          await desk.merge('Lead', survivor, loser);
          return survivor;
        },
        raw: async (fields) => new Map((await desk.query('Lead', fields)).map((row) => [row.id, row.fields])),
        pass: (ms) => clock.advance(ms),
        troubles: ALL,
        trouble: (trouble) =>
          faults.use({
            rules: rulesOf(trouble, '/services/data/*/composite/sobjects*', {
              fault: 'row-lock',
              share: 0.5,
              every: 1,
            }),
          }),
        close: async () => {
          await org.close();
          await other.close();
        },
      };
    },
    open: (sizes) => openTo(org, tokens.mine, sizes),
    openOther: () => openTo(other, tokens.other, { page: 3, batch: 4 }),
    spec: {
      objects: [{ name: 'Kit__c', label: 'Kit', plural: 'Kits' }],
      fields: [
        { object: 'Lead', name: 'Sluice_Id__c', label: 'Sluice Id', kind: 'text', length: 64, unique: true },
        { object: 'Kit__c', name: 'State__c', label: 'State', kind: 'picklist', values: ['On', 'Off'] },
      ],
    },
  };
}

function hubspot(): Conformant {
  const clock = new SteppedClock(START);
  const faults = new Faults();
  let portal: Awaited<ReturnType<typeof startHubSpot>>;
  let other: Awaited<ReturnType<typeof startHubSpot>>;
  const openTo = (to: typeof portal, sizes: { page: number; batch: number }) => {
    const { ports, calls } = recordPorts(clock);
    const { url, clientId, clientSecret, refreshToken } = to.credentials;
    const auth = { type: 'oauth', clientId, clientSecret, refreshToken };
    const { page, batch } = sizes;
    const settings = { url, sandbox: true, auth, listPageSize: page, searchPageSize: page, batchSize: batch };
    return { connector: createHubSpot(hubspotSettings.parse(settings), ports), calls };
  };
  let people = 0;
  const required = () => ({ email: `kit-${++people}@example.com` });
  const texts = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value ?? '')]));
  return {
    name: 'HubSpot',
    start: async () => {
      portal = await startHubSpot({ clock, faults, limits: false });
      other = await startHubSpot({ clock, seed: 2, limits: false });
      const desk = new HubSpotDesk(portal.url, portal.serviceKey);
      return {
        object: 'contacts',
        fields: { text: 'jobtitle', number: 'kit_size', key: 'kit_id' },
        required,
        put: (fields: Fields) => desk.create('contacts', texts({ ...required(), ...fields })),
        change: (id, fields) => desk.update('contacts', id, texts(fields)),
        delete: (id) => desk.archive('contacts', id),
        merge: (survivor, loser) => desk.merge('contacts', survivor, loser),
        raw: async (fields) => new Map((await desk.list('contacts', fields)).map((row) => [row.id, row.fields])),
        pass: (ms) => clock.advance(ms),
        troubles: ALL,
        trouble: (trouble) =>
          faults.use({ rules: rulesOf(trouble, '/crm/*/batch/up*', { fault: 'partial', share: 0.5, every: 1 }) }),
        close: async () => {
          await portal.close();
          await other.close();
        },
      };
    },
    open: (sizes) => openTo(portal, sizes),
    openOther: () => openTo(other, { page: 3, batch: 4 }),
    spec: {
      objects: [],
      fields: [
        { object: 'contacts', name: 'kit_id', label: 'Kit id', kind: 'text', unique: true },
        { object: 'contacts', name: 'kit_size', label: 'Kit size', kind: 'number' },
      ],
    },
  };
}

/** The connector of the tests, which stands in for both and so must not differ from them. */
function fake(): Conformant {
  const clock = new SteppedClock(START);
  const field = (name: string, kind: FieldKind, unique = false) => ({
    name,
    label: name,
    kind,
    writable: true,
    unique,
  });
  const fields = [field('text', 'text'), field('number', 'number'), field('key', 'text', true)];
  const crm = new FakeCrm('fake', 'fake', [{ object: 'thing', label: 'Thing', fields }], () => clock.now());
  const rulings: Partial<Record<Trouble, Ruling>> = {
    'answer-lost': { status: 'unknown', written: true },
    'write-lost': { status: 'unknown', written: false },
    'row-busy': { status: 'retry', code: 'UNABLE_TO_LOCK_ROW', message: 'somebody else has it' },
  };
  let made = 0;
  return {
    name: 'The fake of the tests',
    start: async () => ({
      object: 'thing',
      fields: { text: 'text', number: 'number', key: 'key' },
      required: () => ({}),
      put: async (given: Fields) => {
        const id = `t${String(++made).padStart(6, '0')}`;
        crm.put('thing', id, given);
        return id;
      },
      change: async (id, given) => crm.put('thing', id, given),
      delete: async (id) => crm.delete('thing', id),
      merge: async (survivor, loser) => {
        crm.merge('thing', loser, survivor);
        return survivor;
      },
      raw: async (names) =>
        new Map(
          [...crm.records('thing')].map(([id, all]) => [
            id,
            Object.fromEntries(names.map((name) => [name, all[name] ?? null])),
          ]),
        ),
      pass: (ms) => clock.advance(ms),
      troubles: new Set(Object.keys(rulings) as Trouble[]),
      trouble: (trouble) => {
        const ruling = trouble === null ? undefined : rulings[trouble];
        crm.ruling = () => ruling ?? null;
      },
      close: async () => undefined,
    }),
    open: ({ page, batch }) => {
      crm.pageSize = page;
      crm.batchSize = batch;
      return { connector: crm.connector() as Connector, calls: {} };
    },
  };
}

describeConnector(salesforce());
describeConnector(hubspot());
describeConnector(fake());
