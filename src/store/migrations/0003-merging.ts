import type { Migration } from './index.ts';

/** What merging keeps: values that CRMs and channel share, what was overwritten, who fights over what, records to be made. */
export const merging: Migration = {
  number: 3,
  name: 'merging',
  statements: [
    // One row a person, and only of those who have a shared value; `due`: its records do not all hold it yet.
    'create table shared_values (person_id text primary key, held jsonb not null, due boolean not null default false)',
    'create index shared_values_due on shared_values (person_id) where due',
    // Which properties were shared when all records were merged last, and how far a merge of all of them has come.
    'create table shared_setup (name text primary key, hash text not null, through text)',

    `create table history (
      id bigserial primary key, connection text not null, object text not null, record_id text not null, field text not null,
      before jsonb, after jsonb, winner text not null, policy text not null, why text not null, at timestamptz not null, run text)`,
    'create index history_record on history (record_id)',

    // What Sluice wrote into a field that the CRM then changed, and how often in a row.
    `create table contests (
      connection text not null, object text not null, record_id text not null, field text not null, ours jsonb,
      theirs jsonb, rounds int not null default 0, last_at timestamptz not null, contested_at timestamptz,
      primary key (record_id, field, object, connection))`,
    'create index contests_open on contests (record_id) where contested_at is not null',

    // Records to be made for leads that have none; link_id is the unique key by which they are made.
    `create table creations (
      link_id text primary key, connection text not null, object text not null, person_id text not null, state text not null,
      unique (connection, object, person_id))`,

    'alter table reviews add column answer text, add column applied_at timestamptz',
    'create index reviews_answered on reviews (id) where answer is not null and applied_at is null',

    // How things stood when the CRM refused the row: it is sent again when they no longer do.
    'alter table outbox add column refused_setup text, add column refused_stamp timestamptz',
  ],
};
