import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileScoring, scoreLead } from '../../src/leads/scoring.ts';
import { EMPTY_PERSON } from '../../src/model/person.ts';
import { anna, noTouches, problemsOf, shipped } from './fixtures.ts';

const scoring = compileScoring(...shipped('scoring'));
const keen = { count: 4, campaigns: 3, daysSinceLast: 2 };

const rule = (name: string, group: string, points: number, when = 'true') =>
  `  - { name: ${name}, group: ${group}, when: '${when}', points: ${points}, text: ${name} }`;
const file = (groups: string, rules: readonly string[], grades = 'A: 70, B: 40, C: 20') =>
  `version: 1\ngroups: ${groups}\nrules:\n${rules.join('\n')}\ngrades: { ${grades} }`;

describe('scoring as shipped', () => {
  test('gives a keen head of IT of a larger company an A, with its reasons in words', () => {
    const { score, grade, reasons } = scoreLead({ person: anna, touches: keen }, scoring);
    expect(grade).toBe('A');
    expect(reasons.map(({ text }) => text)).toContain('Head of IT: shapes decisions');
    expect(reasons.reduce((sum, { points }) => sum + points, 0)).toBe(score);
  });

  test('gives a student without a company a D', () => {
    const student = { ...EMPTY_PERSON, title: 'Student', country: 'DE' };
    expect(scoreLead({ person: student, touches: { ...noTouches, count: 1 } }, scoring).grade).toBe('D');
  });

  test('counts nothing that is not known', () => {
    expect(scoreLead({ person: EMPTY_PERSON, touches: noTouches }, scoring)).toEqual({
      score: 0,
      grade: 'D',
      reasons: [],
    });
  });

  test('counts only the highest role of a title', () => {
    const boss = { ...anna, title: 'Managing Director' };
    const rules = scoreLead({ person: boss, touches: keen }, scoring).reasons.map((reason) => reason.rule);
    expect(rules).toContain('top-management');
    expect(rules).not.toContain('senior-management');
  });
});

