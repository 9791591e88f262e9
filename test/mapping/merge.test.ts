import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldValue } from '../../src/mapping/described.ts';
import {
  isBlank,
  type Maybe,
  type MergeInput,
  mayWrite,
  merge,
  POLICIES,
  type Policy,
  sameHeld,
} from '../../src/mapping/merge.ts';

const EARLY = '2026-03-01T08:00:00.000Z';
const LATE = '2026-03-01T09:00:00.000Z';

function merged(base: Maybe, crm: Maybe, channel: Maybe, policy: Policy, crmAt = LATE, channelAt = EARLY) {
  return merge({ base, crm, channel, policy, crmAt, channelAt, kind: 'text' });
}

describe('a field that one side changed', () => {
  test.each([
    ['newest', 'crm'],
    ['review', 'crm'],
    ['crm', 'crm'],
    ['crm-unless-blank', 'crm'],
    ['channel', 'channel'],
    ['channel-unless-blank', 'channel'],
  ] as const)('in the CRM: policy %s gives it to the %s', (policy, winner) => {
    expect(merged('old', 'new', 'old', policy)).toMatchObject({ winner, value: winner === 'crm' ? 'new' : 'old' });
  });

  test.each([
    ['newest', 'channel'],
    ['review', 'channel'],
    ['channel', 'channel'],
    ['channel-unless-blank', 'channel'],
    ['crm', 'crm'],
    ['crm-unless-blank', 'crm'],
  ] as const)('in the channel: policy %s gives it to the %s', (policy, winner) => {
    expect(merged('old', 'old', 'new', policy)).toMatchObject({ winner, value: winner === 'crm' ? 'old' : 'new' });
  });
});

describe('a field that both sides changed', () => {
  test.each([
    ['crm', 'crm', 'theirs', { side: 'channel', value: 'ours' }],
    ['crm-unless-blank', 'crm', 'theirs', { side: 'channel', value: 'ours' }],
    ['channel', 'channel', 'ours', { side: 'crm', value: 'theirs' }],
    ['channel-unless-blank', 'channel', 'ours', { side: 'crm', value: 'theirs' }],
    ['review', 'held', 'ours', undefined],
  ] as const)('by policy %s: %s', (policy, winner, value, overwritten) => {
    expect(merged('old', 'theirs', 'ours', policy)).toEqual({
      winner,
      value,
      ...(overwritten === undefined ? {} : { overwritten }),
    });
  });

  test('by policy newest goes to the later one', () => {
    expect(merged('old', 'theirs', 'ours', 'newest', LATE, EARLY).winner).toBe('crm');
    expect(merged('old', 'theirs', 'ours', 'newest', EARLY, LATE).winner).toBe('channel');
  });

  test('to the same is no conflict under any policy', () => {
    for (const policy of POLICIES)
      expect(merged('old', 'new', 'new', policy)).toEqual({ winner: 'same', value: 'new' });
  });
});

describe('a delete against an edit', () => {
  test.each([
    ['crm', null],
    ['channel', 'ours'],
    ['newest', null],
    ['crm-unless-blank', 'ours'],
    ['channel-unless-blank', 'ours'],
    ['review', 'ours'],
  ] as const)('cleared in the CRM, edited here: policy %s keeps %j', (policy, value) => {
    expect(merged('old', null, 'ours', policy).value).toBe(value);
  });

  test('the edit that loses is told, and so is the delete', () => {
    expect(merged('old', null, 'ours', 'newest').overwritten).toEqual({ side: 'channel', value: 'ours' });
    expect(merged('old', null, 'ours', 'channel').overwritten).toEqual({ side: 'crm', value: null });
  });
});

describe('null, empty and absent', () => {
  test('absent says nothing: the channel keeps what it has', () => {
    for (const policy of POLICIES)
      expect(merged('old', undefined, 'ours', policy)).toEqual({ winner: 'same', value: 'ours' });
  });

  test('null is a field that was cleared', () => {
    expect(merged('old', null, 'old', 'newest')).toMatchObject({ winner: 'crm', value: null });
  });

  test('an empty text is neither', () => {
    expect(sameHeld('', null, 'text')).toBe(false);
    expect(sameHeld(null, undefined, 'text')).toBe(false);
    expect(merged(null, '', null, 'newest')).toMatchObject({ winner: 'crm', value: '' });
  });
});

