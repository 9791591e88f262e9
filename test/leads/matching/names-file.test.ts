import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { largestCompany, madeLessons, scoreInFolds } from '../../../bench/matching/folds.ts';
import { spelledCompanies } from '../../../bench/matching/generate.ts';
import { bCubed, blockingRecall, f1Of, fitNames, namePairs } from '../../../bench/matching/learn.ts';
import { COMPANY_NAMES, largestChain, readNames } from '../../../bench/matching.ts';
import { readCompanyName } from '../../../src/leads/matching/company-name.ts';
import { groupCompanies } from '../../../src/leads/matching/group-companies.ts';
import { namedCompany } from '../../../src/leads/matching/match-companies.ts';
import { rules } from './rules.ts';

const there = existsSync(COMPANY_NAMES);
if (!there) console.warn(`SKIPPED: ${COMPANY_NAMES} is not there, so no real names are grouped`);

const groupsOf = (rows: readonly { readonly name: string }[]) => [
  ...groupCompanies(
    rows.map(({ name }, n) => namedCompany(String(n), name)),
    rules,
  ),
];

(there ? describe : describe.skip)('real names of patent applicants', () => {
  test('are grouped well out of fold, and their pairs are found', () => {
    const rows = readNames();
    const made = madeLessons();
    const names = namePairs(rows, fitNames(made));
    const score = scoreInFolds(names, made, 1);
    expect(score.all).toBeGreaterThanOrEqual(0.88);
    expect(score.withoutLargest).toBeGreaterThanOrEqual(0.87);
    expect(blockingRecall(names)).toBeGreaterThanOrEqual(0.96);
  });

  test('are grouped well by what ships, and 15,000 unrelated names chain into no group of more than 40', () => {
    const rows = readNames();
    const groups = groupsOf(rows);
    expect(f1Of(bCubed(rows, groups))).toBeGreaterThanOrEqual(0.93);
    expect(f1Of(bCubed(rows, groups, () => true, largestCompany(rows)))).toBeGreaterThanOrEqual(0.93);
    expect(largestChain(rows)).toBeLessThanOrEqual(40);
  });
});

test('made-up companies that nothing was learned from are grouped well, and far better than by their bare name', () => {
  const rows = spelledCompanies(300, 4, 4242).map(({ name, company }) => ({ name, company: String(company) }));
  const numbers = new Map<string, number>();
  const byName = rows.map(({ name }, n) => {
    const { key } = readCompanyName(name);
    numbers.set(key, numbers.get(key) ?? n);
    return numbers.get(key) as number;
  });
  const score = f1Of(bCubed(rows, groupsOf(rows)));
  expect(score).toBeGreaterThan(0.85);
  expect(score).toBeGreaterThan(f1Of(bCubed(rows, byName)) + 0.15);
});
