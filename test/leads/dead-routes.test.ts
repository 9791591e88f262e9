import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileRouting } from '../../src/leads/routing.ts';
import { alternativesOf, implies } from '../../src/leads/rule-alternatives.ts';
import { ruleContext } from '../../src/leads/rule-scope.ts';
import { compileCondition } from '../../src/leads/rules.ts';
import { anna, noTouches, problemsOf } from './fixtures.ts';

const file = (routes: string, rest = '') =>
  `version: 1\noffer: { acceptWithin: 48h }\nweights: { load: 10 }\notherwise: pool\n${rest}\nroutes:\n${routes}`;
const problems = (routes: string, rest = '') => problemsOf(() => compileRouting('routing.yaml', file(routes, rest)));

describe('a condition that no lead can ever meet', () => {
  test.each([
    'person.country == "DE" && person.country == "AT"',
    'person.country in ["DE", "AT"] && person.country in ["FR"]',
    'person.employees > 100 && person.employees < 50',
    'person.employees > 100 && !(person.employees > 50)',
    'lead.score > 100',
    'lead.grade != "A" && !(lead.grade in ["B", "C", "D"])',
    'has(person.title) && !has(person.title)',
    '!has(person.title) && person.title.mentions("IT") && person.title == "CIO" && !has(person.title)',
    'person.title.mentions("IT") && !person.title.mentions("IT")',
    '(lead.score < 5 || lead.score > 95) && lead.score == 50',
  ])('%s', (when) => {
    expect(problems(`  - { name: a, when: '${when}', method: best-fit }`)).toEqual([
      expect.stringMatching(/^routing\.yaml:7:22: no lead can ever meet this condition of route "a"/),
    ]);
  });
});

describe('a route in the shadow of an earlier one', () => {
  test.each([
    ['person.employees > 500', 'person.employees >= 1000 && lead.grade == "A"'],
    ['lead.grade in ["A", "B"]', 'lead.grade == "A"'],
    ['lead.grade in ["A", "B"] || person.country == "DE"', 'person.country in ["DE"] && person.employees > 5'],
    ['has(person.title)', 'person.title.contains("IT") && person.title != "CIO"'],
  ])('%s takes all of %s', (first, second) => {
    const shadowed = `  - { name: a, when: '${first}', method: direct }\n  - { name: b, when: '${second}', method: best-fit }\n  - { name: c, method: best-fit }`;
    expect(problems(shadowed)).toEqual([
      expect.stringMatching(/^routing\.yaml:8:22: route "b" never gets a lead: route "a" before it takes every lead/),
    ]);
  });

  test.each([
    ['the other way round', 'lead.grade == "A"', 'lead.grade in ["A", "B"]', 'direct'],
    ['where the earlier one may find nobody', 'lead.grade in ["A", "B"]', 'lead.grade == "A"', 'best-fit'],
    ['where the numbers only overlap', 'person.employees > 500', 'person.employees > 400', 'direct'],
  ])('is none %s', (_, first, second, method) => {
    expect(
      problems(
        `  - { name: a, when: '${first}', method: ${method} }\n  - { name: b, when: '${second}', method: best-fit }`,
      ),
    ).toEqual([]);
  });

  test('is none where fairness may take leads from the direct team', () => {
    const routes = `  - { name: a, when: 'lead.grade in ["A", "B"]', method: direct }\n  - { name: b, when: 'lead.grade == "A"', method: best-fit }`;
    expect(problems(routes)).toHaveLength(1);
    expect(problems(routes, 'fairness: { channel: { floor: 50, enforce: true } }')).toEqual([]);
  });
});

