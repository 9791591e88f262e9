import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { compileRouting } from '../../../src/leads/routing.ts';
import { explainLead } from '../../../src/leads/service/explain.ts';
import { explanationText } from '../../../src/leads/service/explanation-text.ts';
import { findLead } from '../../../src/leads/service/find-lead.ts';
import { canonicalId } from '../../../src/mapping/cross-id.ts';
import type { Store } from '../../../src/store/database.ts';
import { anna, bert, Channel, ROUTING } from '../../support/channel.ts';
import { testStore } from '../../support/store.ts';

let store: Store;
let channel: Channel;
let alder: string;
let brook: string;

const routingOf = (body: string, file: string) => compileRouting(file, body);
const explain = async (person: string) =>
  explainLead(store.db, (await channel.leadOf(person)).id, routingOf, { now: channel.now });

beforeAll(async () => {
  store = await testStore();
  channel = new Channel(store.db);
  await channel.rules('rules-1');
  alder = await channel.partner('001A', { name: 'Alder', tier: 'Platinum', capacity: 2 });
  brook = await channel.partner('001B', { name: 'Brook' });
  await channel.partner('001C', { name: 'Cove', territories: ['FR'] });
  await channel.people([
    anna,
    bert,
    {
      id: 'pe_emil',
      facts: { firstName: 'Emil', email: 'emil@x.fr', stage: 'subscriber' },
      records: [['hubspot', 'contacts', '7']],
    },
  ]);
  await channel.decide();
  await channel.answer(await channel.offerOf('pe_anna'), 'Rejected', 'No budget');
  await channel.decide();
  // From here on the past must be told from the present: other rules, another partner, no more Alder.
  await channel.rules('rules-2', ROUTING[1].replace('load: 12', 'load: 30'));
  await channel.partner('001A', null);
  await channel.partner('001D', { name: 'Dune', tier: 'Platinum' });
  await channel.decide();
});
afterAll(() => store.close());

describe('finding a lead', () => {
  test.each([
    ['its id', async () => (await channel.leadOf('pe_anna')).id],
    ['the same in capitals and with spaces', async () => `  ${(await channel.leadOf('pe_anna')).id.toUpperCase()} `],
    ['a Salesforce id of 18 characters', async () => '00Q5e00001AbCdEEAV'],
    ['a Salesforce id of 15 characters', async () => '00Q5e00001AbCdE'],
    ['a HubSpot id', async () => '48213377190'],
    ['the id of a link', async () => 'ln_48213377190'],
    ['an offer that is over', async () => (await explain('pe_anna')).offers[0]?.id ?? ''],
    ['an e-mail address in any case', async () => 'Anna.Schmidt@ACME.de'],
  ])('works by %s', async (_by, text) => {
    expect(canonicalId('salesforce', '00Q5e00001AbCdE')).toBe('00Q5e00001AbCdEEAV');
    expect(await findLead(store.db, await text())).toEqual({
      kind: 'found',
      leadId: (await channel.leadOf('pe_anna')).id,
    });
  });

  test('names all leads behind an address that several people read', async () => {
    const found = await findLead(store.db, 'it@acme.de');
    expect(found).toMatchObject({
      kind: 'several',
      message: 'e-mail it@acme.de belongs to 2 leads: name one of them by its id',
    });
    expect(found.kind === 'several' && found.leads.map(({ name }) => name).sort()).toEqual([
      'Anna Schmidt',
      'Bert Öztürk',
    ]);
  });

  test('tells somebody who is no lead from nobody at all, and a partner from both', async () => {
    expect(await findLead(store.db, '7')).toMatchObject({
      kind: 'none',
      message: 'record 7 belongs to Emil, who is known but is no lead',
    });
    expect(await findLead(store.db, '001B')).toMatchObject({
      kind: 'none',
      message: 'record 001B is a partner, not a lead',
    });
    for (const text of [
      'ld_nobody',
      'of_nothing',
      'ln_nothing',
      'nobody@nowhere.org',
      '00Qnothing',
      '',
      "' or true --",
    ]) {
      expect(await findLead(store.db, text)).toMatchObject({ kind: 'none', hint: expect.stringContaining('ld_') });
    }
  });
});

