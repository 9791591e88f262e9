import { describe, expect, test } from '@jest/globals';
import { BLANK, binCount, binLabel, binner, learnBins, OTHER, UNANSWERED } from '../../../src/leads/predict/bins.ts';
import { isCalendar } from '../../../src/leads/predict/calendar.ts';
import { learnFeatures } from '../../../src/leads/predict/features.ts';
import { kindOf } from '../../../src/leads/predict/kinds.ts';
import { orderByTime } from '../../../src/leads/predict/order.ts';
import { dateIn, numberIn } from '../../../src/leads/predict/parse-cell.ts';
import { meansUnanswered } from '../../../src/leads/predict/unanswered.ts';
import { tableOf } from './tables.ts';

const many = <T>(times: number, cell: (n: number) => T) => Array.from({ length: times }, (_, n) => cell(n));
const kind = (cells: string[], name = 'x') => kindOf({ name, cells });

describe('a cell', () => {
  test.each([
    ['12', 12],
    ['-1.5e3', -1500],
    ['1,234.5', 1234.5],
    ['1.234.567,5', 1234567.5],
    ['12,5', 12.5],
    ['€ 1,200', 1200],
    ['35 %', 35],
    ['12 Main St', null],
    ['', null],
  ])('%j holds the number %j', (cell, number) => expect(numberIn(cell)).toBe(number));

  test.each([
    ['2026-03-05', '2026-03-05T00:00:00.000Z'],
    ['2026-03-05T10:20:30+02:00', '2026-03-05T08:20:30.000Z'],
    ['05/03/2026', '2026-03-05T00:00:00.000Z'],
    ['5.3.2026 14:30', '2026-03-05T14:30:00.000Z'],
    ['5 Mar 2026', '2026-03-05T00:00:00.000Z'],
    ['March 5, 2026', '2026-03-05T00:00:00.000Z'],
    ['2026-02-30', null],
    ['5 Foo 2026', null],
  ])('%j holds the date %j', (cell, date) => {
    const at = dateIn(cell, 'day-first');
    expect(at === null ? null : new Date(at).toISOString()).toBe(date);
  });

  test.each(['Select', '-- Please select --', 'N/A', 'unknown', '#N/A', '-', 'none'])(
    '%j means that nobody answered',
    (cell) => {
      expect(meansUnanswered(cell)).toBe(true);
    },
  );

  test.each(['No', '0', 'Other', 'Selection', 'Nancy'])('%j is an answer', (cell) =>
    expect(meansUnanswered(cell)).toBe(false),
  );
});

describe('a column', () => {
  test('of numbers stays one where a few cells are words', () => {
    expect(kind(many(100, (n) => (n === 3 ? 'many' : String(n % 7))))).toEqual({ kind: 'number' });
  });

  test('of dates is one, month first where a day above 12 says so', () => {
    expect(kind(many(50, (n) => `${1 + (n % 12)}/${1 + (n % 28)}/2026`))).toEqual({
      kind: 'date',
      order: 'month-first',
    });
    expect(kind(many(50, (n) => `${1 + (n % 28)}/${1 + (n % 12)}/2026`))).toEqual({ kind: 'date', order: 'day-first' });
  });

  test('of different texts or ids is not looked at, with why', () => {
    expect(kind(many(100, (n) => `lead ${n}`))).toEqual({ kind: 'ignored', why: '100 % of its texts are different' });
    expect(kind(many(100, (n) => String(500 + 3 * n)))).toMatchObject({
      kind: 'ignored',
      why: expect.stringContaining('an id'),
    });
    expect(
      kind(
        many(100, (n) => String(((n * 7919) % 1000) + 1)),
        'Customer ID',
      ),
    ).toMatchObject({ kind: 'ignored' });
  });

  test('of measured numbers that hardly repeat is no id', () => {
    expect(
      kind(
        many(100, (n) => String((n * 7919) % 1009)),
        'revenue',
      ),
    ).toEqual({ kind: 'number' });
  });

  test('of different texts that is often blank is asked only whether it is filled', () => {
    expect(kind(many(100, (n) => (n % 2 ? `K-${n}` : '')))).toMatchObject({ kind: 'filled' });
  });

  test('that is always the same, or empty, is not looked at', () => {
    expect(kind(many(9, () => 'No'))).toEqual({ kind: 'ignored', why: 'always the same' });
    expect(kind(many(9, () => ''))).toEqual({ kind: 'ignored', why: 'empty' });
  });

  test.each([
    ['month', many(24, (n) => String(1 + (n % 12))), true],
    ['createdMonth', many(24, (n) => String(1 + (n % 12))), true],
    ['when', ['mon', 'tue', 'wed', 'Thu'], true],
    ['months as customer', ['1', '2', '13'], false],
    ['source', ['march campaign', 'web'], false],
  ])('%s is a calendar field: %#', (name, cells, calendar) => expect(isCalendar({ name, cells })).toBe(calendar));
});

