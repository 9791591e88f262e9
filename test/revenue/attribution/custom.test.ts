import { describe, expect, test } from '@jest/globals';
import { compileWeight, type TouchFacts } from '../../../src/revenue/attribution/custom.ts';

const facts: TouchFacts = {
  kind: 'webinar',
  campaign: 'Spring Webinar',
  status: 'Attended',
  place: 2,
  count: 4,
  daysBefore: 30,
  isFirst: false,
  isLast: false,
  madeLead: true,
  madeDeal: false,
  byPartner: false,
  funded: true,
};
const weigh = (source: string, touch: Partial<TouchFacts> = {}) => {
  const compiled = compileWeight(source);
  if (Array.isArray(compiled)) throw new Error(compiled[0]?.message);
  return compiled({ ...facts, ...touch });
};
const problem = (source: string) => {
  const compiled = compileWeight(source);
  if (!Array.isArray(compiled)) throw new Error(`"${source}" compiles`);
  return `${compiled[0]?.offset}: ${compiled[0]?.message}; ${compiled[0]?.hint}`;
};

describe('a weight of one’s own', () => {
  test.each([
    ['3', 3],
    ['touch.kind == "webinar" ? 3 : 1', 3],
    ['touch.kind in ["fair", "webinar"] && touch.funded ? 2.5 : 0.0', 2.5],
    ['touch.campaign.startsWith("Spring") ? touch.place * 10 : 0', 20],
    ['double(touch.daysBefore) / 4.0', 7.5],
    ['touch.madeLead || touch.isLast ? 1 : 0', 1],
    ['size(touch.status)', 8],
  ])('%s', (source, wanted) => {
    expect(weigh(source)).toBe(wanted);
  });

  test('gives none where it divides by zero, runs over, or comes out negative', () => {
    expect(weigh('10 / (touch.place - 2)')).toBeNull();
    expect(weigh('1.0 / (double(touch.place) - 2.0)')).toBeNull();
    expect(weigh('-touch.place')).toBeNull();
    expect(weigh('9223372036854775807 + touch.place')).toBeNull();
  });

  test.each([
    ['', '0: the weight is empty; such as touch.kind == "webinar" ? 3 : 1'],
    ['touch.kind == "webinar"', '0: a weight is a number, this is a yes or no; write ... ? 1 : 0'],
    ['touch.kin == "x" ? 1 : 0', '0: "touch" has no field "kin"; did you mean "kind"?'],
    ['tuch.place', '0: ".place" does not fit here; facts are written touch.kind'],
    ['touch', '0: "touch" alone is no value; name one of its fields, as in touch.kind'],
    ['place', '0: unknown name "place"; facts are written touch.kind'],
    ['touch["kind"] == "x" ? 1 : 0', '0: brackets and braces are not used here; write touch.kind'],
    ['touch.isFirst ? 2.0 : 1', /^0: .*double.*write all numbers with decimals \(2.0\) or none/],
    ['touch.place >', /^\d+: /],
    ['1 + 1'.repeat(300), '0: the weight is longer than 1000 characters; write it shorter'],
  ])('%s is refused', (source, wanted) => {
    expect(problem(source)).toEqual(typeof wanted === 'string' ? wanted : expect.stringMatching(wanted));
  });

  test.each([
    'touch.kind.matches("(a+)+$") ? 1 : 0',
    '[1, 2, 3].all(a, [1, 2, 3].all(b, [1, 2, 3].exists(c, a + b > c))) ? 1 : 0',
    'size([1, 2].map(a, a * 2))',
    'size([1, 2].filter(a, a > 1))',
    '[1].exists_one(a, a == 1) ? 1 : 0',
  ])('what could run on and on is not offered: %s', (source) => {
    expect(problem(source)).toMatch(/is not offered/);
  });

  test('what is too deep or too large is refused before it runs', () => {
    expect(problem(`${'('.repeat(60)}1${')'.repeat(60)}`)).toMatch(/too long or too deeply nested/);
    expect(problem(Array(320).fill('1').join('+'))).toMatch(/too long or too deeply nested/);
  });
});
