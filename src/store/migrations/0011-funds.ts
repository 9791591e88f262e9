import type { Migration } from './index.ts';

/** Co-marketing money: budgets, allocations, requests, claims, what was accrued, and the story of each. */
export const funds: Migration = {
  number: 11,
  name: 'funds',
  statements: [
    `create table fund_budgets (
      id text primary key, parent_id text, partner_id text, name text not null, currency text not null,
      amount_minor bigint not null check (amount_minor >= 0), starts_on text, ends_on text, connection text, record_id text)`,
    'create index fund_budgets_parent on fund_budgets (parent_id) where parent_id is not null',
    `create table fund_allocations (
      id text primary key, budget_id text not null, partner_id text, name text not null, currency text not null,
      amount_minor bigint not null check (amount_minor >= 0), expires_on text, connection text, record_id text)`,
    'create index fund_allocations_budget on fund_allocations (budget_id)',
    // Where the campaign is held in a CRM stands beside it: which records are one campaign is settled anew now and then.
    `create table fund_requests (
      id text primary key, budget_id text not null, allocation_id text, partner_id text, campaign_id text,
      campaign_connection text, campaign_record text, title text not null, activity text, currency text not null,
      requested_minor bigint not null check (requested_minor >= 0), approved_minor bigint check (approved_minor >= 0),
      status text not null, starts_on text, ends_on text, claim_by text, requested_by text, submitted_at timestamptz,
      escalated int not null, contents text not null, connection text, record_id text)`,
    'create index fund_requests_budget on fund_requests (budget_id)',
    'create index fund_requests_campaign on fund_requests (campaign_id) where campaign_id is not null',
    "create index fund_requests_due on fund_requests (claim_by) where status in ('approved', 'claimed') and connection is null",
    "create index fund_requests_waiting on fund_requests (submitted_at) where status = 'submitted' and connection is null",
    `create table fund_claims (
      id text primary key, request_id text not null, campaign_id text, title text not null, currency text not null,
      requested_minor bigint not null check (requested_minor >= 0), approved_minor bigint check (approved_minor >= 0),
      paid_minor bigint not null check (paid_minor >= 0), paid_on text, payments jsonb not null, proof jsonb not null,
      status text not null, reason text, claimed_by text, submitted_at timestamptz, escalated int not null,
      contents text not null, connection text, record_id text)`,
    'create index fund_claims_request on fund_claims (request_id)',
    'create index fund_claims_campaign on fund_claims (campaign_id) where campaign_id is not null',
    "create index fund_claims_waiting on fund_claims (submitted_at) where status = 'submitted' and connection is null",
    // Credits of co-op money, a line each: reversals are lines below zero. Nothing of it is ever changed.
    `create table fund_accruals (
      id text primary key, allocation_id text not null, period text not null, basis_minor bigint not null,
      percent text not null, credited_minor bigint not null, currency text not null, at timestamptz not null)`,
    'create index fund_accruals_allocation on fund_accruals (allocation_id)',
    // Requests and claims of Sluice's own that a CRM is still to be told of.
    'create table fund_untold (item_id text primary key)',
    // Who did what, when and why. Nothing of it is ever changed.
    `create table fund_events (
      seq bigint generated always as identity primary key, kind text not null, item_id text not null, type text not null,
      at timestamptz not null, who text not null, why text, data jsonb not null)`,
    'create index fund_events_item on fund_events (item_id)',
  ],
};
