/** Registrations as people look at them. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import { decimalOf } from '../../model/money.ts';
import {
  isProtected,
  REGISTRATION_STATES,
  type Registration,
  type RegistrationState,
} from '../../model/registration.ts';
import type { Database } from '../../store/database.ts';
import { nextStep } from '../rules.ts';
import { loadPartners, type Partners } from './deal-desk.ts';
import { byIds, loadRegistrations } from './rows.ts';

export interface DealView extends Omit<Registration, 'amount' | 'partnerId'> {
  readonly partner: { readonly id: string; readonly name: string };
  /** A plain decimal. */
  readonly amount: string | null;
  readonly currency: string | null;
  readonly isProtected: boolean;
  /** The step of the chain whose turn it is. */
  readonly waitsFor: string | null;
}

export interface DealDetail extends DealView {
  readonly history: readonly {
    readonly at: string;
    readonly kind: string;
    readonly by: string;
    readonly detail: Readonly<Record<string, unknown>>;
  }[];
}

export interface DealFilter {
  readonly state?: RegistrationState;
  /** A partner by id, record or name. */
  readonly partner?: string;
  readonly limit?: number;
}

const MOST = 200;

/** The registrations that meet a filter, the newest first; all states are counted. */
export async function listDeals(
  db: Database,
  filter: DealFilter,
  now: number,
): Promise<{
  readonly deals: readonly DealView[];
  readonly counts: Readonly<Record<string, number>>;
  readonly problem?: string;
}> {
  const partners = await loadPartners(db);
  const ids = filter.partner === undefined ? null : partners.idsFor(filter.partner);
  if (ids?.length === 0) return { deals: [], counts: {}, problem: `there is no partner "${filter.partner}"` };
  const of = ids === null ? sql<boolean>`true` : sql<boolean>`partner_id = any(${ids}::text[])`;
  const state = filter.state === undefined ? sql<boolean>`true` : sql<boolean>`state = ${filter.state}`;
  const counted = await sql<{ state: string; count: number }>`
    select state, count(*)::int as count from registrations where ${of} group by 1`.execute(db);
  const newest = await sql<{ id: string }>`
    select id from registrations where ${of} and ${state}
    order by submitted_at desc, id desc limit ${filter.limit ?? MOST}`.execute(db);
  const found = await loadRegistrations(db, byIds(newest.rows.map(({ id }) => id)));
  const counts = new Map(counted.rows.map((row) => [row.state, row.count]));
  return {
    deals: found.reverse().map(({ registration }) => viewOf(registration, partners, now)),
    counts: Object.fromEntries(
      REGISTRATION_STATES.flatMap((each) => (counts.has(each) ? [[each, counts.get(each)]] : [])),
    ) as Record<string, number>,
  };
}

/** One registration with its history; null where there is none of this id. */
export async function showDeal(db: Database, id: string, now: number): Promise<DealDetail | null> {
  const [found] = await loadRegistrations(db, byIds([id]));
  if (found === undefined) return null;
  const history = await sql<DealDetail['history'][number]>`
    select at, kind, by, detail from registration_events where registration_id = ${id} order by seq`.execute(db);
  return {
    ...viewOf(found.registration, await loadPartners(db), now),
    history: history.rows.map((row) => ({ ...row, at: iso(Date.parse(row.at)) })),
  };
}

function viewOf(registration: Registration, partners: Partners, now: number): DealView {
  const { partnerId, amount, ...rest } = registration;
  return {
    ...rest,
    partner: { id: partnerId, name: partners.nameOf(partnerId) },
    amount: amount && decimalOf(amount),
    currency: amount?.currency ?? null,
    isProtected: isProtected(registration, now),
    waitsFor: registration.state === 'Pending' ? nextStep(registration) : null,
  };
}
