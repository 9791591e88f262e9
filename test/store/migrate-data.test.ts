/** A database that an earlier version has filled is brought up to date with all that it holds, and the desk goes on working on it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { compileRouting } from '../../src/leads/routing.ts';
import { explainLead } from '../../src/leads/service/explain.ts';
import { loadLeads, loadOffers } from '../../src/leads/service/lead-store.ts';
import { routeWaiting } from '../../src/leads/service/route.ts';
import { EMPTY_PERSON } from '../../src/model/person.ts';
import type { Queryable, Store } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { ROUTING } from '../support/channel.ts';
import { testStore } from '../support/store.ts';

/** The last migration of the version before the lead desk. */
const BEFORE = 6;
const AT = '2026-03-02T08:00:00.000Z';
const NOW = Date.parse('2026-03-03T08:00:00.000Z');

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

/** Works in an old database that was filled and then migrated; nothing of it stays. */
async function inMigrated(work: (tx: Queryable) => Promise<void>): Promise<void> {
  const undone = new Error('undone');
  const done = store.db.transaction().execute(async (tx) => {
    await sql`create schema old_version`.execute(tx);
    await sql`set local search_path to old_version`.execute(tx);
    for (const { number, statements } of migrations)
      if (number <= BEFORE) for (const statement of statements) await sql.raw(statement).execute(tx);
    await fill(tx);
    for (const { number, statements } of migrations)
      if (number > BEFORE) for (const statement of statements) await sql.raw(statement).execute(tx);
    await work(tx);
    throw undone;
  });
  await expect(done).rejects.toBe(undone);
}

/** As the version before wrote it: an offer without a policy, a decision without a grade, a booked deal with its credits. */
async function fill(tx: Queryable): Promise<void> {
  const person = JSON.stringify({
    ...EMPTY_PERSON,
    firstName: 'Anna',
    lastName: 'Schmidt',
    country: 'DE',
    stage: 'mql',
  });
  const partner = JSON.stringify({
    ...{ name: 'Alder', status: 'Active', territories: ['DE'], competencies: ['Vault'], tier: 'Gold', capacity: 5 },
  });
  const score = JSON.stringify([{ rule: 'size', points: 60, text: 'large' }]);
  await sql
    .raw(`
    insert into people values ('pe_1', '${person}', null, '${AT}'), ('pe_2', '${person}', null, '${AT}'), ('pe_3', '${person}', 'pe_1', '${AT}');
    insert into links (connection, object, record_id, entity, entity_id, role, link_id, retired)
      values ('salesforce', 'Lead', '00Q1', 'person', 'pe_1', 'lead', 'ln_1', false);
    insert into partners values ('pt_1', 'salesforce', '001A', '${partner}', true);
    insert into partner_versions values ('pt_1', 1, '${partner}', true);
    insert into leads (id, person_id, state, reason, score, grade, score_reasons, partner_id, offer_id, released_at, accept_by, rounds, to_route, updated_at)
      values ('ld_1', 'pe_1', 'Offered', 'why', 60, 'B', '${score}', 'pt_1', 'of_1', '${AT}', '2026-03-04T08:00:00Z', 1, false, '${AT}'),
        ('ld_2', 'pe_2', 'New', 'released', 60, 'B', '${score}', null, null, '${AT}', null, 0, true, '${AT}');
    insert into offers (id, lead_id, partner_id, status, round, offered_at, accept_by, opened_seq)
      values ('of_1', 'ld_1', 'pt_1', 'Open', 1, '${AT}', '2026-03-04T08:00:00Z', 2);
    insert into decisions (id, seq, lead_id, at, outcome, result, inputs, hash, config_hash) values ('de_2', 2, 'ld_1', '${AT}', 'offer',
      '{"leadId": "ld_1", "outcome": "offer", "cause": "best-fit", "route": "hot", "partnerId": "pt_1", "sentence": "because"}', '{"person": null}', 'h', 'rules-0');
    insert into events (type, entity_id, at, data) values ('lead.state', 'ld_1', '${AT}', '{"from": "New", "to": "Offered", "why": "why"}');
    insert into reviews (id, kind, subject, why, created_at) values ('rv_1', 'identity', '{"person": "pe_1"}', 'who?', '${AT}');
    insert into opportunities values ('op_1', 'salesforce', '0061', null, '{"amount": "100.00", "currency": "USD"}');
    insert into matches (opportunity_id, lead_id, how, reason, person_ids, standing) values ('op_1', 'ld_1', 'converted', 'r', '["pe_1"]', 'won');
    insert into entries values ('en_1', 'op_1', 1, 'booked', 10000, 'USD', '${AT}', '2026-03-01', 'won');
    insert into credits values ('en_1', 'first', 'to_1', 'ca_1', 'op_1', 10000, 'USD');
    select setval('seq', 2)`)
    .execute(tx);
}

describe('a database of an earlier version', () => {
  test('keeps its leads, offers and revenue', async () => {
    await inMigrated(async (tx) => {
      expect(await loadLeads(tx, 'id', ['ld_1', 'ld_2'])).toMatchObject([
        { lead: { state: 'Offered', partnerId: 'pt_1' }, auction: null, lapsed: [], retryAt: null },
        { lead: { state: 'New' }, toRoute: true },
      ]);
      expect(await loadOffers(tx, 'id', ['of_1'])).toMatchObject([{ terms: null, made: null, outcome: null }]);
      const { rows } = await sql<{ amount: string }>`select amount_minor::text as amount from entries`.execute(tx);
      expect(rows).toEqual([{ amount: '10000' }]);
      expect(await tx.selectFrom('credits').select('amount_minor').execute()).toHaveLength(1);
      expect(await tx.selectFrom('reviews').select('id').execute()).toEqual([{ id: 'rv_1' }]);
    });
  });

  test('explains what was decided then, as far as that can be known, and goes on deciding', async () => {
    await inMigrated(async (tx) => {
      const explained = await explainLead(tx, 'ld_1', (body, file) => compileRouting(file, body), { now: NOW });
      expect(explained).toMatchObject({
        lead: { state: 'Offered', partner: { name: 'Alder' } },
        offers: [{ status: 'Open', policy: null, deadlines: [] }],
        decisions: [{ verified: false, problem: expect.stringContaining('erased') }],
      });
      const routed = await routeWaiting(tx, compileRouting(...ROUTING), 'rules-1', NOW, 100);
      expect(routed.offers).toMatchObject([{ offer: { leadId: 'ld_2', partnerId: 'pt_1', status: 'Open' } }]);
    });
  });
});
