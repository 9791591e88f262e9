import type { Migration } from './index.ts';

/** The lead desk: offers under a policy with their timers and notices. */
export const leadDesk: Migration = {
  number: 7,
  name: 'lead desk',
  statements: [
    // What routing reads of the past. How an offer was made (route, turn, what the lead was then), and how it ended when the
    // partner had room again: like its places in the common order, nothing of it is ever changed.
    'alter table offers add column made jsonb, add column outcome text',
    "create index offers_rejected on offers (closed_at) where outcome = 'rejected'",
    'create index offers_offered on offers (offered_at)',
    // The grade that a lead had: its inputs may be erased, the count of good leads stays.
    'alter table decisions add column grade text',
    "create index decisions_direct on decisions (at) where outcome = 'direct'",
    // The auction that a lead is in, those in which nobody claimed it, and when partners have time again.
    "alter table leads add column auction jsonb, add column lapsed jsonb not null default '[]', add column retry_at timestamptz",
    'create index leads_retry on leads (retry_at) where retry_at is not null',
    "create index offers_domain on offers ((made->>'domain')) where response = 'Accepted' and made ? 'domain'",
    // Offers that were made before have no policy: only their time to accept is watched, as before.
    'alter table offers add column terms jsonb',
    // What happened to an offer beside its opening, answer and end: touches, reports, pauses, extensions.
    `create table offer_marks (
      id text primary key, offer_id text not null, kind text not null, about text not null, at timestamptz not null)`,
    'create index offer_marks_offer on offer_marks (offer_id)',
    // What the clocks of offers ask for. A row that has fired stays: its name is used up.
    `create table timers (
      offer_id text not null, deadline text not null, period int not null, kind text not null, key text not null,
      due_at timestamptz not null, fired_at timestamptz, outcome text,
      primary key (offer_id, deadline, period, kind, key))`,
    'create index timers_due on timers (due_at) where fired_at is null',
    // What is to be told to whom, written by the transaction that decided it and sent after it.
    `create table notices (
      id text primary key, kind text not null, channel text not null, audience text not null, partner_id text not null,
      offer_id text not null, lead_id text not null, detail jsonb not null, digest boolean not null,
      created_at timestamptz not null, state text not null, not_before timestamptz not null, attempts int not null,
      sent_at timestamptz, message text)`,
    "create index notices_due on notices (not_before) where state = 'waiting'",
    // How far today's look at scores that age has come: the last lead it looked at, null when it is through.
    'create table score_checks (name text primary key, day text not null, through text)',
    // What partners stated about offers; 'waiting' until a run lets it act. Nothing that was said is ever changed.
    `create table statements (
      id text primary key, offer_id text not null, lead_id text not null, partner_id text not null, via text not null,
      key text not null, at timestamptz not null, received_at timestamptz not null, place int not null, kind text not null,
      effect text, said jsonb not null, contents text not null)`,
    'create index statements_offer on statements (offer_id)',
    'create index statements_lead on statements (lead_id)',
    "create index statements_waiting on statements (received_at) where kind = 'waiting'",
    // Leads that were handed back to marketing, one row a stay.
    `create table nurtures (
      offer_id text primary key, lead_id text not null, partner_id text not null, why text not null, since timestamptz not null,
      rounds int not null, rested_at timestamptz, returned_at timestamptz)`,
    'create index nurtures_lead on nurtures (lead_id)',
    // Records that were set back for it: from then on their fields are marketing's again.
    `create table nurture_writes (
      offer_id text not null, connection text not null, object text not null, record_id text not null,
      primary key (offer_id, connection, object, record_id))`,
    // Scores learned from outcomes: the newest counts while it does better than the rules. through: the newest lead it learned from.
    `create table score_models (
      version text primary key, trained_at timestamptz not null, through timestamptz not null, tested jsonb not null,
      body jsonb not null, in_use boolean not null, why text not null)`,
    // A signed link answers once: who is first has the row.
    `create table link_answers (offer_id text primary key, response text not null, reason text, at timestamptz not null)`,
  ],
};
