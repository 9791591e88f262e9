import { describe, expect, test } from '@jest/globals';
import { columnOf, contentsOf, readWritten, type Written } from '../../src/deals/written.ts';
import { MONDAY } from './fixtures.ts';

const rules = { currency: 'USD', require: new Set([]), now: MONDAY };
const good: Written = { partner: 'Birch', company: 'Alder Systems', domain: 'www.alder.com', amount: '12500.50' };
const read = (written: Written, require: Parameters<typeof readWritten>[1]['require'] = new Set()) =>
  readWritten(written, { ...rules, require });
const problems = (written: Written) => {
  const found = read(written);
  return 'problems' in found ? found.problems : [];
};

test('a registration is read: the domain of a site, money in minor units, the vendor’s currency where none is named', () => {
  expect(read({ ...good, country: 'Germany', product: ' Vault ' })).toEqual({
    application: {
      partner: 'Birch',
      account: { name: 'Alder Systems', domain: 'alder.com', country: 'DE', city: null, record: null },
      product: 'Vault',
      amount: { minor: 1_250_050n, currency: 'USD' },
      ...{ closes: null, opportunity: null, key: null },
    },
  });
});

test('a company known by its name alone is enough, and free mail beside a name tells nothing', () => {
  expect(read({ partner: 'Birch', company: 'Alder Systems', domain: 'jo@gmail.com' })).toMatchObject({
    application: { account: { name: 'Alder Systems', domain: null } },
  });
});

describe('is refused, with every reason at once', () => {
  test.each<[string, Written, string]>([
    ['without a partner', { company: 'Alder' }, 'the partner is missing'],
    ['without an account', { partner: 'Birch' }, 'the account is missing: name the company, or its domain'],
    ['free mail as the only identity', { partner: 'B', domain: 'jo@gmail.com' }, '"jo@gmail.com" tells no company'],
    ['a negative amount', { ...good, amount: '-5' }, 'amount -5 is negative'],
    ['an absurd amount', { ...good, amount: '99999999999999' }, 'is larger than any deal'],
    ['an amount that is none', { ...good, amount: '12k' }, 'amount "12k" is no number'],
    ['an amount in no known currency', { ...good, currency: 'EUX' }, 'currency "EUX" is not known'],
    ['an unknown country', { ...good, country: 'Narnia' }, 'country "Narnia" is not known'],
    ['a formula', { ...good, company: '=HYPERLINK("http://x")' }, 'company begins like a formula'],
    ['a formula behind a sign', { ...good, product: '+cmd|calc!A1' }, 'product begins like a formula'],
    ['a close in the past', { ...good, closes: '2026-03-01' }, 'lies in the past'],
    ['a close in the far future', { ...good, closes: '2126-03-01' }, 'more than 5 years ahead'],
    ['a day that is none', { ...good, closes: '2026-02-30' }, 'is no date'],
    ['a text without end', { ...good, company: 'A'.repeat(300) }, 'company has 300 characters'],
  ])('%s', (_, written, message) => {
    expect(problems(written).join('\n')).toContain(message);
  });

  test('all of them', () => {
    expect(problems({ domain: 'gmail.com', amount: '-1', country: 'Narnia' })).toHaveLength(4);
  });
});

test('what deals.yaml requires must be there', () => {
  const found = read({ partner: 'Birch', company: 'Alder' }, new Set(['amount', 'country'] as const));
  expect(found).toEqual({
    problems: ['amount is missing: deals.yaml requires it', 'country is missing: deals.yaml requires it'],
  });
});

test('columns are known by the names people give them', () => {
  expect(['Account Name', 'Website', 'expected_close', 'AMOUNT', 'colour'].map(columnOf)).toEqual([
    'company',
    'domain',
    'closes',
    'amount',
    null,
  ]);
});

test('what was said is one text, whoever is named how and by which key', () => {
  const contents = (written: Written) => {
    const found = read(written);
    return 'application' in found ? contentsOf(found.application, 'pt_1') : null;
  };
  expect(contents({ ...good, key: 'a' })).toBe(contents({ ...good, partner: 'BIRCH', key: 'b' }));
  expect(contents({ ...good, amount: '1' })).not.toBe(contents(good));
});
