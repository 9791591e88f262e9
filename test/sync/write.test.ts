import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Store } from '../../src/store/database.ts';
import { LeaseLost } from '../../src/store/lease.ts';
import { run } from '../../src/sync/run.ts';
import type { Ruling } from '../support/fake-connector.ts';
import { testStore } from '../support/store.ts';
import { personInHubSpot, personInSalesforce, populate, World } from './world.ts';

let store: Store;
let world: World;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  world = await World.create(store);
  populate(world);
});

/** The next writes of an object meet this ruling, `times` times. */
function rule(crm: 'salesforce' | 'hubspot', object: string, ruling: Ruling, times = Number.POSITIVE_INFINITY): void {
  let left = times;
  world[crm].ruling = (written) => (written === object && left-- > 0 ? ruling : null);
}

const writtenTo = (crm: 'salesforce' | 'hubspot', object: string) =>
  world[crm].calls.filter((call) => call.call === 'write' && call.object === object).flatMap((call) => call.rows);

describe('a row that the CRM refuses', () => {
  const refusal: Ruling = {
    status: 'reject',
    code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
    message: 'A partner lead needs a region',
  };
  beforeEach(async () => {
    world.salesforce.put('Lead', '00Q2', personInSalesforce('Bea', 'Kurz', 'bea@acme.de'));
    world.salesforce.ruling = (object, row) => (object === 'Lead' && row.id === '00Q1' ? refusal : null);
  });

  test('goes to the error centre in the words of the CRM, with what to do', async () => {
    await world.sync();
    expect(await world.errors()).toMatchObject([
      {
        connection: 'salesforce',
        object: 'Lead',
        record_id: '00Q1',
        stage: 'write',
        code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        message: 'A partner lead needs a region',
        hint: expect.stringContaining('sent again when it, its mapping or the CRM changes'),
      },
    ]);
  });

  test('keeps no other row from being written, and the run says so', async () => {
    const summary = await world.sync();
    expect(summary).toMatchObject({ status: 'done with rejects', connections: { salesforce: { rejected: 1 } } });
    expect(world.salesforce.fields('Lead', '00Q2').Sluice_Status__c).toBe('Offered');
    expect(world.hubspot.fields('contacts', '101').sluice_status).toBe('Offered');
    expect(world.salesforce.records('Sluice_Offer__c').size).toBe(2);
  });

  test('waits: it is not sent again while the same would be written', async () => {
    await world.sync();
    const sent = writtenTo('salesforce', 'Lead').filter((row) => row.id === '00Q1').length;
    world.pass(6);
    await world.sync();
    await world.sync({ full: true });
    expect(writtenTo('salesforce', 'Lead').filter((row) => row.id === '00Q1')).toHaveLength(sent);
    expect(await world.outbox()).toMatchObject([{ object: 'Lead', record_id: '00Q1', state: 'rejected' }]);
  });

  test('is sent again when what is to be written changes, and then its error is closed', async () => {
    await world.sync();
    world.salesforce.ruling = () => null;
    world.hubspot.put('contacts', '101', { jobtitle: 'Clerk' });
    world.salesforce.put('Lead', '00Q1', { Title: 'Clerk' });
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1')).toMatchObject({ Sluice_Status__c: 'Offered' });
    expect(await world.errors()).toEqual([]);
    expect(await world.outbox()).toEqual([]);
  });
});

describe('a row that the CRM cannot take at the moment', () => {
  const busy: Ruling = {
    status: 'retry',
    code: 'UNABLE_TO_LOCK_ROW',
    message: 'unable to obtain exclusive access',
    afterMs: 500,
  };

  test('is sent again in the same run', async () => {
    rule('salesforce', 'Lead', busy, 1);
    expect((await world.sync()).status).toBe('done');
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    expect(writtenTo('salesforce', 'Lead')).toHaveLength(2);
  });

  test('waits for the next run where it goes on and on, and is no error of the record', async () => {
    rule('salesforce', 'Lead', busy);
    const summary = await world.sync();
    expect(summary.connections.salesforce).toMatchObject({ waiting: 1, rejected: 0 });
    expect(await world.errors()).toEqual([]);
    world.salesforce.ruling = () => null;
    world.pass(1);
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    expect(await world.outbox()).toEqual([]);
  });

  test('is not sent before the time that the CRM named', async () => {
    rule('salesforce', 'Lead', { ...busy, afterMs: 3_600_000 });
    await world.sync();
    const sent = writtenTo('salesforce', 'Lead').length;
    await world.sync();
    expect(writtenTo('salesforce', 'Lead')).toHaveLength(sent);
    expect((await world.outbox()).map((row) => row.state)).toEqual(['pending']);
  });
});

