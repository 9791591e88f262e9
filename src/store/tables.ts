import type { ColumnType, Generated } from 'kysely';

/** A 64-bit whole number: text when read, text or number when written. */
type Int8 = ColumnType<string, string | number | bigint, string | number | bigint>;
/** An instant: ISO text both ways. */
type Instant = string;
/** A JSON column: the parsed value when read, JSON text when written (an array would otherwise become a SQL array). */
type Json<T> = ColumnType<T, string, string>;
type Scalars = Record<string, string | number | boolean | null>;

export interface Tables {
  connections: {
    name: string;
    kind: string;
    org_id: string | null;
    org_name: string | null;
    currency: string | null;
    tokens: Json<Record<string, string>> | null;
    last_sync_at: Instant | null;
    problem: string | null;
  };
  streams: {
    connection: string;
    object: string;
    cursor: Json<Scalars>;
    updated_at: Instant;
    read_to: Instant | null;
  };
  records: {
    connection: string;
    object: string;
    id: string;
    fields: Json<Scalars>;
    modified_at: Instant;
    deleted: boolean;
    associations: Json<Record<string, string[]>> | null;
    company_id: string | null;
    deal_id: string | null;
    pushed_at: Instant | null;
    /** When anything but our own write last changed it, while `echoed_at` is its stamp. */
    edited_at: Instant | null;
    echoed_at: Instant | null;
  };
  links: {
    connection: string;
    object: string;
    record_id: string;
    entity: string;
    entity_id: string;
    role: string;
    link_id: string;
    retired: boolean;
  };
  outbox: {
    connection: string;
    object: string;
    row_key: string;
    record_id: string | null;
    external_field: string | null;
    external_value: string | null;
    fields: Json<Scalars>;
    /** What is on its way, where something else has come to be wanted before its answer. */
    sent: Json<Scalars> | null;
    state: string;
    attempts: number;
    not_before: Instant | null;
    code: string | null;
    message: string | null;
    created_at: Instant;
    refused_setup: string | null;
    refused_stamp: Instant | null;
  };
  errors: {
    connection: string;
    object: string;
    record_id: string;
    stage: string;
    code: string;
    message: string;
    hint: string | null;
    fields: Json<string[]>;
    count: number;
    first_at: Instant;
    last_at: Instant;
    resolved_at: Instant | null;
  };
  runs: { id: string; started_at: Instant; finished_at: Instant | null; status: string; summary: Json<unknown> };
  leases: { name: string; holder: string; fence: Int8; expires_at: Instant };
  events: { id: Generated<string>; type: string; entity_id: string; at: Instant; data: Json<Record<string, unknown>> };
  descriptions: { connection: string; object: string; description: Json<unknown> | null; at: Instant };
  consumers: { name: string; last_event: Int8 };
  people: { id: string; facts: Json<unknown>; merged_into: string | null; created_at: Instant };
  person_merges: {
    id: string;
    seq: Generated<string>;
    into_id: string;
    from_id: string;
    at: Instant;
    /** `identity`: a record showed it; `word`: a person said so; `crm`: the CRM made one record of two. */
    how: string;
    why: string;
    moved: Json<readonly string[]>;
    lead: Json<unknown> | null;
    shared: Json<unknown> | null;
    /** When somebody asked for it to be undone. */
    asked_at: Instant | null;
    undone_at: Instant | null;
    /** Why it could not be undone, when it was tried last. */
    problem: string | null;
  };
  people_apart: { person: string; other: string; by: string };
  person_keys: { kind: string; key: string; connection: string; object: string; record_id: string; person_id: string };
  leads: {
    id: string;
    person_id: string;
    state: string;
    reason: string;
    score: number | null;
    grade: string | null;
    score_reasons: Json<unknown>;
    partner_id: string | null;
    offer_id: string | null;
    released_at: Instant;
    accept_by: Instant | null;
    declined: Json<string[]>;
    rounds: number;
    to_route: boolean;
    waits_for: string | null;
    /** The auction it is in: by which route, which partners may claim it, until when. */
    auction: Json<unknown> | null;
    /** Routes of auctions in which nobody claimed it. */
    lapsed: Json<string[]>;
    /** When the router is to look at it again, whatever happens. */
    retry_at: Instant | null;
    updated_at: Instant;
  };
  partners: { id: string; connection: string; record_id: string; facts: Json<unknown>; active: boolean };
  partner_versions: { partner_id: string; seq: Int8; facts: Json<unknown>; active: boolean };
  offers: {
    id: string;
    lead_id: string;
    partner_id: string;
    status: string;
    round: number;
    offered_at: Instant;
    accept_by: Instant;
    closed_at: Instant | null;
    response: string | null;
    response_reason: string | null;
    opened_seq: Int8;
    freed_seq: Int8 | null;
    /** By which route, at which turn, and what the lead was then. */
    made: Json<unknown> | null;
    /** How it had ended when the partner had room again; null before, and for what was freed before this was kept. */
    outcome: string | null;
    /** Under which policy of sla.yaml it was made. */
    terms: Json<unknown> | null;
  };
  /** What happened to an offer beside its opening, answer and end; nothing of it is ever changed. */
  offer_marks: { id: string; offer_id: string; kind: string; about: string; at: Instant };
  timers: {
    offer_id: string;
    deadline: string;
    period: number;
    kind: string;
    key: string;
    due_at: Instant;
    fired_at: Instant | null;
    outcome: string | null;
  };
  notices: {
    id: string;
    kind: string;
    channel: string;
    audience: string;
    partner_id: string;
    offer_id: string | null;
    lead_id: string | null;
    detail: Json<unknown>;
    /** What a notice says that is not of an offer. */
    letter: Json<unknown> | null;
    digest: boolean;
    created_at: Instant;
    state: string;
    not_before: Instant;
    attempts: number;
    sent_at: Instant | null;
    message: string | null;
  };
  /** What each partner's record in the CRM is to say of where it stands. */
  partner_scores: { partner_id: string; score: number | null; rank: string | null; scored_on: string | null };
  /** Since when a deal stood in which stage, as far as runs saw it. */
  deal_stages: { opportunity_id: string; since: Instant; stage: string };
  score_checks: { name: string; day: string; through: string | null };
  /** What partners stated about offers; `contents` is what was said as one text, to compare. */
  statements: {
    id: string;
    offer_id: string;
    lead_id: string;
    partner_id: string;
    via: string;
    key: string;
    at: Instant;
    received_at: Instant;
    /** The place in what it came with, from 1. */
    place: number;
    kind: string;
    effect: string | null;
    said: Json<unknown>;
    contents: string;
  };
  nurtures: {
    offer_id: string;
    lead_id: string;
    partner_id: string;
    why: string;
    since: Instant;
    /** Offers made up to then. */
    rounds: number;
    rested_at: Instant | null;
    returned_at: Instant | null;
  };
  score_models: {
    version: string;
    trained_at: Instant;
    through: Instant;
    tested: Json<unknown>;
    body: Json<unknown>;
    in_use: boolean;
    why: string;
  };
  nurture_writes: { offer_id: string; connection: string; object: string; record_id: string };
  link_answers: { offer_id: string; response: string; reason: string | null; at: Instant };
  feedback: {
    id: string;
    offer_id: string;
    kind: string;
    response: string;
    reason: string | null;
    via: string;
    at: Instant;
  };
  decisions: {
    id: string;
    seq: Int8;
    lead_id: string;
    at: Instant;
    outcome: string;
    result: Json<unknown>;
    inputs: Json<unknown>;
    hash: string;
    config_hash: string;
    /** Of the lead at the time. */
    grade: string | null;
  };
  config_versions: { hash: string; kind: string; file: string; body: string };
  reviews: {
    id: string;
    kind: string;
    subject: Json<Record<string, unknown>>;
    why: string;
    created_at: Instant;
    resolved_at: Instant | null;
    /** What was answered; null while nothing is, and for what settled itself. */
    answer: string | null;
    /** When a run acted on the answer. */
    applied_at: Instant | null;
  };
  shared_values: { person_id: string; held: Json<unknown>; due: boolean };
  shared_setup: { name: string; hash: string; through: string | null };
  history: {
    id: Generated<string>;
    connection: string;
    object: string;
    record_id: string;
    field: string;
    before: Json<unknown>;
    after: Json<unknown>;
    winner: string;
    policy: string;
    why: string;
    at: Instant;
    run: string | null;
  };
  contests: {
    connection: string;
    object: string;
    record_id: string;
    field: string;
    ours: Json<unknown>;
    theirs: Json<unknown>;
    rounds: number;
    last_at: Instant;
    contested_at: Instant | null;
  };
  creations: { link_id: string; connection: string; object: string; person_id: string; state: string };
  campaigns: {
    id: string;
    name: string;
    cost_minor: Int8 | null;
    currency: string | null;
    /** Whose word the cost is: campaign or claims. */
    cost_source: ColumnType<string | null, string | null | undefined, string | null>;
    /** What claims paid of it, by currency, minor units as text. */
    funded: ColumnType<{ readonly minor: string; readonly currency: string }[], string | undefined, string>;
    /** By how much claims of the cost's currency exceed it. */
    over_minor: ColumnType<string | null, string | null | undefined, string | null>;
  };
  campaign_records: {
    connection: string;
    object: string;
    record_id: string;
    campaign_id: string;
    name: string;
    cost_minor: Int8 | null;
    currency: string | null;
    /** "crm:id" of the same campaign in another CRM, where the record names it. */
    same_as: ColumnType<string | null, string | null | undefined, string | null>;
  };
  touches: {
    id: string;
    connection: string;
    object: string;
    record_id: string;
    subject_object: string;
    subject_id: string;
    campaign_object: string;
    campaign_record: string;
    at: string;
    kind: string;
    status: string | null;
  };
  contact_roles: {
    connection: string;
    record_id: string;
    opportunity_record: string;
    contact_record: string;
    is_primary: boolean;
  };
  opportunities: {
    id: string;
    connection: string;
    record_id: string;
    account_record: string | null;
    facts: Json<unknown>;
  };
  matches: {
    opportunity_id: string;
    lead_id: string | null;
    how: string | null;
    reason: string;
    person_ids: Json<string[]>;
    /** Whether the deal was closed and won when it was last told of. */
    standing: string;
    /** sure, doubtful, unattributed */
    zone: Generated<string>;
    evidence: ColumnType<unknown, string | undefined, string>;
  };
  /** Companies as the CRMs hold them. `name_key`: see revenue/company-key.ts */
  accounts: { connection: string; record_id: string; name: string | null; name_key: string; domain: string | null };
  /** Products, lines and listed partners as the CRMs hold them; amounts and quantities as decimal text. */
  products: { connection: string; record_id: string; name: string; family: string | null };
  line_items: {
    connection: string;
    record_id: string;
    opportunity_record: string;
    product_record: string | null;
    name: string | null;
    family: string | null;
    quantity: string | null;
    amount: string | null;
    currency: string | null;
  };
  listed_partners: {
    connection: string;
    record_id: string;
    opportunity_record: string;
    partner_record: string;
    role: string | null;
  };
  /** The lines of a deal as they count. */
  deal_products: {
    opportunity_id: string;
    line_id: string;
    product: string;
    family: string | null;
    quantity: string | null;
    amount_minor: Int8 | null;
    currency: string;
  };
  /** Records of other CRMs that a deal names as the same deal. */
  deal_names: { opportunity_id: string; crm: string; record_id: string };
  /** Deals that are a deal of another CRM, which counts in their place. */
  deal_twins: { opportunity_id: string; twin_of: string; reason: string };
  /** The companies of leads that a partner accepted. */
  worked_leads: { lead_id: string; domain: string | null; name_key: string };
  /** Which partners had a part in a deal, and which. */
  deal_partners: {
    opportunity_id: string;
    partner_id: string;
    /** sourced, influenced, assisted */
    role: string;
    how: string;
    evidence: Json<{ readonly reasons: readonly string[]; readonly leads: readonly string[] }>;
  };
  entries: {
    id: string;
    opportunity_id: string;
    ordinal: number;
    kind: string;
    amount_minor: Int8;
    currency: string;
    at: Instant;
    close_date: string | null;
    reason: string;
    reporting_minor: Int8;
    reporting_currency: string;
    rate: string;
    rate_date: string;
    rate_source: string;
    period: string;
    line: Int8 | null;
  };
  /** The two sides of each entry; the database takes no entry without them. */
  postings: {
    entry_id: string;
    side: number;
    account: string;
    amount_minor: Int8;
    currency: string;
    reporting_minor: Int8;
    reporting_currency: string;
  };
  deal_splits: { opportunity_id: string; from_opportunity_id: string; fall_entry_id: string; at: Instant };
  journal: { seq: Int8; at: Instant; kind: string; subject: string; body: string; hash: string };
  rates: {
    source: string;
    from_currency: string;
    to_currency: string;
    date: string;
    rate: string;
    dated: boolean;
    known_at: Instant;
  };
  rate_sources: { source: string; digest: string; read_at: Instant };
  closed_periods: { month: string; closed_at: Instant; closed_by: string | null };
  credits: {
    entry_id: string;
    model: string;
    touch_id: string;
    campaign_id: string;
    opportunity_id: string;
    amount_minor: Int8;
    currency: string;
    /** In the reporting currency of the entry. */
    reporting_minor: Int8;
  };
  /** Under which version of a model, and which fit of it, an entry was credited. */
  creditings: { entry_id: string; model: string; opportunity_id: string; version: string; fit: number | null };
  /** What fitted models learned, when, and from what; of one that could not be fitted why. Nothing of it is ever changed. */
  attribution_fits: {
    model: string;
    version: number;
    model_version: string;
    fitted_at: Instant;
    first_touch: string | null;
    last_touch: string | null;
    journeys: number;
    conversions: number;
    channels: Json<unknown> | null;
    problem: string | null;
  };
  plans: { hash: string; made_at: Instant; digests: Json<unknown> | null };
  budgets: { name: string; state: Json<unknown>; version: Int8 };
  held_revenue: { opportunity_id: string; reason: string; at: Instant; why: Generated<string>; until: string | null };
  sweeps: {
    connection: string;
    object: string;
    cursor: Json<Scalars> | null;
    started_at: Instant | null;
    finished_at: Instant | null;
    due_at: Instant;
    pages: Generated<number>;
    whole: Generated<boolean>;
    why: string;
  };
  hints: {
    connection: string;
    object: string;
    record_id: string;
    what: string;
    at: Instant;
    version: Generated<string>;
  };
  sweep_absent: { connection: string; object: string; record_id: string };
  listeners: { connection: string; replay: string; updated_at: Instant };
  record_merges: { connection: string; object: string; record_id: string; into_id: string; at: Instant };
  stream_shapes: {
    connection: string;
    object: string;
    fields: Json<string[]>;
    keys: Json<Record<string, string>>;
    mapping: string;
    at: Instant;
  };
  fund_budgets: {
    id: string;
    parent_id: string | null;
    partner_id: string | null;
    name: string;
    currency: string;
    amount_minor: Int8;
    starts_on: string | null;
    ends_on: string | null;
    connection: string | null;
    record_id: string | null;
  };
  fund_allocations: {
    id: string;
    budget_id: string;
    partner_id: string | null;
    name: string;
    currency: string;
    amount_minor: Int8;
    expires_on: string | null;
    connection: string | null;
    record_id: string | null;
  };
  fund_requests: {
    id: string;
    budget_id: string;
    allocation_id: string | null;
    partner_id: string | null;
    campaign_id: string | null;
    campaign_connection: string | null;
    campaign_record: string | null;
    title: string;
    activity: string | null;
    currency: string;
    requested_minor: Int8;
    approved_minor: Int8 | null;
    status: string;
    starts_on: string | null;
    ends_on: string | null;
    claim_by: string | null;
    requested_by: string | null;
    submitted_at: Instant | null;
    escalated: number;
    /** What was asked for as one text, to tell a repetition from another request under the same key. */
    contents: string;
    connection: string | null;
    record_id: string | null;
  };
  fund_claims: {
    id: string;
    request_id: string;
    campaign_id: string | null;
    title: string;
    currency: string;
    requested_minor: Int8;
    approved_minor: Int8 | null;
    paid_minor: Int8;
    paid_on: string | null;
    payments: Json<unknown>;
    proof: Json<unknown>;
    status: string;
    reason: string | null;
    claimed_by: string | null;
    submitted_at: Instant | null;
    escalated: number;
    contents: string;
    connection: string | null;
    record_id: string | null;
  };
  fund_accruals: {
    id: string;
    allocation_id: string;
    period: string;
    basis_minor: Int8;
    percent: string;
    credited_minor: Int8;
    currency: string;
    at: Instant;
  };
  fund_untold: { item_id: string };
  fund_events: {
    seq: Generated<string>;
    kind: string;
    item_id: string;
    type: string;
    at: Instant;
    who: string;
    why: string | null;
    data: Json<unknown>;
  };
  registrations: {
    id: string;
    partner_id: string;
    account_name: string | null;
    account_domain: string | null;
    account_country: string | null;
    account_city: string | null;
    account_connection: string | null;
    account_record: string | null;
    name_key: string | null;
    product: string | null;
    amount_minor: Int8 | null;
    currency: string | null;
    closes: string | null;
    opportunity_id: string | null;
    state: string;
    reason: string;
    verdict: string;
    conflicts: Json<unknown>;
    needed: Json<string[]>;
    approvals: Json<unknown>;
    submitted_at: Instant;
    decide_by: Instant | null;
    decided_at: Instant | null;
    protected_until: Instant | null;
    extensions: number;
    closed_at: Instant | null;
    /** Ten-thousandths of the deal. */
    share: number | null;
    source: string;
    key: string;
    contents: string;
    updated_at: Instant;
  };
  registration_events: {
    registration_id: string;
    seq: number;
    kind: string;
    at: Instant;
    by: string;
    detail: Json<Record<string, unknown>>;
  };
  registration_timers: {
    registration_id: string;
    kind: string;
    key: string;
    due_at: Instant;
    fired_at: Instant | null;
  };
}
