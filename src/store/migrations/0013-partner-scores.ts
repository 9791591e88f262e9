import type { Migration } from './index.ts';

/** Where each partner stood when partners were last scored, and what its record in the CRM is to say of it. */
export const partnerScores: Migration = {
  number: 13,
  name: 'partner scores',
  statements: [
    // A day stays the one on which the figures became what they are: what did not change is not written again.
    'create table partner_scores (partner_id text primary key, score int, rank text, scored_on text)',
  ],
};
