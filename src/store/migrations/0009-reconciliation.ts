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
    // Records of other CRMs that a deal names as the same deal, and the deals that count in place of others.
    `create table deal_names (
      opportunity_id text not null, crm text not null, record_id text not null, primary key (opportunity_id, crm, record_id))`,
    'create index deal_names_record on deal_names (record_id)',
    'create table deal_twins (opportunity_id text primary key, twin_of text not null, reason text not null)',
    'create index deal_twins_of on deal_twins (twin_of)',
    // What deals sell: the lines and products as the CRMs hold them, and the lines of each deal as they count.
    `create table products (
      connection text not null, record_id text not null, name text not null, family text, primary key (connection, record_id))`,
    `create table line_items (
      connection text not null, record_id text not null, opportunity_record text not null, product_record text, name text,
      family text, quantity text, amount text, currency text, primary key (connection, record_id))`,
    'create index line_items_deal on line_items (connection, opportunity_record)',
    'create index line_items_product on line_items (connection, product_record) where product_record is not null',
    `create table deal_products (
      opportunity_id text not null, line_id text not null, product text not null, family text, quantity text,
      amount_minor bigint, currency text not null, primary key (opportunity_id, line_id))`,
    // Partners that a CRM lists on a deal, a record each.
    `create table listed_partners (
      connection text not null, record_id text not null, opportunity_record text not null, partner_record text not null,
      role text, primary key (connection, record_id))`,
    'create index listed_partners_deal on listed_partners (connection, opportunity_record)',
    // The record of another CRM that a campaign names as the same campaign: "crm:id".
    'alter table campaign_records add column same_as text',
    // cost_source: campaign, claims; funded: what claims paid of it, by currency; over_minor: by how much they exceed it.
    "alter table campaigns add column cost_source text, add column funded jsonb not null default '[]', add column over_minor bigint",
    'create index worked_leads_domain on worked_leads (domain) where domain is not null',
    "create index worked_leads_name on worked_leads (name_key) where name_key <> ''",
    "create index reviews_deal on reviews ((subject->>'opportunity')) where kind in ('deal-match', 'deal-twin')",
  ],
};
