import type { Migration } from './index.ts';

/** Reconciliation: which partners had a part in a deal. */
export const reconciliation: Migration = {
  number: 9,
  name: 'reconciliation',
  statements: [
    // role: sourced (at most one a deal), influenced, assisted; how and evidence say why. Derived anew with the deal's match.
    `create table deal_partners (
      opportunity_id text not null, partner_id text not null, role text not null, how text not null, evidence jsonb not null,
      primary key (opportunity_id, partner_id))`,
    'create index deal_partners_partner on deal_partners (partner_id)',
    'create index feedback_offer on feedback (offer_id)',
  ],
};
