import type { Migration } from './index.ts';

/** Reconciliation: which lead a deal came of and how surely, and which partners had a part in it. */
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
    // zone: sure, doubtful, unattributed. evidence: the leads as they were weighed, what is asked, what speaks against an answer.
    "alter table matches add column zone text not null default 'unattributed', add column evidence jsonb not null default '{}'",
    // Companies as the CRMs hold them, by what leads of other records are found at them.
    `create table accounts (
      connection text not null, record_id text not null, name text, name_key text not null, domain text,
      primary key (connection, record_id))`,
    'create index accounts_domain on accounts (domain) where domain is not null',
    "create index accounts_name on accounts (name_key) where name_key <> ''",
    // The companies of the leads that a partner accepted.
    'create table worked_leads (lead_id text primary key, domain text, name_key text not null)',
    'create index worked_leads_domain on worked_leads (domain) where domain is not null',
    "create index worked_leads_name on worked_leads (name_key) where name_key <> ''",
    "create index reviews_deal on reviews ((subject->>'opportunity')) where kind = 'deal-match'",
  ],
};
