/** Which scheduled reports wait to be sent, were sent, or could not be: one row a schedule, reader and the date on which it was due. */
import { sql } from 'kysely';
import { iso } from '../../../model/clock.ts';
import type { Database, Queryable } from '../../../store/database.ts';
import { duesBetween, type ScheduledReport } from '../../reports/schedule.ts';

/** `before`: was due before the schedule was there. */
export type SendState = 'waiting' | 'sent' | 'failed' | 'before';

export interface Send {
  readonly schedule: string;
  /** Calendar date in the zone of the schedule. */
  readonly due: string;
  /** Address of the reader; '' of one that was due before the schedule was there. */
  readonly recipient: string;
  readonly state: SendState;
  readonly attempts: number;
  readonly sentAt: string | null;
  readonly message: string | null;
}

/** Missed while nobody was there to send: no more than these of one schedule are made up for. */
const AT_MOST = 12;

/** Writes down what fell due since the last time. A schedule that is new begins with the next time it is due. */
export async function noteDues(db: Database, schedules: readonly ScheduledReport[], now: number): Promise<void> {
  if (schedules.length === 0) return;
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ schedule: string; last: string }>`
      select schedule, max(due) as last from report_sends group by schedule`.execute(tx);
    const lastOf = new Map(rows.map(({ schedule, last }) => [schedule, last]));
    const sends = schedules.flatMap((schedule) => {
      const last = lastOf.get(schedule.name) ?? null;
      const readers = last === null ? [''] : [...new Set(schedule.to)];
      return duesBetween(schedule, last, now, AT_MOST).flatMap(({ date }) =>
        readers.map((recipient) => ({
          schedule: schedule.name,
          due: date,
          recipient,
          state: last === null ? 'before' : 'waiting',
          not_before: iso(now),
        })),
      );
    });
    if (sends.length === 0) return;
    await sql`insert into report_sends (schedule, due, recipient, state, not_before)
      select * from jsonb_to_recordset(${JSON.stringify(sends)}::jsonb) as r(schedule text, due text, recipient text, state text, not_before timestamptz)
      on conflict do nothing`.execute(tx);
  });
}

/** Claims what is to be sent: for `holdMs` nobody else takes it, and it is sent again if nobody has said by then what became of it. */
export async function claimSends(db: Database, now: number, holdMs: number): Promise<Send[]> {
  const { rows } = await sql<{ schedule: string; due: string; recipient: string; attempts: number }>`
    update report_sends s set attempts = s.attempts + 1, not_before = ${iso(now + holdMs)}::timestamptz
    from (select schedule, due, recipient from report_sends where state = 'waiting' and not_before <= ${iso(now)}::timestamptz
      order by due, schedule, recipient limit 50 for update skip locked) w
    where s.schedule = w.schedule and s.due = w.due and s.recipient = w.recipient
    returning s.schedule, s.due, s.recipient, s.attempts`.execute(db);
  return rows
    .map((row): Send => ({ ...row, state: 'waiting', sentAt: null, message: null }))
    .sort((a, b) => (`${a.due} ${a.schedule} ${a.recipient}` < `${b.due} ${b.schedule} ${b.recipient}` ? -1 : 1));
}

/** Keeps what became of a claimed one. `waiting`: it is tried again at `again` (epoch milliseconds). */
export async function settleSend(
  db: Queryable,
  { schedule, due, recipient }: Send,
  state: SendState,
  message: string | null,
  now: number,
  again: number = now,
): Promise<void> {
  await sql`update report_sends set state = ${state}, message = ${message}, not_before = ${iso(again)}::timestamptz,
      sent_at = case when ${state} = 'sent' then ${iso(now)}::timestamptz else sent_at end
    where schedule = ${schedule} and due = ${due} and recipient = ${recipient}`.execute(db);
}

/** Lets those that failed be tried again. @returns how many there were */
export async function retrySends(db: Queryable, now: number): Promise<number> {
  const done = await sql`update report_sends set state = 'waiting', attempts = 0, not_before = ${iso(now)}::timestamptz
    where state = 'failed'`.execute(db);
  return Number(done.numAffectedRows ?? 0n);
}

/** The last send of each schedule that was due while it was there, and all that wait or failed. */
export async function latestSends(db: Queryable): Promise<Send[]> {
  const { rows } = await sql<{
    schedule: string;
    due: string;
    recipient: string;
    state: SendState;
    attempts: number;
    sent_at: string | null;
    message: string | null;
  }>`select schedule, due, recipient, state, attempts, sent_at, message from report_sends s
    where state in ('waiting', 'failed') or due = (select max(due) from report_sends l where l.schedule = s.schedule)
    order by schedule, due, recipient`.execute(db);
  return rows.map(({ sent_at, ...row }) => ({ ...row, sentAt: sent_at }));
}
