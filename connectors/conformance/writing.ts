import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../connector.ts';
import type { Stage } from './stage.ts';

let made = 0;
/** A value of the unique key that nobody has. */
export const newKey = (): string => `kit-${process.pid}-${++made}`;

export function describeWriting(stage: Stage): void {
  describe('writing', () => {
    const byKey = (outcomes: readonly Outcome[]) => new Map(outcomes.map((outcome) => [outcome.key, outcome]));

    test.each([
      ['letters of many alphabets', 'Ünïcodé “quotes” Ω 漢字 العربية'],
      ['characters beyond the basic plane', 'a \u{1F600} b \u{20BB7}'],
      ['what looks like markup and escapes', '<b>&amp; \\n "x" \'y\' {{z}}'],
      ['a text that looks like a number', '007'],
      ['a text that looks like a date', '2026-01-02T03:04:05.000+0000'],
      ['null', null],
    ])('%s comes back as it was written', async (_what, value) => {
      const { object, fields } = stage.crm;
      const [id = ''] = await stage.put('before');
      const { connector } = stage.open();
      const outcomes = await connector.write(object, [{ key: 'k', id, fields: { [fields.text]: value } }]);
      expect(outcomes).toMatchObject([{ key: 'k', status: 'ok', id, created: false }]);
      const [record] = await connector.readByIds(stage.stream, [id]);
      expect(record?.fields[fields.text]).toBe(value);
    });

    test('an empty text and null are alike: the field is blank', async () => {
      const { object, fields } = stage.crm;
      const [id = ''] = await stage.put('before');
      const { connector } = stage.open();
      await connector.write(object, [{ key: 'k', id, fields: { [fields.text]: '' } }]);
      const [record] = await connector.readByIds(stage.stream, [id]);
      expect(record?.fields[fields.text] || null).toBeNull();
    });

    test('a field that is not in the row stays as it is; zero is no blank', async () => {
      const { object, fields } = stage.crm;
      const id = await stage.crm.put({ [fields.text]: 'stays', [fields.number]: 7 });
      const { connector } = stage.open();
      await connector.write(object, [{ key: 'k', id, fields: { [fields.number]: 0 } }]);
      const [record] = await connector.readByIds(stage.stream, [id]);
      expect(record?.fields).toEqual({ [fields.text]: 'stays', [fields.number]: 0 });
    });

    test('more rows than a batch holds are all written, each with one outcome, told batch by batch', async () => {
      const { object, fields } = stage.crm;
      const ids = await stage.put(...Array.from({ length: 11 }, (_, n) => `row ${n}`));
      const { connector } = stage.open({ batch: 4 });
      const told: Outcome[][] = [];
      const rows = ids.map((id, n) => ({ key: `k${n}`, id, fields: { [fields.text]: `written ${n}` } }));
      const outcomes = await connector.write(object, rows, async (some) => void told.push([...some]));
      expect(outcomes.map(({ key }) => key).toSorted()).toEqual(rows.map(({ key }) => key).toSorted());
      expect(outcomes.every(({ status }) => status === 'ok')).toBe(true);
      expect(
        told
          .flat()
          .map(({ key }) => key)
          .toSorted(),
      ).toEqual(rows.map(({ key }) => key).toSorted());
      expect(told.length).toBeGreaterThan(2);
      const there = await stage.crm.raw([fields.text]);
      for (const [n, id] of ids.entries()) expect(there.get(id)?.[fields.text]).toBe(`written ${n}`);
    });

    test('a record that is named twice is written in the order of the rows', async () => {
      const { object, fields } = stage.crm;
      const [id = ''] = await stage.put('before');
      const outcomes = await stage.open().connector.write(object, [
        { key: 'first', id, fields: { [fields.text]: 'first' } },
        { key: 'second', id, fields: { [fields.text]: 'second' } },
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'ok']);
      expect((await stage.raw(id))?.[fields.text]).toBe('second');
    });

    test('a row that the CRM refuses does not hold up the others', async () => {
      const { object, fields } = stage.crm;
      const [gone = '', fine = ''] = await stage.put('gone', 'fine');
      await stage.crm.delete(gone);
      const outcomes = byKey(
        await stage.open().connector.write(object, [
          { key: 'gone', id: gone, fields: { [fields.text]: 'x' } },
          { key: 'fine', id: fine, fields: { [fields.text]: 'written' } },
          { key: 'nameless', fields: { [fields.text]: 'x' } },
        ]),
      );
      expect(outcomes.get('gone')).toMatchObject({ status: 'reject', gone: true, message: expect.any(String) });
      expect(outcomes.get('fine')).toMatchObject({ status: 'ok' });
      expect((await stage.raw(fine))?.[fields.text]).toBe('written');
      expect(outcomes.get('nameless')?.status).toBe('reject');
    });

    test('a row with an unknown field is refused with the name of the field, the others are written', async () => {
      const { object, fields } = stage.crm;
      const [one = '', other = ''] = await stage.put('one', 'other');
      const outcomes = byKey(
        await stage.open().connector.write(object, [
          { key: 'bad', id: one, fields: { no_such_field: 'x' } },
          { key: 'good', id: other, fields: { [fields.text]: 'written' } },
        ]),
      );
      expect(outcomes.get('bad')).toMatchObject({ status: 'reject', fields: ['no_such_field'] });
      expect(outcomes.get('good')).toMatchObject({ status: 'ok' });
    });

    test('a record with an external id is created once, then updated', async () => {
      const { object, fields } = stage.crm;
      const value = newKey();
      const required = stage.crm.required();
      const row = (text: string) => ({
        key: 'k',
        externalId: { field: fields.key, value },
        fields: { ...required, [fields.text]: text },
      });
      const [created] = await stage.open().connector.write(object, [row('first')]);
      expect(created).toMatchObject({ status: 'ok', created: true, id: expect.any(String) });
      const [updated] = await stage.open().connector.write(object, [row('second')]);
      expect(updated).toMatchObject({ status: 'ok', created: false, id: created?.status === 'ok' ? created.id : '' });
      const mine = [...(await stage.crm.raw([fields.key, fields.text])).values()].filter(
        (one) => one[fields.key] === value,
      );
      expect(mine).toEqual([{ [fields.key]: value, [fields.text]: 'second' }]);
    });
  });
}
