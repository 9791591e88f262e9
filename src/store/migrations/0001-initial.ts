import type { Migration } from './index.ts';

/** The tables of the whole loop, by owner. Money is in minor units; `seq` orders what the router must be able to replay. */
export const initial: Migration = {
  number: 1,
  name: 'initial',
  statements: [
    // One order over everything a routing decision depends on, so that the state before any decision can be rebuilt.
    'create sequence seq',

    // sync: connections, streams, records, links, outbox
    `create table connections (
      name text primary key, kind text not null, org_id text, org_name text, currency text, tokens jsonb,
      last_sync_at timestamptz, problem text)`,
    `create table streams (
      connection text not null, object text not null, cursor jsonb not null, updated_at timestamptz not null,
      primary key (connection, object))`,
    `create table records (
      connection text not null, object text not null, id text not null, fields jsonb not null,
      modified_at timestamptz not null, deleted boolean not null default false, associations jsonb, company_id text, deal_id text,
      pushed_at timestamptz, primary key (id, object, connection))`,
    'create index records_deal on records (connection, deal_id) where deal_id is not null',
    'create index records_company on records (connection, company_id) where company_id is not null',
    `create table links (
      connection text not null, object text not null, record_id text not null, entity text not null, entity_id text not null,
      role text not null, link_id text not null unique, retired boolean not null default false,
      primary key (record_id, object, connection))`,
    'create index links_entity on links (entity_id)',
    `create table outbox (
      connection text not null, object text not null, row_key text not null, record_id text, external_field text,
      external_value text, fields jsonb not null, sent jsonb, state text not null, attempts int not null default 0,
      not_before timestamptz, code text, message text, created_at timestamptz not null,
      primary key (connection, object, row_key))`,
    'create index outbox_state on outbox (state)',
    `create table errors (
      connection text not null, object text not null, record_id text not null, stage text not null, code text not null,
      message text not null, hint text, fields jsonb not null default '[]', count int not null default 1,
      first_at timestamptz not null, last_at timestamptz not null, resolved_at timestamptz,
      primary key (connection, object, record_id, stage, code))`,
    `create table runs (
      id text primary key, started_at timestamptz not null, finished_at timestamptz, status text not null,
      summary jsonb not null default '{}')`,
    `create table leases (
      name text primary key, holder text not null, fence bigint not null, expires_at timestamptz not null)`,
    `create table events (
      id bigserial primary key, type text not null, entity_id text not null, at timestamptz not null, data jsonb not null default '{}')`,
    'create index events_entity on events (entity_id, id)',
    "create index events_qualified on events (entity_id) where type = 'lead.state' and data->>'to' = 'Qualified'",
    'create table consumers (name text primary key, last_event bigint not null)',
    `create table descriptions (
      connection text not null, object text not null, description jsonb, at timestamptz not null, primary key (connection, object))`,

    // leads: people, leads, partners, offers, decisions
    `create table people (
      id text primary key, facts jsonb not null, merged_into text, created_at timestamptz not null)`,
    `create table person_keys (
      kind text not null, key text not null, connection text not null, object text not null, record_id text not null,
      person_id text not null, primary key (key, kind, record_id, object, connection))`,
    'create index person_keys_person on person_keys (person_id)',
    'create index person_keys_record on person_keys (record_id)',
    `create table leads (
      id text primary key, person_id text not null unique, state text not null, reason text not null,
      score int, grade text, score_reasons jsonb not null default '[]', partner_id text, offer_id text,
      released_at timestamptz not null, accept_by timestamptz, declined jsonb not null default '[]',
      rounds int not null default 0, to_route boolean not null default false, waits_for text, updated_at timestamptz not null)`,
    'create index leads_to_route on leads (released_at, id) where to_route',
    'create index leads_state on leads (state)',
    'create index leads_waiting on leads (waits_for) where waits_for is not null',
    'create index leads_partner on leads (partner_id) where partner_id is not null',
    `create table partners (
      id text primary key, connection text not null, record_id text not null, facts jsonb not null, active boolean not null)`,
    `create table partner_versions (
      partner_id text not null, seq bigint not null, facts jsonb not null, active boolean not null, primary key (partner_id, seq))`,
    `create table offers (
      id text primary key, lead_id text not null, partner_id text not null, status text not null, round int not null,
      offered_at timestamptz not null, accept_by timestamptz not null, closed_at timestamptz, response text,
      response_reason text, opened_seq bigint not null, freed_seq bigint)`,
    'create index offers_lead on offers (lead_id, round)',
    "create index offers_due on offers (accept_by) where status = 'Open'",
    'create index offers_partner on offers (partner_id, opened_seq)',
    `create table feedback (
      id text primary key, offer_id text not null, kind text not null, response text not null, reason text,
      via text not null, at timestamptz not null)`,
    `create table decisions (
      id text primary key, seq bigint not null unique, lead_id text not null, at timestamptz not null, outcome text not null,
      result jsonb not null, inputs jsonb not null, hash text not null, config_hash text not null)`,
    'create index decisions_lead on decisions (lead_id, seq)',
    'create table config_versions (hash text primary key, kind text not null, file text not null, body text not null)',
    `create table reviews (
      id text primary key, kind text not null, subject jsonb not null, why text not null, created_at timestamptz not null,
      resolved_at timestamptz)`,

    // revenue: campaigns, touches, opportunities, ledger
    `create table campaigns (
      id text primary key, name text not null, cost_minor bigint, currency text)`,
    `create table campaign_records (
      connection text not null, object text not null, record_id text not null, campaign_id text not null, name text not null,
      cost_minor bigint, currency text, primary key (connection, object, record_id))`,
    // What a touch is tied to stands by record, not by person: people merge, records stay.
    `create table touches (
      id text primary key, connection text not null, object text not null, record_id text not null,
      subject_object text not null, subject_id text not null, campaign_object text not null, campaign_record text not null,
      at text not null, kind text not null)`,
    'create index touches_subject on touches (connection, subject_object, subject_id)',
    'create index touches_record on touches (record_id)',
    'create index touches_campaign on touches (connection, campaign_object, campaign_record)',
    `create table contact_roles (
      connection text not null, record_id text not null, opportunity_record text not null, contact_record text not null,
      is_primary boolean not null, primary key (connection, record_id))`,
    'create index contact_roles_opportunity on contact_roles (connection, opportunity_record)',
    'create index contact_roles_contact on contact_roles (connection, contact_record)',
    `create table opportunities (
      id text primary key, connection text not null, record_id text not null, account_record text, facts jsonb not null)`,
    'create index opportunities_record on opportunities (connection, record_id)',
    'create index opportunities_account on opportunities (connection, account_record)',
    `create table matches (
      opportunity_id text primary key, lead_id text, how text, reason text not null, person_ids jsonb not null,
      standing text not null)`,
    `create table entries (
      id text primary key, opportunity_id text not null, ordinal int not null, kind text not null, amount_minor bigint not null,
      currency text not null, at timestamptz not null, close_date text, reason text not null,
      unique (opportunity_id, ordinal))`,
    `create function refuse_change() returns trigger language plpgsql as $$
      begin raise exception 'the ledger is append-only: answer a change with a reversing or adjusting entry'; end $$`,
    'create trigger entries_append_only before update or delete on entries for each row execute function refuse_change()',
    'create trigger entries_no_truncate before truncate on entries for each statement execute function refuse_change()',
    `create table credits (
      entry_id text not null, model text not null, touch_id text not null, campaign_id text not null,
      opportunity_id text not null, amount_minor bigint not null, currency text not null,
      primary key (entry_id, model, touch_id))`,
    'create index credits_opportunity on credits (opportunity_id)',
    `create table held_revenue (
      opportunity_id text primary key, reason text not null, at timestamptz not null)`,
  ],
};
