import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accrue, type Earning, endOf, percentOf, periodOf } from '../../src/funds/accrual.ts';

const RULE = { percent: '2.5' };
const earning = (period: string, basis: number, credited = 0, promised = 0, partnerId = 'pt_a'): Earning => ({
  partnerId,
  period,
  basis: BigInt(basis),
  credited: BigInt(credited),
  promised: BigInt(promised),
});
const changes = (rows: ReturnType<typeof accrue>) => rows.map(({ period, change }) => `${period} ${change}`);

test('periods are named after their days and end on their last one', () => {
  expect(['month', 'quarter', 'half-year', 'year'].map((period) => periodOf('2026-05-31', period as 'month'))).toEqual([
    '2026-05',
    '2026-Q2',
    '2026-H1',
    '2026',
  ]);
  expect(['2024-02', '2026-Q2', '2026-H2', '2026'].map(endOf)).toEqual([
    '2024-02-29',
    '2026-06-30',
    '2026-12-31',
    '2026-12-31',
  ]);
});

test('a percentage is rounded half away from zero, so that what is taken back is what was given', () => {
  expect(percentOf(10_020n, '2.5')).toBe(251n);
  expect(percentOf(-10_020n, '2.5')).toBe(-251n);
  expect(percentOf(10_019n, '2.5')).toBe(250n);
  expect(percentOf(123_456_789_012_345_678n, '0.000001')).toBe(1_234_567_890n);
});

describe('co-op credit', () => {
  test('is the percentage of what is booked in the period, once', () => {
    const first = accrue(RULE, [earning('2026-Q1', 1_000_000)], 1_000_000n);
    expect(first).toEqual([
      {
        partnerId: 'pt_a',
        period: '2026-Q1',
        basis: 1_000_000n,
        earned: 25_000n,
        change: 25_000n,
        holds: 25_000n,
        unfunded: 0n,
        owed: 0n,
      },
    ]);
    expect(changes(accrue(RULE, [earning('2026-Q1', 1_000_000, 25_000)], 975_000n))).toEqual(['2026-Q1 0']);
  });

  test('goes back with the revenue that is reversed', () => {
    expect(changes(accrue(RULE, [earning('2026-Q1', 400_000, 25_000)], 0n))).toEqual(['2026-Q1 -15000']);
    expect(changes(accrue(RULE, [earning('2026-Q1', 0, 25_000)], 0n))).toEqual(['2026-Q1 -25000']);
  });

  test('that is promised already stays, is made up for by the newest other periods, and else is owed', () => {
    const rows = accrue(RULE, [earning('2026-Q1', 0, 25_000, 20_000), earning('2026-Q2', 600_000, 15_000, 5_000)], 0n);
    expect(rows.map(({ period, holds, change, owed }) => [period, holds, change, owed])).toEqual([
      ['2026-Q1', 20_000n, -5_000n, 0n],
      ['2026-Q2', 5_000n, -10_000n, 10_000n],
    ]);
  });

  test('waits where the budget has no room, the oldest period first, and is credited once there is', () => {
    const all = [earning('2026-Q2', 1_000_000), earning('2026-Q1', 1_000_000, 0, 0, 'pt_b')];
    expect(accrue(RULE, all, 30_000n).map(({ period, change, unfunded }) => [period, change, unfunded])).toEqual([
      ['2026-Q1', 25_000n, 0n],
      ['2026-Q2', 5_000n, 20_000n],
    ]);
    expect(accrue(RULE, all, -5n).map(({ change }) => change)).toEqual([0n, 0n]);
  });

  const some = fc.record({
    partnerId: fc.constantFrom('pt_a', 'pt_b'),
    period: fc.constantFrom('2026-Q1', '2026-Q2', '2026-Q3'),
    basis: fc.bigInt({ min: -5_000_000n, max: 5_000_000n }),
    credited: fc.bigInt({ min: 0n, max: 100_000n }),
  });
  const earnings = fc
    .uniqueArray(some, { selector: ({ partnerId, period }) => `${partnerId} ${period}`, maxLength: 6 })
    .chain((rows) =>
      fc
        .tuple(...rows.map((row) => fc.bigInt({ min: 0n, max: row.credited })))
        .map((promised) => rows.map((row, n): Earning => ({ ...row, promised: promised[n] ?? 0n }))),
    );

  test('never exceeds the room, never falls below what is promised, and done again changes nothing', () => {
    fc.assert(
      fc.property(earnings, fc.bigInt({ min: 0n, max: 200_000n }), (all, free) => {
        const rows = accrue(RULE, all, free);
        const given = rows.reduce((sum, { change }) => sum + change, 0n);
        expect(given <= free).toBe(true);
        const again = rows.map((row) => {
          const before = all.find(({ partnerId, period }) => partnerId === row.partnerId && period === row.period);
          expect(row.holds).toBe((before?.credited ?? 0n) + row.change);
          expect(row.holds >= (before?.promised ?? 0n)).toBe(true);
          return { ...row, credited: row.holds, promised: before?.promised ?? 0n };
        });
        expect(accrue(RULE, again, free - given).every(({ change }) => change === 0n)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('of a partner is all that it earned, less what waits, plus what it owes', () => {
    fc.assert(
      fc.property(earnings, (all) => {
        for (const [, mine] of Map.groupBy(accrue(RULE, all, 10n ** 12n), ({ partnerId }) => partnerId)) {
          const sum = (of: (row: (typeof mine)[number]) => bigint) => mine.reduce((total, row) => total + of(row), 0n);
          expect(sum(({ holds }) => holds)).toBe(sum(({ earned }) => earned) + sum(({ owed }) => owed));
        }
      }),
      { numRuns: 200 },
    );
  });
});
