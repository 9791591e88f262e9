import { sql } from 'kysely';
import type { Queryable } from './database.ts';
import type { Tables } from './tables.ts';
import { write } from './write-behind.ts';

/** SQL type of each column that travels as a set of rows. */
const TYPES: { readonly [T in keyof Tables]?: { readonly [C in keyof Tables[T]]?: string } } = {
  streams: { cursor: 'jsonb', updated_at: 'timestamptz' },
  records: {
    fields: 'jsonb',
    associations: 'jsonb',
    modified_at: 'timestamptz',
    deleted: 'boolean',
    pushed_at: 'timestamptz',
  },
  links: { retired: 'boolean' },
  outbox: { fields: 'jsonb', sent: 'jsonb', attempts: 'int', not_before: 'timestamptz', created_at: 'timestamptz' },
  errors: {
    fields: 'jsonb',
    count: 'int',
    first_at: 'timestamptz',
    last_at: 'timestamptz',
    resolved_at: 'timestamptz',
  },
  events: { at: 'timestamptz', data: 'jsonb' },
  people: { facts: 'jsonb', created_at: 'timestamptz' },
  leads: {
    score: 'int',
    score_reasons: 'jsonb',
    released_at: 'timestamptz',
    accept_by: 'timestamptz',
    declined: 'jsonb',
    rounds: 'int',
    to_route: 'boolean',
    auction: 'jsonb',
    lapsed: 'jsonb',
    retry_at: 'timestamptz',
    updated_at: 'timestamptz',
  },
  partners: { facts: 'jsonb', active: 'boolean' },
  partner_versions: { seq: 'bigint', facts: 'jsonb', active: 'boolean' },
  offers: {
    round: 'int',
    offered_at: 'timestamptz',
    accept_by: 'timestamptz',
    closed_at: 'timestamptz',
    opened_seq: 'bigint',
    freed_seq: 'bigint',
    made: 'jsonb',
    terms: 'jsonb',
  },
  offer_marks: { at: 'timestamptz' },
  timers: { period: 'int', due_at: 'timestamptz', fired_at: 'timestamptz' },
  notices: {
    detail: 'jsonb',
    letter: 'jsonb',
    digest: 'boolean',
    created_at: 'timestamptz',
    not_before: 'timestamptz',
    attempts: 'int',
    sent_at: 'timestamptz',
  },
  statements: { at: 'timestamptz', received_at: 'timestamptz', place: 'int', said: 'jsonb' },
  nurtures: { since: 'timestamptz', rounds: 'int', rested_at: 'timestamptz', returned_at: 'timestamptz' },
  feedback: { at: 'timestamptz' },
  score_models: {
    trained_at: 'timestamptz',
    through: 'timestamptz',
    tested: 'jsonb',
    body: 'jsonb',
    in_use: 'boolean',
  },
  decisions: { seq: 'bigint', at: 'timestamptz', result: 'json', inputs: 'json' },
  reviews: { subject: 'jsonb', created_at: 'timestamptz', resolved_at: 'timestamptz' },
  campaigns: { cost_minor: 'bigint', funded: 'jsonb', over_minor: 'bigint' },
  campaign_records: { cost_minor: 'bigint' },
  contact_roles: { is_primary: 'boolean' },
  opportunities: { facts: 'jsonb' },
  matches: { person_ids: 'jsonb', evidence: 'jsonb' },
  deal_products: { amount_minor: 'bigint' },
  deal_partners: { evidence: 'jsonb' },
  entries: { ordinal: 'int', amount_minor: 'bigint', at: 'timestamptz', reporting_minor: 'bigint', line: 'bigint' },
  postings: { side: 'int', amount_minor: 'bigint', reporting_minor: 'bigint' },
  deal_splits: { at: 'timestamptz' },
  journal: { seq: 'bigint', at: 'timestamptz' },
  closed_periods: { closed_at: 'timestamptz' },
  rates: { dated: 'boolean', known_at: 'timestamptz' },
  rate_sources: { read_at: 'timestamptz' },
  credits: { amount_minor: 'bigint', reporting_minor: 'bigint' },
  creditings: { fit: 'int' },
  attribution_fits: {
    version: 'int',
    fitted_at: 'timestamptz',
    journeys: 'int',
    conversions: 'int',
    channels: 'jsonb',
  },
  held_revenue: { at: 'timestamptz' },
  registrations: {
    amount_minor: 'bigint',
    conflicts: 'jsonb',
    needed: 'jsonb',
    approvals: 'jsonb',
    submitted_at: 'timestamptz',
    decide_by: 'timestamptz',
    decided_at: 'timestamptz',
    protected_until: 'timestamptz',
    extensions: 'int',
    closed_at: 'timestamptz',
    share: 'int',
    updated_at: 'timestamptz',
  },
  registration_events: { seq: 'int', at: 'timestamptz', detail: 'jsonb' },
  registration_timers: { due_at: 'timestamptz', fired_at: 'timestamptz' },
  listeners: { updated_at: 'timestamptz' },
  fund_budgets: { amount_minor: 'bigint' },
  fund_allocations: { amount_minor: 'bigint' },
  fund_requests: { requested_minor: 'bigint', approved_minor: 'bigint', submitted_at: 'timestamptz', escalated: 'int' },
  fund_claims: {
    requested_minor: 'bigint',
    approved_minor: 'bigint',
    paid_minor: 'bigint',
    payments: 'jsonb',
    proof: 'jsonb',
    submitted_at: 'timestamptz',
    escalated: 'int',
  },
  fund_accruals: { basis_minor: 'bigint', credited_minor: 'bigint', at: 'timestamptz' },
  fund_events: { at: 'timestamptz', data: 'jsonb' },
  stream_shapes: { fields: 'jsonb', keys: 'jsonb', at: 'timestamptz' },
};

