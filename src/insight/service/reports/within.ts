/** The rows of facts, or of their sums, that lie in a period. */
import { type RawBuilder, sql } from 'kysely';
import type { Grain } from '../../reports/facts.ts';
import { monthsWithin } from '../../reports/months.ts';
import type { Narrowing } from '../../reports/query.ts';

type Range = Pick<Narrowing, 'from' | 'to'>;

/** The facts of a period. */
export function within({ from, to }: Range): RawBuilder<unknown> {
  const after = from === null ? sql`true` : sql`day >= ${from}::date`;
  const before = to === null ? sql`true` : sql`day <= ${to}::date`;
  return sql`${after} and ${before}`;
}

/** The sums of a period, in rows of the coarsest grain that `grain` allows: whole months, and the days around them. */
export function summedWithin(range: Range, grain: Grain): RawBuilder<unknown> {
  const { from, to } = range;
  if (from === null && to === null) return sql`grain = ${sql.lit(grain)}`;
  const months = grain === 'day' ? null : monthsWithin(from, to);
  const days = (condition: RawBuilder<unknown>) => sql`(grain = 'day' and ${condition})`;
  if (months === null) return days(within(range));
  const parts = [
    sql`(grain = 'month' ${months.first === null ? sql`` : sql`and day >= ${months.first}::date`} ${months.end === null ? sql`` : sql`and day < ${months.end}::date`})`,
    ...(from !== null && months.first !== null && from < months.first
      ? [days(sql`day >= ${from}::date and day < ${months.first}::date`)]
      : []),
    ...(to !== null && months.end !== null && months.end <= to
      ? [days(sql`day >= ${months.end}::date and day <= ${to}::date`)]
      : []),
  ];
  return sql`(${sql.join(parts, sql` or `)})`;
}
