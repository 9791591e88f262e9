/** What routing reads of the past from the store, and that every decision can be made again from it. */
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compileRouting, type Routing } from '../../../src/leads/routing.ts';
import { claimLead } from '../../../src/leads/service/claim.ts';
import { explainLead } from '../../../src/leads/service/explain.ts';
import { poolFor } from '../../../src/leads/service/pool.ts';
import { loadStanding } from '../../../src/leads/service/standing.ts';
import { compileSlaVersion } from '../../../src/leads/service/terms.ts';
import type { PersonFacts } from '../../../src/model/person.ts';
import { anna, Channel, type PersonRow } from '../../support/channel.ts';
import { emptyStore, testStore } from '../../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());

let channel: Channel;
let routing: Routing;
let alder: string;
let brook: string;

const HEAD = 'version: 1\noffer: { acceptWithin: 48h }\nweights: { tier: { Platinum: 9, Gold: 5 } }\notherwise: pool\n';

async function rules(text: string, hash = 'rules-1'): Promise<void> {
  routing = compileRouting('routing.yaml', HEAD + text);
  await channel.rules(hash, HEAD + text);
}

beforeEach(async () => {
  await emptyStore(store);
  channel = new Channel(db);
  alder = await channel.partner('001A', { name: 'Alder', tier: 'Platinum' });
  brook = await channel.partner('001B', { name: 'Brook', tier: 'Gold' });
});

const someone = (id: string, facts: Partial<PersonFacts> = {}): PersonRow => ({
  id: `pe_${id}`,
  facts: { ...anna.facts, email: `${id}@acme.de`, ...facts },
  records: [['salesforce', 'Lead', `00Q${id}`]],
});
const arrives = async (id: string, facts: Partial<PersonFacts> = {}) => {
  await channel.people([someone(id, facts)]);
  await channel.decide();
};
const partnerOf = async (id: string) => (await channel.leadOf(`pe_${id}`)).partner_id;
const reasonOf = async (id: string) =>
  (await db.selectFrom('leads').select('reason').where('person_id', '=', `pe_${id}`).executeTakeFirstOrThrow()).reason;

/** Every decision made so far gives the same bytes again. */
async function expectReplays(): Promise<void> {
  const leads = await db.selectFrom('leads').select('id').execute();
  let decisions = 0;
  for (const { id } of leads) {
    const explained = await explainLead(db, id, (body, file) => compileRouting(file, body), { now: channel.now });
    for (const { problem } of explained.decisions) expect(problem).toBeNull();
    decisions += explained.decisions.length;
  }
  expect(decisions).toBeGreaterThan(0);
}

