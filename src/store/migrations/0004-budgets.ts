import type { Migration } from './index.ts';

/** The API budget of each org, shared by all processes, and what tells a plan from another one made later. */
export const budgets: Migration = {
  number: 4,
  name: 'budgets',
  statements: [
    // `version` rises with each change, so that none is lost.
    'create table budgets (name text primary key, state jsonb not null, version bigint not null)',
    // Digests of what a plan would write, no values: enough to say which records and fields have moved since.
    'create table plans (hash text primary key, made_at timestamptz not null, digests jsonb)',
    // Both the error centre's groups and a run's count of what is still refused look only at what is open.
    'create index errors_open on errors (connection, object, stage, code) where resolved_at is null',
  ],
};
