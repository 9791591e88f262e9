import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sameValue } from '../../src/mapping/canonical.ts';
import { type MergePolicy, mergeField } from '../../src/mapping/merge.ts';

const value = fc.constantFrom('a', 'b', 'c', ' a', '', null);
const kind = 'text';
const POLICIES: MergePolicy[] = ['crm', 'channel'];

describe('merging a field three ways', () => {
  test('ends with both sides holding the merged value, and a second merge then does nothing', () => {
    fc.assert(
      fc.property(
        fc.option(value, { nil: undefined }),
        value,
        value,
        fc.constantFrom(...POLICIES),
        (base, crm, channel, policy) => {
          const merge = mergeField({ base, crm, channel, policy, kind });
          const crmAfter = merge.write ? merge.value : crm;
          const channelAfter = merge.take ? merge.value : channel;
          expect(sameValue(crmAfter, channelAfter, kind)).toBe(true);
          const again = mergeField({ base: merge.value, crm: crmAfter, channel: channelAfter, policy, kind });
          expect(again).toMatchObject({ write: false, take: false, situation: 'agree' });
        },
      ),
    );
  });

  test('never changes the side that owns the field', () => {
    fc.assert(
      fc.property(value, value, value, (base, crm, channel) => {
        expect(mergeField({ base, crm, channel, policy: 'crm', kind }).write).toBe(false);
        expect(mergeField({ base, crm, channel, policy: 'channel', kind }).take).toBe(false);
      }),
    );
  });

  test.each([
    ['a', 'b', 'a', 'crmMoved'],
    ['a', 'a', 'b', 'channelMoved'],
    ['a', 'b', 'c', 'bothMoved'],
    [undefined, 'a', 'b', 'bothMoved'],
    ['a', 'b', 'b', 'agree'],
    ['a', ' b ', 'b', 'agree'],
  ])('base %j, CRM %j, channel %j: %s', (base, crm, channel, situation) => {
    expect(mergeField({ base, crm, channel, policy: 'channel', kind }).situation).toBe(situation);
  });

  test('our own write coming back is no change', () => {
    const at = '2026-01-01T10:00:00.000Z';
    expect(
      mergeField({
        base: at,
        crm: '2026-01-01T10:00:00.000+0000',
        channel: '2026-01-01T10:00:00.456Z',
        policy: 'channel',
        kind: 'datetime',
      }),
    ).toMatchObject({ write: false, take: false });
  });
});
