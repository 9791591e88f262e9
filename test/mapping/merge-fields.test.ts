import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkAgainst } from '../../src/mapping/check.ts';
import { countryCode, countryName } from '../../src/mapping/countries.ts';
import { inverted } from '../../src/mapping/invert.ts';
import { readSource } from '../../src/mapping/read.ts';
import { describeProblem } from '../../src/model/config-error.ts';
import { compile, field, fittingDescription, problemsOf } from './support.ts';

const LEAD = ['crm: salesforce', 'object: Lead', 'entity: person', 'role: lead'];

describe('a policy on a field that cannot be written back', () => {
  test.each([
    [
      'one of several fields',
      ['  domain: { firstOf: [Website, Email], policy: newest }'],
      /6:48: domain is read from several fields: which one would be written/,
    ],
    [
      'a constant',
      ['  source: { value: Web, policy: newest }'],
      /6:33: source is the same for every record: there is nothing to write/,
    ],
    [
      'a transform that loses what it read',
      ['  domain: { field: Website, policy: channel }'],
      /6:37: domain is read as domain, which cannot be turned back/,
    ],
    [
      'a range',
      ['  employees: { field: Size__c, as: range, policy: newest }'],
      /6:51: employees is read as range, which cannot be turned back/,
    ],
    [
      'a table that lacks a word',
      ['  stage: { field: Stage__c, policy: newest, values: { MQL: mql } }'],
      /6:37: stage may become "subscriber", "lead".*for which no CRM word is listed/,
    ],
    [
      'a field under two names',
      ['  website: { field: Website, policy: newest }', '  source: { field: Website, policy: newest }'],
      /7:37: Website is shared twice, as website and as source/,
    ],
    ['a policy that there is none of', ['  phone: { field: Phone, policy: newst }'], /6:34: "newst".*"newest"/],
  ])('is refused with its place: %s', (_what, fields, message) => {
    expect(problemsOf(() => compile(...LEAD, 'fields:', ...fields)).join('\n')).toMatch(message);
  });

  test('is refused on what is no person', () => {
    const company = [
      'crm: x',
      'object: Account',
      'entity: company',
      'fields:',
      '  name: { field: Name, policy: newest }',
    ];
    expect(problemsOf(() => compile(...company)).join('\n')).toMatch(/5:24: unknown key "policy"/);
  });

  test('is refused where the CRM does not let Sluice write', () => {
    const mapping = compile(...LEAD, 'fields:', '  phone: { field: Phone, policy: newest }');
    const description = fittingDescription(mapping, {}, { Phone: { writable: false } });
    expect(checkAgainst(mapping, description, ['Lead']).map(describeProblem)).toEqual([
      expect.stringContaining('6:34: Phone cannot be written'),
    ]);
  });

  test('is refused where the field is of another kind', () => {
    const mapping = compile(...LEAD, 'fields:', '  title: { field: Level__c, policy: newest }');
    const description = fittingDescription(mapping, { Level__c: 'number' });
    expect(checkAgainst(mapping, description, ['Lead']).map(describeProblem)).toEqual([
      expect.stringContaining('Level__c is a number field, into which title cannot be written back'),
    ]);
  });
});

describe('a mapping that makes records', () => {
  test.each([
    ['no match key', ['creates: leads', 'writes:', '  linkId: Id__c'], /"creates" needs "match"/],
    ['no unique key', ['creates: leads', 'match: [email]', 'fields: { email: Email }'], /names no linkId/],
    [
      'a match key that is not read',
      ['creates: leads', 'match: [email]', 'writes: { linkId: Id__c }'],
      /does not name email/,
    ],
    ['match alone', ['match: [email]', 'fields: { email: Email }'], /"match" goes with "creates: leads"/],
  ])('is refused with %s', (_what, lines, message) => {
    expect(problemsOf(() => compile(...LEAD, ...lines)).join('\n')).toMatch(message);
  });
});

describe('a value written back', () => {
  const source = (...lines: string[]) => {
    const [first] = compile(...LEAD, 'fields:', ...lines).sources;
    if (first === undefined) throw new Error('no source');
    return first;
  };

  test('reads as itself: countries', () => {
    const country = source('  country: { field: Country, policy: newest }');
    for (const code of ['DE', 'US', 'GB', 'CD', 'CG', 'KR', 'KP', 'CI', 'MK', 'TW', 'PS', 'VA', 'BO', 'XK']) {
      const result = inverted(country, code, field('Country', 'text'));
      if (!('value' in result)) throw new Error(result.problem);
      expect(readSource(country, { fields: { Country: result.value } }, [])).toBe(
        countryCode(countryName(code)) ?? null,
      );
      expect(readSource(country, { fields: { Country: result.value } }, [])).toBe(countryCode(code));
    }
    expect(countryName('DE')).toBe('Germany');
  });

  test('reads as itself: words, the first one listed of several', () => {
    const words =
      'subscriber: subscriber, lead: lead, mql: mql, sql: sql, opportunity: opportunity, customer: customer, evangelist: customer, other: other';
    const stage = source(`  stage: { field: lifecyclestage, policy: newest, values: { ${words} } }`);
    expect(inverted(stage, 'customer', undefined)).toEqual({ value: 'customer' });
    expect(inverted(stage, 'mql', undefined)).toEqual({ value: 'mql' });
  });

  test('reads as itself: any text, number or yes and no', () => {
    const title = source('  title: { field: Title, policy: newest }');
    fc.assert(
      fc.property(
        fc.string().map((text) => text.normalize('NFC').replace(/\r\n?/g, '\n').trim()),
        (text) => {
          fc.pre(text !== '');
          const result = inverted(title, text, field('Title', 'text'));
          expect('value' in result && readSource(title, { fields: { Title: result.value } }, [])).toBe(text);
        },
      ),
    );
    const employees = source('  employees: { field: Size__c, policy: newest }');
    expect(inverted(employees, 250, field('Size__c', 'number', { scale: 0 }))).toEqual({ value: 250 });
    const optedOut = source('  optedOut: { field: Out__c, policy: newest }');
    expect(inverted(optedOut, false, field('Out__c', 'boolean'))).toEqual({ value: false });
  });

  test('is not cut: it would come back shorter', () => {
    const title = source('  title: { field: Title, policy: newest }');
    expect(inverted(title, 'Head of everything', field('Title', 'text', { length: 5 }))).toEqual({
      problem: 'its value has 18 characters, the field takes 5',
    });
  });

  test('that has no word in the CRM is a problem', () => {
    const industry = source('  industry: { field: Industry, policy: newest, values: { Hi-Tech: Technology } }');
    expect(inverted(industry, 'Farming', undefined)).toEqual({
      problem: 'there is no word for its value under "values" of industry',
    });
  });
});
