/** Months of the ledger: open until somebody closes them, and closed for ever. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { dayIn, monthOf } from '../calendar.ts';
import { closeLine } from '../journal.ts';
import type { LedgerRules } from '../ledger-config.ts';
import { WON } from '../postings.ts';
import { appendLines, headOf } from './journal.ts';

/** A month cannot be closed: why, and what to do. */
export class CannotClose extends Error {
  override readonly name = 'CannotClose';
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

export interface Period {
  /** YYYY-MM. */
  readonly month: string;
  readonly isOpen: boolean;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  readonly sums: readonly PeriodSum[];
}

/** What counts in a month, in one reporting currency. Minor units as text. */
export interface PeriodSum {
  readonly currency: string;
  readonly entries: number;
  /** Won in that month. */
  readonly won: string;
  /** News about months that were closed by then. */
  readonly late: string;
}

/** Every month in which entries count, and every one that was closed by name, oldest first. */
export async function listPeriods(tx: Queryable): Promise<Period[]> {
  const found = await sql<{ month: string; currency: string; entries: number; won: string; late: string }>`
    select e.period as month, p.reporting_currency as currency, count(*)::int as entries,
      sum(case when p.account = ${WON} then -p.reporting_minor else 0 end)::text as won,
      sum(case when p.account = ${WON} then 0 else -p.reporting_minor end)::text as late
    from entries e join postings p on p.entry_id = e.id and p.side = 2
    group by 1, 2 order by 1, 2`.execute(tx);
  const closed = await tx.selectFrom('closed_periods').selectAll().orderBy('month').execute();
  const sums = Map.groupBy(found.rows, (row) => row.month);
  const months = [...new Set([...sums.keys(), ...closed.map((row) => row.month)])].sort();
  return months.map((month) => {
    // Who closes a month closes all before it.
    const closing = closed.find((row) => row.month >= month);
    return {
      month,
      isOpen: closing === undefined,
      closedAt: closing?.closed_at ?? null,
      closedBy: closing?.closed_by ?? null,
      sums: (sums.get(month) ?? []).map(({ currency, entries, won, late }) => ({ currency, entries, won, late })),
    };
  });
}

export interface Closed {
  readonly month: string;
  /** The hash of the journal's last line, the closing itself: kept elsewhere it shows whether anything before it was changed. */
  readonly seal: string;
  /** Won deals that are held though they closed by then: once they can be booked they count in a later month. */
  readonly held: number;
}

/**
 * Closes a month and all before it. Throws CannotClose where it is not over yet, is closed already, or changes of deals wait to
 * be booked. What becomes known about it afterwards counts in the first open month.
 */
export async function closePeriod(
  tx: Queryable,
  month: string,
  by: string | null,
  rules: LedgerRules,
  at: string,
): Promise<Closed> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
    throw new CannotClose(`"${month}" is no month`, 'a month is written as in 2026-03');
  const now = monthOf(dayIn(rules.timeZone, at));
  if (month >= now)
    throw new CannotClose(
      `${month} is not over yet (${rules.timeZone})`,
      'a month can be closed from the first day of the next one',
    );
  const last = await tx
    .selectFrom('closed_periods')
    .selectAll()
    .where('month', '>=', month)
    .orderBy('month')
    .executeTakeFirst();
  if (last)
    throw new CannotClose(
      `${month} is closed already, since ${last.closed_at}${last.month === month ? '' : ` with ${last.month}`}`,
      'a closed month is not opened again; news about it counts in the first open one',
    );
  const waiting = await sql<{ count: number }>`select count(*)::int as count from events
    where type = 'opportunity.changed' and id > coalesce((select last_event from consumers where name = 'revenue'), 0)`.execute(
    tx,
  );
  if ((waiting.rows[0]?.count ?? 0) > 0)
    throw new CannotClose('changes of deals are read but not booked yet', 'run `sluice sync` first');
  const [line] = await appendLines(tx, [closeLine(month, by)], at);
  await tx.insertInto('closed_periods').values({ month, closed_at: at, closed_by: by }).execute();
  await emit(tx, [{ type: 'period.closed', entity: month, data: { by } }], at);
  const held = await sql<{ count: number }>`select count(*)::int as count from held_revenue h
    join opportunities o on o.id = h.opportunity_id where left(o.facts->>'closeDate', 7) <= ${month}`.execute(tx);
  return { month, seal: line?.hash ?? (await headOf(tx)).hash, held: held.rows[0]?.count ?? 0 };
}
