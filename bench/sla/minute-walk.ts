/**
 * Working time counted minute by minute, as a person with a clock on the wall would: slow, and knowing nothing of
 * offsets, years or intervals. What working-time.ts computes is held against it.
 */

export interface WalkedCalendar {
  readonly zone: string;
  /** By weekday, 0 Sunday to 6 Saturday: [from, to) in minutes of the day. */
  readonly week: readonly (readonly (readonly [number, number])[])[];
  /** Hours of single days, by date ("2026-12-25"). */
  readonly days: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  /** Days that are closed every year ("12-25"); single days go before them. */
  readonly closedYearly: readonly string[];
}

const MINUTE = 60_000;
/** No clock is put back by more. */
const LONGEST_CHANGE = 180;

/** What the wall shows in one minute, and whether that is within working hours. */
interface Minute {
  readonly at: number;
  readonly date: string;
  readonly works: boolean;
}

/**
 * The minutes from an instant on. A clock that is put back shows times again that it has shown before: the furthest that
 * it has shown is what counts, so that a shift that has ended does not begin anew.
 */
function* minutesFrom(calendar: WalkedCalendar, from: number): Generator<Minute> {
  let furthest = '';
  for (let at = from - LONGEST_CHANGE * MINUTE; ; at += MINUTE) {
    const shown = wallText(calendar.zone, at);
    if (shown > furthest) furthest = shown;
    if (at >= from) yield { at, date: furthest.slice(0, 10), works: isWorked(calendar, furthest) };
  }
}

/** The working minutes between two instants, both on a minute. */
export function walkBetween(calendar: WalkedCalendar, from: number, to: number): number {
  let count = 0;
  for (const { at, works } of minutesFrom(calendar, from)) {
    if (at >= to) break;
    if (works) count += 1;
  }
  return count;
}

/** The instant by which so many working minutes have passed, at least one; those that are `paused` do not count. */
export function walkAfter(
  calendar: WalkedCalendar,
  from: number,
  minutes: number,
  paused: (at: number) => boolean = () => false,
): number {
  let left = minutes;
  for (const { at, works } of minutesFrom(calendar, from)) {
    if (works && !paused(at)) left -= 1;
    if (left === 0) return at + MINUTE;
  }
  return Number.NaN;
}

/** The same wall time so many working days later, at least one. */
export function walkDays(calendar: WalkedCalendar, from: number, days: number): number {
  // A day that began before `from` may still be open.
  const seen = new Map<string, { open: number; close: number }>();
  let current: string | null = null;
  const later: string[] = [];
  let target: string | null = null;
  for (const { at, date, works } of minutesFrom(calendar, from - 26 * 60 * MINUTE)) {
    if (target !== null && date > target) break;
    if (!works) continue;
    const day = seen.get(date);
    if (day) day.close = at + MINUTE;
    else {
      seen.set(date, { open: at, close: at + MINUTE });
      if (at <= from) current = date;
      else later.push(date);
    }
    target = later[days - 1] ?? null;
  }
  const today = current === null ? undefined : seen.get(current);
  const day = target === null ? undefined : seen.get(target);
  if (target === null || day === undefined) return Number.NaN;
  if (current === null || today === undefined || from > today.close) return day.close;
  const minutesIntoDay =
    (Date.parse(`${wallText(calendar.zone, from).replace(' ', 'T')}Z`) - Date.parse(`${current}T00:00Z`)) / MINUTE;
  const wanted = new Date(Date.parse(`${target}T00:00Z`) + minutesIntoDay * MINUTE)
    .toISOString()
    .slice(0, 16)
    .replace('T', ' ');
  let at = day.open;
  while (at < day.close && wallText(calendar.zone, at) < wanted) at += MINUTE;
  return at;
}

function isWorked({ week, days, closedYearly }: WalkedCalendar, shown: string): boolean {
  const date = shown.slice(0, 10);
  const minute = Number(shown.slice(11, 13)) * 60 + Number(shown.slice(14, 16));
  const usual = closedYearly.includes(date.slice(5)) ? [] : week[new Date(`${date}T00:00Z`).getUTCDay()];
  return (days[date] ?? usual ?? []).some(([from, to]) => from <= minute && minute < to);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** "2026-03-29 03:00": the Swedish way of writing a time sorts as a text. */
function wallText(zone: string, at: number): string {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', {
      ...({ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' } as const),
      ...({ hour: '2-digit', minute: '2-digit' } as const),
    });
    formats.set(zone, format);
  }
  return format.format(at);
}
