import { describe, expect, test } from '@jest/globals';
import { countryCode } from '../../src/mapping/countries.ts';
import { companyDomain, isFreeMail } from '../../src/mapping/domains.ts';
import { type Transform, transformed } from '../../src/mapping/transforms.ts';

describe('a country', () => {
  test.each([
    ['USA', 'US'],
    ['U.S.A.', 'US'],
    ['united states', 'US'],
    ['United States of America', 'US'],
    ['us', 'US'],
    ['UK', 'GB'],
    ['United Kingdom', 'GB'],
    ['Great Britain', 'GB'],
    ['England', 'GB'],
    ['GBR', 'GB'],
    ['Deutschland', 'DE'],
    ['Germany', 'DE'],
    ['DE', 'DE'],
    ['Allemagne', 'DE'],
    ['The Netherlands', 'NL'],
    ['Holland', 'NL'],
    ['Österreich', 'AT'],
    ['osterreich', 'AT'],
    ['Schweiz', 'CH'],
    ['España', 'ES'],
    ['South Korea', 'KR'],
    ['Czech Republic', 'CZ'],
    ['Türkiye', 'TR'],
    ['日本', 'JP'],
  ])('%s is %s', (text, code) => expect(countryCode(text)).toBe(code));

  test.each(['Atlantis', '', 'XX', 'Congo'])('%j is none, or could be two', (text) =>
    expect(countryCode(text)).toBeNull(),
  );
});

describe('a company domain', () => {
  test.each([
    ['https://www.acme.co.uk/contact?x=1', 'acme.co.uk'],
    ['ACME.com', 'acme.com'],
    ['jane@mail.acme.de', 'acme.de'],
    ['www.acme.example', 'acme.example'],
    ['jane@gmail.com', null],
    ['http://10.0.0.1/', null],
    ['n/a', null],
    ['', null],
  ])('of %j is %j', (text, domain) => expect(companyDomain(text)).toBe(domain));

  test('free-mail providers are known', () => {
    expect([isFreeMail('GMX.de'), isFreeMail('acme.com')]).toEqual([true, false]);
  });
});

describe('a value', () => {
  test.each<[Transform, string | number | boolean, unknown]>([
    ['boolean', 'Yes', true],
    ['boolean', '0', false],
    ['money', '1234.50', '1234.5'],
    ['money', 0.1, '0.1'],
    ['integer', '12', 12],
    ['range', '1,000-5,000', 1000],
    ['range', '500', 500],
    ['date', '2026-02-28', '2026-02-28'],
    ['date', '2026-02-28T23:30:00-05:00', '2026-03-01'],
    ['datetime', '2026-02-28T10:00:00.000+0000', '2026-02-28T10:00:00.000Z'],
    ['datetime', '1767225600000', '2026-01-01T00:00:00.000Z'],
    ['moment', '2026-02-28', '2026-02-28'],
    ['currency', 'eur', 'EUR'],
    ['list', 'a; b;;a', ['a', 'b']],
    ['countries', 'Germany, AT', ['DE', 'AT']],
    ['languages', 'German, fr, pt_BR', ['de', 'fr', 'pt']],
    ['language', 'de-AT', 'de'],
    ['zone', 'europe/berlin', 'Europe/Berlin'],
    ['latitude', '-33.86', -33.86],
    ['certifications', 'Vault Expert until 2027-03-31; Relay', ['Vault Expert until 2027-03-31', 'Relay']],
    ['periods', '2026-12-24..2027-01-02\n2026-05-01', ['2026-12-24..2027-01-02', '2026-05-01..2026-05-01']],
    ['text', '  e\u0301  ', '\u00e9'],
  ])('read as %s: %j is %j', (transform, value, expected) => {
    expect(transformed(value, transform, 'text')).toEqual({ value: expected });
  });

  test.each<[Transform, string]>([
    ['boolean', 'perhaps'],
    ['money', 'EUR 5'],
    ['integer', 'ten'],
    ['range', 'few'],
    ['date', '2026-02-30'],
    ['datetime', '2026-02-28'],
    ['currency', 'Euro'],
    ['latitude', '91'],
    ['longitude', '-180.5'],
    ['language', 'Klingon'],
    ['zone', '+02:00'],
  ])('that cannot be read as %s (%j) is a problem and null', (transform, value) => {
    expect(transformed(value, transform, 'text')).toEqual({ value: null, problem: expect.stringContaining(value) });
  });

  test.each<[Transform, string, string]>([
    [
      'certifications',
      'Relay; Vault until spring',
      '"Vault until spring" ends on no date: write "Name until 2027-03-31"',
    ],
    [
      'certifications',
      'Relay; until 2027-03-31',
      '"until 2027-03-31" names no certification: write "Name until 2027-03-31"',
    ],
    ['languages', 'Relay, 3', '"Relay" is no language; "3" is no language'],
    ['periods', '2026-02-30', '"2026-02-30" is no period: write "2026-12-24..2027-01-02"'],
    ['periods', '2026-05-02..2026-05-01', '"2026-05-02..2026-05-01" ends before it begins'],
  ])('in a list of %s that cannot be read is named, and the good entries stand: %j', (transform, value, problem) => {
    const good = value.startsWith('Relay; ') ? ['Relay'] : [];
    expect(transformed(value, transform, 'text')).toEqual({ value: good, problem });
  });
});