describe('bins', () => {
  test('of numbers hold about as many leads each; a value that many share is alone', () => {
    const cells = many(1000, (n) => (n < 400 ? '0' : String(n)));
    const binning = learnBins({ name: 'x', cells }, 'number');
    const bin = binner(binning);
    expect(new Set(cells.filter((cell) => cell !== '0').map(bin))).not.toContain(bin('0'));
    const counts = new Map<number, number>();
    for (const cell of cells) counts.set(bin(cell), (counts.get(bin(cell)) ?? 0) + 1);
    for (const [place, leads] of counts) if (place !== bin('0')) expect(leads).toBeLessThanOrEqual(100);
    expect(bin('-5')).toBe(bin('0'));
    expect(bin('99999')).toBe(bin('999'));
    expect(binLabel(binning, bin('99999'))).toMatch(/^above \d+/);
  });

  test('keep blank, not answered, rare and never seen apart from what was answered', () => {
    const cells = [...many(50, () => 'Web'), ...many(50, () => 'Fair'), 'Odd', '', 'Select'];
    const bin = binner(learnBins({ name: 'x', cells }, 'category'));
    expect([bin(''), bin('Select'), bin('Odd'), bin('Never seen')]).toEqual([BLANK, UNANSWERED, OTHER, OTHER]);
    expect(bin('WEB')).toBe(bin('Web'));
    expect(bin('Web')).not.toBe(bin('Fair'));
    expect(binCount(learnBins({ name: 'x', cells }, 'category'))).toBe(5);
  });
});

describe('features', () => {
  const created = (days: number) =>
    many(400, (n) => new Date(Date.UTC(2022, 0, 1 + (n * days) / 400)).toISOString().slice(0, 10));

  test('a date is told in days before the lead', () => {
    const first = many(400, (n) => new Date(Date.UTC(2021, 11, 1 + (n % 20))).toISOString().slice(0, 10));
    const { features } = learnFeatures(tableOf({ created: created(100), first }), 'created');
    expect(features.map(({ column, take }) => [column, take.as])).toEqual([['first', 'days-before']]);
  });

  test('calendar fields are dropped with less than two years of history, and looked at with more', () => {
    const columns = (days: number) => tableOf({ created: created(days), month: many(400, (n) => 1 + (n % 12)) });
    const short = learnFeatures(columns(600), 'created');
    expect(short.features).toEqual([]);
    expect(short.ignored.map(({ column }) => column)).toEqual(['created', 'month']);
    const long = learnFeatures(columns(900), 'created').features.map(({ column, take }) => [column, take.as]);
    expect(long).toEqual([
      ['created', 'month'],
      ['created', 'weekday'],
      ['month', 'value'],
    ]);
  });

  test('a date is left out where no date of the lead is there to hold it against', () => {
    const { ignored } = learnFeatures(tableOf({ first: created(100) }), null);
    expect(ignored).toEqual([{ column: 'first', why: expect.stringContaining('--time') }]);
  });

  test('calendar fields are dropped where nothing says how long a time there is', () => {
    const { ignored } = learnFeatures(
      tableOf({ month: many(50, (n) => 1 + (n % 12)), x: many(50, (n) => n % 3) }),
      null,
    );
    expect(ignored).toEqual([{ column: 'month', why: expect.stringContaining('calendar') }]);
  });
});

describe('the order of time', () => {
  test('is that of the named column, rows without it left out', () => {
    const { rows, note } = orderByTime(tableOf({ at: ['2026-01-03', '', '2026-01-01'] }), 'at');
    expect(rows).toEqual([2, 0]);
    expect(note).toContain('1 rows without it are left out');
  });

  test('of a column of words is refused', () => {
    expect(() => orderByTime(tableOf({ at: ['late', 'early'] }), 'at')).toThrow(/neither numbers nor dates/);
  });

  test('without a named one is that of the file, read from its end where ids fall along it', () => {
    const falling = orderByTime(tableOf({ id: many(60, (n) => 9000 - 7 * n - (n % 3)) }), null);
    expect(falling.rows[0]).toBe(59);
    expect(falling.note).toMatch(/falling/);
    const days = orderByTime(
      tableOf({ on: many(60, (n) => `2026-01-${String(30 - (n >> 1)).padStart(2, '0')}`) }),
      null,
    );
    expect(days).toMatchObject({ time: 'on', note: expect.stringContaining('falling') });
    const none = orderByTime(tableOf({ x: many(60, (n) => n % 4), row: many(60, (n) => n) }), null);
    expect(none.rows[0]).toBe(0);
    expect(none.note).toMatch(/the order of the file is taken/);
  });
});
