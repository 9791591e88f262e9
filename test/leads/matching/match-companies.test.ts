import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomFrom } from '../../../bench/bench.ts';
import { madeCompany, plainName, spelling } from '../../../bench/matching/generate.ts';
import type { CompanyRecord } from '../../../src/leads/matching/evidence.ts';
import { AccountIndex } from '../../../src/leads/matching/find-account.ts';
import { groupCompanies } from '../../../src/leads/matching/group-companies.ts';
import { matchCompanies, namedCompany, prepareCompany } from '../../../src/leads/matching/match-companies.ts';
import { rules } from './rules.ts';

const company = (name: string | null, more: Partial<CompanyRecord> = {}): CompanyRecord => ({
  ...namedCompany('c', name ?? ''),
  name,
  ...more,
});
const judged = (left: CompanyRecord, right: CompanyRecord) =>
  matchCompanies(prepareCompany(left), prepareCompany(right), rules);
const zoneOf = (left: string, right: string) => judged(company(left), company(right)).zone;

describe('two names', () => {
  test.each([
    ['Brandolt Chemicals GmbH', 'BRANDOLT CHEMICAL'],
    ['Müller & Söhne GmbH', 'Mueller und Soehne'],
    ['Phillips Lighting', 'PHILIPS LIGHTING N.V.'],
  ])('that differ in spelling and legal form are the same: %s and %s', (left, right) => {
    expect(zoneOf(left, right)).toBe('same');
  });

  test.each([
    ['Brandolt France', 'Brandolt Italia', 'place'],
    ['Brandolt', 'Brandolt Canada Ltd', 'place'],
    ['Brandolt Fund 1', 'Brandolt Fund 2', 'number'],
    ['Brandolt AG', 'Brandolt Holding AG', 'parent'],
    ['Brandolt AG', 'Brandolt Hakust AG', 'parent'],
  ])('that differ in one thing that matters go to review: %s and %s', (left, right, why) => {
    const verdict = judged(company(left), company(right));
    expect(verdict.zone).toBe('review');
    expect(verdict.reasons[0]).toContain(why);
  });

  test('that differ in a place are the same where the vendor says that places do not matter', () => {
    const lax = { ...rules, alwaysReview: { ...rules.alwaysReview, places: false } };
    const [one, other] = ['Brandolt Chemicals', 'Brandolt Chemicals Canada'].map((name) =>
      prepareCompany(company(name)),
    );
    if (!one || !other) throw new Error('two names');
    expect([matchCompanies(one, other, rules).zone, matchCompanies(one, other, lax).zone]).toEqual(['review', 'same']);
  });

  test.each([
    ['Brandolt Chemicals', 'Hakust Chemicals'],
    ['General Electric', 'General Motors'],
  ])('that share only common words are not the same: %s and %s', (left, right) => {
    expect(zoneOf(left, right)).not.toBe('same');
  });

  test('of which one is written as one word are alike, and a person is asked', () => {
    expect(zoneOf('Brandolt-Hakust N.V.', 'BRANDOLTHAKUST')).toBe('review');
  });

  test('of which one is the first letters of the other are shown to a person', () => {
    expect(zoneOf('IBM', 'International Business Machines Corp.')).toBe('review');
  });

  test('say the same in either order', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        const [left, right] = [a, b].map((seed) => company(spelling(madeCompany(randomFrom(seed)), randomFrom(seed))));
        if (!left || !right) throw new Error('two names');
        const [there, back] = [judged(left, right), judged(right, left)];
        expect(there.probability).toBeCloseTo(back.probability, 9);
        expect(there.zone).toBe(back.zone);
        expect(there.reasons.length).toBeGreaterThan(0);
      }),
      // "Chem" and "Chemicals" are rare to different degrees.
      { examples: [[15, 1154147758]] },
    );
  });
});

