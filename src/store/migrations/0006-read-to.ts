import type { Migration } from './index.ts';

/** How far each stream has been read to its end, and what a complete pass misses until it has come to its own. */
export const readTo: Migration = {
  number: 6,
  name: 'read to',
  statements: [
    // When the last run began that read the stream to its end: what was modified before that has been read.
    'alter table streams add column read_to timestamptz',
    // Known records that no page of a complete pass has held: how many of all they are is known only at its end.
    `create table sweep_absent (
      connection text not null, object text not null, record_id text not null,
      primary key (connection, object, record_id))`,
  ],
};
