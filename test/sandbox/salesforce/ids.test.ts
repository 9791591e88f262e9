import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalId, makeId } from '../../../sandbox/salesforce/ids.ts';
import { StampIndex } from '../../../sandbox/salesforce/org/stamp-index.ts';

describe('ids', () => {
  test('carry the check characters that Salesforce computes', () => {
    expect(canonicalId('001D000000IqhSL')).toBe('001D000000IqhSLIAZ');
    expect(canonicalId('0015g00000abcdEAA')).toBeUndefined();
    expect(canonicalId('0015g000-0abcdE')).toBeUndefined();
  });

  test('the 18 characters survive the loss of case, the order of ids is the order of making', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), (a, b) => {
        const [first, second] = [makeId('00Q', a), makeId('00Q', b)];
        expect(canonicalId(first.slice(0, 15))).toBe(first);
        expect(canonicalId(first.toUpperCase())).toBe(first);
        expect(canonicalId(first.toLowerCase())).toBe(first);
        expect(first.slice(0, 15) < second.slice(0, 15)).toBe(a < b);
      }),
    );
  });
});

test('the index by stamp holds exactly what was added and not removed, in order, from any bound', () => {
  const entry = fc.record({
    stamp: fc.integer({ min: 0, max: 5 }),
    id: fc.constantFrom(...'abcdefgh'),
    remove: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(entry),
      fc.integer({ min: 0, max: 5 }),
      fc.constantFrom(null, ...'abcdefgh'),
      (steps, from, after) => {
        const index = new StampIndex();
        const model = new Map<string, number>();
        for (const { stamp, id, remove } of steps) {
          const old = model.get(id);
          if (old !== undefined) index.remove(old, id);
          model.delete(id);
          if (!remove) {
            index.add(stamp, id);
            model.set(id, stamp);
          }
        }
        const expected = [...model]
          .filter(([id, stamp]) => stamp >= from && stamp <= 4 && !(stamp === from && after !== null && id <= after))
          .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
          .map(([id]) => id);
        expect([...index.range(from, 4, after)]).toEqual(expected);
      },
    ),
  );
});
