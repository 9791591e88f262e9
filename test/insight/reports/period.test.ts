import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { monthsWithin } from '../../../src/insight/reports/months.ts';
import { datesOf } from '../../../src/insight/reports/period.ts';
import { duesBetween, type ScheduledReport } from '../../../src/insight/reports/schedule.ts';

test.each([
  ['this week', '2026-11-16', '2026-11-22'],
  ['previous week', '2026-11-09', '2026-11-15'],
  ['this month', '2026-11-01', '2026-11-22'],
  ['previous month', '2026-10-01', '2026-10-31'],
  ['previous quarter', '2026-07-01', '2026-09-30'],
  ['previous half-year', '2026-01-01', '2026-06-30'],
  ['previous year', '2025-01-01', '2025-12-31'],
  ['this year', '2026-01-01', '2026-11-22'],
  ['last 1 days', '2026-11-22', '2026-11-22'],
  ['Last 30 days', '2026-10-24', '2026-11-22'],
  ['2024', '2024-01-01', '2024-12-31'],
  ['2026-H1', '2026-01-01', '2026-06-30'],
  ['2026-q4', '2026-10-01', '2026-12-31'],
  ['2024-02', '2024-02-01', '2024-02-29'],
])('on Sunday, 22 November 2026, %j is %s to %s', (words, from, to) => {
  expect(datesOf(words, '2026-11-22')).toEqual({ from, to });
});

test.each(['', 'last 0 days', 'next month', '2026-13', '2026-H3', 'last days'])('%j is no period', (words) => {
  expect(datesOf(words, '2026-11-22')).toBeNull();
});

const date = fc
  .date({ min: new Date('2023-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
  .map((each) => each.toISOString().slice(0, 10));

test('the whole months of a period are in it, and no month around them is', () => {
  fc.assert(
    fc.property(date, date, (a, b) => {
      const [from, to] = a <= b ? [a, b] : [b, a];
      const months = monthsWithin(from, to);
      const before = (day: string) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
      if (months === null) return;
      const { first, end } = months as { first: string; end: string };
      expect(first >= from && before(end) <= to && first < end).toBe(true);
      expect(first.endsWith('-01') && end.endsWith('-01')).toBe(true);
      expect(before(first).slice(0, 7) < from.slice(0, 7) || before(first) >= from || first === from).toBe(true);
    }),
  );
});

describe('a schedule is due', () => {
  const monthly: ScheduledReport = {
    name: 'm',
    report: 'roi',
    to: ['a@example.com'],
    every: 'month',
    on: 1,
    at: '02:30',
    timeZone: 'Europe/Berlin',
    format: 'xlsx',
    drill: false,
  };
  const at = (iso: string) => Date.parse(iso);

  test('on its day at its time of its zone', () => {
    expect(duesBetween(monthly, null, at('2026-05-01T00:29:59Z'), 12)).toEqual([
      { date: '2026-04-01', at: at('2026-04-01T00:30:00Z') },
    ]);
    expect(duesBetween(monthly, null, at('2026-05-01T00:30:00Z'), 12)).toEqual([
      { date: '2026-05-01', at: at('2026-05-01T00:30:00Z') },
    ]);
  });

  test('at the time after one that the clock skips', () => {
    const weekly: ScheduledReport = { ...monthly, every: 'week', on: 'sunday' };
    expect(duesBetween(weekly, null, at('2026-03-29T12:00:00Z'), 12)).toEqual([
      { date: '2026-03-29', at: at('2026-03-29T01:30:00Z') },
    ]);
  });

  test('once for each period that went by, the newest of them', () => {
    expect(duesBetween(monthly, '2026-01-01', at('2026-04-15T00:00:00Z'), 12).map((due) => due.date)).toEqual([
      '2026-02-01',
      '2026-03-01',
      '2026-04-01',
    ]);
    expect(duesBetween(monthly, '2020-01-01', at('2026-04-15T00:00:00Z'), 2).map((due) => due.date)).toEqual([
      '2026-03-01',
      '2026-04-01',
    ]);
    expect(duesBetween(monthly, '2026-04-01', at('2026-04-15T00:00:00Z'), 12)).toEqual([]);
  });
});
