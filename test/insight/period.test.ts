import { describe, expect, test } from '@jest/globals';
import { NoPeriod, periodBetween, periodNamed } from '../../src/insight/period.ts';

const NOW = Date.parse('2026-07-15T12:00:00Z');
const days = ({ from, to }: { from: string; to: string }) => [from.slice(0, 10), to.slice(0, 10)];

describe('a period', () => {
  test.each([
    ['2026', '2026-01-01', '2027-01-01'],
    ['2026-H1', '2026-01-01', '2026-07-01'],
    ['2025-H2', '2025-07-01', '2026-01-01'],
    ['2026-Q3', '2026-07-01', '2026-10-01'],
    ['2025-12', '2025-12-01', '2026-01-01'],
    ['90d', '2026-04-16', '2026-07-15'],
  ])('named %s begins on %s and ends before %s', (name, from, to) =>
    expect(days(periodNamed(name, NOW))).toEqual([from, to]),
  );

  test('between days holds both of them', () =>
    expect(days(periodBetween('2026-01-01', '2026-06-30', NOW))).toEqual(['2026-01-01', '2026-07-01']));

  test('without an end goes up to now', () =>
    expect(periodBetween('2026-01-01', undefined, NOW).to).toBe('2026-07-15T12:00:00.000Z'));

  test.each(['2026-H3', '2026-Q5', '2026-13', '0d', 'last year', '', '2026-7', '-90d'])('is not "%s"', (name) =>
    expect(() => periodNamed(name, NOW)).toThrow(NoPeriod),
  );

  test.each([
    ['2026-02-30', undefined, 'no day'],
    ['2026-06-30', '2026-01-01', 'before it begins'],
    ['2026-13-01', '2026-01-01', 'no day'],
    ['2027-01-01', '2027-02-01', 'has not begun'],
  ])('from %s to %s is refused: %s', (from, to, why) => expect(() => periodBetween(from, to, NOW)).toThrow(why));

  test('that has not begun is refused, one that has not ended is not', () => {
    expect(() => periodNamed('2027', NOW)).toThrow('has not begun: it starts on 2027-01-01');
    expect(periodNamed('2026-Q3', NOW).to).toBe('2026-10-01T00:00:00.000Z');
  });
});
