import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cluster, type ScoredPair } from '../../../src/leads/matching/cluster.ts';

const pairs = fc.array(
  fc.record({ left: fc.nat(11), right: fc.nat(11), probability: fc.integer({ min: 0, max: 100 }).map((n) => n / 100) }),
  { maxLength: 40 },
);
/** The last word on a pair counts; in whatever order it names the two. */
const once = (list: readonly ScoredPair[]) => [
  ...new Map(list.map((pair) => [[pair.left, pair.right].sort((a, b) => a - b).join(), pair])).values(),
];
const open = { threshold: 0.5, largest: 100 };

test('a chain of likenesses is no group: the mean over all pairs counts', () => {
  const chain = Array.from({ length: 19 }, (_, n) => ({ left: n, right: n + 1, probability: 0.9 }));
  const sizes = [...Map.groupBy(cluster(20, chain, open), (group) => group).values()].map((list) => list.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
});

test('records that are all alike are one group', () => {
  const all = [0, 1, 2, 3].flatMap((left) =>
    [0, 1, 2, 3].filter((right) => left < right).map((right) => ({ left, right, probability: 0.6 })),
  );
  expect([...cluster(5, all, open)]).toEqual([0, 0, 0, 0, 4]);
});

test('no group grows over the largest allowed', () => {
  fc.assert(
    fc.property(pairs, fc.integer({ min: 2, max: 5 }), (list, largest) => {
      const groups = cluster(12, once(list), { threshold: 0.1, largest });
      for (const members of Map.groupBy(groups, (group) => group).values())
        expect(members.length).toBeLessThanOrEqual(largest);
    }),
  );
});

test('a group is named by its lowest record, and every group of two or more holds together by its mean', () => {
  fc.assert(
    fc.property(pairs, (list) => {
      const given = once(list);
      const groups = cluster(12, given, open);
      for (const [group, members] of Map.groupBy([...groups.keys()], (n) => groups[n])) {
        expect(group).toBe(Math.min(...members));
        if (members.length !== 2) continue;
        const pair = given.find(
          ({ left, right }) => members.includes(left) && members.includes(right) && left !== right,
        );
        expect(pair?.probability).toBeGreaterThanOrEqual(0.5);
      }
    }),
  );
});

test('the order of the pairs makes no difference', () => {
  fc.assert(
    fc.property(pairs, (list) => {
      const given = once(list);
      expect([...cluster(12, [...given].reverse(), open)]).toEqual([...cluster(12, given, open)]);
    }),
  );
});
