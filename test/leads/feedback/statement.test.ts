import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileFeedback } from '../../../src/leads/feedback/feedback-rules.ts';
import {
  contentsOf,
  readStatement,
  readWritten,
  type Statement,
  type Written,
} from '../../../src/leads/feedback/statement.ts';
import { ConfigError } from '../../../src/model/config-error.ts';

const shipped = readFileSync('config/feedback.yaml', 'utf8');
const rules = compileFeedback('config/feedback.yaml', shipped);
const NOW = Date.parse('2026-11-22T10:00:00Z');

const read = (given: Written) => readStatement({ offer: 'of_1', ...given }, rules, NOW);
function said(given: Written): Statement {
  const found = read(given);
  if ('problems' in found) throw new Error(found.problems.join('; '));
  return found.statement;
}
function problems(given: Written): readonly string[] {
  const found = read(given);
  return 'problems' in found ? found.problems : [];
}

describe('a statement', () => {
  test('is an answer, measures, a stage, a next step and an outcome with its value', () => {
    const statement = said({
      response: 'Accepted',
      contactable: 'yes',
      budget: 'Unknown',
      stage: 'proposal',
      next_step: 'Send the offer',
      next_step_by: '2026-12-01',
      outcome: 'won',
      competitor: 'Initech',
      value: '12500.5',
      currency: 'eur',
      at: '2026-11-20T09:00:00+01:00',
    });
    expect(statement).toMatchObject({
      response: 'Accepted',
      measures: { contactable: 'yes', budget: 'unknown' },
      stage: { name: 'proposal', means: 'qualified' },
      nextStep: { text: 'Send the offer', by: '2026-12-01' },
      outcome: { kind: 'won', competitor: 'Initech', value: { minor: 1_250_050n, currency: 'EUR' } },
      at: '2026-11-20T08:00:00.000Z',
    });
  });

  test.each(['no-contact', 'No contact', 'Nobody could be reached', 'UNREACHABLE'])(
    'knows the reason of the vendor by "%s"',
    (reason) => expect(said({ response: 'rejected', reason }).reason?.code).toBe('no-contact'),
  );

  test('of a day counts at its end, or now where the day is not over', () => {
    expect(said({ response: 'accepted', at: '2026-11-20' }).at).toBe('2026-11-20T23:59:59.999Z');
    expect(said({ response: 'accepted', at: '2026-11-22' }).at).toBe('2026-11-22T10:00:00.000Z');
  });

  test.each<[string, Written, RegExp]>([
    ['says nothing', {}, /says nothing/],
    ['rejects without a reason', { response: 'rejected' }, /needs a reason: one of no-contact/],
    ['gives a reason that is none', { response: 'rejected', reason: 'no-bugdet' }, /did you mean "?no-budget/i],
    [
      'accepts with a reason of rejection',
      { response: 'accepted', reason: 'no-need' },
      /goes with the response rejected/,
    ],
    ['rejects and reports a stage', { response: 'rejected', reason: 'no-need', stage: 'meeting' }, /has no stage/],
    [
      'has a value in a decimal comma',
      { outcome: 'won', value: '1234,50', currency: 'EUR' },
      /with a point and nothing else/,
    ],
    [
      'has a value with thousands',
      { outcome: 'won', value: '1,234.50', currency: 'EUR' },
      /with a point and nothing else/,
    ],
    ['has a negative value', { outcome: 'won', value: '-5', currency: 'EUR' }, /with a point and nothing else/],
    [
      'has a value that no deal reaches',
      { outcome: 'won', value: '99999999999999999999.99', currency: 'EUR' },
      /it is too large/,
    ],
    ['has a value without currency', { outcome: 'won', value: '5' }, /needs its currency/],
    [
      'has a fraction that the currency lacks',
      { outcome: 'won', value: '5.5', currency: 'JPY' },
      /JPY has no decimals/,
    ],
    ['has a currency that is none', { outcome: 'won', value: '5', currency: 'EUX' }, /ISO code/],
    ['has a value and no outcome', { stage: 'meeting', value: '5', currency: 'EUR' }, /value goes with an outcome/],
    ['has a competitor and no outcome', { stage: 'meeting', competitor: 'Initech' }, /competitor goes with an outcome/],
    ['is of tomorrow', { response: 'accepted', at: '2026-11-23' }, /yet to come/],
    ['is of a day that does not exist', { response: 'accepted', at: '2026-02-30' }, /a time is written like/],
    ['has a time without zone', { response: 'accepted', at: '2026-11-20T10:00' }, /needs its zone/],
    [
      'hands back for a reason that is not for that',
      { nurture: 'no-capacity' },
      /not handed back for no-capacity: the reasons for that are bad-timing/,
    ],
    ['hands back what it has won', { nurture: 'bad-timing', outcome: 'won' }, /neither an outcome nor/],
    ['marks a measure by anything else', { need: 'maybe' }, /yes, no, unknown/],
    ['names a lead and no partner', { offer: '', lead: 'ld_1', response: 'accepted' }, /a lead and no partner/],
    ['is longer than is kept', { note: 'x'.repeat(1001) }, /1000 at most/],
  ])('is refused where it %s', (_what, given, problem) => expect(problems(given).join('\n')).toMatch(problem));

  test('is refused with all its problems at once', () => {
    expect(problems({ response: 'maybe', need: 'perhaps', at: 'yesterday' })).toHaveLength(3);
  });

  test('has a key of its own where its sender gave none: the same contents have the same', () => {
    const one = said({ response: 'accepted', need: 'yes' });
    expect(said({ response: 'ACCEPTED', need: 'Yes ' }).key).toBe(one.key);
    expect(said({ response: 'accepted', need: 'no' }).key).not.toBe(one.key);
    expect(said({ response: 'accepted', key: 'row-7' }).key).toBe('row-7');
  });

  test('is never anything but read or refused, whatever is written', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.constantFrom('accepted', 'rejected', 'won', 'yes', '5', 'EUR', '2026-11-20', 'meeting', 'no-need'),
    );
    const names = [
      'response',
      'reason',
      'need',
      'stage',
      'outcome',
      'value',
      'currency',
      'at',
      'nurture',
      'next_step_by',
    ] as const;
    const row = fc.record(Object.fromEntries(names.map((name) => [name, cell])), { requiredKeys: [] });
    fc.assert(
      fc.property(row, (given) => {
        const found = read(given as Written);
        if ('problems' in found) expect(found.problems.length).toBeGreaterThan(0);
        else {
          expect(Date.parse(found.statement.at)).toBeLessThanOrEqual(NOW);
          expect(contentsOf(found.statement)).not.toBe('');
        }
      }),
    );
  });
});