describe('a record that is gone when it is written to', () => {
  test('is no error; nothing waits for it', async () => {
    rule('salesforce', 'Lead', {
      status: 'reject',
      code: 'ENTITY_IS_DELETED',
      message: 'entity is deleted',
      gone: true,
    });
    expect((await world.sync()).status).toBe('done');
    expect(await world.errors()).toEqual([]);
    expect(await world.outbox()).toEqual([]);
  });
});

describe('a row whose answer was lost', () => {
  test('and that arrived is read back and not sent twice', async () => {
    rule('salesforce', 'Lead', { status: 'unknown', written: true }, 1);
    expect((await world.sync()).status).toBe('done');
    expect(writtenTo('salesforce', 'Lead')).toHaveLength(1);
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    expect(await world.outbox()).toEqual([]);
  });

  test('and that did not arrive is sent again', async () => {
    rule('salesforce', 'Lead', { status: 'unknown', written: false }, 1);
    await world.sync();
    expect(writtenTo('salesforce', 'Lead')).toHaveLength(2);
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
  });

  test('a create that arrived is found by its key: there is one offer, and it is known', async () => {
    rule('salesforce', 'Sluice_Offer__c', { status: 'unknown', written: true }, 1);
    await world.sync();
    expect(writtenTo('salesforce', 'Sluice_Offer__c')).toHaveLength(1);
    const offers = [...world.salesforce.records('Sluice_Offer__c')];
    expect(offers).toHaveLength(1);
    // Its answer finds home.
    world.salesforce.put('Sluice_Offer__c', offers[0]?.[0] ?? '', { Response__c: 'Accepted' });
    await world.sync();
    expect((await world.lead('anna@acme.de')).state).toBe('Accepted');
    expect(world.salesforce.fields('Sluice_Offer__c', offers[0]?.[0] ?? '').Status__c).toBe('Accepted');
  });

  test('a create that did not arrive is made once', async () => {
    rule('salesforce', 'Sluice_Offer__c', { status: 'unknown', written: false }, 1);
    await world.sync();
    expect(world.salesforce.records('Sluice_Offer__c').size).toBe(1);
  });

  test('an edit that somebody made meanwhile survives', async () => {
    rule('hubspot', 'contacts', { status: 'unknown', written: true }, 1);
    world.hubspot.boundary = (call, when) => {
      if (call.call === 'write' && when === 'after') world.hubspot.put('contacts', '101', { jobtitle: 'CIO' });
    };
    await world.sync();
    expect(world.hubspot.fields('contacts', '101')).toMatchObject({ jobtitle: 'CIO', sluice_status: 'Offered' });
    const [person] = await store.db.selectFrom('records').selectAll().where('id', '=', '101').execute();
    expect(person?.fields).toMatchObject({ jobtitle: 'CIO' });
  });

  test('is not sent again where it is out of date by then: what holds now stands in the CRM', async () => {
    await world.sync();
    const before = world.salesforce.fields('Lead', '00Q1').Sluice_Score__c;
    // Anna's title changes, but the process dies before her new score reaches the CRM.
    world.salesforce.put('Lead', '00Q1', { Title: 'Clerk' });
    world.salesforce.boundary = (call) => {
      if (call.call === 'write') throw new Error('killed');
    };
    await expect(world.sync()).rejects.toThrow('killed');
    world.salesforce.boundary = () => undefined;
    // Before the next run the title is corrected: her score is again what the CRM shows.
    world.salesforce.put('Lead', '00Q1', { Title: 'Head of IT' });
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Score__c).toBe(before);
    expect(await world.outbox()).toEqual([]);
  });
});