describe('every decision can be made again', () => {
  test('after turns by shares, with what comes later not in view', async () => {
    await rules('routes: [{ name: shares, method: weighted-round-robin, shares: { tier: { Platinum: 2 } } }]');
    for (let n = 0; n < 6; n++) await arrives(`t${n}`);
    const got = await Promise.all(Array.from({ length: 6 }, (_, n) => partnerOf(`t${n}`)));
    expect(got.filter((id) => id === alder)).toHaveLength(4);
    await expectReplays();
  });

  test('after leads that a partner won, lost and rejected', async () => {
    await rules(
      'segment: { by: [product], prior: 1 }\neligible: { coolDown: { rejected: 1, within: 30d } }\nroutes: [{ name: proven, method: best-fit, weights: { performance: 10 } }]',
    );
    await arrives('p1');
    const first = await partnerOf('p1');
    await channel.answer(await channel.offerOf('pe_p1'), 'Rejected');
    await channel.decide();
    const second = await partnerOf('p1');
    expect(second).toBe(first === alder ? brook : alder);
    // Whoever rejected rests from the product, for others it is asked again.
    await arrives('p2');
    expect(await partnerOf('p2')).toBe(second);
    await arrives('p3', { product: 'Relay' });
    await channel.partner('001A', { name: 'Alder', competencies: ['Vault', 'Relay'] });
    await arrives('p4', { product: 'Relay' });
    expect(await partnerOf('p4')).toBe(alder);
    await channel.answer(await channel.offerOf('pe_p2'), 'Accepted');
    await channel.decide();
    await channel.deal('006X', null, '100.00');
    await expectReplays();
  });

  test('after leads that were won: results count from when the partner had room again', async () => {
    await rules(
      'segment: { by: [product], prior: 1 }\nroutes: [{ name: proven, method: best-fit, weights: { performance: 10 } }]',
    );
    await channel.people([{ ...anna, records: [['salesforce', 'Contact', '0035e00001XyZabAAB']] }]);
    await channel.decide();
    const winner = (await channel.leadOf('pe_anna')).partner_id;
    await channel.answer(await channel.offerOf('pe_anna'), 'Accepted');
    await channel.decide();
    await arrives('r1');
    expect(await partnerOf('r1')).not.toBe(winner);
    await channel.deal('006A', '0035e00001XyZabAAB', '1000.00');
    await channel.decide();
    const { market } = await loadStanding(db, null, routing, channel.now);
    expect(market.results).toEqual([
      {
        partnerId: winner,
        country: 'DE',
        product: 'Vault',
        industry: null,
        grade: expect.any(String),
        won: 1,
        closed: 1,
      },
    ]);
    await arrives('r2');
    expect(await partnerOf('r2')).toBe(winner);
    await expectReplays();
  });

  test('under the limits of a day and a week, fairness and the account', async () => {
    await channel.partner('001A', { name: 'Alder', tier: 'Platinum', dailyCapacity: 1 });
    await rules(
      'fairness: { grades: [A, B, C, D], channel: { floor: 50, enforce: true }, partners: { floor: 90, within: 5, enforce: true } }\nroutes:\n  - { name: owned, when: lead.score >= 0, method: owner }\n  - { name: big, when: person.employees > 100, method: direct }\n  - { name: all, method: best-fit }',
    );
    await arrives('f1', { domain: 'one.de' });
    await arrives('f2', { domain: 'two.de' });
    await arrives('f3', { domain: 'three.de' });
    const states = await db.selectFrom('leads').select(['state', 'partner_id']).orderBy('released_at').execute();
    expect(states).toEqual([
      { state: 'Offered', partner_id: alder },
      { state: 'Direct', partner_id: null },
      { state: 'Offered', partner_id: brook },
    ]);
    await channel.answer(await channel.offerOf('pe_f3'), 'Accepted');
    await channel.decide();
    await arrives('f4', { domain: 'three.de' });
    expect(await partnerOf('f4')).toBe(brook);
    expect(await reasonOf('f4')).toContain('works the account');
    await expectReplays();
  });
});

describe('a lead for which nobody has time', () => {
  test('is tried again later by itself', async () => {
    channel.sla = {
      hash: 'sla-1',
      sla: compileSlaVersion({
        file: 'sla.yaml',
        holidays: [],
        text: 'version: 1\ncalendars: { office: { zone: UTC, hours: { mon-fri: ["09:00-17:00"] } } }\ncalendarOf: { otherwise: office }\npolicies: { standard: { accept: { within: 4h, missed: reassign } } }\nuse: [{ policy: standard }]',
      }),
    };
    await rules('eligible: { workingHours: true }\nroutes: [{ name: all, method: best-fit }]');
    await channel.people([someone('n1')]);
    await channel.decideAt('2026-03-02T20:00:00Z');
    expect((await channel.leadOf('pe_n1')).state).toBe('In pool');
    expect(await reasonOf('n1')).toContain('2 have closed');
    await channel.decideAt('2026-03-03T08:30:00Z');
    expect((await channel.leadOf('pe_n1')).state).toBe('In pool');
    await channel.decideAt('2026-03-03T09:30:00Z');
    expect((await channel.leadOf('pe_n1')).state).toBe('Offered');
    await expectReplays();
  });
});

describe('missing facts', () => {
  test('hold a lead back until the CRM has them', async () => {
    await rules('routes: [{ name: all, method: best-fit, needs: [industry] }]');
    await arrives('m1');
    expect((await channel.leadOf('pe_m1')).state).toBe('Held');
    expect(await reasonOf('m1')).toBe('Held back: route "all" needs to know industry');
    await arrives('m1', { industry: 'Mining' });
    expect((await channel.leadOf('pe_m1')).state).toBe('Offered');
    await expectReplays();
  });
});

