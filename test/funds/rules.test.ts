import { describe, expect, test } from '@jest/globals';
import { readAmount } from '../../src/funds/amounts.ts';
import { compileFunds } from '../../src/funds/rules.ts';
import { ConfigError } from '../../src/model/config-error.ts';
import { RULES } from './items.ts';

const BASE = 'version: 1\nactivities:\n  - { name: event, also: [Trade Show], proof: [invoice] }\n';
function problems(text: string): string {
  try {
    compileFunds('funds.yaml', text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('nothing is wrong with it');
}

describe('funds.yaml', () => {
  test('as it ships can be read, and finds activities however they are written', () => {
    expect(RULES.activityOf('trade-show')?.name).toBe('event');
    expect(RULES.activityOf('EVENT')?.proof).toEqual(['invoice', 'attendees']);
    expect(RULES.activityOf('party')).toBeNull();
  });

  test('says line and column of what is wrong', () => {
    expect(problems(`${BASE}approval:\n  - { name: a, who: [x], upTo: { USD: -5 } }\n`)).toBe(
      'funds.yaml:5:39: the amount -5 is negative',
    );
    expect(problems(`${BASE}approval:\n  - { name: a, who: [x], upTo: { QQQ: 5 } }\n`)).toContain(
      '"QQQ" is no currency',
    );
    expect(problems(`${BASE}approvals: []\n`)).toContain('approval');
  });

  test('refuses steps that are never needed, limits that fall, and words that mean two things', () => {
    expect(problems(`${BASE}approval:\n  - { name: a, who: [x] }\n  - { name: b, who: [y] }\n`)).toContain(
      'never needed',
    );
    const falling = '  - { name: a, who: [x], upTo: { USD: 10 } }\n  - { name: b, who: [y], upTo: { USD: 9 } }\n';
    expect(problems(`${BASE}approval:\n${falling}`)).toContain('a step before it may approve as much');
    expect(problems(`${BASE}  - { name: fair, also: [trade_show] }\napproval:\n  - { name: a, who: [x] }\n`)).toContain(
      'already means another activity',
    );
    expect(problems(`${BASE}approval:\n  - { name: a, who: [x], within: 3 }\n`)).toContain('no next one');
  });

  test('refuses a percentage that no sale earns, and two rules of one budget', () => {
    const one = '  - { budget: Co-op, percent: "2.5", period: quarter }\n';
    expect(problems(`${BASE}approval:\n  - { name: a, who: [x] }\ncoop:\n${one}${one}`)).toContain(
      'has a rule already',
    );
    expect(problems(`${BASE}approval:\n  - { name: a, who: [x] }\ncoop:\n${one.replace('2.5', '101')}`)).toContain(
      '101 %',
    );
  });
});

test.each([
  ['12.345', 'USD', '12.345 is finer than the smallest unit of USD'],
  ['', 'USD', 'the amount is missing'],
  ['-1', 'USD', 'the amount -1 is negative'],
  ['0', 'USD', 'the amount 0 is nothing'],
  ['100000000000000000000', 'USD', 'the amount 100000000000000000000 is larger than any fund'],
  ['1e2', 'USD', '"1e2" is no amount: write it as 1234.50'],
  ['ten', 'USD', '"ten" is no amount: write it as 1234.50'],
  ['5', 'EURO', '"EURO" is no currency: give an ISO 4217 code, such as EUR'],
  ['5', 'XYZ', '"XYZ" is no currency: give an ISO 4217 code, such as EUR'],
])('an amount "%s" in %s is refused', (written, currency, problem) => {
  expect(readAmount(written, currency)).toEqual({ problem });
});

test('amounts are read in the unit of their currency', () => {
  expect(readAmount('1234.50', 'USD')).toBe(123_450n);
  expect(readAmount('500', 'JPY')).toBe(500n);
  expect(readAmount('1.2340', 'KWD')).toBe(1234n);
});
