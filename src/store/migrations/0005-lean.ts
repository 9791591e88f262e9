import type { Migration } from './index.ts';

/** A first sync writes every row of these tables: what no query needs is not kept up to date. */
export const lean: Migration = {
  number: 5,
  name: 'lean',
  statements: [
    // Keys are written a record at a time, those of before deleted first: nothing has to be unique, and people merge by record.
    'alter table person_keys drop constraint person_keys_pkey',
    'drop index person_keys_person',
    'create index person_keys_key on person_keys (key)',
    // The outbox holds only what is not settled: few rows but during a push, which empties it in the order of its key.
    'drop index outbox_state',
    // Read whole or not at all.
    'alter table decisions alter column inputs type json using inputs::json',
    'alter table decisions alter column result type json using result::json',
    'create index matches_people on matches using gin (person_ids)',
    // Our own writes move a record's stamp, too. While `echoed_at` is its stamp, `edited_at` is when anything else last changed it.
    'alter table records add column edited_at timestamptz, add column echoed_at timestamptz',
    // Rows of two kilobytes and more would be compressed, which costs more than writing them.
    'alter table decisions set (toast_tuple_target = 8160)',
    'alter table leads set (toast_tuple_target = 8160)',
    'alter table outbox set (toast_tuple_target = 8160)',
    // A record of a lead is written twice more, when its write is confirmed and when that comes back: with room left on its
    // page no index has to be told.
    'alter table records set (toast_tuple_target = 8160, fillfactor = 70)',
  ],
};
