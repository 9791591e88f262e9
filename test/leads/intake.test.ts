import { describe, expect, test } from '@jest/globals';
import { admit, compileIntake, restraintOn } from '../../src/leads/intake.ts';
import { STAGES } from '../../src/model/person.ts';
import { anna, problemsOf, shipped } from './fixtures.ts';

const intake = compileIntake(...shipped('intake'));

describe('intake as shipped', () => {
  test('admits people whom marketing has qualified, and no customers', () => {
    const admitted = STAGES.filter((stage) => admit({ ...anna, stage }, intake).admitted);
    expect(admitted).toEqual(['mql', 'sql', 'opportunity']);
    expect(admit({ ...anna, stage: null }, intake).admitted).toBe(false);
  });

  test('admits nobody without consent, and says so', () => {
    expect(admit({ ...anna, optedOut: true }, intake)).toEqual({
      admitted: false,
      reason: 'Not released: opted out of e-mail',
    });
  });

  test('withholds a lead that opted out, also where data is missing', () => {
    expect(restraintOn({ ...anna, optedOut: true, country: null }, intake)?.state).toBe('Withheld');
  });

  test.each([
    [{ email: null, phone: null }, 'Held until the CRM has it: neither an e-mail address nor a phone number'],
    [{ companyName: ' ', domain: null }, 'Held until the CRM has it: no company'],
    [{ country: null, companyName: null, domain: null }, 'Held until the CRM has it: no company; no country'],
  ])('holds a lead that lacks %j', (change, reason) => {
    expect(restraintOn({ ...anna, ...change }, intake)).toEqual({ state: 'Held', reason });
  });

  test('lets a lead pass that has one of each', () => {
    expect(restraintOn({ ...anna, email: null, phone: '+49 30 1', companyName: null }, intake)).toBeNull();
  });
});

describe('an intake file', () => {
  test('keeps out whom an exception names, with its text', () => {
    const strict = compileIntake(
      'intake.yaml',
      `version: 1
stages: [mql]
except:
  - { name: tiny, when: person.employees < 5, text: "{person.employees} employees" }`,
    );
    expect(admit({ ...anna, employees: 3 }, strict).reason).toBe('Not released: 3 employees');
    expect(admit({ ...anna, employees: null }, strict).admitted).toBe(true);
  });

  test('says everything that is wrong with its conditions, each at its place', () => {
    const text = `version: 1
stages: [mql]
except:
  - name: a
    when: person.employes < 5
    text: x
  - name: b
    when: >-
      person.country == "DE" &&
      person.titel == "x"
    text: "{person.foo}"`;
    expect(problemsOf(() => compileIntake('intake.yaml', text))).toEqual([
      'intake.yaml:5:18: "person" has no field "employes" (did you mean "employees"?)',
      'intake.yaml:10:14: "person" has no field "titel" (did you mean "title"?)',
      expect.stringMatching(/^intake\.yaml:11:12: unknown place "\{person\.foo\}"/),
    ]);
  });

  test('says how to write a condition that YAML swallows', () => {
    const text = 'version: 1\nstages: [mql]\nexcept:\n  - { name: a, when: !has(person.title), text: x }';
    expect(problemsOf(() => compileIntake('intake.yaml', text))).toEqual([
      expect.stringContaining("the condition is empty (one that begins with ! needs quotes: '!has(person.title)')"),
    ]);
  });

  test('names a wrong key, a wrong stage and a wrong field', () => {
    const text = 'version: 1\nstages: [mlq]\nexcpet: []\nrequired: [{ any: [emial], text: x }]';
    expect(problemsOf(() => compileIntake('intake.yaml', text)).sort()).toEqual([
      'intake.yaml:2:10: "mlq" is not allowed here (did you mean "mql"?)',
      'intake.yaml:3:1: unknown key "excpet" (did you mean "except"?)',
      'intake.yaml:4:20: "emial" is not allowed here (did you mean "email"?)',
    ]);
  });
});
