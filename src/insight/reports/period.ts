/** Periods as people say them: "previous month", "last 90 days", "this year", "2026-H1". Pure. */

export interface Dates {
  /** Calendar dates, both inclusive. */
  readonly from: string;
  readonly to: string;
}

export const PERIOD_WORDS =
  'this or previous week, month, quarter, half-year or year; last N days; or one by its name: 2026, 2026-H1, 2026-Q2, 2026-05';

const MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, 'half-year': 6, year: 12 };

/** The dates that a period means on a day (YYYY-MM-DD); null where it is none. Weeks begin on Monday; `this` goes up to the day. */
export function datesOf(period: string, today: string): Dates | null {
  const text = period.trim().toLowerCase();
  const days = /^last (\d{1,4}) days$/.exec(text);
  if (days) return Number(days[1]) === 0 ? null : { from: moved(today, 1 - Number(days[1])), to: today };
  const week = /^(this|previous) week$/.exec(text);
  if (week) {
    const monday = moved(today, -((new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7));
    return week[1] === 'this' ? { from: monday, to: today } : { from: moved(monday, -7), to: moved(monday, -1) };
  }
  const relative = /^(this|previous) (month|quarter|half-year|year)$/.exec(text);
  if (relative) {
    const length = MONTHS[relative[2] ?? ''] ?? 1;
    const month = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1;
    const start = Math.floor(month / length) * length;
    return relative[1] === 'this' ? { from: dayOne(start), to: today } : months(start - length, length);
  }
  return named(text);
}

function named(text: string): Dates | null {
  const found = /^(\d{4})(?:-(?:h([12])|q([1-4])|(0[1-9]|1[0-2])))?$/.exec(text);
  if (!found) return null;
  const [, year, half, quarter, month] = found;
  const first = Number(year) * 12;
  if (half) return months(first + (Number(half) - 1) * 6, 6);
  if (quarter) return months(first + (Number(quarter) - 1) * 3, 3);
  return month ? months(first + Number(month) - 1, 1) : months(first, 12);
}

/** `start`: months since year 0. */
function months(start: number, length: number): Dates {
  return { from: dayOne(start), to: moved(dayOne(start + length), -1) };
}

function dayOne(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`;
}

function moved(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
