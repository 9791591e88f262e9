import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DealRefused } from '../../../src/deals/service/move.ts';
import { listDeals } from '../../../src/deals/service/view.ts';
import { upsert } from '../../../src/store/bulk.ts';
import { emptyStore, testStore } from '../../support/store.ts';
import { account } from '../fixtures.ts';
import { Stage } from './stage.ts';

const store = await testStore();
afterAll(() => store.close());
let stage: Stage;
beforeEach(async () => {
  await emptyStore(store);
  stage = new Stage(store.db, { extension: '{ times: 1, days: 30 }' });
  await stage.partner('Birch');
  await stage.partner('Cedar', { email: 'desk@cedar.example' });
  await stage.partner('Gone', { status: 'Terminated' });
});

const alder = { company: 'Alder Systems', domain: 'aldersystems.com', product: 'Vault', amount: '900' };
const bakery = { company: 'Quantum Bakery', amount: '5' };

describe('a registration', () => {
  test('is compared, has its deadline and its step, and is told to who decides', async () => {
    const done = await stage.register({ partner: 'birch', ...alder });
    expect(done).toMatchObject({ result: 'registered', state: 'Pending', verdict: 'clear', partner: 'Birch' });
    expect(await stage.show(done.registration)).toMatchObject({
      ...{ waitsFor: 'manager', decideBy: '2026-03-04T10:00:00.000Z', amount: '900.00', currency: 'USD' },
      history: [{ kind: 'registered', by: 'anna' }],
    });
    expect(await stage.letters()).toEqual([
      'registration.registered to manager: Birch registers a deal: Alder Systems',
    ]);
  });

  test('is one however often it is brought; its key stands for nothing else', async () => {
    const first = await stage.register({ partner: 'Birch', ...alder, key: 'k1' });
    expect(await stage.register({ partner: 'Birch', ...alder, key: 'k1' })).toMatchObject({
      result: 'repeat',
      registration: first.registration,
    });
    const other = await stage.register({ partner: 'Birch', ...alder, amount: '901', key: 'k1' });
    expect(other).toMatchObject({ result: 'refused' });
    expect(other.problems[0]).toBe(`key "k1" of api stands for ${first.registration}, which says something else`);
    expect((await listDeals(store.db, {}, stage.now)).counts).toEqual({ Pending: 1 });
  });

  test('of a deal that its partner has already is its duplicate, and nothing is kept', async () => {
    const first = await stage.register({ partner: 'Birch', ...alder });
    const again = await stage.register({ partner: 'Birch', ...alder, company: 'ALDER Systems GmbH', amount: '500' });
    expect(again).toMatchObject({ result: 'duplicate', registration: first.registration, verdict: 'duplicate' });
    expect((await listDeals(store.db, {}, stage.now)).deals).toHaveLength(1);
  });

  test('is refused for what is wrong with it, and the others of its file are taken', async () => {
    const opportunity = await stage.opportunity('006A', null, { isWon: true });
    const rows = await stage.registerAll([
      { partner: 'Nobody', ...alder },
      { partner: 'Gone', ...alder },
      { partner: 'Birch', ...alder, amount: '-1' },
      { partner: 'Birch', ...alder, opportunity },
      { partner: 'Birch', ...alder, opportunity: '006B' },
      { partner: 'Cedar', ...alder },
    ]);
    expect(rows.map(({ place, result, problems }) => [place, result, problems[0] ?? ''])).toEqual([
      [1, 'refused', 'there is no partner "Nobody": name it by its id, its record in the CRM or its name'],
      [2, 'refused', 'Gone is terminated: it can register nothing'],
      [3, 'refused', 'amount -1 is negative'],
      [4, 'refused', `opportunity ${opportunity} is closed already: it cannot be registered`],
      [5, 'refused', 'there is no opportunity "006B": name it by its id, or by that of its record in the CRM'],
      [6, 'registered', ''],
    ]);
  });

  test('that is only tried is not kept', async () => {
    expect(await stage.register({ partner: 'Birch', ...alder }, { dryRun: true })).toMatchObject({
      result: 'registered',
    });
    expect((await listDeals(store.db, {}, stage.now)).deals).toEqual([]);
    expect(await stage.letters()).toEqual([]);
  });

  test('of one file runs into those before it', async () => {
    const [, second] = await stage.registerAll([
      { partner: 'Birch', ...alder },
      { partner: 'Cedar', ...alder },
    ]);
    expect(second).toMatchObject({
      verdict: 'conflict',
      conflicts: [{ kind: 'registration', holder: { name: 'Birch' } }],
    });
  });
});

