import type { Migration } from './index.ts';

/** Merges of persons as they were made, so that they can be undone, and who is known not to be one. */
export const mergesKept: Migration = {
  number: 15,
  name: 'merges kept',
  statements: [
    // moved: the records that went over; lead: what became of the leads; shared: what each side shared before and after.
    `create table person_merges (
      id text primary key, seq bigserial not null, into_id text not null, from_id text not null, at timestamptz not null, how text not null,
      why text not null, moved jsonb not null, lead jsonb, shared jsonb, asked_at timestamptz, undone_at timestamptz, problem text)`,
    'create index person_merges_into on person_merges (into_id)',
    'create index person_merges_from on person_merges (from_id)',
    'create index person_merges_asked on person_merges (asked_at) where asked_at is not null and undone_at is null',
    // Both orders of a pair are kept. by: the merge by which a person took the place of another in a pair; empty: somebody said so.
    `create table people_apart (person text not null, other text not null, by text not null, primary key (person, other, by))`,
    'create index people_apart_by on people_apart (by)',
  ],
};
