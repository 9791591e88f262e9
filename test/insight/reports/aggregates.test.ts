import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { columnsOf, FACT_NAMES, FACTS, sumsKeyOf } from '../../../src/insight/reports/facts.ts';
import { checkNightly, checkReports } from '../../../src/insight/service/reports/check.ts';
import { refreshReports } from '../../../src/insight/service/reports/refresh.ts';
import type { Store } from '../../../src/store/database.ts';
import { emit } from '../../../src/store/events.ts';
import { Channel } from '../../support/channel.ts';
import { revenueStory } from '../../support/revenue-story.ts';
import { emptyStore, testStore } from '../../support/store.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
beforeEach(() => emptyStore(store));
afterAll(() => store.close());

test('the tables have the columns that reports go by', async () => {
  const { rows } = await sql<{ name: string; columns: string[] }>`
    select table_name as name, array_agg(column_name::text order by ordinal_position) as columns
    from information_schema.columns where table_schema = current_schema() group by 1`.execute(store.db);
  const columns = new Map(rows.map((row) => [row.name, row.columns]));
  for (const name of FACT_NAMES) {
    expect(columns.get(`fact_${name}`)).toEqual(columnsOf(FACTS[name]));
    expect(columns.get(`sums_${name}`)).toEqual([...sumsKeyOf(FACTS[name]), 'facts', ...FACTS[name].sums]);
  }
});

test('what is kept of a channel equals what comes out from zero, and is not made twice', async () => {
  const channel = new Channel(store.db);
  await revenueStory(channel);
  expect(await refreshReports(store.db)).toBeGreaterThan(0);
  expect(await checkReports(store.db)).toMatchObject({ differences: [], mended: [] });
  expect(await refreshReports(store.db)).toBe(0);
  await channel.deal('0061', '00Q5e00001AbCdEEAV', '12000.00', { isWon: false });
  await channel.decide();
  expect(await refreshReports(store.db)).toBeGreaterThan(0);
  expect(await checkReports(store.db)).toMatchObject({ differences: [], mended: [] });
});

test('a cell that is wrong is named by the check, and mended', async () => {
  await revenueStory(new Channel(store.db));
  await refreshReports(store.db);
  await sql`update sums_leads set won = won + 1 where dimension = 'state' and value = 'Won'`.execute(store.db);
  await sql`delete from sums_offers where dimension = 'status' and value = 'Open'`.execute(store.db);
  await sql`update fact_revenue set amount = amount + 1 where lead_id = ''`.execute(store.db);
  const check = await checkReports(store.db);
  expect(check.mended).toEqual(['leads', 'offers', 'revenue']);
  expect(check.differences.map(({ table, key }) => `${table} ${key}`)).toEqual(
    expect.arrayContaining(['sums_leads state day 2026-03-02 Won', 'sums_offers status ever -infinity Open']),
  );
  expect(check.differences.filter(({ table }) => table === 'fact_revenue')).toHaveLength(2);
  expect(await checkReports(store.db)).toMatchObject({ differences: [], mended: [] });
});

test('the nightly check is made once a day, by whoever comes first', async () => {
  await revenueStory(new Channel(store.db));
  const at = Date.parse('2026-03-05T02:00:00Z');
  const both = await Promise.all([checkNightly(store.db, at), checkNightly(store.db, at)]);
  expect(both.filter((each) => each !== null)).toHaveLength(1);
  expect(await checkNightly(store.db, at + 3_600_000)).toBeNull();
  expect(await checkNightly(store.db, at + 86_400_000)).toMatchObject({ differences: [] });
});

const PARTNERS = ['pt_a', 'pt_b'];
const CAMPAIGNS = ['ca_1', 'ca_2'];
const DAYS = ['2026-01-31', '2026-02-01', '2026-02-02'];
const five = fc.integer({ min: 0, max: 4 });
const day = fc.constantFrom(...DAYS);
const state = fc.constantFrom('New', 'Offered', 'Accepted', 'Qualified', 'Won', 'Lost');