describe('what is written', () => {
  test('goes by its names whatever their case and spaces', () => {
    expect(readWritten({ Offer: 'of_1', 'Right person': 'yes', note: null })).toEqual({
      written: { offer: 'of_1', right_person: 'yes' },
    });
  });

  test.each([[null], [[]], ['text'], [{ offer: 7 }]])('is refused where it is no object of texts: %j', (given) => {
    expect(readWritten(given)).toHaveProperty('problems');
  });

  test('names the nearest name for one that is not known', () => {
    expect(readWritten({ outcom: 'won' })).toEqual({ problems: [expect.stringMatching(/outcome/)] });
  });
});

describe('feedback.yaml', () => {
  test.each([
    ['nurture: [bad-timing', 'nurture: [bad-timin', 'did you mean "?bad-timing'],
    ['also: [no resources, too busy]', 'also: [no budget]', 'already means the reason no-budget'],
    ['{ code: no-budget,', '{ code: no-need,', 'a second reason has the code'],
    ['of: partner,', 'of: partners,', 'partner'],
    ['over: 365d', 'over: 0d', 'nobody has answered'],
    ['{ name: meeting,', '{ name: Contacted,', 'a second stage'],
  ])('with a mistake (%s -> %s) is refused with its place', (good, bad, message) => {
    const text = shipped.replace(good, bad);
    expect(text).not.toBe(shipped);
    let error: unknown;
    try {
      compileFeedback('feedback.yaml', text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const [problem] = (error as ConfigError).problems;
    expect(problem).toMatchObject({ file: 'feedback.yaml', line: expect.any(Number), column: expect.any(Number) });
    expect((error as ConfigError).message).toMatch(new RegExp(message, 'i'));
  });
});