describe('caps', () => {
  test('a group gives in the order of the file until its cap is used up', () => {
    const capped = compileScoring(
      's',
      file('{ g: { cap: 30 }, h: { cap: 70 } }', [
        rule('a', 'g', 20),
        rule('b', 'g', 20),
        rule('c', 'g', 5),
        rule('d', 'h', 1),
      ]),
    );
    expect(scoreLead({ person: anna, touches: noTouches }, capped).reasons.map((r) => [r.rule, r.points])).toEqual([
      ['a', 20],
      ['b', 10],
      ['d', 1],
    ]);
  });

  test('deductions take no more than there is', () => {
    const harsh = compileScoring('s', file('{ g: { cap: 100 } }', [rule('minus', 'g', -30), rule('plus', 'g', 20)]));
    expect(scoreLead({ person: anna, touches: noTouches }, harsh)).toMatchObject({
      score: 0,
      grade: 'D',
      reasons: [{ points: 20 }, { points: -20 }],
    });
  });

  test('whatever the rules, reasons add up to a score from 0 to 100 and no group gives more than its cap', () => {
    const rules = fc.array(
      fc.record({
        group: fc.constantFrom('g', 'h', 'best'),
        points: fc.integer({ min: -100, max: 100 }).filter((points) => points !== 0),
        met: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    );
    const caps = fc.record({ g: fc.integer({ min: 1, max: 40 }), h: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(rules, caps, (drawn, { g, h }) => {
        const groups = `{ g: { cap: ${g} }, h: { cap: ${h} }, best: { cap: 30, take: best } }`;
        const lines = drawn.map(({ group, points, met }, n) => rule(`r${n}`, group, points, String(met)));
        const compiled = compileScoring(
          's',
          file(groups, lines, 'A: 3, B: 2, C: 1').replace('A: 3', `A: ${Math.min(100, g + h + 30)}`),
        );
        const { score, reasons } = scoreLead({ person: anna, touches: noTouches }, compiled);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(reasons.reduce((sum, { points }) => sum + points, 0)).toBe(score);
        const given = (group: string) =>
          reasons
            .filter((r) => r.points > 0 && drawn[Number(r.rule.slice(1))]?.group === group)
            .map(({ points }) => points);
        const total = (points: number[]) => points.reduce((sum, each) => sum + each, 0);
        expect(total(given('g'))).toBeLessThanOrEqual(g);
        expect(total(given('h'))).toBeLessThanOrEqual(h);
        expect(given('best').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100 },
    );
  });
});

describe('points that age', () => {
  const aged = (
    points: number,
    when: string,
    groups = '{ g: { cap: 60, decay: { halfLife: 30d } }, h: { cap: 40 } }',
  ) => compileScoring('s', file(groups, [rule('a', 'g', points, when)]));
  const at = (scoring: ReturnType<typeof compileScoring>, daysSinceLast: number | null) =>
    scoreLead({ person: anna, touches: { count: 1, campaigns: 1, daysSinceLast } }, scoring);

  test('are half as many after the half-life and a quarter after two, with the age in the reason', () => {
    const scoring = aged(40, 'touches.count >= 1');
    expect([0, 30, 60, 300].map((days) => at(scoring, days).score)).toEqual([40, 20, 10, 0]);
    expect(at(scoring, 0).reasons).toEqual([{ rule: 'a', points: 40, text: 'a' }]);
    expect(at(scoring, 30).reasons).toEqual([
      { rule: 'a', points: 20, text: 'a (40 at first, half of it every 30 days; 30 days ago)' },
    ]);
    expect(at(scoring, 300).reasons).toEqual([]);
    expect(scoring.ages).toBe(true);
  });

  test('a rule has its own half-life where it states one', () => {
    const groups = '{ g: { cap: 60, decay: { halfLife: 30d } }, h: { cap: 40 } }';
    const own = rule('a', 'g', 40, 'touches.count >= 1').replace(' }', ', decay: { halfLife: 60d } }');
    const scoring = compileScoring('s', file(groups, [own]));
    expect(at(scoring, 60).score).toBe(20);
  });

  test('deductions fade as points do', () => {
    const scoring = compileScoring(
      's',
      file('{ g: { cap: 60, decay: { halfLife: 30d } }, h: { cap: 40 } }', [
        rule('plus', 'h', 40),
        rule('minus', 'g', -21, 'touches.count >= 1'),
      ]),
    );
    expect([0, 30, 400].map((days) => at(scoring, days).score)).toEqual([19, 29, 40]);
  });

  test('whatever the half-life, the score never rises while nothing but time passes, and the reasons add up to it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 }),
        fc.tuple(fc.nat(3000), fc.nat(3000)),
        (halfLife, points, [one, other]) => {
          const groups = `{ g: { cap: 60, decay: { halfLife: ${halfLife}d } }, h: { cap: 40 } }`;
          const lines = points.map((each, n) => rule(`r${n}`, 'g', each, 'touches.count >= 1'));
          const scoring = compileScoring('s', file(groups, lines, 'A: 60, B: 40, C: 20'));
          const [young, old] = [at(scoring, Math.min(one, other)), at(scoring, Math.max(one, other))];
          expect(old.score).toBeLessThanOrEqual(young.score);
          expect(old.reasons.reduce((sum, reason) => sum + reason.points, 0)).toBe(old.score);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('bands', () => {
  const bands = (...lines: readonly string[]) =>
    `${file('{ g: { cap: 100 } }', [rule('a', 'g', 50)])}\nbands:\n${lines.join('\n')}`;
  const vault =
    '  - { name: Vault in Germany, when: \'person.product == "Vault" && person.country == "DE"\', A: 80, B: 60, C: 51 }';

  test('give a lead of a product line or territory other thresholds, which its reasons tell', () => {
    const scoring = compileScoring('s', bands(vault));
    const of = (country: string) => scoreLead({ person: { ...anna, country }, touches: noTouches }, scoring);
    expect(of('AT')).toMatchObject({ score: 50, grade: 'B', reasons: [{ rule: 'a' }] });
    expect(of('DE')).toMatchObject({
      score: 50,
      grade: 'D',
      reasons: [
        { rule: 'a', points: 50 },
        { rule: 'Vault in Germany', points: 0, text: 'graded as Vault in Germany: A from 80, B from 60, C from 51' },
      ],
    });
  });

  test('are refused where an earlier one always comes first, or the thresholds do not fall', () => {
    const wider = '  - { name: Vault, when: \'person.product == "Vault"\', A: 80, B: 60, C: 60 }';
    expect(problemsOf(() => compileScoring('scoring.yaml', bands(wider, vault)))).toEqual([
      'scoring.yaml:7:5: the grades must fall from A to C (as in A: 70, B: 45, C: 20)',
      'scoring.yaml:8:37: "Vault in Germany" never counts: "Vault" before it is met whenever it is (put it first, or narrow the earlier one)',
    ]);
  });
});

describe('rules that never count are refused with their place:', () => {
  test.each<[string, string, string]>([
    [
      'a condition that contradicts itself',
      file('{ g: { cap: 100 } }', [rule('a', 'g', 5, 'person.employees > 10 && person.employees < 5')]),
      'no lead can ever meet "a"',
    ],
    [
      'one beneath another in a group of which the best counts',
      file('{ g: { cap: 100, take: best } }', [
        rule('some', 'g', 9, 'person.employees >= 10'),
        rule('many', 'g', 8, 'person.employees >= 1000'),
      ]),
      '"many" never counts: whenever it is met, "some" is too',
    ],
    [
      'points that are to age with touches that the rule does not speak of',
      file('{ g: { cap: 100, decay: { halfLife: 30d } } }', [rule('a', 'g', 5, 'has(person.title)')]),
      'its condition does not speak of touches',
    ],
    [
      'a half-life of no time',
      file('{ g: { cap: 100, decay: { halfLife: 0d } } }', [rule('a', 'g', 5, 'touches.count > 1')]),
      'a half-life is a number of days',
    ],
  ])('%s', (_what, text, said) => {
    const problems = problemsOf(() => compileScoring('scoring.yaml', text)).join('\n');
    expect(problems).toMatch(/^scoring\.yaml:\d+:\d+: /);
    expect(problems).toContain(said);
  });
});

describe('a scoring file', () => {
  test('names an unknown group, a name used twice, too high caps, grades out of order', () => {
    const text = file(
      '{ size: { cap: 80 }, role: { cap: 30 } }',
      [rule('a', 'siz', 5), rule('a', 'role', 5)],
      'A: 70, B: 80, C: 20',
    );
    expect(problemsOf(() => compileScoring('scoring.yaml', text))).toEqual([
      'scoring.yaml:2:9: the caps of the groups add up to 110 (a score is at most 100)',
      'scoring.yaml:4:23: there is no group "siz" (did you mean "size"?)',
      'scoring.yaml:5:13: a second rule is called "a" (give it its own name)',
      'scoring.yaml:6:9: the grades must fall from A to C (as in A: 70, B: 45, C: 20)',
    ]);
  });

  test('names a grade that nobody can reach', () => {
    const text = file('{ size: { cap: 60 } }', [rule('a', 'size', 5)]);
    expect(problemsOf(() => compileScoring('scoring.yaml', text))).toEqual([
      'scoring.yaml:5:14: grade A starts at 70, but the groups give at most 60 points',
    ]);
  });

  test('names a condition that compares a number with a text, inside its quotes', () => {
    const text = file('{ size: { cap: 80 } }', [rule('a', 'size', 5, 'true && person.employees > "x"')]);
    expect(problemsOf(() => compileScoring('scoring.yaml', text))).toEqual([
      'scoring.yaml:4:44: ">" does not go between a number and a text (compare like with like)',
    ]);
  });
});
