import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonical, cut, sameValue } from '../../src/mapping/canonical.ts';
import type { FieldKind } from '../../src/mapping/described.ts';

const KINDS: FieldKind[] = [
  'text',
  'number',
  'boolean',
  'date',
  'datetime',
  'picklist',
  'multipicklist',
  'reference',
  'other',
];
const anyValue = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.array(fc.constantFrom('a', 'B', ' c '), { maxLength: 4 }).map((parts) => parts.join(';')),
);
const anyLimits = fc.record(
  { length: fc.integer({ min: 1, max: 30 }), scale: fc.integer({ min: 0, max: 6 }), values: fc.constant(['A', 'b']) },
  { requiredKeys: [] },
);

describe('the canonical form', () => {
  test('of itself is itself, for any value of any kind', () => {
    fc.assert(
      fc.property(anyValue, fc.constantFrom(...KINDS), anyLimits, (value, kind, limits) => {
        const once = canonical(value, kind, limits);
        expect(canonical(once, kind, limits)).toEqual(once);
      }),
    );
  });

  test('makes sameness an equivalence: a value is the same as itself and as what the CRM stores of it', () => {
    fc.assert(
      fc.property(anyValue, anyValue, fc.constantFrom(...KINDS), anyLimits, (a, b, kind, limits) => {
        expect(sameValue(a, a, kind, limits)).toBe(true);
        expect(sameValue(a, canonical(a, kind, limits), kind, limits)).toBe(true);
        expect(sameValue(a, b, kind, limits)).toBe(sameValue(b, a, kind, limits));
      }),
    );
  });

  test.each<[FieldKind, string | number | boolean | null, string | number | boolean | null]>([
    ['text', ' a ', 'a'],
    ['text', '', null],
    ['text', 'a\r\nb', 'a\nb'],
    ['boolean', null, false],
    ['boolean', 'true', true],
    ['number', '80.0', 80],
    ['number', -0, 0],
    ['datetime', '2026-01-01T10:00:00.789Z', '2026-01-01T10:00:00Z'],
    ['datetime', '2026-01-01T10:00:00.000+0000', '2026-01-01T11:00:00+01:00'],
    ['multipicklist', 'b;a', 'a;b;a'],
  ])('%s: %j and %j are the same', (kind, a, b) => expect(sameValue(a, b, kind)).toBe(true));

  test.each<[FieldKind, string | number | boolean | null, string | number | boolean | null]>([
    ['text', 'a', 'A'],
    ['number', 0, null],
    ['number', '9007199254740993', '9007199254740992'],
    ['picklist', 'Offered', 'offered'],
    ['datetime', '2026-01-01T10:00:00Z', '2026-01-01T10:00:01Z'],
    ['reference', '001AAAAAAAAAAAAAAA', '001aaaaaaaaaaaaaaa'],
  ])('%s: %j and %j differ', (kind, a, b) => expect(sameValue(a, b, kind)).toBe(false));

  test('a picklist takes the spelling of the CRM', () => {
    expect(canonical('OFFERED', 'picklist', { values: ['New', 'Offered'] })).toBe('Offered');
  });

  test('a number is rounded to the scale, half away from zero', () => {
    expect([1.005, -1.005, '2.4999'].map((value) => canonical(value, 'number', { scale: 2 }))).toEqual([
      1.01, -1.01, 2.5,
    ]);
  });
});

describe('a cut text', () => {
  test('never exceeds the length, never ends in half a character, and says that it was cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 1, max: 40 }), (text, length) => {
        const short = cut(text, length);
        expect(short.length).toBeLessThanOrEqual(length);
        expect(short.isWellFormed()).toBe(true);
        if (text.length <= length) expect(short).toBe(text);
        else if (length > 1) expect(short.endsWith('…')).toBe(true);
      }),
    );
  });

  test('ends after a whole word where there is one', () => {
    expect(cut('offered to Alpine Systems because of its territory', 30)).toBe('offered to Alpine Systems…');
    expect(cut('offered to Alpine', 11)).toBe('offered to…');
    expect(cut('abcdefghijklmnop', 8)).toBe('abcdefg…');
  });
});
