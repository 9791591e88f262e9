/** Columns that repeat with the calendar. Less than two years of them cannot show a season, only what happened that time. */
import type { Column } from './table.ts';
import { meansUnanswered } from './unanswered.ts';

const NAME =
  /(^|[\s_.-])(year|quarter|month|week|weekday|day[\s_.-]?of[\s_.-]?(week|month|year)|week[\s_.-]?of[\s_.-]?year|season)$/i;
const CAMEL = /(Year|Quarter|Month|Week|Weekday|DayOfWeek|DayOfMonth|WeekOfYear)$/;
const WORD =
  /^(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?|mon(day)?|tues?(day)?|wed(nesday)?|thur?s?(day)?|fri(day)?|sat(urday)?|sun(day)?|q[1-4]|h[12]|spring|summer|autumn|winter)$/i;
const SMALL = /^\d{1,4}$/;

/** True for month names, weekdays and quarters, and for small numbers under a name that says so. */
export function isCalendar({ name, cells }: Column): boolean {
  const values = [...new Set(cells)].filter((cell) => !meansUnanswered(cell));
  if (values.length < 2 || values.length > 366) return false;
  if (values.every((value) => WORD.test(value))) return true;
  return (NAME.test(name) || CAMEL.test(name)) && values.every((value) => SMALL.test(value));
}
