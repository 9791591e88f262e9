import type { Migration } from './index.ts';

/** What reports are read from: one row of facts a lead, offer, deal, ledger line, credit; sums of them by day; and what changed since. */
export const reportFacts: Migration = {
  number: 14,
  name: 'report facts',
  statements: [
    // What a report may have to look at again. Only added to and taken away: who adds never waits for who takes.
    'create table report_news (id bigserial primary key, kind text not null, key text not null)',
    // Everything that was there before.
    "insert into report_news (kind, key) values ('all', '')",
    ...telling('leads', 'lead', 'id', 'state grade person_id released_at'),
    ...telling('offers', 'offer', 'id', 'status response response_reason closed_at'),
    ...telling('offer_marks', 'offer', 'offer_id', 'kind'),
    ...telling('timers', 'offer', 'offer_id', 'outcome', "%.kind = 'miss' and %.fired_at is not null"),
    ...telling('opportunities', 'deal', 'id', 'facts account_record'),
    ...telling('matches', 'deal', 'opportunity_id', 'lead_id how'),
    ...telling('deal_partners', 'deal', 'opportunity_id', 'role how'),
    ...telling('entries', 'deal', 'opportunity_id', 'reporting_minor'),
    ...telling('deal_twins', 'deal', 'opportunity_id', 'twin_of'),
    ...telling('credits', 'deal', 'opportunity_id', 'reporting_minor campaign_id'),
    ...telling('campaign_records', 'campaign', 'campaign_id', 'campaign_id', "%.campaign_id <> ''"),
    'create index matches_lead on matches (lead_id) where lead_id is not null',

    // An empty text says that nothing is known, or that there is none; the day "infinity" that there is no date.
    ...facts(
      'leads',
      'lead_id',
      'source campaign partner state grade country industry size product',
      'leads offered accepted qualified won lost undecided',
    ),
    'create index fact_leads_partner on fact_leads (partner, day)',
    'create index fact_leads_campaign on fact_leads (campaign, day)',
    ...facts(
      'offers',
      'offer_id lead_id',
      'partner source campaign country industry product grade status reason',
      'offers accepted rejected expired recalled open answered answer_seconds accept_kept accept_missed touch_kept touch_missed report_missed',
    ),
    'create index fact_offers_lead on fact_offers (lead_id)',
    'create index fact_offers_partner on fact_offers (partner, day)',
    'create index fact_offers_campaign on fact_offers (campaign, day)',
    ...facts(
      'deals',
      'opportunity_id lead_id',
      'standing stage currency partner source campaign country industry product how',
      'deals amount',
    ),
    'create index fact_deals_lead on fact_deals (lead_id)',
    'create index fact_deals_partner on fact_deals (partner, day)',
    ...facts(
      'revenue',
      'opportunity_id entry_id lead_id',
      'currency kind partner source campaign country industry product how',
      'amount deals matched offered accepted qualified won',
    ),
    'create index fact_revenue_lead on fact_revenue (lead_id)',
    'create index fact_revenue_partner on fact_revenue (partner, day)',
    'create index fact_revenue_campaign on fact_revenue (campaign, day)',
    ...facts(
      'credits',
      'opportunity_id entry_id lead_id',
      'model currency campaign partner source country product',
      'amount deals campaign_deals touches',
    ),
    'create index fact_credits_lead on fact_credits (lead_id)',
    'create index fact_credits_partner on fact_credits (partner, model, day)',
    'create index fact_credits_campaign on fact_credits (campaign, model, day)',
    ...facts('parts', 'opportunity_id entry_id lead_id', 'currency role partner how', 'amount deals'),
    'create index fact_parts_lead on fact_parts (lead_id)',
    'create index fact_parts_partner on fact_parts (partner, day)',
    ...facts('responses', 'lead_id', 'campaign partner source', 'responses'),
    'create index fact_responses_campaign on fact_responses (campaign)',
    'create index fact_responses_partner on fact_responses (partner, day)',

    // Which scheduled reports were sent, by the date on which they were due.
    `create table report_sends (
      schedule text not null, due text not null, recipient text not null, state text not null, attempts int not null default 0,
      not_before timestamptz not null, sent_at timestamptz, message text, primary key (schedule, due, recipient))`,
    "create index report_sends_waiting on report_sends (not_before) where state = 'waiting'",

    // The days on which everything was recomputed, and what came of it; null while it goes on.
    'create table report_checks (day text primary key, compared int, differences int)',

    ...cells('leads', '', 'leads offered accepted qualified won lost undecided'),
    ...cells(
      'offers',
      '',
      'offers accepted rejected expired recalled open answered answer_seconds accept_kept accept_missed touch_kept touch_missed report_missed',
    ),
    ...cells('deals', 'standing currency', 'deals amount'),
    ...cells('revenue', 'currency', 'amount deals matched offered accepted qualified won'),
    ...cells('credits', 'model currency', 'amount deals campaign_deals touches'),
    ...cells('parts', 'role currency', 'amount deals'),
    ...cells('responses', 'campaign', 'responses'),
  ],
};