describe('whatever the condition', () => {
  const leaf = fc.constantFrom(
    'lead.score > 50',
    'lead.score <= 20',
    '70 < lead.score',
    'lead.grade == "A"',
    'lead.grade in ["B", "C"]',
    'lead.grade != "D"',
    'person.country == "DE"',
    'has(person.country)',
    'person.employees >= 10',
    'person.optedOut',
    'person.title.mentions("IT")',
  );
  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      tie('condition').map((a) => `!(${a})`),
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} && ${b})`),
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} || ${b})`),
    ),
  }));
  const context = fc
    .record({
      score: fc.constantFrom(0, 15, 20, 21, 50, 51, 70, 71, 100),
      grade: fc.constantFrom('A' as const, 'B' as const, 'C' as const, 'D' as const),
      country: fc.constantFrom('DE', 'AT', null),
      employees: fc.constantFrom(null, 9, 10, 11),
      title: fc.constantFrom(null, 'Head of IT', 'CFO'),
      optedOut: fc.boolean(),
    })
    .map(({ score, grade, ...facts }) =>
      ruleContext({ person: { ...anna, ...facts }, touches: noTouches, lead: { score, grade } }),
    );
  const met = (source: string, facts: ReturnType<typeof ruleContext>) => {
    const compiled = compileCondition(source, 'routing');
    if (Array.isArray(compiled)) throw new Error(compiled[0]?.message);
    return compiled.test(facts);
  };

  test('one that some lead meets is never called dead', () => {
    fc.assert(
      fc.property(condition, context, (source, facts) => {
        if (met(source, facts)) expect(alternativesOf(source, 'routing')).not.toHaveLength(0);
      }),
      { numRuns: 400 },
    );
  });

  test('one is called wider than another only where it takes every lead of it', () => {
    fc.assert(
      fc.property(condition, condition, fc.array(context, { minLength: 20, maxLength: 20 }), (a, b, leads) => {
        const [narrow, wide] = [alternativesOf(a, 'routing'), alternativesOf(b, 'routing')];
        if (!narrow || !wide || !narrow.every((one) => wide.some((each) => implies(one, each)))) return;
        for (const facts of leads) if (met(a, facts)) expect(met(b, facts)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });
});

describe('a file of routes', () => {
  test('refuses a fall-back that goes in a circle, once, at its first route', () => {
    const routes = ['a: b', 'b: c', 'c: b', 'd: d']
      .map((pair) => pair.split(': '))
      .map(([name, to]) => `  - { name: ${name}, method: best-fit, else: ${to} }`)
      .join('\n');
    expect(problems(routes)).toEqual([
      'routing.yaml:8:40: the fall-back goes in a circle: b > c > b (let one of them end it)',
      'routing.yaml:10:40: the fall-back goes in a circle: d > d (let one of them end it)',
    ]);
  });

  test('refuses a fall-back that is none and a reserve that nobody falls back to', () => {
    expect(
      problems(
        '  - { name: gold, method: best-fit, else: overflo }\n  - { name: overflow, method: pool, reserve: true }',
      ),
    ).toEqual([
      'routing.yaml:7:43: there is no route "overflo" (did you mean "overflow"?)',
      'routing.yaml:8:46: no route falls back to the reserve "overflow" (name it in the `else` of another route)',
    ]);
  });

  test('refuses what would have no effect, shares that are all zero and partners that are never asked', () => {
    expect(
      problems(
        `  - { name: a, method: best-fit, top: 3 }\n  - { name: b, method: weighted-round-robin, shares: { otherwise: 0 } }\n  - { name: c, when: lead.grade == "A", method: pool, else: a }\n  - { name: d, method: best-fit, eligible: { status: [Active, Dormant] } }`,
      ),
    ).toEqual([
      'routing.yaml:7:39: "top" has no effect here (it belongs to the method auction)',
      'routing.yaml:8:54: all shares are zero: nobody would get a lead (give one of them a share)',
      'routing.yaml:9:61: "else" has no effect here (the method pool always comes to a result)',
      'routing.yaml:10:63: a partner that is Dormant is never offered a lead (only Active partners are)',
    ]);
  });

  test('refuses a list of accounts without a company', () => {
    expect(problems('  - { name: a, method: pool }', 'accounts: [{ name: key, for: direct }]')).toEqual([
      'routing.yaml:5:12: the list "key" names no company (give it domains or companies)',
    ]);
  });
});
