/**
 * Co-op money: partners earn a percentage of what is booked with them, by period. What a period has earned follows from the revenue
 * that stands now of the deals first booked in it, so revenue that is reversed takes its credit back.
 */
import type { CoopRule, Period } from './rules.ts';

/** The period of a day: 2026-03, 2026-Q1, 2026-H1 or 2026. */
export function periodOf(day: string, period: Period): string {
  const year = day.slice(0, 4);
  const month = Number(day.slice(5, 7));
  if (period === 'month') return day.slice(0, 7);
  if (period === 'quarter') return `${year}-Q${Math.ceil(month / 3)}`;
  return period === 'half-year' ? `${year}-H${Math.ceil(month / 6)}` : year;
}

/** The last day of a period that `periodOf` names. */
export function endOf(name: string): string {
  const year = Number(name.slice(0, 4));
  const rest = name.slice(5);
  const month =
    rest === ''
      ? 12
      : rest.startsWith('Q')
        ? Number(rest[1]) * 3
        : rest.startsWith('H')
          ? Number(rest[1]) * 6
          : Number(rest);
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

/** So many percent of an amount, rounded half away from zero to the minor unit: what is reversed takes back exactly what it gave. */
export function percentOf(minor: bigint, percent: string): bigint {
  const [whole = '0', fraction = ''] = percent.split('.');
  const millionths = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  const hundred = 100_000_000n;
  const product = (minor < 0n ? -minor : minor) * millionths;
  const rounded = (product + hundred / 2n) / hundred;
  return minor < 0n ? -rounded : rounded;
}

/** What a partner sold in a period, and what it has of it so far. Minor units of the budget's currency. */
export interface Earning {
  readonly partnerId: string;
  readonly period: string;
  /** The revenue that stands of the deals first booked in the period. */
  readonly basis: bigint;
  /** What was credited so far. */
  readonly credited: bigint;
  /** What requests take of it: it cannot be taken back any more. */
  readonly promised: bigint;
}

export interface Accrued {
  readonly partnerId: string;
  readonly period: string;
  readonly basis: bigint;
  /** What the percentage gives; 0 where more was reversed than booked. */
  readonly earned: bigint;
  /** What is credited now on top of what was; below zero: taken back. */
  readonly change: bigint;
  /** What the period holds then. */
  readonly holds: bigint;
  /** What the budget has no room for; it is credited once there is. */
  readonly unfunded: bigint;
  /** What is promised beyond what is earned, and what no other period of the partner can make up for. */
  readonly owed: bigint;
}

/**
 * What each partner's periods are to hold. Money that is promised stays: what a reversal should have taken of it is taken from the
 * partner's other periods, the newest first, and what is still missing is owed. New credit never exceeds `free`, what the budget
 * has left; the oldest periods come first. Doing it again without news changes nothing.
 */
export function accrue(rule: Pick<CoopRule, 'percent'>, earnings: readonly Earning[], free: bigint): Accrued[] {
  const found: (Accrued & { credited: bigint })[] = [];
  for (const [, mine] of Map.groupBy(earnings, ({ partnerId }) => partnerId)) {
    const periods = [...mine].sort((a, b) => (a.period < b.period ? -1 : 1));
    const rows = periods.map((each) => {
      const due = percentOf(each.basis, rule.percent);
      const earned = due < 0n ? 0n : due;
      return { ...each, earned, holds: earned < each.promised ? each.promised : earned };
    });
    let missing = rows.reduce((sum, { holds, earned }) => sum + (holds - earned), 0n);
    for (const row of [...rows].reverse()) {
      const spare = row.holds - row.promised;
      const taken = spare < missing ? spare : missing;
      row.holds -= taken;
      missing -= taken;
    }
    for (const { partnerId, period, basis, earned, holds, credited } of rows) {
      found.push({
        partnerId,
        period,
        basis,
        earned,
        holds,
        credited,
        change: holds - credited,
        unfunded: 0n,
        owed: 0n,
      });
    }
    const last = found.at(-1);
    if (last !== undefined && missing > 0n) found[found.length - 1] = { ...last, owed: missing };
  }
  // What is taken back makes room for what is given.
  let room = free - found.reduce((sum, { change }) => (change < 0n ? sum + change : sum), 0n);
  return found
    .sort((a, b) => (a.period === b.period ? (a.partnerId < b.partnerId ? -1 : 1) : a.period < b.period ? -1 : 1))
    .map(({ credited, ...row }) => {
      if (row.change <= 0n) return row;
      const change = room < 0n ? 0n : row.change < room ? row.change : room;
      room -= change;
      return { ...row, change, holds: credited + change, unfunded: row.change - change };
    });
}