describe('a connection that stops', () => {
  const stopReads = () => {
    world.hubspot.boundary = () => {
      throw world.hubspot.stop('BAD_CREDENTIALS', 'HubSpot does not accept the refresh token', {
        hint: 'Connect again.',
      });
    };
  };

  test('leaves the other one going', async () => {
    stopReads();
    const summary = await world.sync();
    expect(summary).toMatchObject({
      status: 'stopped',
      connections: {
        salesforce: { problem: null },
        hubspot: { problem: { code: 'BAD_CREDENTIALS', hint: 'Connect again.', resumesAt: null } },
      },
    });
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
  });

  test('says when it can go on where the CRM said so', async () => {
    world.salesforce.boundary = () => {
      throw world.salesforce.stop('REQUEST_LIMIT_EXCEEDED', 'no calls left today', { retryAfterMs: 3_600_000 });
    };
    const { problem } = (await world.sync()).connections.salesforce ?? {};
    expect(Date.parse(problem?.resumesAt ?? '')).toBeGreaterThan(world.now);
    expect(Date.parse(problem?.resumesAt ?? '')).toBeLessThan(world.now + 3_600_000);
  });

  test('while it writes: what was not sent waits and is written by the next run', async () => {
    world.hubspot.put('contacts', '102', personInHubSpot('Bea', 'Kurz', 'bea@acme.de'));
    world.hubspot.batchSize = 1;
    let writes = 0;
    world.hubspot.boundary = (call, when) => {
      if (call.call === 'write' && when === 'before' && ++writes === 2)
        throw world.hubspot.stop('DAILY_LIMIT', 'the daily limit is reached', { retryAfterMs: 1_000 });
    };
    expect((await world.sync()).status).toBe('stopped');
    expect((await world.outbox()).map((row) => [row.object, row.state])).toEqual([['contacts', 'pending']]);
    world.hubspot.boundary = () => undefined;
    expect((await world.sync()).status).toBe('done');
    const states = [...world.hubspot.records('contacts').values()].map((contact) => contact.sluice_status);
    expect(states).toEqual(['Offered', 'Offered']);
    expect(await world.outbox()).toEqual([]);
  });

  test('is told on the connection, until a run goes through', async () => {
    await world.sync();
    await sql`insert into connections (name, kind) values ('hubspot', 'hubspot') on conflict do nothing`.execute(
      store.db,
    );
    stopReads();
    await world.sync();
    const problem = () =>
      store.db.selectFrom('connections').select('problem').where('name', '=', 'hubspot').executeTakeFirst();
    expect(await problem()).toEqual({ problem: 'HubSpot does not accept the refresh token' });
    world.hubspot.boundary = () => undefined;
    await world.sync();
    expect(await problem()).toEqual({ problem: null });
  });
});

describe('a run that loses its lease', () => {
  /** Everything of the store that a run changes. */
  async function held() {
    const tables = ['records', 'links', 'events', 'leads', 'offers', 'outbox', 'streams', 'errors'] as const;
    return Object.fromEntries(
      await Promise.all(
        tables.map(async (table) => [
          table,
          (await sql`select * from ${sql.table(table)} order by 1, 2, 3`.execute(store.db)).rows,
        ]),
      ),
    );
  }

  test.each([
    ['before its first page', 'read', 'Lead'],
    ['between deciding and writing', 'write', 'Lead'],
    ['while its offers are written', 'write', 'Sluice_Offer__c'],
  ] as const)('%s: keeps nothing more and says so', async (_when, call, object) => {
    let after: unknown;
    world.salesforce.boundary = async (made, when) => {
      if (after !== undefined || made.call !== call || made.object !== object || when !== 'after') return;
      await sql`update leases set fence = fence + 1, holder = '{}'`.execute(store.db);
      after = await held();
    };
    const lease = await world.lease();
    await expect(run(await world.environment(), lease, world.runOptions())).rejects.toThrow(LeaseLost);
    expect(await held()).toEqual(after);
  });

  test('what it had sent is read back by the next run, which ends as if nothing had been', async () => {
    world.salesforce.boundary = async (made, when) => {
      if (made.call === 'write' && when === 'after') await sql`update leases set fence = fence + 1`.execute(store.db);
    };
    const lease = await world.lease();
    await expect(run(await world.environment(), lease, world.runOptions())).rejects.toThrow(LeaseLost);
    world.salesforce.boundary = () => undefined;
    await sql`update leases set expires_at = now() - interval '1 second'`.execute(store.db);
    expect((await world.sync()).status).toBe('done');
    expect(world.salesforce.records('Sluice_Offer__c').size).toBe(1);
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    expect(await world.outbox()).toEqual([]);
  });

  test('it sends no batch after the lease was taken, however short a time ago it was renewed', async () => {
    world.salesforce.put('Lead', '00Q2', personInSalesforce('Bea', 'Kurz', 'bea@acme.de'));
    world.salesforce.batchSize = 1;
    let sent = 0;
    world.salesforce.boundary = async (made, when) => {
      if (made.call !== 'write' || made.object !== 'Lead' || when !== 'after') return;
      sent += 1;
      await sql`update leases set fence = fence + 1, holder = '{}'`.execute(store.db);
    };
    const lease = await world.lease();
    await expect(run(await world.environment(), lease, world.runOptions())).rejects.toThrow(LeaseLost);
    expect(sent).toBe(1);
  });

  test('it sends no batch after the one whose answer it waited for when the lease was taken', async () => {
    world.salesforce.put('Lead', '00Q2', personInSalesforce('Bea', 'Kurz', 'bea@acme.de'));
    world.salesforce.batchSize = 1;
    const sent: string[] = [];
    world.salesforce.boundary = (made, when) => {
      if (made.call === 'write' && made.object === 'Lead' && when === 'after') sent.push(made.object);
    };
    const lease = await world.lease();
    const renew = () => (sent.length > 0 ? Promise.reject(new LeaseLost(lease.name)) : lease.renew());
    const running = run(await world.environment(), { ...lease, renew }, world.runOptions());
    await expect(running).rejects.toThrow(LeaseLost);
    expect(sent).toEqual(['Lead']);
  });
});

