import { expect, test } from '@jest/globals';
import { companyKey } from '../../src/revenue/company-key.ts';

test('companies are called the same whatever the case, accents, punctuation and legal form', () => {
  expect(['Acme GmbH & Co. KG', 'ACME', ' acme, Inc. ', 'Ácme S.A.'].map(companyKey)).toEqual(Array(4).fill('acme'));
  expect(companyKey('Straßen-Bau AG')).toBe('strassen bau');
});

test('a name that is nothing but a legal form stays, a blank one is none', () => {
  expect([companyKey('AG'), companyKey('Group Holding'), companyKey(null), companyKey(' . ')]).toEqual([
    'ag',
    'group',
    '',
    '',
  ]);
});