describe('explaining a lead', () => {
  test('tells its standing, score, records, offers, answers and history', async () => {
    const explanation = await explain('pe_anna');
    expect(explanation.lead).toMatchObject({
      state: 'Offered',
      score: 56,
      grade: 'B',
      partner: { id: brook, name: 'Brook', connection: 'salesforce', recordId: '001B' },
    });
    expect(explanation.person).toMatchObject({ firstName: 'Anna', country: 'DE' });
    expect(explanation.scoreReasons.reduce((sum, { points }) => sum + points, 0)).toBe(56);
    expect(explanation.links.map(({ recordId, role }) => [recordId, role])).toEqual([
      ['48213377190', 'contact'],
      ['00Q5e00001AbCdEEAV', 'lead'],
    ]);
    expect(
      explanation.offers.map(({ partner, status, responseReason }) => [partner.name, status, responseReason]),
    ).toEqual([
      ['Alder', 'Rejected', 'No budget'],
      ['Brook', 'Open', null],
    ]);
    expect(explanation.feedback).toMatchObject([{ kind: 'answered', response: 'Rejected', via: 'salesforce' }]);
    expect(explanation.history.map(({ from, to }) => [from, to])).toEqual([
      [null, 'New'],
      ['New', 'Offered'],
      ['Offered', 'New'],
      ['New', 'Offered'],
    ]);
  });

  test('replays every decision as it was made, whatever rules and partners have become', async () => {
    const { decisions } = await explain('pe_anna');
    expect(
      decisions.map(({ result, verified, problem, rules }) => [result.partnerId, verified, problem, rules.hash]),
    ).toEqual([
      [alder, true, null, 'rules-1'],
      [brook, true, null, 'rules-1'],
    ]);
    const [first, second] = decisions;
    expect(first?.lines.join('\n')).toContain('Route "hot" (best-fit) decides');
    expect(first?.lines.join('\n')).not.toContain('Dune');
    expect(second?.lines.join('\n')).toContain('Alder had this lead before and did not take it');
    expect(second?.trace?.routes.map(({ route, decided }) => [route, decided])).toEqual([
      ['large-enterprise', false],
      ['not-ready', false],
      ['hot', true],
    ]);
  });

  test('replays decisions of one batch, each with the partners as the one before left them', async () => {
    const { decisions } = await explain('pe_bert');
    expect(decisions.map(({ verified }) => verified)).toEqual([true]);
    const served = decisions[0]?.trace?.routes.at(-1)?.candidates.find(({ partnerId }) => partnerId === alder);
    expect(served?.lastServed).toBe(Number((await explain('pe_anna')).decisions[0]?.seq));
  });

  test('reads as text from the answer to how it came about', async () => {
    const text = explanationText(await explain('pe_anna'));
    const [first, second, third] = text.split('\n');
    expect(first).toMatch(/^Lead ld_\w+: Anna Schmidt, Acme GmbH, DE$/);
    expect(second).toMatch(/^ {2}Offered: Offered to Brook, offer 2/);
    expect(third).toMatch(/^ {2}Partner: Brook \(001B\), to accept by 2026-03-04T/);
    expect(text).toContain('  1. Alder, offered');
    expect(text).toContain('Rejected: No budget');
    expect(text).toMatch(/Decision 2 \(de_\d+\) of 2026-\S+, replayed with the same result/);
  });

  test('leaves no control character of a CRM in the text', async () => {
    const explanation = await explain('pe_anna');
    const text = explanationText({
      ...explanation,
      person: { ...explanation.person, companyName: 'A\u001b[2JB\u202e' },
    });
    expect(text).toContain('A [2JB ');
    expect(text.split('\n').some((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toBe(false);
  });

  test('rejects where there is no such lead', async () => {
    await expect(explainLead(store.db, 'ld_nobody', routingOf, { now: 0 })).rejects.toThrow(
      'there is no lead ld_nobody',
    );
  });
});

describe('a decision that cannot be verified', () => {
  /** Damages the store for the length of one look. */
  const damaged = async (damage: ReturnType<typeof sql>) => {
    const leadId = (await channel.leadOf('pe_anna')).id;
    let found: Awaited<ReturnType<typeof explainLead>> | undefined;
    await store.db
      .transaction()
      .execute(async (tx) => {
        await damage.execute(tx);
        found = await explainLead(tx, leadId, routingOf, { now: channel.now });
        throw new Error('undo');
      })
      .catch((error: Error) => {
        if (error.message !== 'undo') throw error;
      });
    return found?.decisions[0];
  };

  test('says so where the partners of its time were tampered with', async () => {
    const decision = await damaged(
      sql`update partner_versions set facts = jsonb_set(facts, '{territories}', '["FR"]') where partner_id = ${alder}`,
    );
    expect(decision).toMatchObject({ verified: false, result: { partnerId: alder } });
    expect(decision?.problem).toMatch(/^the replay does not give what was decided: it says "Offered to Brook/);
  });

  test('says so where the stored decision was tampered with', async () => {
    const decision = await damaged(sql`update decisions set result = jsonb_set(result::jsonb, '{points}', '99')::json`);
    expect(decision).toMatchObject({ verified: false, problem: 'the stored decision was changed after it was made' });
  });

  test('still tells what was stored where its rules are gone or cannot be read any more', async () => {
    const gone = await damaged(sql`delete from config_versions`);
    expect(gone).toMatchObject({
      verified: false,
      trace: null,
      problem: 'the rules of its time (rules-1) are not in the store',
    });
    expect(gone?.lines[0]).toMatch(/^Lead ld_\w+: Offered to Alder/);
    const old = await damaged(sql`update config_versions set body = 'version: 0'`);
    expect(old).toMatchObject({ verified: false, trace: null });
    expect(old?.problem).toMatch(/^the rules of its time cannot be read by this Sluice: config\/routing.yaml:/);
  });
});
