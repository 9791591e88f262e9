import type { Migration } from './index.ts';

/** Triggers that refuse every change of a table's rows. */
function appendOnly(table: string): string[] {
  return [
    `create trigger ${table}_append_only before update or delete on ${table} for each row execute function refuse_change()`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function refuse_change()`,
  ];
}

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
    // The line of the journal that brought it about; null for what was booked before there was one.
    'alter table entries add column line bigint',
    // Everything that the ledger was told, in order, chained by hashes: the ledger is what these lines come to.
    `create table journal (
      seq bigint primary key, at timestamptz not null, kind text not null, subject text not null, body text not null,
      hash text not null)`,
    'create index journal_subject on journal (kind, subject, seq)',
    ...appendOnly('journal'),
    // The two sides of each entry; no entry without them, and none for any other.
    `create table postings (
      entry_id text not null references entries (id), side int not null check (side in (1, 2)), account text not null,
      amount_minor bigint not null, currency text not null, reporting_minor bigint not null, reporting_currency text not null,
      primary key (entry_id, side))`,
    'create index postings_account on postings (account)',
    ...appendOnly('postings'),
    `insert into postings select id, 1, 'deal:' || opportunity_id, amount_minor, currency, reporting_minor, reporting_currency from entries
      union all select id, 2, 'won', -amount_minor, currency, -reporting_minor, reporting_currency from entries`,
    // At the end of the transaction: its two sides are there, are the entry, and are zero together in either currency.
    `create function refuse_unbalanced() returns trigger language plpgsql as $$
      declare a record; b record;
      begin
        select * into a from postings where entry_id = new.id and side = 1;
        select * into b from postings where entry_id = new.id and side = 2;
        if a.entry_id is null or b.entry_id is null or a.amount_minor <> new.amount_minor or a.reporting_minor <> new.reporting_minor
            or a.amount_minor + b.amount_minor <> 0 or a.reporting_minor + b.reporting_minor <> 0
            or a.currency <> new.currency or b.currency <> new.currency
            or a.reporting_currency <> new.reporting_currency or b.reporting_currency <> new.reporting_currency then
          raise exception 'entry % does not balance: it needs its two postings, the entry and its opposite', new.id;
        end if;
        return null;
      end $$`,
    `create constraint trigger entries_balance after insert on entries deferrable initially deferred
      for each row execute function refuse_unbalanced()`,
    // Deals that were split off from others, each with the entry by which the other fell: one fall is answered once.
    `create table deal_splits (
      opportunity_id text primary key, from_opportunity_id text not null, fall_entry_id text not null, at timestamptz not null)`,
    'create index deal_splits_fall on deal_splits (fall_entry_id)',
    // The rates known now, one a source, pair and day. Which of them an entry was booked at, the entry says itself.
    `create table rates (
      source text not null, from_currency text not null, to_currency text not null, date text not null, rate text not null,
      dated boolean not null, known_at timestamptz not null,
      primary key (source, from_currency, to_currency, date, dated))`,
    // When a source of rates was last read, and a hash of what it said.
    'create table rate_sources (source text primary key, digest text not null, read_at timestamptz not null)',
    // A closed month, and all before it, takes no more entries; it is never opened again.
    'create table closed_periods (month text primary key, closed_at timestamptz not null, closed_by text)',
    ...appendOnly('closed_periods'),
    `create function refuse_closed() returns trigger language plpgsql as $$
      declare last text := (select max(month) from closed_periods); one text;
      begin
        if last is null then return null; end if;
        select min(period) into one from added where period <= last;
        if one is not null then raise exception 'the month % is closed: news about it counts in a later one', one; end if;
        return null;
      end $$`,
    `create trigger entries_in_open_months after insert on entries referencing new table as added
      for each statement execute function refuse_closed()`,
    // Why a won deal waits (amount, currency, ceiling, rate, date), and of those that wait for a day, for which one.
    "alter table held_revenue add column why text not null default 'amount', add column until text",
    'create index held_revenue_until on held_revenue (until) where until is not null',
  ],
};
