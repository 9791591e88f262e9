import { describe, expect, test } from '@jest/globals';
import { readAll, readDeleted, type Stage } from './stage.ts';

export function describeReading(stage: Stage): void {
  describe('reading', () => {
    const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id);

    test('the first pass brings every live record once, page by page', async () => {
      await stage.put('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
      const { connector } = stage.open();
      const { records, pages } = await readAll(connector, stage.stream, null);
      const live = records.filter(({ deleted }) => !deleted);
      const there = await stage.crm.raw([stage.crm.fields.text]);
      expect(idsOf(live).toSorted()).toEqual([...there.keys()].toSorted());
      expect(new Set(idsOf(records)).size).toBe(records.length);
      expect(pages).toBeGreaterThan(2);
      for (const record of live) {
        expect(record.fields[stage.crm.fields.text]).toBe(there.get(record.id)?.[stage.crm.fields.text] ?? null);
        // Only what was asked for is there, so that absent and null stay distinct.
        expect(Object.keys(record.fields).toSorted()).toEqual([...stage.stream.fields].toSorted());
        expect(record.modifiedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
    });

    test('a page says how many rows it holds at the most, and when it was asked for', async () => {
      const page = await stage.open().connector.read(stage.stream, null);
      expect(page.records.length).toBeLessThanOrEqual(page.pageSize);
      expect(Number.isNaN(Date.parse(page.requestedAt))).toBe(false);
    });

    test('afterwards only what has changed comes', async () => {
      const [one = '', other = ''] = await stage.put('one', 'other');
      // A connector may read the last instant again, and somewhat more, but not far back.
      stage.crm.pass(3_600_000);
      await stage.put('long after');
      stage.crm.pass(3_600_000);
      const { cursor } = await readAll(stage.open().connector, stage.stream, null);
      stage.crm.pass(3_600_000);
      await stage.crm.change(one, { [stage.crm.fields.text]: 'changed' });
      const [added = ''] = await stage.put('added');
      const changes = await readAll(stage.open().connector, stage.stream, cursor);
      expect(idsOf(changes.records)).toEqual(expect.arrayContaining([one, added]));
      expect(idsOf(changes.records)).not.toContain(other);
      expect(changes.records.find(({ id }) => id === one)?.fields[stage.crm.fields.text]).toBe('changed');
    });

    test('records of one instant are all read, however small the pages', async () => {
      const { cursor } = await readAll(stage.open().connector, stage.stream, null);
      const ids = await stage.put(...Array.from({ length: 11 }, (_, n) => `tie ${n}`));
      const { records } = await readAll(stage.open({ page: 2 }).connector, stage.stream, cursor);
      expect(idsOf(records)).toEqual(expect.arrayContaining(ids));
    });

    test('what changes while a pass is under way is not lost', async () => {
      const before = await stage.put('early', 'middle', 'late', 'last');
      const { connector } = stage.open({ page: 2 });
      const first = await connector.read(stage.stream, null);
      const seen = new Map(first.records.map((record) => [record.id, record.fields[stage.crm.fields.text]]));
      const behind = first.records[0]?.id ?? '';
      const { text } = stage.crm.fields;
      await stage.crm.change(behind, { [text]: 'behind' });
      await stage.crm.change(before[3] ?? '', { [text]: 'ahead' });
      const [added = ''] = await stage.put('born meanwhile');
      const rest = await readAll(connector, stage.stream, first.cursor);
      stage.crm.pass(1_000);
      const next = await readAll(connector, stage.stream, rest.cursor);
      for (const record of [...rest.records, ...next.records]) seen.set(record.id, record.fields[text]);
      expect(seen.get(behind)).toBe('behind');
      expect(seen.get(before[3] ?? '')).toBe('ahead');
      expect(seen.get(added)).toBe('born meanwhile');
      for (const id of before) expect(seen.has(id)).toBe(true);
    });

    test('a deleted record is told of, and named so', async () => {
      const [gone = '', stays = ''] = await stage.put('gone', 'stays');
      const { cursor } = await readAll(stage.open().connector, stage.stream, null);
      stage.crm.pass(60_000);
      await stage.crm.delete(gone);
      const { connector } = stage.open();
      const told = await readDeleted(connector, stage.stream, cursor);
      expect(told.find(({ id }) => id === gone)).toMatchObject({ deleted: true });
      expect(idsOf(told)).not.toContain(stays);
      const named = await connector.readByIds(stage.stream, [gone, stays]);
      expect(named.find(({ id }) => id === stays)?.deleted).toBe(false);
      // Where the CRM still knows it, it is marked; it never looks alive.
      expect(named.find(({ id }) => id === gone)?.deleted ?? true).toBe(true);
    });

    test('of merged records one is left alive', async () => {
      const { merge } = stage.crm;
      if (merge === undefined) return;
      const [survivor = '', loser = ''] = await stage.put('survivor', 'loser');
      const { cursor } = await readAll(stage.open().connector, stage.stream, null);
      stage.crm.pass(60_000);
      const left = await merge(survivor, loser);
      const { connector } = stage.open();
      const { records } = await readAll(connector, stage.stream, cursor);
      const live = records.filter(({ deleted }) => !deleted);
      expect(idsOf(live)).toContain(left);
      expect(idsOf(live)).not.toContain(loser);
      const named = await connector.readByIds(stage.stream, [loser, left]);
      expect(idsOf(named.filter(({ deleted }) => !deleted))).toEqual([left]);
    });

    test('named records come once each, unknown ones are left out', async () => {
      const [one = '', other = ''] = await stage.put('one', 'other');
      const found = await stage.open().connector.readByIds(stage.stream, [one, other, one, 'nonsense']);
      expect(idsOf(found).toSorted()).toEqual([one, other].toSorted());
      expect(await stage.open().connector.readByIds(stage.stream, [])).toEqual([]);
    });

    test('records are found by a unique key, whatever stands in it', async () => {
      const { key } = stage.crm.fields;
      const odd = `it's a "key"\\ %_ ${Date.now()}`;
      const id = await stage.crm.put({ [key]: odd });
      const found = await stage.open().connector.readByKey(stage.stream, key, [odd, 'no such key']);
      expect(found.map((record) => [record.id, record.fields[key]])).toEqual([[id, odd]]);
    });

    test('a cursor of another org is refused, with what to do', async () => {
      const other = stage.conformant.openOther?.();
      if (other === undefined) return;
      const { cursor } = await stage.open().connector.read(stage.stream, null);
      await expect(other.connector.read(stage.stream, cursor)).rejects.toMatchObject({
        action: 'stop',
        code: 'WRONG_ORG',
        hint: expect.any(String),
      });
    });
  });
}