/** Statement triggers that note which rows of a table changed in what reports go by. `only` limits them, `%` being the row. */
function telling(table: string, kind: string, key: string, columns: string, only = 'true'): string[] {
  const row = (name: string) => `(${columns.split(' ').map((column) => `${name}.${column}`)})`;
  const where = (name: string) => only.replaceAll('%', name);
  const note = (select: string) => `insert into report_news (kind, key) select distinct '${kind}', ${select}`;
  const primary: Record<string, string> = {
    leads: 'id',
    offers: 'id',
    offer_marks: 'id',
    timers: 'offer_id deadline period kind key',
    opportunities: 'id',
    matches: 'opportunity_id',
    deal_partners: 'opportunity_id partner_id',
    deal_twins: 'opportunity_id',
    entries: 'id',
    credits: 'entry_id model touch_id',
    campaign_records: 'connection object record_id',
  };
  const same = (primary[table] ?? 'id').split(' ').map((column) => `o.${column} = n.${column}`);
  const bodies = {
    insert: `${note(`n.${key} from n where ${where('n')}`)};`,
    update: `${note(`t.key from (select o.${key} as old, n.${key} as new from o join n on ${same.join(' and ')}
        where ${row('o')} is distinct from ${row('n')} and (${where('n')} or ${where('o')})) c, unnest(array[c.old, c.new]) as t(key)`)};`,
    delete: `${note(`o.${key} from o where ${where('o')}`)};`,
  };
  const seen = { insert: 'new table as n', update: 'old table as o new table as n', delete: 'old table as o' };
  return (['insert', 'update', 'delete'] as const).flatMap((verb) => [
    `create function report_${table}_${verb}() returns trigger language plpgsql as $$ begin ${bodies[verb]} return null; end $$`,
    `create trigger report_${verb} after ${verb} on ${table} referencing ${seen[verb]}
      for each statement execute function report_${table}_${verb}()`,
  ]);
}

function facts(name: string, ids: string, texts: string, sums: string): string[] {
  const columns = [
    ...ids.split(' ').map((column) => `${column} text not null`),
    'day date not null',
    ...texts.split(' ').map((column) => `${column} text not null`),
    ...sums.split(' ').map((column) => `${column} bigint not null`),
  ];
  return [
    `create table fact_${name} (${columns.join(', ')})`,
    `create index fact_${name}_of on fact_${name} (${ids.split(' ')[0]})`,
  ];
}

/** Sums of facts by day, month or ever and one dimension (`all`: none), apart for what is never added up; `facts`: how many rows they are of. */
function cells(name: string, apart: string, sums: string): string[] {
  const keys = apart === '' ? [] : apart.split(' ');
  const columns = [
    'dimension text not null',
    'grain text not null',
    'day date not null',
    'value text not null',
    ...keys.map((column) => `${column} text not null`),
    'facts bigint not null',
    ...sums.split(' ').map((column) => `${column} bigint not null`),
    `primary key (${['dimension', 'grain', 'day', 'value', ...keys].join(', ')})`,
  ];
  return [
    `create table sums_${name} (${columns.join(', ')})`,
    `create index sums_${name}_empty on sums_${name} (day) where facts = 0`,
  ];
}
