import type { Migration } from './index.ts';

/** Deal registrations with what happened to them, and the timers of their deadlines and windows. */
export const deals: Migration = {
  number: 12,
  name: 'deals',
  statements: [
    // `name_key` and `account_domain` find the registrations of a company; `contents` is what was registered as one text.
    `create table registrations (
      id text primary key, partner_id text not null,
      account_name text, account_domain text, account_country text, account_city text,
      account_connection text, account_record text, name_key text,
      product text, amount_minor bigint, currency text, closes text, opportunity_id text,
      state text not null, reason text not null, verdict text not null, conflicts jsonb not null,
      needed jsonb not null, approvals jsonb not null,
      submitted_at timestamptz not null, decide_by timestamptz, decided_at timestamptz, protected_until timestamptz,
      extensions int not null, closed_at timestamptz, share int,
      source text not null, key text not null, contents text not null, updated_at timestamptz not null,
      check ((amount_minor is null) = (currency is null)), check (amount_minor >= 0),
      check (state <> 'Approved' or protected_until is not null), check (share between 0 and 10000))`,
    'create unique index registrations_key on registrations (source, key)',
    'create index registrations_state on registrations (state, submitted_at)',
    'create index registrations_partner on registrations (partner_id)',
    'create index registrations_opportunity on registrations (opportunity_id) where opportunity_id is not null',
    "create index registrations_domain on registrations (account_domain) where state in ('Pending', 'Approved')",
    "create index registrations_name on registrations (name_key) where state in ('Pending', 'Approved')",
    // What happened to registrations, in order; nothing of it is ever changed.
    `create table registration_events (
      registration_id text not null, seq int not null, kind text not null, at timestamptz not null, by text not null,
      detail jsonb not null, primary key (registration_id, seq))`,
    // What their clocks ask for. A row that has fired stays: its name is used up.
    `create table registration_timers (
      registration_id text not null, kind text not null, key text not null, due_at timestamptz not null,
      fired_at timestamptz, primary key (registration_id, kind, key))`,
    'create index registration_timers_due on registration_timers (due_at) where fired_at is null',
    // Notices that are not of an offer carry what they say.
    'alter table notices alter column offer_id drop not null, alter column lead_id drop not null, add column letter jsonb',
  ],
};
