import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseFormula } from '../../../sandbox/salesforce/formula/parse.ts';
import type { Expression } from '../../../sandbox/salesforce/formula/types.ts';
import { standardObjects } from '../../../sandbox/salesforce/schema/schema.ts';
import type { Lookup, ObjectDef, Row, Value } from '../../../sandbox/salesforce/schema/types.ts';

const objects = new Map(
  standardObjects({ multiCurrency: false, datedRates: false }).map((one): [string, ObjectDef] => [one.name, one]),
);
const contact = objects.get('Contact') as ObjectDef;
const accounts = new Map<string, Row>([['001', { Id: '001', Name: 'Acme', ParentId: '002' }]]);
const lookup: Lookup = {
  row: (id) => {
    const row = accounts.get(id);
    return row && { object: objects.get('Account') as ObjectDef, row };
  },
  children: () => [],
  all: () => [],
  version: () => 0,
  now: () => Date.parse('2026-03-31T22:00:00Z'),
};
const parse = (formula: string): Expression =>
  parseFormula(formula, {
    object: contact,
    objectNamed: (name) => objects.get(name),
    blanksAsZero: false,
    onSave: true,
    uses: () => {},
  });
const worth = (formula: string, row: Partial<Row> = {}, before: Row | null = null): Value =>
  parse(formula).of({ row: { Id: '003', ...row }, before, lookup });

type Tree = number | { readonly sign: '+' | '-' | '*'; readonly left: Tree; readonly right: Tree };
const { tree } = fc.letrec<{ tree: Tree; node: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, fc.nat({ max: 9 }), tie('node')),
  node: fc.record({ sign: fc.constantFrom('+', '-', '*'), left: tie('tree'), right: tie('tree') }),
}));
const strength = (one: Tree): number => (typeof one === 'number' ? 3 : one.sign === '*' ? 2 : 1);
/** The tree as a formula, with no more parentheses than it needs. */
function written(one: Tree): string {
  if (typeof one === 'number') return String(one);
  const part = (child: Tree, least: number) => (strength(child) < least ? `(${written(child)})` : written(child));
  return `${part(one.left, strength(one))} ${one.sign} ${part(one.right, strength(one) + 1)}`;
}
function computed(one: Tree): number {
  if (typeof one === 'number') return one;
  const [a, b] = [computed(one.left), computed(one.right)];
  return one.sign === '+' ? a + b : one.sign === '-' ? a - b : a * b;
}

describe('formulas', () => {
  test('reckon with the usual precedence, from left to right', () => {
    fc.assert(
      fc.property(tree, (one) => {
        // 0 and -0 are one number to people.
        expect(Number(worth(written(one))) + 0).toBe(computed(one) + 0);
      }),
    );
  });

  test('give any text back from its literal', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(worth(`"${text.replace(/["\\]/g, '\\$&')}" & ""`)).toBe(text);
      }),
    );
  });

  test('days are counted across months and leap years', () => {
    const day = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.integer({ min: -5000, max: 5000 }), (date, days) => {
        const Birthdate = date.toISOString().slice(0, 10);
        const moved = worth(`Birthdate + ${days < 0 ? `(${days})` : days}`, { Birthdate });
        expect(worth('Birthdate - TODAY()', { Birthdate: moved })).toBe(
          Number(worth('Birthdate - TODAY()', { Birthdate })) + days,
        );
      }),
    );
  });

  test.each<[string, Partial<Row>, Value]>([
    ['TODAY()', {}, '2026-03-31'],
    ['Account.Name & "/" & Account.Parent.Name', { AccountId: '001' }, 'Acme/'],
    ['Account.Name', {}, null],
    ['ISBLANK(FirstName)', { FirstName: '' }, true],
    ['FirstName = ""', {}, true],
    ['IF(ISPICKVAL(LeadSource, "Web"), TEXT(LeadSource), NULL)', { LeadSource: 'Web' }, 'Web'],
    ['IF(ISPICKVAL(LeadSource, ""), "none", "some")', {}, 'none'],
    ['BLANKVALUE(Title, LastName)', { LastName: 'Ode' }, 'Ode'],
    ['LEN(LastName) > 2 && !DoNotCall', { LastName: 'Ode' }, true],
    ['NOT(OR(FALSE, AND(TRUE, DoNotCall)))', { DoNotCall: true }, false],
    ['1 / (2 - 2)', {}, null],
    ['TEXT(CreatedDate)', { CreatedDate: 0 }, '1970-01-01 00:00:00Z'],
  ])('%s of %j is %j', (formula, row, expected) => {
    expect(worth(formula, row)).toBe(expected);
  });

  test('a change is told from a new record', () => {
    const row = { Id: '003', Title: 'b' };
    expect(worth('ISCHANGED(Title)', row, { Id: '003', Title: 'a' })).toBe(true);
    expect(worth('ISCHANGED(Title)', row, row)).toBe(false);
    expect(worth('ISCHANGED(Title) || !ISNEW()', row)).toBe(false);
  });
});