describe('what stands against a registration', () => {
  test('is an open opportunity at the company, found by its site or its name', async () => {
    await stage.company('001A', 'Ålder Systems Inc.', 'https://www.aldersystems.com/de');
    await stage.company('001B', 'Quantum Bakery LLC');
    const bySite = await stage.opportunity('006A', '001A');
    const byName = await stage.opportunity('006B', '001B');
    await stage.opportunity('006C', '001A', { isClosed: true });
    const done = await stage.register({ partner: 'Birch', ...alder });
    expect(done.verdict).toBe('conflict');
    expect(done.conflicts.map(({ kind, id, state, holder }) => [kind, id, state, holder.name])).toEqual([
      ['opportunity', bySite, 'Proposal', "the vendor's own team"],
    ]);
    const named = await stage.register({ partner: 'Birch', ...bakery });
    expect(named.conflicts.map(({ id }) => id)).toEqual([byName]);
  });

  test('is a lead that another partner works, but not its own', async () => {
    const [birch, cedar] = [await stage.partner('Birch'), await stage.partner('Cedar')];
    const person = { companyName: 'Alder Systems', domain: 'aldersystems.com', country: 'DE' };
    await upsert(store.db, 'people', [{ id: 'pe_1', facts: person, merged_into: null, created_at: stage.at }], ['id']);
    const lead = {
      id: 'ld_1',
      person_id: 'pe_1',
      state: 'Accepted',
      reason: '',
      score_reasons: [],
      released_at: stage.at,
    };
    await upsert(
      store.db,
      'leads',
      [{ ...lead, declined: [], rounds: 1, to_route: false, updated_at: stage.at }],
      ['id'],
    );
    const offer = {
      id: 'of_1',
      lead_id: 'ld_1',
      partner_id: cedar,
      status: 'Accepted',
      round: 1,
      offered_at: stage.at,
    };
    await upsert(store.db, 'offers', [{ ...offer, accept_by: stage.at, opened_seq: 1, response: 'Accepted' }], ['id']);
    const done = await stage.register({ partner: birch, ...alder });
    expect(done).toMatchObject({
      verdict: 'conflict',
      conflicts: [{ kind: 'lead', id: 'of_1', holder: { id: cedar } }],
    });
    expect(await stage.register({ partner: cedar, ...alder, product: 'Relay' })).toMatchObject({ verdict: 'clear' });
  });

  test('is a named account of the direct team', async () => {
    const named = [{ list: 'strategic', partner: null, account: account(null, 'aldersystems.com') }];
    stage.ports = { ...stage.ports, named };
    const done = await stage.register({ partner: 'Birch', ...alder });
    expect(done).toMatchObject({
      verdict: 'conflict',
      conflicts: [{ kind: 'named-account', state: 'named in "strategic"' }],
    });
  });
});

describe('a decision', () => {
  test('protects one partner, and no other while the window holds', async () => {
    const [first, second] = await stage.registerAll([
      { partner: 'Birch', ...alder },
      { partner: 'Cedar', ...alder },
    ]);
    const approved = await stage.approve(first?.registration);
    expect(approved).toMatchObject({
      state: 'Approved',
      isProtected: true,
      protectedUntil: '2026-05-31T10:00:00.000Z',
    });
    await expect(stage.approve(second?.registration, true)).rejects.toThrow('Birch has it until 2026-05-31');
    stage.days(90);
    // Nobody has let the clock fire yet, and still the window is over.
    expect((await stage.approve(second?.registration)).state).toBe('Approved');
    expect((await stage.show(first?.registration)).state).toBe('Expired');
  });

  test('that cannot be changes nothing, and says what to do', async () => {
    await expect(stage.move('rg_none', { kind: 'extend' })).rejects.toThrow(DealRefused);
    const { registration } = await stage.register({ partner: 'Birch', ...alder });
    const before = await stage.show(registration);
    await expect(stage.move(registration, { kind: 'reject', reason: '' })).rejects.toThrow('needs a reason');
    expect(await stage.show(registration)).toEqual(before);
  });

  test('is told to the partner with its reason', async () => {
    const { registration } = await stage.register({ partner: 'Cedar', ...alder });
    await stage.move(registration, { kind: 'reject', reason: 'we are there already' });
    expect(await stage.letters()).toContain(
      'registration.rejected to partner: Your registration was rejected: Alder Systems',
    );
  });
});

