import { describe, expect, test } from '@jest/globals';
import { accountKeyOf, companyKey } from '../../../src/leads/matching/company-key.ts';

describe('the key of a company', () => {
  test.each([
    ['Müller & Söhne GmbH', 'MULLER + SÖHNE'],
    ['Acme, Inc.', 'ACME Incorporated'],
    ['Northwind Foods B.V.', 'northwind foods'],
    ['Siemens AG, München', 'SIEMENS AKTIENGESELLSCHAFT'],
  ])('is the same for %s and %s', (a, b) => {
    expect(companyKey(a)).toBe(companyKey(b));
  });

  test.each([
    ['Acme Netherlands', 'Acme Belgium'],
    ['Acme 1', 'Acme 2'],
    ['Acme', 'Acme Logistics'],
    ['Nordwind', 'Nordstern'],
  ])('is another for %s and %s', (a, b) => {
    expect(companyKey(a)).not.toBe(companyKey(b));
  });

  test('is none for a name that says nothing', () => {
    expect([companyKey(null), companyKey(''), companyKey('  ')]).toEqual([null, null, null]);
  });

  test('stands in for a domain that is not known, and is never taken for one', () => {
    expect(accountKeyOf({ domain: 'acme.de', companyName: 'Other' })).toBe('acme.de');
    expect(accountKeyOf({ domain: null, companyName: 'Acme GmbH' })).toBe(`name ${companyKey('Acme')}`);
    expect(accountKeyOf({ domain: null, companyName: null })).toBeNull();
  });
});
