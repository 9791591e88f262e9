import { describe, expect, test } from '@jest/globals';
import { type Circumstances, excuse } from './exceptions.ts';
import type { Finding, ShadowFinding } from './finding.ts';
import { type Plan, planOf } from './plan.ts';

const AT = Date.parse('2026-03-02T08:00:00.000Z');
const SECOND = 1_000;
const NOTHING_ODD: Partial<Plan> = {
  events: { lost: 0 },
  searchLagMs: 0,
  lateRowsMs: 0,
  deletionsTold: 600_000,
  rounds: [],
};

function found(shadow: Partial<ShadowFinding>): Finding {
  return {
    text: 'it differs',
    record: { object: 'some', id: '1' },
    shadow: { connection: 'hubspot', is: 'behind', modifiedAt: new Date(AT).toISOString(), ...shadow },
  };
}

/** The names under which a finding is excused, where a run went on for a second from `ranAt` after the version. */
function excusedAs(finding: Finding, plan: Partial<Plan> = {}, ranAt = 10 * SECOND, erased: readonly string[] = []) {
  const circumstances: Circumstances = {
    plan: { ...planOf(1), ...NOTHING_ODD, ...plan },
    world: { erasedIds: new Set(erased), deletedIds: new Set(erased) },
    spans: [{ from: AT + ranAt, to: AT + ranAt + SECOND }],
  };
  const { left, excused } = excuse([finding], circumstances);
  expect(left.length + Object.keys(excused).length).toBe(1);
  return Object.keys(excused);
}

describe('reading the changes alone is excused from', () => {
  test('nothing, where nothing was odd', () => {
    expect(excusedAs(found({}))).toEqual([]);
    expect(excusedAs(found({ connection: 'salesforce' }))).toEqual([]);
    expect(excusedAs(found({ is: 'thought alive' }), {}, 10 * SECOND, ['1'])).toEqual([]);
    expect(excusedAs(found({ is: 'tied otherwise' }))).toEqual([]);
  });

  test('a version that the search hid from a run later than the run looks back, from no other', () => {
    const lags = { searchLagMs: 20 * SECOND };
    expect(excusedAs(found({}), lags)).toEqual(['search lag beyond the overlap']);
    expect(excusedAs(found({}), lags, SECOND)).toEqual([]);
    expect(excusedAs(found({}), lags, 60 * SECOND)).toEqual([]);
    expect(excusedAs(found({}), { searchLagMs: 4 * SECOND })).toEqual([]);
    expect(excusedAs(found({ connection: 'salesforce' }), lags)).toEqual([]);
  });

  test('a row that came later than the run looks back', () => {
    const late = { lateRowsMs: 100 * SECOND };
    expect(excusedAs(found({ connection: 'salesforce' }), late, 80 * SECOND)).toEqual(['late row beyond the overlap']);
    expect(excusedAs(found({ connection: 'salesforce' }), late, 30 * SECOND)).toEqual([]);
    expect(excusedAs(found({ connection: 'salesforce' }), { lateRowsMs: 50 * SECOND }, 30 * SECOND)).toEqual([]);
  });

  test.each([
    ['erasure without an event', { is: 'thought alive', modifiedAt: null }],
    ['association without an event', { is: 'tied otherwise' }],
  ] as const)('an %s, where events may be lost', (name, shadow) => {
    expect(excusedAs(found(shadow), { events: null }, 0, ['1'])).toEqual([name]);
    expect(excusedAs(found(shadow), { events: { lost: 0.2 } }, 0, ['1'])).toEqual([name]);
    expect(excusedAs(found(shadow), { events: { lost: 0 } }, 0, ['1'])).toEqual([]);
  });

  test('a deletion that was too much for the list, or too long ago', () => {
    const gone = found({ connection: 'salesforce', is: 'thought alive', modifiedAt: null });
    expect(excusedAs(gone)).toEqual([]);
    expect(excusedAs(gone, { deletionsTold: 1 })).toEqual(['deletions that no list could tell']);
  });

  test('a look-up that the deletion of what it led to has emptied, and no other empty field', () => {
    const cleared = found({ connection: 'salesforce', cleared: '2' });
    expect(excusedAs(cleared, {}, 0, ['2'])).toEqual(['reference that a deletion cleared']);
    expect(excusedAs(cleared, {}, 0, ['3'])).toEqual([]);
  });
});
