import type { Migration } from './index.ts';

/** What the reading side keeps besides its cursors: complete passes, hints of events, merges of records, shapes of streams. */
export const sweepsAndHints: Migration = {
  number: 2,
  name: 'sweeps and hints',
  statements: [
    // One row an object: where its complete pass stands, or when the next one is due. `whole`: to its end in one run.
    `create table sweeps (
      connection text not null, object text not null, cursor jsonb, started_at timestamptz, finished_at timestamptz,
      due_at timestamptz not null, pages int not null default 0, whole boolean not null default false, why text not null,
      primary key (connection, object))`,
    // Ids in the order in which CRMs count them, shorter ones first, whatever the collation of the database.
    // The place is one expression, so that nobody who looks for a record by its id takes this index for the better one.
    `create index records_in_order on records ((connection || ' ' || object), length(id), (id collate "C"))`,
    'create sequence hints_version',
    // record_id is empty where the whole object is meant. A hint that comes again takes a new version: who reads it meanwhile keeps it.
    `create table hints (
      connection text not null, object text not null, record_id text not null, what text not null, at timestamptz not null,
      version bigint not null default nextval('hints_version'), primary key (connection, object, record_id, what))`,
    'create index hints_version_order on hints (connection, version)',
    'create table listeners (connection text primary key, replay text not null, updated_at timestamptz not null)',
    `create table record_merges (
      connection text not null, object text not null, record_id text not null, into_id text not null, at timestamptz not null,
      primary key (record_id, object, connection))`,
    `create table stream_shapes (
      connection text not null, object text not null, fields jsonb not null, keys jsonb not null, mapping text not null,
      at timestamptz not null, primary key (connection, object))`,
  ],
};
