import { describe, expect } from '@jest/globals';
import type { Fields } from './driver.ts';
import { readAll, type Stage } from './stage.ts';
import { newKey } from './writing.ts';

export function describeTroubles(stage: Stage): void {
  describe('when things go wrong', () => {
    const create = (required: Fields, value: string, text: string) => ({
      key: 'k',
      externalId: { field: stage.crm.fields.key, value },
      fields: { ...required, [stage.crm.fields.text]: text },
    });
    const withKey = async (value: string) => {
      const { key } = stage.crm.fields;
      return [...(await stage.crm.raw([key]))].filter(([, fields]) => fields[key] === value).map(([id]) => id);
    };

    stage.troubled(
      ['answer-lost'],
      'a create whose answer was lost is unknown, and never makes a second record',
      async () => {
        const { object, fields } = stage.crm;
        const value = newKey();
        const required = stage.crm.required();
        stage.crm.trouble('answer-lost');
        const { connector } = stage.open();
        const [lost] = await connector.write(object, [create(required, value, 'first')]);
        expect(lost).toMatchObject({ key: 'k', status: 'unknown' });
        stage.crm.trouble(null);
        const found = await connector.readByKey(stage.stream, fields.key, [value]);
        expect(found.map(({ id }) => id)).toEqual(await withKey(value));
        expect(found).toHaveLength(1);
        const [again] = await connector.write(object, [create(required, value, 'second')]);
        expect(again).toMatchObject({ status: 'ok', created: false });
        expect(await withKey(value)).toHaveLength(1);
      },
    );

    stage.troubled(
      ['write-lost'],
      'a write that broke off before it arrived is unknown or sent again, never told as done',
      async () => {
        const { object, fields } = stage.crm;
        const [id = ''] = await stage.put('before');
        stage.crm.trouble('write-lost');
        const [outcome] = await stage
          .open()
          .connector.write(object, [{ key: 'k', id, fields: { [fields.text]: 'after' } }]);
        const isWritten = (await stage.raw(id))?.[fields.text] === 'after';
        expect(outcome?.status).toBe(isWritten ? 'ok' : 'unknown');
      },
    );

    stage.troubled(
      ['row-busy'],
      'rows that meet something passing are to be sent again, and were not written',
      async () => {
        const { object, fields } = stage.crm;
        const ids = await stage.put('a', 'b', 'c', 'd');
        const rows = ids.map((id, n) => ({ key: `k${n}`, id, fields: { [fields.text]: 'written' } }));
        stage.crm.trouble('row-busy');
        const outcomes = await stage.open().connector.write(object, rows);
        stage.crm.trouble(null);
        const busy = outcomes.filter(({ status }) => status === 'retry');
        expect(outcomes).toHaveLength(4);
        expect(busy.length).toBeGreaterThan(0);
        for (const { key } of busy) {
          expect((await stage.raw(ids[Number(key.slice(1))] ?? ''))?.[fields.text]).not.toBe('written');
        }
        const again = await stage.open().connector.write(object, rows);
        expect(again.every(({ status }) => status === 'ok')).toBe(true);
      },
    );

    stage.troubled(['garbage-once'], 'an answer of status 200 that makes no sense is asked for again', async () => {
      await stage.put('there');
      const there = await stage.crm.raw([stage.crm.fields.text]);
      const { connector } = stage.open();
      await connector.check();
      stage.crm.trouble('garbage-once');
      const { records } = await readAll(connector, stage.stream, null);
      expect(new Set(records.filter(({ deleted }) => !deleted).map(({ id }) => id))).toEqual(new Set(there.keys()));
    });

    stage.troubled(
      ['garbage'],
      'answers that never make sense end the run, and are never taken for an empty page',
      async () => {
        const { connector } = stage.open();
        await connector.check();
        await connector.describe(stage.crm.object);
        stage.crm.trouble('garbage');
        await expect(connector.read(stage.stream, null)).rejects.toMatchObject({
          name: 'ConnectorError',
          action: 'stop',
          hint: expect.any(String),
        });
      },
    );

    stage.troubled(['garbage-once'], 'a write that is answered with nonsense is unknown', async () => {
      const { object, fields } = stage.crm;
      const [id = ''] = await stage.put('before');
      const { connector } = stage.open();
      await connector.check();
      await connector.describe(object);
      stage.crm.trouble('garbage-once');
      const [outcome] = await connector.write(object, [{ key: 'k', id, fields: { [fields.text]: 'after' } }]);
      expect(outcome).toMatchObject({ key: 'k', status: 'unknown' });
    });

    stage.troubled(['unauthorized-once'], 'a session that ended is renewed once, and the call goes on', async () => {
      const { connector, calls } = stage.open();
      await connector.check();
      const before = calls.auth ?? 0;
      stage.crm.trouble('unauthorized-once');
      await connector.read(stage.stream, null);
      expect((calls.auth ?? 0) - before).toBe(1);
    });

    stage.troubled(['unauthorized'], 'a refusal that lasts ends the run after one renewal', async () => {
      const { connector, calls } = stage.open();
      await connector.check();
      await connector.describe(stage.crm.object);
      const before = calls.auth ?? 0;
      stage.crm.trouble('unauthorized');
      await expect(connector.read(stage.stream, null)).rejects.toMatchObject({
        action: 'stop',
        code: 'BAD_CREDENTIALS',
        hint: expect.any(String),
      });
      expect((calls.auth ?? 0) - before).toBe(1);
    });

    stage.troubled(['quota'], 'a used-up allowance ends the run and says when it goes on', async () => {
      const { connector } = stage.open();
      await connector.check();
      await connector.describe(stage.crm.object);
      stage.crm.trouble('quota');
      await expect(connector.read(stage.stream, null)).rejects.toMatchObject({
        action: 'stop',
        retryAfterMs: expect.any(Number),
        hint: expect.any(String),
      });
    });
  });
}