test('what was sent by a process that died is known for ours when it is read back, though something else is wanted by then', async () => {
  await world.sync();
  const status = () => world.salesforce.fields('Lead', '00Q1').Sluice_Status__c;
  world.hubspot.put('contacts', '101', { hs_email_optout: true });
  const died = new Error('killed');
  world.salesforce.boundary = (made, when) => {
    if (made.call === 'write' && made.object === 'Lead' && when === 'after') throw died;
  };
  const lease = await world.lease();
  await expect(run(await world.environment(), lease, world.runOptions())).rejects.toThrow(died);
  await lease.release();
  expect(status()).toBe('Withheld');
  // It cannot be read back at first, and meanwhile the lead is released again.
  world.salesforce.boundary = (made) => {
    if (made.call === 'readByIds') throw world.salesforce.stop('UNREACHABLE', 'no answer');
  };
  world.hubspot.put('contacts', '101', { hs_email_optout: false });
  await world.sync();
  const [lead] = (await world.outbox()).filter(({ object }) => object === 'Lead');
  expect(lead?.state).toBe('unknown');
  world.salesforce.boundary = () => undefined;
  await world.sync();
  expect(status()).toBe('Offered');
  expect(await store.db.selectFrom('contests').selectAll().execute()).toEqual([]);
  expect(await store.db.selectFrom('history').selectAll().execute()).toEqual([]);
});

describe('records that cannot be routed or read', () => {
  test('a lead without e-mail, phone or company is held and says what is missing; the others go on', async () => {
    world.salesforce.put('Lead', '00Q3', { ...personInSalesforce('No', 'Mail', null), Phone: null });
    world.salesforce.put('Lead', '00Q4', { ...personInSalesforce('No', 'Company', 'nobody@gmail.com'), Company: null });
    expect((await world.sync()).status).toBe('done');
    expect(world.salesforce.fields('Lead', '00Q3')).toMatchObject({
      Sluice_Status__c: 'Held',
      Sluice_Reason__c: expect.stringContaining('neither an e-mail address nor a phone number'),
    });
    expect(world.salesforce.fields('Lead', '00Q4')).toMatchObject({
      Sluice_Status__c: 'Held',
      Sluice_Reason__c: expect.stringContaining('no company'),
    });
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
  });

  test('a held lead goes on as soon as the CRM has what was missing', async () => {
    world.salesforce.put('Lead', '00Q3', { ...personInSalesforce('No', 'Mail', null), Phone: null });
    await world.sync();
    world.salesforce.put('Lead', '00Q3', { Email: 'found@acme.de' });
    await world.sync();
    expect(world.salesforce.fields('Lead', '00Q3').Sluice_Status__c).toBe('Offered');
  });

  test('a value that cannot be read goes to the error centre with its field, and its record goes on', async () => {
    world.salesforce.put('Lead', '00Q1', { NumberOfEmployees: 'plenty' });
    await world.sync();
    expect(await world.errors()).toMatchObject([
      { object: 'Lead', record_id: '00Q1', stage: 'map', code: 'BAD_VALUE', fields: ['NumberOfEmployees'] },
    ]);
    expect(world.salesforce.fields('Lead', '00Q1').Sluice_Status__c).toBe('Offered');
    world.salesforce.put('Lead', '00Q1', { NumberOfEmployees: 300 });
    await world.sync();
    expect(await world.errors()).toEqual([]);
  });
});