describe('beside the name', () => {
  const chance = (left: Partial<CompanyRecord>, right: Partial<CompanyRecord>) =>
    judged(company('Brandolt', left), company('Brandold Foods', right)).probability;
  const bare = chance({}, {});

  test.each<[string, Partial<CompanyRecord>, Partial<CompanyRecord>]>([
    ['the same domain', { domain: 'https://www.brandolt.co.uk/x' }, { domain: 'info@mail.brandolt.co.uk' }],
    ['the same telephone number', { phone: '030 1234567', country: 'DE' }, { phone: '+49 30 1234567' }],
    [
      'the same address',
      { street: 'Main Street 7', city: 'Leeds' },
      { street: '7 Main St', city: 'LEEDS', country: 'United Kingdom' },
    ],
  ])('%s speaks for one company', (_, left, right) => {
    expect(chance(left, right)).toBeGreaterThan(bare);
  });

  test.each<[string, Partial<CompanyRecord>, Partial<CompanyRecord>]>([
    ['different domains', { domain: 'brandolt.com' }, { domain: 'brandold.com' }],
    ['different countries', { country: 'Germany' }, { country: 'FR' }],
    ['two parts of one parent', { parentId: 'p' }, { parentId: 'p' }],
  ])('%s speak against it', (_, left, right) => {
    expect(chance(left, right)).toBeLessThan(bare);
  });

  test('free mail and what is no telephone number say nothing', () => {
    expect(chance({ domain: 'a@gmail.com' }, { domain: 'b@gmail.com' })).toBe(bare);
    expect(chance({ phone: 'n/a' }, { phone: 'n/a' })).toBe(bare);
  });

  test('a parent and its child in the CRM go to review, whatever they are called', () => {
    const verdict = judged(company('Brandolt', { id: 'p' }), company('Brandolt', { id: 'c', parentId: 'p' }));
    expect(verdict).toMatchObject({
      zone: 'review',
      reasons: ['one record is the parent of the other in the CRM', expect.any(String)],
    });
  });

  test('two records without a name are one by domain and telephone alone', () => {
    const known = { domain: 'brandolt.com', phone: '+49 30 1234567' };
    expect(judged(company(null, known), company(' ', known)).zone).toBe('same');
  });
});

describe('a record among accounts', () => {
  const accounts = [
    company('Brandolt Chemicals GmbH', { id: 'a1', domain: 'brandolt.com' }),
    company('Hakust Logistics AG', { id: 'a2' }),
    company('Hakust Logistics Ltd', { id: 'a3' }),
    company('Vodrin Foods', { id: 'a4', phone: '+44 20 7946 0000' }),
  ];
  const index = new AccountIndex(accounts, rules);

  test('belongs to the one that is the same', () => {
    expect(index.find(company('BRANDOLT CHEM.'))).toMatchObject({ kind: 'match', account: { accountId: 'a1' } });
  });

  test('is found by domain or telephone where its name is another or missing', () => {
    expect(index.matches(company(null, { domain: 'jo@brandolt.com' }))[0]?.accountId).toBe('a1');
    expect(index.matches(company('VF', { phone: '+442079460000' }))[0]?.accountId).toBe('a4');
  });

  test('that two accounts fit alike goes to review, with both', () => {
    expect(index.find(company('Hakust Logistics'))).toMatchObject({
      kind: 'review',
      accounts: [{ accountId: 'a2' }, { accountId: 'a3' }],
      why: '2 accounts look like the same company',
    });
  });

  test('that is like none belongs to none', () => {
    expect(index.find(company('Crelling Machinery'))).toEqual({ kind: 'none' });
  });

  test('gets the same answer as by comparing it with every account, nearly always', () => {
    const random = randomFrom(5);
    const companies = Array.from({ length: 400 }, () => madeCompany(random));
    const many = new AccountIndex(
      companies.map((made, n) => namedCompany(String(n), plainName(made))),
      rules,
    );
    const found = companies.filter((made, n) =>
      many.matches(namedCompany('x', spelling(made, random))).some(({ accountId }) => accountId === String(n)),
    );
    expect(found.length / companies.length).toBeGreaterThan(0.93);
  });
});

describe('groups of records', () => {
  const grouped = (names: readonly string[]) => [
    ...groupCompanies(
      names.map((name, n) => namedCompany(String(n), name)),
      rules,
    ),
  ];

  test('hold the spellings of one company', () => {
    expect(grouped(['Brandolt Chemicals GmbH', 'Hakust AG', 'BRANDOLT CHEM', 'Hakust', 'Vodrin'])).toEqual([
      0, 1, 0, 1, 4,
    ]);
  });

  test('are the same whatever the order of the records', () => {
    const random = randomFrom(9);
    const names = Array.from({ length: 30 }, () => madeCompany(random)).flatMap((made) =>
      Array.from({ length: 3 }, () => spelling(made, random)),
    );
    const together = (list: readonly string[]) => {
      const groups = grouped(list);
      return [...Map.groupBy(list.keys(), (n) => groups[n]).values()]
        .map((each) =>
          each
            .map((n) => list[n])
            .sort()
            .join('/'),
        )
        .sort();
    };
    expect(together([...names].reverse())).toEqual(together(names));
  });
});
