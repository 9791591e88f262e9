import type { Migration } from './index.ts';

/** Where each partner stood when partners were last scored, which its record in the CRM is to say; and in which stages deals stood. */
export const partnerScores: Migration = {
  number: 13,
  name: 'partner scores and deal stages',
  statements: [
    // A day stays the one on which the figures became what they are: what did not change is not written again.
    'create table partner_scores (partner_id text primary key, score int, rank text, scored_on text)',
    // A CRM's record tells the stage of today: since when it stood in which one is kept here as it is read.
    `create table deal_stages (
      opportunity_id text not null, since timestamptz not null, stage text not null, primary key (opportunity_id, since))`,
  ],
};