/** A row as plain values: JSON columns hold the value itself, whole numbers may be bigint. */
type BulkRow = Readonly<Record<string, unknown>>;

/**
 * Inserts rows in one statement; on a conflict over `key` the columns of `update` (default: all that are no key) take
 * the new value, or nothing happens where `update` is empty. Every row must have the columns of the first one.
 */
export async function upsert<T extends keyof Tables & string>(
  db: Queryable,
  table: T,
  rows: readonly BulkRow[],
  key: readonly (keyof Tables[T] & string)[],
  update?: readonly (keyof Tables[T] & string)[],
): Promise<void> {
  const first = rows[0];
  if (first === undefined) return;
  const columns = Object.keys(first);
  const types = (TYPES[table] ?? {}) as Record<string, string>;
  const shape = sql.join(columns.map((column) => sql`${sql.id(column)} ${sql.raw(types[column] ?? 'text')}`));
  const names = sql.join(columns.map((column) => sql.id(column)));
  const changed = update ?? columns.filter((column) => !(key as readonly string[]).includes(column));
  const onConflict =
    key.length === 0
      ? sql``
      : changed.length === 0
        ? sql`on conflict (${sql.join(key.map((column) => sql.id(column)))}) do nothing`
        : sql`on conflict (${sql.join(key.map((column) => sql.id(column)))}) do update set ${sql.join(
            changed.map((column) => sql`${sql.id(column)} = excluded.${sql.id(column)}`),
          )}`;
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    const part = textOf(rows.slice(start, start + ROWS_A_STATEMENT));
    await write(
      db,
      sql`insert into ${sql.id(table)} (${names}) select ${names} from jsonb_to_recordset(${part}::jsonb) as r(${shape}) ${onConflict}`,
    );
  }
}

/** Larger sets gain nothing more: the database takes one in while the text of the next is made, and memory holds few of them. */
const ROWS_A_STATEMENT = 1_000;

/** Rows as JSON. A replacer makes that five times slower, so it is used only where a bigint asks for it. */
function textOf(rows: readonly BulkRow[]): string {
  try {
    return JSON.stringify(rows);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(rows, plain);
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** `column in (values)` for any number of values, as one parameter. */
export function among(column: string, values: readonly string[]) {
  return sql<boolean>`${sql.ref(column)} = any(${values}::text[])`;
}
