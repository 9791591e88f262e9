/** SOQL date literals as half-open ranges of UTC days: [start, end). Weeks begin on Sunday, fiscal years are calendar years. */

const DAY = 86_400_000;

export interface DateRange {
  readonly start: number;
  readonly end: number;
}

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** The start of the unit that holds `now`, moved by `shift` units. */
function startOf(unit: Unit, now: number, shift: number): number {
  const date = new Date(now);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const today = Date.UTC(year, month, date.getUTCDate());
  switch (unit) {
    case 'DAY':
      return today + shift * DAY;
    case 'WEEK':
      return today + (shift * 7 - date.getUTCDay()) * DAY;
    case 'MONTH':
      return Date.UTC(year, month + shift, 1);
    case 'QUARTER':
      return Date.UTC(year, Math.floor(month / 3) * 3 + shift * 3, 1);
    default:
      return Date.UTC(year + shift, 0, 1);
  }
}

const SIMPLE: Readonly<Record<string, readonly [Unit, number]>> = {
  YESTERDAY: ['DAY', -1],
  TODAY: ['DAY', 0],
  TOMORROW: ['DAY', 1],
};
const RELATIVE = /^(LAST|THIS|NEXT)_(?:FISCAL_)?(WEEK|MONTH|QUARTER|YEAR)$/;
const COUNTED = /^(LAST|NEXT)_N_(?:FISCAL_)?(DAY|WEEK|MONTH|QUARTER|YEAR)S:(\d+)$/;
const AGO = /^N_(?:FISCAL_)?(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO:(\d+)$/;
const SHIFTS: Readonly<Record<string, number>> = { LAST: -1, THIS: 0, NEXT: 1 };

/** The range of a literal such as TODAY, THIS_QUARTER or LAST_N_DAYS:30 at the instant `now`, undefined where it is none. */
export function dateRange(literal: string, now: number): DateRange | undefined {
  const text = literal.toUpperCase();
  const simple = SIMPLE[text];
  if (simple) return span(simple[0], now, simple[1], simple[1] + 1);
  if (text === 'LAST_90_DAYS') return span('DAY', now, -90, 1);
  if (text === 'NEXT_90_DAYS') return span('DAY', now, 1, 91);
  const relative = RELATIVE.exec(text);
  if (relative) {
    const shift = SHIFTS[relative[1] ?? ''] ?? 0;
    return span(relative[2] as Unit, now, shift, shift + 1);
  }
  const ago = AGO.exec(text);
  if (ago) {
    const shift = -Number(ago[2]);
    return span(ago[1] as Unit, now, shift, shift + 1);
  }
  const counted = COUNTED.exec(text);
  if (!counted) return undefined;
  const unit = counted[2] as Unit;
  const n = Number(counted[3]);
  if (counted[1] === 'NEXT') return span(unit, now, 1, n + 1);
  // The last n days run on through today; the last n weeks, months, quarters and years end with the last whole one.
  return span(unit, now, -n, unit === 'DAY' ? 1 : 0);
}

function span(unit: Unit, now: number, from: number, to: number): DateRange {
  return { start: startOf(unit, now, from), end: startOf(unit, now, to) };
}

/** The functions that take a date or datetime apart. */
export const DATE_FUNCTIONS: Readonly<Record<string, (date: Date) => number | string>> = {
  CALENDAR_MONTH: (date) => date.getUTCMonth() + 1,
  CALENDAR_QUARTER: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  CALENDAR_YEAR: (date) => date.getUTCFullYear(),
  FISCAL_MONTH: (date) => date.getUTCMonth() + 1,
  FISCAL_QUARTER: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  FISCAL_YEAR: (date) => date.getUTCFullYear(),
  DAY_IN_MONTH: (date) => date.getUTCDate(),
  DAY_IN_WEEK: (date) => date.getUTCDay() + 1,
  DAY_IN_YEAR: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1,
  DAY_ONLY: (date) => date.toISOString().slice(0, 10),
  HOUR_IN_DAY: (date) => date.getUTCHours(),
  WEEK_IN_MONTH: (date) => Math.ceil(date.getUTCDate() / 7),
  WEEK_IN_YEAR: (date) =>
    Math.ceil((Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1) / 7),
};
