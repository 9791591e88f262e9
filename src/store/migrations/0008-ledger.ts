import type { Migration } from './index.ts';

/** What entries are worth in the reporting currency, the rates that say so, and months that close. */
export const ledger: Migration = {
  number: 8,
  name: 'ledger',
  statements: [
    `alter table entries add column reporting_minor bigint, add column reporting_currency text, add column rate text,
      add column rate_date text, add column rate_source text, add column period text`,
    // What was booked before rates were kept is worth what it is in its own currency: nobody knows another rate of it.
    'alter table entries disable trigger entries_append_only',
    `update entries set reporting_minor = amount_minor, reporting_currency = currency, rate = '1',
      rate_date = coalesce(close_date, to_char(at, 'YYYY-MM-DD')), rate_source = 'before rates were kept',
      period = left(coalesce(close_date, to_char(at, 'YYYY-MM-DD')), 7)`,
    'alter table entries enable trigger entries_append_only',
    `alter table entries alter column reporting_minor set not null, alter column reporting_currency set not null,
      alter column rate set not null, alter column rate_date set not null, alter column rate_source set not null,
      alter column period set not null`,
    'create index entries_period on entries (period)',
    // The rates known now, one a source, pair and day. Which of them an entry was booked at, the entry says itself.
    `create table rates (
      source text not null, from_currency text not null, to_currency text not null, date text not null, rate text not null,
      dated boolean not null, known_at timestamptz not null,
      primary key (source, from_currency, to_currency, date, dated))`,
    // When a source of rates was last read, and a hash of what it said.
    'create table rate_sources (source text primary key, digest text not null, read_at timestamptz not null)',
    // A closed month, and all before it, takes no more entries; it is never opened again.
    'create table closed_periods (month text primary key, closed_at timestamptz not null, closed_by text)',
    `create trigger closed_periods_append_only before update or delete on closed_periods for each row execute function refuse_change()`,
    `create trigger closed_periods_no_truncate before truncate on closed_periods for each statement execute function refuse_change()`,
    // Why a won deal waits (amount, currency, ceiling, rate, date), and of those that wait for a day, for which one.
    "alter table held_revenue add column why text not null default 'amount', add column until text",
    'create index held_revenue_until on held_revenue (until) where until is not null',
  ],
};
