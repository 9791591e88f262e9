import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { placeInside } from '../../src/leads/rule-file.ts';
import { environmentOf, ruleContext, type Scope } from '../../src/leads/rule-scope.ts';
import { type Condition, compileCondition, compileTemplate, type Template } from '../../src/leads/rules.ts';
import { EMPTY_PERSON, type PersonFacts } from '../../src/model/person.ts';
import { anna, noTouches } from './fixtures.ts';

const context = (person: PersonFacts) =>
  ruleContext({ person, touches: { count: 3, campaigns: 2, daysSinceLast: 5 }, lead: { score: 60, grade: 'B' } });

function condition(source: string, scope: Scope = 'routing'): Condition {
  const compiled = compileCondition(source, scope);
  if (Array.isArray(compiled)) throw new Error(JSON.stringify(compiled));
  return compiled;
}

function problem(source: string, scope: Scope = 'routing') {
  const compiled = compileCondition(source, scope);
  return Array.isArray(compiled) ? compiled[0] : undefined;
}

describe('a condition', () => {
  test.each([
    ['person.country == "DE"', true],
    ['person.country in ["AT", "CH"]', false],
    ['person.employees > 250 && lead.grade == "B"', true],
    ['person.employees * 2 >= 600 && touches.count - touches.campaigns == 1', true],
    ['person.title.mentions("it")', true],
    ['person.title.mentions(["CIO", "head"])', true],
    ['person.email.endsWith(".de") && !person.optedOut', true],
    ['size(person.companyName) > 3', true],
  ])('%s on a known person gives %s', (source, expected) => {
    expect(condition(source).test(context(anna))).toBe(expected);
  });

  test('finds whole words only, whatever their case, accents and punctuation', () => {
    const title = (text: string) => context({ ...anna, title: text });
    const mentions = condition('person.title.mentions("CIO")');
    expect(mentions.test(title('cio / CDO'))).toBe(true);
    expect(mentions.test(title('Precious metals'))).toBe(false);
    expect(condition('person.title.mentions("Geschäftsführer")').test(title('GESCHAFTSFUHRER, DACH'))).toBe(true);
  });

  test.each([
    'person.employees < 50',
    'person.employees != 50',
    '!(person.employees > 50)',
    'person.title.contains("x")',
    'person.country == "DE" && person.employees > 1',
    'person.employees / 0 > 1',
  ])('%s is undecided, hence not met, where the fact is missing', (source) => {
    const partly = { ...EMPTY_PERSON, country: 'DE', title: '  ' };
    expect(condition(source).judge(context(partly))).toBeUndefined();
    expect(condition(source).test(context(partly))).toBe(false);
  });

  test.each([
    ['person.employees > 50 || person.country == "DE"', true],
    ['person.employees > 50 && person.country == "FR"', false],
    ['!has(person.employees)', true],
    ['has(person.employees) ? person.employees > 5 : true', true],
    ['(has(person.employees) ? person.employees : 7) == 7', true],
  ])('%s is decided all the same', (source, expected) => {
    expect(condition(source).judge(context({ ...EMPTY_PERSON, country: 'DE' }))).toBe(expected);
  });

  test('names the facts it would have needed', () => {
    const asked = condition('person.employees > 50 && person.industry == "Energy" && person.country == "DE"');
    expect(asked.unknowns(context({ ...EMPTY_PERSON, country: 'DE' }))).toEqual([
      'person.employees',
      'person.industry',
    ]);
    expect(asked.unknowns(context(anna))).toEqual(['person.industry']);
    expect(asked.unknowns(context({ ...EMPTY_PERSON, country: 'FR' }))).toEqual([]);
  });

  test('answers as CEL itself does, missing facts and all', () => {
    const leaf = fc.constantFrom(
      'person.employees > 50',
      'has(person.title)',
      'person.country == "DE"',
      'person.title.contains("a")',
      'person.optedOut',
      '(person.employees > 5 || person.optedOut) == true',
    );
    const expression = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} && ${b})`),
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} || ${b})`),
        tie('node').map((a) => `!(${a})`),
      ),
    })).node;
    const person = fc.record({
      employees: fc.constantFrom(null, 10, 100),
      title: fc.constantFrom(null, 'a', 'b'),
      country: fc.constantFrom(null, 'DE', 'FR'),
      optedOut: fc.boolean(),
    });
    fc.assert(
      fc.property(expression, person, (source, facts) => {
        const seen = context({ ...EMPTY_PERSON, ...facts });
        let asCel: boolean | undefined;
        try {
          asCel = environmentOf('routing').evaluate(source, seen as never) as boolean;
        } catch {
          asCel = undefined;
        }
        expect(condition(source).judge(seen)).toBe(asCel);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a condition that cannot be used', () => {
  test.each([
    ['person.employes > 5', '"person" has no field "employes"', 'did you mean "employees"?', 7],
    ['has(person.titel)', '"person" has no field "titel"', 'did you mean "title"?', 11],
    ['person.country == "DE" && prson.title == "x"', 'unknown name "prson"', 'did you mean "person"?', 26],
    ['person.employees > "x"', '">" does not go between a number and a text', 'compare like with like', 0],
    [
      'person.employees > 2.0 * person.employees',
      '"*" does not go between a decimal number and a number',
      'numbers are whole here: write 2, not 2.0',
      19,
    ],
    ['person.country == DE', 'unknown name "DE"', 'a text stands in quotes: "DE"', 18],
    [
      'person.country == "Germany"',
      'person.country is never "Germany"',
      'countries are ISO codes of two capital letters, such as "DE"',
      18,
    ],
    ['person.stage in ["mql", "slq"]', 'person.stage is never "slq"', 'did you mean "sql"?', 24],
    ['"E" != lead.grade', 'lead.grade is never "E"', 'known: A, B, C, D', 0],
    [
      'person.title == null',
      'null is not used in rules',
      'write has(person.title) to ask whether a field is known',
      16,
    ],
    [
      'person["title"] == "x"',
      'brackets and braces are not used here',
      'write person.country, and lists as ["DE", "AT"]',
      0,
    ],
    [
      'person.title.matches("(a+)+")',
      '"matches" is not offered: regular expressions can run away',
      'use contains, startsWith, endsWith or mentions',
      0,
    ],
    ['person.title.mention("x")', 'unknown function "mention"', 'did you mean "mentions"?', 0],
    ['[1, 2].all(x, x > 1)', 'unknown function "all"', undefined, 0],
    ['person.title.contains(5)', 'text.contains(number) is no function that exists', undefined, 0],
    ['person.employees', 'a condition is true or false, this is a number', 'compare it with something', 0],
    ['person.country = "DE"', 'Unexpected character: =', 'to compare write ==', 15],
    ['person.employees > 5 and person.optedOut', undefined, 'write && for and, || for or, ! for not', undefined],
    ['person.employees > 5,000', undefined, 'write numbers without separators: 5000', undefined],
    ['person.employees >', 'the expression ends too early', undefined, 18],
    ['lead == 3', '"lead" alone is no value', 'name one of its fields, as in lead.score', 0],
    ['partner.tier == "Gold"', 'unknown name "partner"', 'here there is person, touches, lead', 0],
  ])('%s: %s', (source, message, hint, offset) => {
    const found = problem(source);
    expect(found).toBeDefined();
    if (message !== undefined) expect(found?.message).toBe(message);
    if (hint !== undefined) expect(found?.hint).toBe(hint);
    if (offset !== undefined) expect(found?.offset).toBe(offset);
  });

  test('has limits on length, on size and on depth', () => {
    expect(problem(`person.title == "${'x'.repeat(1000)}"`)?.message).toMatch(/longer than 1000 characters/);
    expect(problem(`${'('.repeat(40)}true${')'.repeat(40)}`)?.message).toMatch(/too deeply nested/);
    expect(problem(`${'1+'.repeat(450)}1 > 0`)?.message).toMatch(/too long/);
  });
});

describe('a text with places', () => {
  const template = (source: string): Template => {
    const compiled = compileTemplate(source, 'routing');
    if (Array.isArray(compiled)) throw new Error(JSON.stringify(compiled));
    return compiled;
  };

  test('is filled with what is known', () => {
    const source = '{person.title} in {person.country}, {lead.score} points, industry {person.industry}';
    expect(template(source).fill(context(anna))).toBe('Head of IT in DE, 60 points, industry unknown');
    expect(template('no places').fill(ruleContext({ person: anna, touches: noTouches }))).toBe('no places');
  });

  test('does not read what it is filled with', () => {
    expect(template('{person.title}').fill(context({ ...anna, title: '{person.email}' }))).toBe('{person.email}');
  });

  test('names a wrong place and a lone brace', () => {
    expect(compileTemplate('to {person.contry}', 'routing')).toEqual([
      { offset: 3, message: 'unknown place "{person.contry}"', hint: 'did you mean "person.country"?' },
    ]);
    expect(compileTemplate('a { b', 'routing')).toMatchObject([
      { offset: 2, message: 'a brace without its other half' },
    ]);
  });
});

describe('the place of a character inside a YAML text', () => {
  test.each([
    ['plain', 'a: person.x > 1', [1, 4], 'person.x > 1', 7, [1, 11]],
    ['in single quotes with a doubled one', "a: 'it''s x'", [1, 4], "it's x", 5, [1, 11]],
    ['in double quotes with escapes', 'a: "say \\"x\\" y"', [1, 4], 'say "x" y', 8, [1, 15]],
    ['in a block', 'a: |\n  one &&\n  two', [1, 4], 'one &&\ntwo', 7, [3, 3]],
    ['in a folded block', 'a: >-\n    one\n    two x', [1, 4], 'one two x', 8, [3, 9]],
    ['at its end', 'a: one', [1, 4], 'one', 3, [1, 7]],
  ] as const)('%s', (_, text, [line, column], scalar, offset, [toLine, toColumn]) => {
    expect(placeInside(text, { line, column }, scalar, offset)).toEqual({ line: toLine, column: toColumn });
  });
});
