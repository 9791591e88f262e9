import { describe, expect, test } from '@jest/globals';
import type { Stage } from './stage.ts';

export function describeSchema(stage: Stage): void {
  describe('the schema', () => {
    const { spec } = stage.conformant;
    const statuses = async (dryRun: boolean) =>
      new Set(
        (await stage.open().connector.provision(spec ?? { objects: [], fields: [] }, { dryRun })).map(
          ({ status }) => status,
        ),
      );

    test('what is missing is named first, then created, then left alone', async () => {
      if (spec === undefined) return;
      expect(await statuses(true)).toContain('create');
      // A plan changes nothing.
      expect(await statuses(true)).toContain('create');
      expect(await statuses(false)).toContain('created');
      expect(await statuses(false)).toEqual(new Set(['exists']));
      expect(await statuses(true)).toEqual(new Set(['exists']));
    });

    test('an object is described with its fields', async () => {
      const { object, fields } = stage.crm;
      const described = await stage.open().connector.describe(object);
      const field = (name: string) => described?.fields.find((each) => each.name === name);
      expect(field(fields.text)).toMatchObject({ kind: 'text', writable: true });
      expect(field(fields.number)).toMatchObject({ kind: 'number', writable: true });
      expect(field(fields.key)).toMatchObject({ kind: 'text', unique: true });
    });

    test('an object that is not there is null, and is not among the names', async () => {
      const { connector } = stage.open();
      expect(await connector.describe('No_Such_Object')).toBeNull();
      const names = await connector.objects();
      expect(names).toContain(stage.crm.object);
      expect(names).not.toContain('No_Such_Object');
    });

    test('the org says who it is, always alike', async () => {
      const org = await stage.open().connector.check();
      expect(org.orgId).not.toBe('');
      expect((await stage.open().connector.check()).orgId).toBe(org.orgId);
    });
  });
}
