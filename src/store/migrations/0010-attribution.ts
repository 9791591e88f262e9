import type { Migration } from './index.ts';

/** Which version of a model credited which entry, and what fitted models learned. */
export const attribution: Migration = {
  number: 10,
  name: 'attribution',
  statements: [
    // Entries of before were booked at a rate of one, and what they gave with them. The next reconciliation derives all anew.
    'alter table credits add column reporting_minor bigint',
    'update credits set reporting_minor = amount_minor',
    'alter table credits alter column reporting_minor set not null',
    'alter table touches add column status text',
    `create table creditings (
      entry_id text not null, model text not null, opportunity_id text not null, version text not null, fit int,
      primary key (entry_id, model))`,
    'create index creditings_opportunity on creditings (opportunity_id)',
    // A fit is never changed: a later one follows it. One without channels could not be made, and says why.
    `create table attribution_fits (
      model text not null, version int not null, model_version text not null, fitted_at timestamptz not null,
      first_touch text, last_touch text, journeys int not null, conversions int not null, channels jsonb, problem text,
      primary key (model, version))`,
  ],
};
