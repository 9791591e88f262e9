/** Listening to the emulated org. What each event means is in events-pure.test.ts. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Connector, Hint } from '../../../connectors/connector.ts';
import { createSalesforce, salesforceSettings } from '../../../connectors/salesforce/index.ts';
import { Faults, SandboxClock, startSalesforce } from '../../../sandbox/index.ts';
import { recordPorts } from '../ports.ts';

/** Time jumps far in these tests; sessions end where a test says so. */
const SESSION_MS = 1_000 * 3_600_000;
let clock: SandboxClock;
let salesforce: Awaited<ReturnType<typeof startSalesforce>>;
const open: Ear[] = [];

beforeEach(async () => {
  clock = new SandboxClock(Date.parse('2026-06-01T00:00:00Z'));
  salesforce = await startSalesforce({ clock, sessionMs: SESSION_MS });
});
afterEach(async () => {
  for (const ear of open.splice(0)) await ear.stop();
  await salesforce.close();
});

function control() {
  if (!salesforce.changeEvents) throw new Error('change data capture is off');
  return salesforce.changeEvents;
}

/** Another client of the org. */
async function http(method: string, path: string, body?: unknown, client?: string) {
  const response = await fetch(`${salesforce.url}/services/data/v68.0${path}`, {
    method,
    headers: {
      authorization: `Bearer ${salesforce.credentials.accessToken}`,
      'content-type': 'application/json',
      ...(client === undefined ? {} : { 'sforce-call-options': `client=${client}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

async function lead(LastName: string, client?: string): Promise<string> {
  return (await http('POST', '/sobjects/Lead', { LastName, Company: 'Acme' }, client)).id;
}

/** A connector that listens, and what it has told. */
class Ear {
  readonly hints: Hint[] = [];
  readonly batches: (readonly Hint[])[] = [];
  replay: string | null;
  readonly recorded = recordPorts(clock);
  readonly crm: Connector;
  readonly #abort = new AbortController();
  readonly ended: Promise<void>;
  #wake: () => void = () => undefined;
  /** Called with each batch before it counts as saved. */
  onBatch: () => Promise<void> = async () => undefined;

  constructor(objects: readonly string[], replay: string | null = null, settings: object = {}) {
    const { url, clientId, clientSecret, pubSub } = salesforce.credentials;
    const auth = { type: 'client_credentials', clientId, clientSecret };
    const parsed = salesforceSettings.parse({ url, sandbox: true, auth, events: { url: pubSub }, ...settings });
    this.crm = createSalesforce(parsed, this.recorded.ports);
    this.replay = replay;
    const listen = this.crm.listen?.bind(this.crm);
    if (!listen) throw new Error('the connector does not listen');
    this.ended = listen({
      objects,
      replay,
      signal: this.#abort.signal,
      onHints: async (hints, next) => {
        await this.onBatch();
        this.hints.push(...hints);
        this.batches.push(hints);
        this.replay = next;
        this.#wake();
      },
    });
    // Tests that expect an end look at `ended`; the others must not die of it before they are over.
    this.ended.catch(() => undefined);
    open.push(this);
  }

  /** Resolves when `enough` holds. */
  async until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ids of a meaning, in the order told. */
  ids(what: Hint['what'], object = 'Lead'): string[] {
    return this.hints.filter((hint) => hint.what === what && hint.object === object).flatMap((hint) => [...hint.ids]);
  }

  count(what: Hint['what'], object = 'Lead'): number {
    return this.hints.filter((hint) => hint.what === what && hint.object === object).length;
  }

  /** Resolves when every stream is open, which the first keepalive tells. */
  async ready(objects: readonly string[]): Promise<void> {
    const known = () => objects.every((object) => this.replay?.includes(`"${object}"`));
    const jumps = setInterval(() => clock.advance(270_000), 20);
    await this.until(known);
    clearInterval(jumps);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.ended.catch(() => undefined);
    await this.crm.close();
  }
}

/** A connector that listens already. */
async function listening(objects: readonly string[] = ['Lead'], settings: object = {}): Promise<Ear> {
  const ear = new Ear(objects, null, settings);
  await ear.ready(objects);
  return ear;
}

describe('hints', () => {
  test('tell which records changed and which were deleted, with the instant of the commit', async () => {
    const ear = await listening();
    const id = await lead('Ode');
    await ear.until(() => ear.ids('changed').includes(id));
    const at = ear.hints.find((hint) => hint.ids.includes(id))?.at ?? '';
    expect(Math.abs(Date.parse(at) - clock.now())).toBeLessThan(3_600_000);
    await http('DELETE', `/sobjects/Lead/${id}`);
    await ear.until(() => ear.ids('deleted').includes(id));
  });

  test('of campaign members and custom objects come like those of any object', async () => {
    const offers = { name: 'Sluice_Offer__c', label: 'Offer', plural: 'Offers' };
    await new Ear([]).crm.provision({ objects: [offers], fields: [] }, { dryRun: false });
    const ear = await listening(['Lead', 'CampaignMember', 'Sluice_Offer__c']);
    const offer = (await http('POST', '/sobjects/Sluice_Offer__c', {})).id;
    const campaign = (await http('POST', '/sobjects/Campaign', { Name: 'Fair' })).id;
    const member = (await http('POST', '/sobjects/CampaignMember', { CampaignId: campaign, LeadId: await lead('A') }))
      .id;
    await http('DELETE', `/sobjects/CampaignMember/${member}`);
    await ear.until(() => ear.ids('deleted', 'CampaignMember').includes(member));
    expect(ear.ids('changed', 'CampaignMember')).toContain(member);
    await ear.until(() => ear.ids('changed', 'Sluice_Offer__c').includes(offer));
    expect(ear.hints.some((hint) => hint.object === 'Campaign')).toBe(false);
  });

  test('name every record of an event that several records share', async () => {
    const ids = [await lead('1'), await lead('2'), await lead('3')];
    const ear = await listening();
    const records = ids.map((id) => ({ attributes: { type: 'Lead' }, id, Title: 'CEO' }));
    await http('PATCH', '/composite/sobjects', { records });
    await ear.until(() => ear.ids('changed').length >= 3);
    expect(ear.ids('changed')).toEqual(ids);
  });

  test('of our own writes do not come; the place moves past them all the same', async () => {
    const ear = await listening();
    const before = ear.replay;
    await lead('ours', 'sluice');
    await ear.until(() => ear.replay !== before);
    const theirs = await lead('theirs', 'browser');
    await ear.until(() => ear.hints.length > 0);
    expect(ear.ids('changed')).toEqual([theirs]);
  });

  test("the connector's own writes carry its name", async () => {
    const id = await lead('theirs, then ours');
    const ear = await listening(['Lead'], { client: 'sluice-emea' });
    const before = ear.replay;
    const [outcome] = await ear.crm.write('Lead', [{ key: 'k', id, fields: { Title: 'CEO' } }]);
    expect(outcome?.status).toBe('ok');
    await ear.until(() => ear.replay !== before);
    const theirs = await lead('theirs', 'sluice');
    await ear.until(() => ear.hints.length > 0);
    expect(ear.ids('changed')).toEqual([theirs]);
  });

  test('of gap events name the records, those of overflow events say to read the object', async () => {
    const ear = await listening();
    control().gaps = true;
    const id = await lead('gap', 'sluice');
    control().gaps = false;
    await ear.until(() => ear.ids('changed').includes(id));
    control().overflowAbove = 0;
    await lead('overflow');
    await ear.until(() => ear.count('gap') === 1);
    expect(ear.hints.at(-1)).toMatchObject({ object: 'Lead', ids: [], what: 'gap' });
  });

  test('of events that come several times say nothing new', async () => {
    const ear = await listening();
    control().deliveries = 3;
    const ids = [await lead('1'), await lead('2')];
    await ear.until(() => ids.every((id) => ear.ids('changed').includes(id)));
    expect(new Set(ear.ids('changed'))).toEqual(new Set(ids));
  });

  test.each(['duplicate-events', 'reordered-events'] as const)(
    'are complete under %s and dropped streams',
    async (fault) => {
      await salesforce.close();
      const faults = new Faults({ rules: [{ fault, every: 1 }] });
      salesforce = await startSalesforce({ clock, faults, sessionMs: SESSION_MS });
      const ear = await listening();
      const records = Array.from({ length: 20 }, (_, i) => ({
        attributes: { type: 'Lead' },
        LastName: String(i),
        Company: 'Acme',
      }));
      const ids: string[] = [];
      for (let round = 0; round < 5; round += 1) {
        const results: { id: string }[] = await http('POST', '/composite/sobjects', { records });
        ids.push(...results.map(({ id }) => id));
        if (round % 2 === 0) control().dropStreams();
      }
      await ear.until(() => ids.every((id) => ear.ids('changed').includes(id)));
      expect(faults.counts[fault]).toBeGreaterThan(0);
    },
  );

  test('go on after a field is added', async () => {
    const ear = await listening();
    await lead('before');
    await ear.until(() => ear.ids('changed').length === 1);
    const spec = {
      objects: [],
      fields: [{ object: 'Lead', name: 'Note__c', label: 'Note', kind: 'text' as const, length: 9 }],
    };
    await ear.crm.provision(spec, { dryRun: false });
    const id = await lead('after');
    await ear.until(() => ear.ids('changed').includes(id));
    expect(ear.count('gap')).toBe(0);
  });

  test('are told in batches while the one before is being saved, and none is lost', async () => {
    const ear = await listening();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    ear.onBatch = () => held;
    const ids: string[] = [];
    for (let i = 0; i < 120; i += 1) ids.push(await lead(String(i)));
    release();
    await ear.until(() => ids.every((id) => ear.ids('changed').includes(id)));
    expect(ear.ids('changed')).toEqual(ids);
    expect(ear.batches.length).toBeLessThan(120);
  });
});

describe('going on', () => {
  test('after a dropped stream nothing is missing and nothing comes twice', async () => {
    const ear = await listening();
    const ids: string[] = [];
    for (let i = 0; i < 30; i += 1) {
      if (i % 10 === 5) control().dropStreams();
      ids.push(await lead(String(i)));
    }
    await ear.until(() => ids.every((id) => ear.ids('changed').includes(id)));
    expect(ear.ids('changed')).toEqual(ids);
    expect(ear.count('gap')).toBe(0);
  });

  test('after a restart, from what was saved', async () => {
    const first = await listening();
    await lead('heard');
    await first.until(() => first.ids('changed').length === 1);
    await first.stop();
    const missed = await lead('missed');
    const second = new Ear(['Lead'], first.replay);
    await second.until(() => second.hints.length > 0);
    expect(second.ids('changed')).toEqual([missed]);
    expect(second.count('gap')).toBe(0);
  });

  test('what was told but not saved is told again', async () => {
    const first = await listening();
    const saved = first.replay;
    const id = await lead('unsaved');
    await first.until(() => first.ids('changed').includes(id));
    await first.stop();
    const second = new Ear(['Lead'], saved);
    await second.until(() => second.ids('changed').includes(id));
  });

  test('a quiet object keeps its place fresh', async () => {
    const ear = await listening();
    const saved = ear.replay;
    await ear.ready(['Lead']);
    clock.advance(270_000);
    await ear.until(() => ear.replay !== saved);
    expect(ear.hints).toEqual([]);
  });

  test('a stream that was dropped before it had a place says so with a gap', async () => {
    const ear = new Ear(['Lead']);
    const jumps = setInterval(() => control().dropStreams(), 20);
    await new Promise<void>((resolve) => {
      const { sleep } = ear.recorded.ports;
      const noticed = (ms: number) => {
        resolve();
        return sleep(ms);
      };
      Object.assign(ear.recorded.ports, { sleep: noticed });
    });
    clearInterval(jumps);
    await ear.ready(['Lead']);
    await ear.until(() => ear.count('gap') === 1);
    const id = await lead('after');
    await ear.until(() => ear.ids('changed').includes(id));
    expect(ear.count('gap')).toBe(1);
  });

  test('a place that Salesforce no longer knows is a gap, then goes on with the next change', async () => {
    const first = await listening(['Lead', 'Contact']);
    await first.stop();
    await http('POST', '/sobjects/Contact', { LastName: 'lost' });
    clock.advance(80 * 3_600_000);
    await lead('forgets the old');
    const second = new Ear(['Lead', 'Contact'], first.replay);
    await second.until(() => second.count('gap', 'Lead') === 1 && second.count('gap', 'Contact') === 1);
    expect(second.hints.every((hint) => hint.ids.length === 0)).toBe(true);
    await second.ready(['Lead', 'Contact']);
    const id = await lead('next');
    await second.until(() => second.ids('changed').includes(id));
  });

  test('a place of another org is a gap of each object', async () => {
    const ear = new Ear(['Lead', 'Contact'], '{"org":"00D000000000000","replay":{"Lead":"AAAA"}}');
    await ear.until(() => ear.count('gap', 'Lead') === 1 && ear.count('gap', 'Contact') === 1);
  });

  test('after the deliveries of the day ran out nothing is missing', async () => {
    const ear = await listening();
    control().deliveriesLeft = 0;
    const id = await lead('waits');
    const { sleep } = ear.recorded.ports;
    const slept = new Promise<void>((resolve) => {
      const noticed = (ms: number) => {
        control().deliveriesLeft = null;
        resolve();
        return sleep(ms);
      };
      Object.assign(ear.recorded.ports, { sleep: noticed });
    });
    await slept;
    await ear.until(() => ear.ids('changed').includes(id));
    expect(ear.recorded.sleeps.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(7 * 60_000);
    expect(ear.recorded.logged.join()).toContain('subscription.limit.exceeded');
  });

  test('a session that ended is renewed once', async () => {
    const ear = await listening();
    const saved = ear.recorded.saved.length;
    // The org ends the session before its time, as an administrator can.
    const [session] = ear.recorded.saved.slice(-1);
    await fetch(`${salesforce.url}/services/oauth2/revoke?token=${encodeURIComponent(session?.accessToken ?? '')}`);
    control().dropStreams();
    const id = await lead('after');
    await ear.until(() => ear.ids('changed').includes(id));
    expect(ear.recorded.saved.length).toBe(saved + 1);
  });
});

describe('what cannot be listened to', () => {
  test('an object that is not selected is left to polling with one warning; the others go on', async () => {
    control().selected = ['Lead'];
    const ear = new Ear(['Lead', 'Contact']);
    await ear.ready(['Lead']);
    control().dropStreams();
    const id = await lead('heard');
    await ear.until(() => ear.ids('changed').includes(id));
    const warnings = ear.recorded.logged.filter((line) => line.includes('left to polling'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('"object":"Contact"');
  });

  test('an object that the user may not see is left to polling as well', async () => {
    control().forbidden = ['Contact'];
    const ear = new Ear(['Lead', 'Contact']);
    await ear.ready(['Lead']);
    expect(ear.recorded.logged.join()).toContain('subscription.topic.cannot.subscribe');
  });

  test('where no object is left, listening ends with what to do', async () => {
    control().selected = [];
    const ear = new Ear(['Lead', 'Contact']);
    await expect(ear.ended).rejects.toMatchObject({
      action: 'stop',
      code: 'NO_CHANGE_EVENTS',
      hint: expect.stringContaining('Change Data Capture, select Lead, Contact'),
    });
  });

  test('a session that is refused after it was renewed ends listening', async () => {
    const other = await startSalesforce({ clock, seed: 2 });
    try {
      // Tokens of one org, events of another: what a wrong address looks like.
      const deaf = new Ear(['Lead'], null, { events: { url: other.credentials.pubSub } });
      await expect(deaf.ended).rejects.toMatchObject({ action: 'stop', code: 'BAD_CREDENTIALS' });
    } finally {
      await other.close();
    }
  });

  test('an error of the one who is told ends listening with that error', async () => {
    const ear = await listening();
    ear.onBatch = () => Promise.reject(new Error('the database is gone'));
    await lead('any');
    await expect(ear.ended).rejects.toThrow('the database is gone');
  });

  test('a signal ends listening at once, also one that was given before', async () => {
    const ear = await listening();
    await ear.stop();
    await expect(ear.ended).resolves.toBeUndefined();
    const abort = AbortSignal.abort();
    await ear.crm.listen?.({ objects: ['Lead'], replay: null, signal: abort, onHints: async () => undefined });
  });

  test('events: false leaves a connector that does not listen', () => {
    const { url, clientId, clientSecret } = salesforce.credentials;
    const auth = { type: 'client_credentials', clientId, clientSecret };
    const settings = salesforceSettings.parse({ url, sandbox: true, auth, events: false });
    expect(createSalesforce(settings, recordPorts(clock).ports)).not.toHaveProperty('listen');
  });

  test('no token and no value of a record is logged', async () => {
    const ear = await listening();
    control().dropStreams();
    const id = await lead('Secretname');
    await ear.until(() => ear.ids('changed').includes(id));
    const lines = ear.recorded.logged.join('\n');
    expect(lines).not.toContain('Secretname');
    for (const tokens of ear.recorded.saved) expect(lines).not.toContain(tokens.accessToken);
  });
});
