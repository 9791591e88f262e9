import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type MergeRecord,
  type MergeState,
  merge,
  obstacleToUndo,
  undo,
} from '../../../src/leads/matching/merge-record.ts';

const SIDES = ['p1', 'p2', 'p3', 'p4'];
const state = fc
  .record({
    owners: fc.array(fc.constantFrom(...SIDES), { maxLength: 8 }),
    values: fc.array(fc.option(fc.constantFrom('x', 'y')), { minLength: 8, maxLength: 8 }),
  })
  .map(
    ({ owners, values }): MergeState => ({
      holdings: owners.map((owner, n) => ({ key: `k${n}`, owner })),
      values: Object.fromEntries(
        SIDES.map((side, n) => [side, { phone: values[2 * n] ?? null, city: values[2 * n + 1] ?? null }]),
      ),
      becameOf: {},
    }),
  );
const steps = fc.array(fc.tuple(fc.constantFrom(...SIDES), fc.constantFrom(...SIDES)), { maxLength: 6 });

/** Those steps that can be done, one after the other. */
function mergeAll(from: MergeState, list: readonly (readonly [string, string])[]) {
  const states = [from];
  const records: MergeRecord[] = [];
  for (const [into, gone] of list) {
    const now = states.at(-1) as MergeState;
    if (into === gone || now.becameOf[into] !== undefined || now.becameOf[gone] !== undefined) continue;
    const done = merge(now, { id: `m${records.length}`, into, from: gone, at: '2026-11-22T10:00:00Z' });
    states.push(done.state);
    records.push(done.record);
  }
  return { states, records };
}

describe('a merge', () => {
  test('gives the side that goes on everything, and keeps what it had', () => {
    const before: MergeState = {
      holdings: [
        { key: 'k1', owner: 'p1' },
        { key: 'k2', owner: 'p2' },
      ],
      values: { p1: { phone: null, city: 'Ulm' }, p2: { phone: '12', city: 'Bonn' } },
      becameOf: {},
    };
    const { state: after, record } = merge(before, { id: 'm', into: 'p1', from: 'p2', at: '2026-11-22T10:00:00Z' });
    expect(after.holdings.map(({ owner }) => owner)).toEqual(['p1', 'p1']);
    expect(after.values.p1).toEqual({ phone: '12', city: 'Ulm' });
    expect(record).toMatchObject({ moved: ['k2'], values: [{ field: 'phone', before: null, after: '12' }] });
  });

  test('with itself or of a side that is part of another already is refused', () => {
    const before: MergeState = { holdings: [], values: {}, becameOf: { p2: 'p1' } };
    const sides = { id: 'm', at: '2026-11-22T10:00:00Z' };
    expect(() => merge(before, { ...sides, into: 'p1', from: 'p1' })).toThrow('cannot be merged into itself');
    expect(() => merge(before, { ...sides, into: 'p3', from: 'p2' })).toThrow('p2 is part of p1 already');
  });
});

describe('undoing', () => {
  test('in the opposite order gives back every state that was', () => {
    fc.assert(
      fc.property(state, steps, (first, list) => {
        const { states, records } = mergeAll(first, list);
        let now = states.at(-1) as MergeState;
        for (const [n, record] of [...records.entries()].reverse()) {
          expect(obstacleToUndo(now, record, records.slice(n + 1, n + 1))).toBeNull();
          const undone = undo(now, record);
          expect(undone.leftAlone).toEqual([]);
          now = undone.state;
          expect(now).toEqual(states[n]);
        }
      }),
    );
  });

  test('any merge that nothing stands in the way of leaves the others as they are', () => {
    fc.assert(
      fc.property(state, steps, fc.nat(), (first, list, which) => {
        const { states, records } = mergeAll(first, list);
        const n = records.length === 0 ? -1 : which % records.length;
        const record = records[n];
        if (record === undefined) return;
        const now = states.at(-1) as MergeState;
        if (obstacleToUndo(now, record, records.slice(n + 1)) !== null) return;
        const others = records.filter((each) => each !== record).map(({ into, from }) => [into, from] as const);
        expect(undo(now, record).state).toEqual(mergeAll(first, others).states.at(-1));
      }),
    );
  });

  test('leaves what came afterwards with the side that went on', () => {
    const before: MergeState = {
      holdings: [{ key: 'k2', owner: 'p2' }],
      values: { p1: { phone: null }, p2: { phone: '12' } },
      becameOf: {},
    };
    const { state: after, record } = merge(before, { id: 'm', into: 'p1', from: 'p2', at: '2026-11-22T10:00:00Z' });
    const later: MergeState = {
      ...after,
      holdings: [...after.holdings, { key: 'k3', owner: 'p1' }],
      values: { ...after.values, p1: { phone: '99' } },
    };
    const { state: undone, leftAlone } = undo(later, record);
    expect(undone.holdings).toEqual([
      { key: 'k2', owner: 'p2' },
      { key: 'k3', owner: 'p1' },
    ]);
    expect(undone.values).toEqual({ p1: { phone: '99' }, p2: { phone: '12' } });
    expect(leftAlone).toEqual(['phone']);
  });

  test('says which merge has to be undone before, and that it was undone already', () => {
    const first: MergeState = { holdings: [], values: {}, becameOf: {} };
    const { states, records } = mergeAll(first, [
      ['p1', 'p2'],
      ['p3', 'p1'],
    ]);
    const [inner, outer] = records as [MergeRecord, MergeRecord];
    expect(obstacleToUndo(states[2] as MergeState, inner, [outer])).toEqual({
      why: 'p1 was merged again with p3; undo that first',
      by: 'm1',
    });
    expect(obstacleToUndo(first, inner, [])?.why).toContain('undone already');
  });
});