describe('the clock', () => {
  test('reminds, escalates, warns and ends, each once, also after standing still', async () => {
    const { registration } = await stage.register({ partner: 'Birch', ...alder });
    stage.days(1);
    expect(await stage.run()).toBe(1);
    expect(await stage.run()).toBe(0);
    stage.days(1);
    await stage.run();
    await stage.approve(registration);
    stage.days(80);
    await stage.run();
    stage.days(30);
    await stage.run();
    expect(await stage.run()).toBe(0);
    const { state, history } = await stage.show(registration);
    expect(state).toBe('Expired');
    expect(history.map(({ kind }) => kind)).toEqual([
      'registered',
      'reminded',
      'escalated',
      'approved',
      'expiring',
      'expired',
    ]);
  });

  test('an extension moves the end, and the new one is warned of again', async () => {
    const { registration } = await stage.register({ partner: 'Birch', ...alder });
    await stage.approve(registration);
    stage.days(80);
    await stage.run();
    expect(await stage.move(registration, { kind: 'extend' })).toMatchObject({ extensions: 1 });
    stage.days(30);
    await stage.run();
    expect((await stage.show(registration)).state).toBe('Approved');
    stage.days(10);
    await stage.run();
    const { state, history } = await stage.show(registration);
    expect(state).toBe('Expired');
    expect(history.filter(({ kind }) => kind === 'expiring')).toHaveLength(2);
  });

  test('approves what nobody decided, where the rules say so and nothing stands against it', async () => {
    stage = new Stage(store.db, { decision: '{ within: 2d, missed: approve }' });
    const clear = await stage.register({ partner: 'Birch', ...alder });
    const rivals = await stage.registerAll([
      { partner: 'Birch', ...bakery },
      { partner: 'Cedar', ...bakery },
    ]);
    stage.days(3);
    await stage.run();
    expect((await stage.show(clear.registration)).state).toBe('Approved');
    for (const { registration } of rivals) expect((await stage.show(registration)).state).toBe('Pending');
  });
});

describe('a deal', () => {
  test('won within the window is the registrant’s; lost and opened again it follows', async () => {
    const { registration } = await stage.register({ partner: 'Birch', ...alder });
    await stage.approve(registration);
    const opportunity = await stage.opportunity('006A', null);
    expect(await stage.move(registration, { kind: 'convert', opportunity: '006A' })).toMatchObject({
      opportunityId: opportunity,
    });
    stage.days(10);
    await stage.opportunity('006A', null, { isWon: true });
    await stage.run();
    expect(await stage.show(registration)).toMatchObject({ state: 'Won', share: 10_000 });
    await stage.opportunity('006A', null);
    await stage.run();
    expect(await stage.show(registration)).toMatchObject({ state: 'Approved', share: null, isProtected: true });
    await stage.opportunity('006A', null, { isClosed: true });
    await stage.run();
    expect((await stage.show(registration)).state).toBe('Lost');
  });

  test('that was won before it was tied counts where it was won within the window', async () => {
    const { registration } = await stage.register({ partner: 'Birch', ...alder });
    await stage.approve(registration);
    stage.days(5);
    await stage.opportunity('006A', null, { isWon: true });
    const tied = await stage.move(registration, { kind: 'convert', opportunity: '006A' });
    expect(tied).toMatchObject({ state: 'Won', share: 10_000 });
  });

  test('is shared by two where the rule says so, to the ten-thousandth', async () => {
    stage = new Stage(store.db, { second: '{ rule: both-with-split, shares: [70, 30] }' });
    const both = await stage.registerAll([
      { partner: 'Birch', ...alder },
      { partner: 'Cedar', ...alder },
    ]);
    await stage.opportunity('006A', null);
    for (const { registration } of both) {
      await stage.approve(registration);
      await stage.move(registration, { kind: 'convert', opportunity: '006A' });
    }
    await stage.opportunity('006A', null, { isWon: true });
    await stage.run();
    const shares = await Promise.all(both.map(async ({ registration }) => (await stage.show(registration)).share));
    expect(shares.map(Number).sort((a, b) => a - b)).toEqual([3_000, 7_000]);
  });

  test('tied to another partner’s registration is not tied twice', async () => {
    const [first, second] = await stage.registerAll([
      { partner: 'Birch', ...alder },
      { partner: 'Cedar', ...bakery },
    ]);
    await stage.opportunity('006A', null);
    await stage.move(first?.registration, { kind: 'convert', opportunity: '006A' });
    await expect(stage.move(second?.registration, { kind: 'convert', opportunity: '006A' })).rejects.toThrow(
      'is tied to the registration of Birch',
    );
  });
});

test('one company is found among many of a like name, and so is its own registration', async () => {
  const crowd = Array.from({ length: 300 }, (_, n) => n);
  for (const n of crowd.slice(0, 250)) {
    await stage.company(`001${n}`, `Alder ${n} Holding`, `https://alder${n}.example.com`);
    await stage.opportunity(`006${n}`, `001${n}`);
  }
  await stage.company('001X', 'Alder Systems', 'https://www.aldersystems.com');
  const hidden = await stage.opportunity('006X', '001X');
  const one = await stage.register({ partner: 'Birch', ...alder });
  expect(one.conflicts.find(({ id }) => id === hidden)).toMatchObject({ weight: 'conflict' });
  const many = await stage.registerAll(
    crowd
      .slice(0, 30)
      .map((n) => ({ ...(n === 29 ? alder : { company: `Maple ${n} Mills`, amount: '1' }), partner: 'Cedar' })),
  );
  expect(many[29]?.conflicts.map(({ id }) => id)).toEqual(expect.arrayContaining([hidden, one.registration]));
});
