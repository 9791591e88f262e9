import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { afterPass, lineAfter } from '../../../connectors/salesforce/position.ts';
import type { Position } from '../../../connectors/salesforce/soql.ts';

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

describe('where the next run starts', () => {
  const last = { modifiedAt: '2026-01-01T00:00:00.000Z', id: 'b' };
  const base = { from: null, last, line: null, overlapMs: 60_000 };

  test('right after the last record, where all before it had become visible by then', () => {
    const servedAt = Date.parse('2026-01-01T00:02:00Z');
    expect(afterPass({ ...base, servedAt })).toEqual(last);
    expect(afterPass({ ...base, last: null, from: last, servedAt })).toEqual(last);
  });

  test('an overlap before the query, where the last record is newer than that', () => {
    const servedAt = Date.parse('2026-01-01T00:00:30Z');
    expect(afterPass({ ...base, servedAt })).toEqual({ modifiedAt: '2025-12-31T23:59:29.000Z', id: null });
  });

  test('at the line that an earlier page of the pass has drawn', () => {
    const line = '2025-12-31T12:00:00.000Z';
    expect(afterPass({ ...base, line, servedAt: Date.parse('2026-01-02T00:00:00Z') })).toEqual({
      modifiedAt: line,
      id: null,
    });
  });

  test('never before the start of this pass', () => {
    const from = { modifiedAt: '2025-12-31T23:59:50.000Z', id: null };
    const servedAt = Date.parse('2026-01-01T00:00:01Z');
    expect(afterPass({ ...base, from, servedAt })).toEqual(from);
  });

  test('an overlap before the newest stamp, once, where Salesforce does not say the time', () => {
    const back = { modifiedAt: '2025-12-31T23:59:00.000Z', id: null };
    expect(afterPass({ ...base, servedAt: null })).toEqual(back);
    expect(afterPass({ ...base, from: back, last: null, servedAt: null })).toEqual(back);
  });

  test('nowhere, where there is nothing', () => {
    expect(afterPass({ ...base, last: null, servedAt: 0 })).toBeNull();
  });
});

interface Row {
  readonly modifiedAt: string;
  readonly id: string;
  readonly visibleAt: number;
}

/** One page as Salesforce would answer it at `now`. */
function page(rows: readonly Row[], from: Position | null, now: number, size: number): Row[] {
  const after = (row: Row) =>
    from === null ||
    row.modifiedAt > from.modifiedAt ||
    (row.modifiedAt === from.modifiedAt && (from.id === null || row.id > from.id));
  return rows
    .filter((row) => row.visibleAt <= now && after(row))
    .sort((a, b) => (a.modifiedAt + a.id < b.modifiedAt + b.id ? -1 : 1))
    .slice(0, size);
}

test('no row is missed that becomes visible within the overlap, whenever pages are asked for', () => {
  const overlap = 20;
  const row = fc.record({ stamp: fc.integer({ min: 0, max: 100 }), late: fc.integer({ min: 0, max: overlap }) });
  const pauses = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), pauses, fc.integer({ min: 1, max: 5 }), (drawn, waits, size) => {
      const rows = drawn.map(({ stamp, late }, i) => ({
        modifiedAt: iso(stamp),
        id: String((i * 7919) % 1000).padStart(4, '0'),
        visibleAt: stamp + late,
      }));
      const seen = new Set<string>();
      let now = 0;
      let place: { from: Position | null; line: string | null } = { from: null, line: null };
      let idle = 0;
      for (let i = 0; idle < 2; i++) {
        now += now > 200 ? 1 : (waits[i % waits.length] ?? 1);
        const found = page(rows, place.from, now, size);
        for (const { id } of found) seen.add(id);
        const end = { ...place, last: found.at(-1) ?? null, servedAt: now * 1000, overlapMs: overlap * 1000 };
        const done = found.length < size;
        if (done) place = { from: afterPass(end), line: null };
        else if (end.last) place = { from: { modifiedAt: end.last.modifiedAt, id: end.last.id }, line: lineAfter(end) };
        idle = now > 200 && done ? idle + 1 : 0;
      }
      expect([...seen].sort()).toEqual(rows.map(({ id }) => id).sort());
    }),
  );
});