describe('at first contact', () => {
  test('equal values agree, whatever their spelling', () => {
    for (const policy of POLICIES) expect(merged(undefined, ' same ', 'same', policy).winner).toBe('same');
  });

  test.each(POLICIES)('a blank is filled and nothing is lost: policy %s', (policy) => {
    expect(merged(undefined, null, 'ours', policy)).toEqual({ winner: 'channel', value: 'ours' });
    expect(merged(undefined, 'theirs', null, policy)).toEqual({ winner: 'crm', value: 'theirs' });
  });

  test('what the channel never held is taken from the CRM', () => {
    for (const policy of POLICIES)
      expect(merged(undefined, 'theirs', undefined, policy)).toEqual({ winner: 'crm', value: 'theirs' });
  });

  test('two values are decided by policy', () => {
    expect(merged(undefined, 'theirs', 'ours', 'crm').winner).toBe('crm');
    expect(merged(undefined, 'theirs', 'ours', 'channel').winner).toBe('channel');
    expect(merged(undefined, 'theirs', 'ours', 'newest', EARLY, LATE).winner).toBe('channel');
    expect(merged(undefined, 'theirs', 'ours', 'review').winner).toBe('held');
  });
});

describe('whatever the values', () => {
  const value = fc.constantFrom<FieldValue>(null, '', 'a', 'b', 'c', 1, 0, true, false);
  const maybe = fc.oneof(value, fc.constant(undefined));
  const at = fc.constantFrom(EARLY, LATE);
  const policy = fc.constantFrom(...POLICIES);
  const input: fc.Arbitrary<MergeInput> = fc.record({
    base: maybe,
    crm: maybe,
    channel: maybe,
    policy,
    crmAt: at,
    channelAt: at,
    kind: fc.constant('text' as const),
  });

  test('no value is invented', () => {
    fc.assert(fc.property(input, (given) => [given.crm, given.channel].includes(merge(given).value)));
  });

  test('nothing happens where neither side changed', () => {
    fc.assert(
      fc.property(value, policy, at, at, (held, by, crmAt, channelAt) => {
        expect(merge({ base: held, crm: held, channel: held, policy: by, crmAt, channelAt, kind: 'text' })).toEqual({
          winner: 'same',
          value: held,
        });
      }),
    );
  });

  test('merging the result again changes nothing', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { value: result, winner } = merge(given);
        if (winner === 'held' || result === undefined) return;
        const again = merge({ ...given, base: result, crm: result, channel: result });
        expect(again).toEqual({ winner: 'same', value: result });
      }),
    );
  });

  test('the same inputs give the same result', () => {
    fc.assert(fc.property(input, (given) => expect(merge({ ...given })).toEqual(merge(given))));
  });

  test('review decides no conflict and loses no value', () => {
    fc.assert(
      fc.property(value, value, value, at, (base, crm, channel, crmAt) => {
        const result = merge({ base, crm, channel, policy: 'review', crmAt, channelAt: EARLY, kind: 'text' });
        const isConflict =
          ![base, channel].some((other) => sameHeld(crm, other, 'text')) && !sameHeld(base, channel, 'text');
        expect(result.winner === 'held').toBe(isConflict);
        if (isConflict) expect(result).toEqual({ winner: 'held', value: channel });
      }),
    );
  });

  test('a blank never beats a value under the policies that say so', () => {
    fc.assert(
      fc.property(
        maybe,
        value,
        value,
        fc.constantFrom<Policy>('crm-unless-blank', 'channel-unless-blank'),
        (base, crm, channel, by) => {
          const result = merge({ base, crm, channel, policy: by, crmAt: LATE, channelAt: EARLY, kind: 'text' });
          expect(isBlank(result.value)).toBe(isBlank(crm) && isBlank(channel));
        },
      ),
    );
  });

  test('two CRMs that share a field by newest agree, in whichever order their records are read', () => {
    const edit = fc.record({ value, at });
    fc.assert(
      fc.property(value, edit, edit, (base, a, b) => {
        const read = (channel: { value: Maybe; at: string }, crm: { value: FieldValue; at: string }) => {
          const result = merge({
            base,
            crm: crm.value,
            channel: channel.value,
            policy: 'newest',
            crmAt: crm.at,
            channelAt: channel.at,
            kind: 'text',
          });
          return result.winner === 'crm' ? { value: result.value, at: crm.at } : channel;
        };
        const before = { value: base, at: '2026-01-01T00:00:00.000Z' };
        const [one, other] = [read(read(before, a), b), read(read(before, b), a)];
        expect(sameHeld(one.value, other.value, 'text')).toBe(true);
        // And once both were written, a further read of either says nothing new.
        expect(sameHeld(read(one, { value: one.value as FieldValue, at: LATE }).value, one.value, 'text')).toBe(true);
      }),
    );
  });

  test('a record is written only where its policy lets the channel win', () => {
    fc.assert(
      fc.property(value, value, policy, (channel, crm, by) => {
        if (by === 'crm') expect(mayWrite(by, channel, crm)).toBe(false);
        if (by === 'crm-unless-blank') expect(mayWrite(by, channel, crm)).toBe(isBlank(crm));
        if (by === 'channel-unless-blank') expect(mayWrite(by, channel, crm)).toBe(!isBlank(channel));
      }),
    );
  });
});