describe('the company of a lead', () => {
  test('is known again by its name where it has no domain, however its legal form is written', async () => {
    await rules('routes:\n  - { name: owned, method: owner }\n  - { name: rest, method: round-robin }');
    const at = (companyName: string) => ({ companyName, domain: null });
    await arrives('n1', at('Acme GmbH'));
    const owner = await partnerOf('n1');
    await channel.answer(await channel.offerOf('pe_n1'), 'Accepted');
    await channel.decide();
    await arrives('n2', at('ACME G.m.b.H.'));
    await arrives('n3', at('Acme'));
    await arrives('n4', at('Acme Logistics'));
    expect([await partnerOf('n2'), await partnerOf('n3')]).toEqual([owner, owner]);
    expect(await reasonOf('n2')).toContain('owned');
    expect(await reasonOf('n4')).not.toContain('owned');
    await expectReplays();
  });
});

describe('the pool', () => {
  const claim = async (lead: string, partner: string) => {
    const { id } = await channel.leadOf(`pe_${lead}`);
    return db.transaction().execute((tx) => claimLead(tx, id, partner, routing, null, channel.now));
  };

  test('gives a lead to the first that claims it, and takes it for an accepted offer', async () => {
    await rules('routes: [{ name: shared, method: pool }]');
    await arrives('c1');
    expect(await claim('c1', brook)).toMatchObject({
      kind: 'claimed',
      offer: { status: 'Accepted', partnerId: brook },
    });
    expect(await claim('c1', alder)).toEqual({
      kind: 'refused',
      why: 'the lead is not in the pool any more: a partner has it',
    });
    expect(await reasonOf('c1')).toBe('Claimed by Brook');
    const { partners } = await loadStanding(db, null, routing, channel.now);
    expect(partners.map(({ id, load }) => [id, load])).toEqual(
      expect.arrayContaining([
        [alder, 0],
        [brook, 1],
      ]),
    );
    await arrives('c2');
    await expectReplays();
  });

  test('shows and gives to a partner only what it may have, and nothing that names anybody', async () => {
    await channel.partner('001B', { name: 'Brook', capacity: 0 });
    await rules('routes: [{ name: shared, method: pool, eligible: { capacity: true } }]');
    await arrives('s1');
    await arrives('s2', { country: 'FR' });
    expect(await claim('s1', brook)).toEqual({ kind: 'refused', why: 'Brook is full: 0 open leads of 0' });
    expect(await claim('s2', alder)).toEqual({
      kind: 'refused',
      why: 'Alder does not cover FR (covers DE)',
    });
    expect(await poolFor(db, brook, routing, null, channel.now)).toEqual([]);
    expect(await poolFor(db, alder, routing, null, channel.now)).toEqual([
      {
        id: (await channel.leadOf('pe_s1')).id,
        grade: expect.any(String),
        facts: { country: 'DE', region: null, industry: null, employees: 300, product: 'Vault', language: null },
        until: null,
      },
    ]);
  });

  test('an auction is open to the best for a time, and then the lead goes on', async () => {
    const cove = await channel.partner('001C', { name: 'Cove', tier: null });
    await rules(
      'routes:\n  - { name: auction, method: auction, top: 2, offer: { acceptWithin: 2h } }\n  - { name: rest, method: round-robin }',
    );
    await arrives('a1');
    await arrives('a2');
    expect(await claim('a1', cove)).toEqual({ kind: 'refused', why: 'the auction is open to other partners' });
    expect(await claim('a1', brook)).toMatchObject({ kind: 'claimed' });
    expect((await channel.leadOf('pe_a2')).state).toBe('In pool');
    channel.now += 2 * 3_600_000;
    expect(await claim('a2', brook)).toEqual({ kind: 'refused', why: 'the auction is over' });
    await channel.decide();
    expect(await partnerOf('a2')).toBe([alder, cove].sort()[0]);
    await expectReplays();
  });
});
