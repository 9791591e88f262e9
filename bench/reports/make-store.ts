/** A store of many leads with their offers, touches, deals, ledger lines and credits, made by the database itself. */
import { sql } from 'kysely';
import type { Database } from '../../src/store/database.ts';

export interface StorePlan {
  readonly leads: number;
  /** Every how-manieth lead has a deal. */
  readonly leadsADeal: number;
  readonly partners: number;
  readonly campaigns: number;
  /** Over how many days leads come. */
  readonly days: number;
}

const FIRST_DAY = '2023-07-01T00:00:00Z';

/** Fills an empty store; the same plan gives the same store. */
export async function makeStore(
  db: Database,
  { leads, leadsADeal, partners, campaigns, days }: StorePlan,
): Promise<void> {
  // One number a lead that looks as if drawn, and differs by what it is drawn for.
  const draw = (salt: number, among: number) =>
    sql`(hashint8extended(n, ${sql.lit(salt)}) & 2147483647) % ${sql.lit(among)}`;
  const of = (salt: number, words: readonly string[]) =>
    sql`(array[${sql.join(words.map((word) => sql.lit(word)))}])[1 + ${draw(salt, words.length)}]`;
  const released = sql`(${FIRST_DAY}::timestamptz + (${draw(1, days)}) * interval '1 day' + (${draw(2, 86_400)}) * interval '1 second')`;
  const series = sql`generate_series(1, ${sql.lit(leads)}) n`;
  const statements = [
    sql`insert into partners select 'pt_' || n, 'crm', n::text, jsonb_build_object('name', 'Partner ' || n), true from generate_series(1, ${sql.lit(partners)}) n`,
    sql`insert into campaigns select 'ca_' || n, 'Campaign ' || n, 1000000 + n * 1000, 'USD' from generate_series(1, ${sql.lit(campaigns)}) n`,
    sql`insert into campaign_records select 'crm', 'Campaign', 'c' || n, 'ca_' || n, 'Campaign ' || n, 1000000, 'USD' from generate_series(1, ${sql.lit(campaigns)}) n`,
    sql`insert into people (id, facts, created_at) select 'pe_' || n, jsonb_build_object(
        'source', ${of(3, ['Web', 'Trade fair', 'Webinar', 'Referral', 'Search', 'Partner', 'List', 'Inbound call'])},
        'country', ${of(4, ['DE', 'FR', 'US', 'GB', 'NL', 'ES', 'IT', 'PL', 'SE', 'AT'])},
        'industry', ${of(5, ['Retail', 'Finance', 'Health', 'Public', 'Energy', 'Media', 'Transport', 'Software'])},
        'product', ${of(6, ['Vault', 'Gate', 'Watch'])}, 'employees', 1 + ${draw(7, 8_000)}), ${FIRST_DAY}::timestamptz from ${series}`,
    sql`insert into links select 'crm', 'Lead', 'r' || n, 'person', 'pe_' || n, 'lead', 'ln_' || n, false from ${series}`,
    sql`insert into leads (id, person_id, state, reason, score, grade, partner_id, released_at, rounds, updated_at)
      select 'ld_' || n, 'pe_' || n, case when n % ${sql.lit(leadsADeal)} = 0 then 'Won' else ${of(8, ['Offered', 'Accepted', 'Working', 'Qualified', 'Lost', 'Nurture', 'In pool', 'No decision'])} end,
        'made for a benchmark', 50, ${of(9, ['A', 'B', 'C', 'D'])}, null, ${released}, 1, ${released} from ${series}`,
    sql`insert into offers (id, lead_id, partner_id, status, round, offered_at, accept_by, closed_at, response, response_reason, opened_seq)
      select 'of_' || n, 'ld_' || n, 'pt_' || (1 + ${draw(10, partners)}), s, 1, ${released}, ${released}, case when s <> 'Open' then ${released} + interval '7 hours' end,
        case when s in ('Accepted', 'Rejected') then s end, case when s = 'Rejected' then ${of(11, ['Too small', 'No budget', 'Wrong region', 'Not reachable', 'Competitor'])} end, n
      from ${series}, lateral (select case when n % ${sql.lit(leadsADeal)} = 0 then 'Accepted' else ${of(12, ['Accepted', 'Accepted', 'Rejected', 'Expired', 'Open'])} end as s) a`,
    sql`insert into touches select 'to_' || n || '_' || k, 'crm', 'CampaignMember', 'm' || n, 'Lead', 'r' || n, 'Campaign',
        'c' || (1 + (hashint8extended(n * 3 + k, 13) & 2147483647) % ${sql.lit(campaigns)}), to_char(${released} - k * interval '9 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'response'
      from ${series}, generate_series(1, 3) k where n % 3 < 2 or k = 1`,
    sql`insert into opportunities select 'op_' || n, 'crm', 'o' || n, null, jsonb_build_object('name', 'Deal ' || n, 'amount', (1000 + ${draw(14, 90_000)})::text,
        'currency', 'USD', 'stage', 'Closed Won', 'isClosed', n % 4 < 3, 'isWon', n % 4 < 3, 'closeDate', to_char(${released} + interval '60 days', 'YYYY-MM-DD'), 'deleted', false)
      from ${series} where n % ${sql.lit(leadsADeal)} = 0`,
    sql`insert into matches select 'op_' || n, case when n % 50 = 0 then null else 'ld_' || n end, 'contact role', 'made for a benchmark', '[]', ''
      from ${series} where n % ${sql.lit(leadsADeal)} = 0`,
    sql`insert into deal_partners select m.opportunity_id, o.partner_id, 'sourced', 'contact role', '{}' from matches m join offers o on o.lead_id = m.lead_id where o.status = 'Accepted'`,
    sql`with made as (insert into entries (id, opportunity_id, ordinal, kind, amount_minor, currency, at, close_date, reason, reporting_minor, reporting_currency, rate, rate_date, rate_source, period)
      select id || '/1', id, 1, 'booked', a, 'USD', (d || 'T12:00:00Z')::timestamptz, d, 'won', a, 'USD', '1', d, 'same', left(d, 7)
      from (select id, round((facts->>'amount')::numeric * 100)::bigint as a, facts->>'closeDate' as d from opportunities where facts->>'isWon' = 'true') o returning *)
      insert into postings select id, 1, 'deal:' || opportunity_id, amount_minor, currency, reporting_minor, reporting_currency from made
      union all select id, 2, 'won', -amount_minor, currency, -reporting_minor, reporting_currency from made`,
    sql`insert into credits (entry_id, model, touch_id, campaign_id, opportunity_id, amount_minor, currency, reporting_minor)
      select entry, model, touch, campaign, deal, minor, 'USD', minor from (select e.id, model, t.id, c.campaign_id, e.opportunity_id, case model when 'linear' then e.amount_minor / count(*) over (partition by e.id, model) else e.amount_minor end
      from entries e join matches m on m.opportunity_id = e.opportunity_id
        join touches t on t.subject_id = 'r' || substr(m.lead_id, 4) join campaign_records c on c.record_id = t.campaign_record, unnest(array['first', 'last', 'linear']) model
      where model = 'linear' or (model = 'first' and t.id like '%\\_1') or (model = 'last' and t.id like '%\\_1')) c (entry, model, touch, campaign, deal, minor)`,
    sql`analyze`,
  ];
  for (const statement of statements) await statement.execute(db);
  // The first refresh would otherwise deal with each of them as with news.
  await sql`delete from report_news`.execute(db);
}