/** One change of the store, as statements that the services make in theirs. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('lead' as const), n: five, state, day, grade: fc.constantFrom('A', 'B', null) }),
  fc.record({
    kind: fc.constant('offer' as const),
    n: five,
    round: fc.integer({ min: 1, max: 2 }),
    status: fc.constantFrom('Open', 'Accepted', 'Rejected', 'Expired'),
    partner: fc.constantFrom(...PARTNERS),
    reason: fc.constantFrom(null, ' ', 'too small'),
    day,
  }),
  fc.record({
    kind: fc.constant('person' as const),
    n: five,
    source: fc.constantFrom('Web', 'Fair', null),
    employees: five,
  }),
  fc.record({
    kind: fc.constant('touch' as const),
    n: five,
    campaign: fc.constantFrom(...CAMPAIGNS),
    day,
    timed: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('no touch' as const), n: five, campaign: fc.constantFrom(...CAMPAIGNS) }),
  fc.record({ kind: fc.constant('unify' as const), as: fc.constantFrom(...CAMPAIGNS) }),
  fc.record({ kind: fc.constant('mark' as const), n: five, round: fc.integer({ min: 1, max: 2 }) }),
  fc.record({
    kind: fc.constant('missed' as const),
    n: five,
    deadline: fc.constantFrom('accept', 'first-touch', 'refresh'),
  }),
  fc.record({ kind: fc.constant('match' as const), n: five, lead: fc.option(five) }),
  fc.record({
    kind: fc.constant('entry' as const),
    n: five,
    minor: fc.integer({ min: -50, max: 50 }),
    currency: fc.constantFrom('USD', 'JPY'),
    day: fc.option(day),
  }),
  fc.record({ kind: fc.constant('credit' as const), n: five, split: fc.constantFrom(['ca_1'], ['ca_1', 'ca_2'], []) }),
  fc.record({
    kind: fc.constant('part' as const),
    n: five,
    partner: fc.constantFrom(...PARTNERS),
    role: fc.constantFrom('sourced', 'assisted', null),
  }),
  fc.record({ kind: fc.constant('refresh' as const) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

async function happen(each: Change): Promise<void> {
  const { db } = store;
  switch (each.kind) {
    case 'lead':
      await sql`insert into leads (id, person_id, state, reason, grade, released_at, updated_at)
        values (${`ld_${each.n}`}, ${`pe_${each.n}`}, ${each.state}, '', ${each.grade}, ${each.day}::timestamptz, now())
        on conflict (id) do update set state = excluded.state, grade = excluded.grade`.execute(db);
      await emit(
        db,
        [{ type: 'lead.state', entity: `ld_${each.n}`, data: { to: each.state } }],
        `${each.day}T00:00:00Z`,
      );
      return;
    case 'offer':
      await sql`insert into offers (id, lead_id, partner_id, status, round, offered_at, accept_by, closed_at, response_reason, opened_seq)
        values (${`of_${each.n}_${each.round}`}, ${`ld_${each.n}`}, ${each.partner}, ${each.status}, ${each.round}, ${each.day}::timestamptz,
          now(), ${each.status === 'Open' ? null : `${each.day}T12:00:00Z`}, ${each.reason}, 1)
        on conflict (id) do update set status = excluded.status, closed_at = excluded.closed_at, response_reason = excluded.response_reason`.execute(
        db,
      );
      return;
    case 'person':
      await sql`insert into people (id, facts, created_at)
        values (${`pe_${each.n}`}, ${JSON.stringify({ source: each.source, employees: each.employees * 30 })}::jsonb, now())
        on conflict (id) do update set facts = excluded.facts`.execute(db);
      await sql`insert into links values ('crm', 'Lead', ${`r${each.n}`}, 'person', ${`pe_${each.n}`}, 'lead', ${`ln_${each.n}`}) on conflict do nothing`.execute(
        db,
      );
      await emit(db, [{ type: 'person.changed', entity: `pe_${each.n}` }], '2026-02-01T00:00:00Z');
      return;
    case 'touch':
      await sql`insert into touches values (${`to_${each.n}_${each.campaign}`}, 'crm', 'Member', ${`m${each.n}`}, 'Lead', ${`r${each.n}`},
        'Campaign', ${each.campaign}, ${each.timed ? `${each.day}T09:00:00.000Z` : each.day}, 'response')
        on conflict (id) do update set at = excluded.at`.execute(db);
      await emit(db, [{ type: 'touch.changed', entity: `pe_${each.n}` }], '2026-02-01T00:00:00Z');
      return;
    case 'no touch':
      await sql`delete from touches where id = ${`to_${each.n}_${each.campaign}`}`.execute(db);
      await emit(db, [{ type: 'touch.changed', entity: `pe_${each.n}` }], '2026-02-01T00:00:00Z');
      return;
    case 'unify':
      await sql`update campaign_records set campaign_id = ${each.as} where record_id = 'ca_2'`.execute(db);
      return;
    case 'mark':
      await sql`insert into offer_marks values (${`mk_${each.n}_${each.round}`}, ${`of_${each.n}_${each.round}`}, 'touch', '', now()) on conflict do nothing`.execute(
        db,
      );
      return;
    case 'missed':
      await sql`insert into timers values (${`of_${each.n}_1`}, ${each.deadline}, 1, 'miss', '', now(), null, null) on conflict do nothing`.execute(
        db,
      );
      await sql`update timers set fired_at = now(), outcome = 'done' where offer_id = ${`of_${each.n}_1`}`.execute(db);
      return;
    case 'match':
      await sql`insert into opportunities values (${`op_${each.n}`}, 'crm', ${`o${each.n}`}, null,
        '{"name":"x","amount":"10.5","currency":"USD","stage":"s","isClosed":false,"isWon":false,"closeDate":null,"deleted":false}') on conflict do nothing`.execute(
        db,
      );
      await sql`insert into matches values (${`op_${each.n}`}, ${each.lead === null ? null : `ld_${each.lead}`}, 'contact role', '', '[]', '')
        on conflict (opportunity_id) do update set lead_id = excluded.lead_id`.execute(db);
      return;
    case 'entry': {
      await sql`with made as (insert into entries (id, opportunity_id, ordinal, kind, amount_minor, currency, at, close_date, reason,
          reporting_minor, reporting_currency, rate, rate_date, rate_source, period)
        select ${`op_${each.n}`} || '/' || n, ${`op_${each.n}`}, n, 'booked', ${each.minor}, ${each.currency}, '2026-02-01T10:00:00Z', ${each.day}, '',
          ${each.minor * 2}, 'USD', '2', '2026-02-01', 'test', '2026-02'
        from (select count(*) + 1 as n from entries where opportunity_id = ${`op_${each.n}`}) c returning *)
        insert into postings select id, 1, 'deal', amount_minor, currency, reporting_minor, reporting_currency from made
        union all select id, 2, 'won', -amount_minor, currency, -reporting_minor, reporting_currency from made`.execute(
        db,
      );
      return;
    }
    case 'credit':
      await sql`delete from credits where opportunity_id = ${`op_${each.n}`}`.execute(db);
      await sql`insert into credits (entry_id, model, touch_id, campaign_id, opportunity_id, amount_minor, currency, reporting_minor)
        select e.id, m, 'to_' || c, c, e.opportunity_id, e.amount_minor / ${Math.max(1, each.split.length)}, e.currency,
          e.reporting_minor / ${Math.max(1, each.split.length)}
        from entries e, unnest(array['first', 'linear']) m, unnest(${[...each.split]}::text[]) c
        where e.opportunity_id = ${`op_${each.n}`}`.execute(db);
      return;
    case 'part':
      await sql`delete from deal_partners where opportunity_id = ${`op_${each.n}`}
        and (partner_id = ${each.partner} or role = ${each.role})`.execute(db);
      if (each.role !== null)
        await sql`insert into deal_partners values (${`op_${each.n}`}, ${each.partner}, ${each.role}, 'contact role', '{}')`.execute(
          db,
        );
      return;
    case 'refresh':
      await refreshReports(db);
  }
}

test('after every history the sums that moved with it are those that come out from zero', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 5, maxLength: 40 }), async (history) => {
      await emptyStore(store);
      await sql`insert into campaign_records values ('crm', 'Campaign', 'ca_1', 'ca_1', '1', null, null), ('crm', 'Campaign', 'ca_2', 'ca_2', '2', null, null)`.execute(
        store.db,
      );
      for (const each of history) await happen(each);
      expect(await checkReports(store.db)).toMatchObject({ differences: [], mended: [] });
    }),
    { numRuns: 25 },
  );
}, 120_000);
