import { sql } from 'kysely';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { write } from '../../store/write-behind.ts';
import type { Timer, TimerKind, TimerOutcome } from '../timers.ts';

export interface OfferTimer extends Timer {
  readonly offerId: string;
}

export interface FiredTimer extends OfferTimer {
  readonly outcome: TimerOutcome;
}

/** Timers that are due at `now` (ISO) and have not fired, those of missed deadlines only where `ends`, in the order in which they are due. Locked until the transaction ends. */
export async function dueTimers(tx: Queryable, now: string, limit: number, ends: boolean): Promise<OfferTimer[]> {
  // What is done at the very deadline is in time, so its end comes only after it.
  const { rows } = await sql<{
    offer_id: string;
    deadline: string;
    period: number;
    kind: TimerKind;
    key: string;
    due_at: string;
  }>`select offer_id, deadline, period, kind, key, due_at from timers
    where fired_at is null and due_at <= ${now}::timestamptz and (kind <> 'miss' or (${ends} and due_at < ${now}::timestamptz))
    order by due_at, offer_id, array_position(array['wake', 'warn', 'escalate', 'miss'], kind), deadline, period, key
    limit ${limit} for update`.execute(tx);
  return rows.map(({ offer_id, due_at, ...row }) => ({ ...row, offerId: offer_id, dueAt: Date.parse(due_at) }));
}

/** Keeps that timers have fired; each can do so once. */
export async function keepFired(tx: Queryable, timers: readonly FiredTimer[], at: string): Promise<void> {
  if (timers.length === 0) return;
  await write(
    tx,
    sql`update timers t set fired_at = ${at}::timestamptz, outcome = r.outcome
      from jsonb_to_recordset(${JSON.stringify(timers)}::jsonb)
        as r("offerId" text, deadline text, period int, kind text, key text, outcome text)
      where t.offer_id = r."offerId" and t.deadline = r.deadline and t.period = r.period and t.kind = r.kind
        and t.key = r.key and t.fired_at is null`,
  );
}

/** Lets the timers of these offers be exactly the given ones; those that have fired stay as they are. */
export async function replaceTimers(
  tx: Queryable,
  offerIds: readonly string[],
  timers: readonly OfferTimer[],
): Promise<void> {
  if (offerIds.length === 0) return;
  const rows = timers.map(({ offerId, deadline, period, kind, key, dueAt }) => ({
    offer_id: offerId,
    deadline,
    period,
    kind,
    key,
    due_at: new Date(dueAt).toISOString(),
    fired_at: null,
    outcome: null,
  }));
  await write(
    tx,
    sql`delete from timers t where offer_id = any(${offerIds}::text[]) and fired_at is null and not exists (
      select from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as r(offer_id text, deadline text, period int, kind text, key text)
      where t.offer_id = r.offer_id and t.deadline = r.deadline and t.period = r.period and t.kind = r.kind and t.key = r.key)`,
  );
  // A row that has fired keeps its instant too: it says when it was due.
  await moveTimers(tx, rows);
  await upsert(tx, 'timers', rows, ['offer_id', 'deadline', 'period', 'kind', 'key'], []);
}

/** Sets the timers of offers that have none yet. */
export async function addTimers(tx: Queryable, timers: readonly OfferTimer[]): Promise<void> {
  const rows = timers.map(({ offerId, dueAt, ...timer }) => ({
    offer_id: offerId,
    ...timer,
    due_at: new Date(dueAt).toISOString(),
    fired_at: null,
    outcome: null,
  }));
  await upsert(tx, 'timers', rows, ['offer_id', 'deadline', 'period', 'kind', 'key'], []);
}

async function moveTimers(tx: Queryable, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await write(
    tx,
    sql`update timers t set due_at = r.due_at from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as r(offer_id text, deadline text, period int, kind text, key text, due_at timestamptz)
      where t.offer_id = r.offer_id and t.deadline = r.deadline and t.period = r.period and t.kind = r.kind
        and t.key = r.key and t.fired_at is null and t.due_at <> r.due_at`,
  );
}
