/** The time that figures are of, as people name it. Pure; days are those of UTC. */

export interface Period {
  /** ISO instants: from `from` up to `to`, which is left out. */
  readonly from: string;
  readonly to: string;
  readonly name: string;
}

/** What was typed is no period; `message` says why. */
export class NoPeriod extends Error {
  override readonly name = 'NoPeriod';
}

const DAY = 86_400_000;
const FORMS = 'a year (2026), half (2026-H1), quarter (2026-Q3), month (2026-07) or so many days up to now (90d)';

/** Reads a named period; throws NoPeriod. @param now epoch milliseconds */
export function periodNamed(text: string, now: number): Period {
  const days = /^([1-9]\d{0,3})\s*d$/.exec(text);
  if (days) {
    const to = new Date(now).toISOString();
    return { from: new Date(now - Number(days[1]) * DAY).toISOString(), to, name: `the last ${days[1]} days` };
  }
  const found = /^(\d{4})(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?$/.exec(text);
  if (!found) throw new NoPeriod(`"${text}" is no period: give ${FORMS}`);
  const [, year, half, quarter, month] = found;
  const [first, months] = half
    ? [(Number(half) - 1) * 6, 6]
    : quarter
      ? [(Number(quarter) - 1) * 3, 3]
      : month
        ? [Number(month) - 1, 1]
        : [0, 12];
  const start = (at: number) => new Date(Date.UTC(Number(year), at)).toISOString();
  return begun({ from: start(first), to: start(first + months), name: text }, now);
}

/** The days from `from` to `to`, both included and written YYYY-MM-DD; without `to` up to now. Throws NoPeriod. */
export function periodBetween(from: string, to: string | undefined, now: number): Period {
  const start = dayOf(from, '--from');
  const end = to === undefined ? now : dayOf(to, '--to') + DAY;
  if (end <= start) throw new NoPeriod(`the period ends on ${to ?? 'this day'}, before it begins on ${from}`);
  const name = to === undefined ? `from ${from} on` : `${from} to ${to}`;
  return begun({ from: new Date(start).toISOString(), to: new Date(end).toISOString(), name }, now);
}

function begun(period: Period, now: number): Period {
  if (Date.parse(period.from) > now)
    throw new NoPeriod(`${period.name} has not begun: it starts on ${period.from.slice(0, 10)}`);
  return period;
}

function dayOf(text: string, option: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text)
    throw new NoPeriod(`${option} ${text} is no day: write 2026-07-01`);
  return at;
}
