import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCompanyName } from '../../../src/leads/matching/company-name.ts';
import { placesIn } from '../../../src/leads/matching/name-address.ts';
import { isOwnWord } from '../../../src/leads/matching/name-words.ts';

const words = (name: string) => readCompanyName(name).words.map(({ text }) => text);
const own = (name: string) =>
  readCompanyName(name)
    .words.filter(isOwnWord)
    .map(({ text }) => text);

describe('a company name', () => {
  test.each([
    'Brandolt GmbH',
    'BRANDOLT AG',
    'Brandolt S.A.',
    'Brandolt Ltd.',
    'Brandolt, Inc.',
    'Brandolt LLC',
    'Brandolt B. V.',
    'N.V. Brandolt',
    'N.V.BRANDOLT',
    'Brandolt K.K.',
    'Brandolt SpA',
    'Brandolt S.p.A.',
    'Brandolt Oy',
    'Brandolt AB',
    'Brandolt A/S',
    'Brandolt Pty Ltd',
    'Brandolt Co., Ltd.',
    'Brandolt Sp. z o.o.',
    'Brandolt Aktiengesellschaft',
    'BRANDOLT NAAMLOZE VENNOOTSCHAP',
    '* The Brandolt Company',
  ])('is the same without its legal form: %s', (name) => {
    expect(words(name)).toEqual(['brandolt']);
  });

  test.each([
    ['Crédit Brûlé & Fils', 'CREDIT BRULE AND SONS'],
    ['Brandolt Intl Mfg', 'Brandolt International Manufacturing'],
    ['Brandolt Elektronik', 'BRANDOLT ELECTRONICS'],
    ['D.S.M. N.V.', 'D S M NV'],
    ['Univ Brandolt', 'Brandolt University'],
    ['Brandolt &amp; Söhne', 'BRANDOLT UND SOEHNE'],
  ])('is compared without case, accents, punctuation and abbreviations: %s and %s', (one = '', other = '') => {
    expect(readCompanyName(one).key).toBe(readCompanyName(other).key);
  });

  test.each(['Brandolt B.V., Amsterdam, NL', 'BRANDOLT GMBH, HAUPTSTRASSE 7', 'Brandolt N.V. te Eindhoven'])(
    'loses the address behind its legal form: %s',
    (name) => {
      expect(words(name)).toEqual(['brandolt']);
      expect(readCompanyName(name).places).toEqual([]);
      expect(readCompanyName(name).address).not.toEqual([]);
    },
  );

  test('keeps the place and the number that are part of it', () => {
    expect(readCompanyName('Brandolt Netherlands Fund 02 B.V.')).toMatchObject({
      places: ['netherlands'],
      numbers: ['2'],
    });
  });

  test('of nothing but common words is made of them, and of nothing but a place of the place', () => {
    expect(own('General Electric Company')).toEqual(['general', 'electric']);
    expect(own('Amsterdam B.V.')).toEqual(['amsterdam']);
  });

  test('that hides a common word in a longer one is two words', () => {
    expect(own('Brandoltelectronics Inc.')).toEqual(['brandolt']);
  });

  test('is no place because it stands once behind a comma', () => {
    const names = [
      'Brandolt B.V., Zeist',
      'Hakust B.V., Zeist',
      'Vodrin B.V., Brandolt',
      ...Array(9).fill('Brandolt Inc'),
    ];
    expect([...placesIn(names)]).toEqual(['zeist']);
  });

  test('is never lost, whatever is typed', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '.', ',', '&', 'ü', '7', 'N', 'V', '(', '株', "'") });
    fc.assert(
      fc.property(text, (name) => {
        const read = readCompanyName(name);
        expect(readCompanyName(name)).toEqual(read);
        if (/[a-zü株]/i.test(name))
          expect(read.words.length + read.legalForms.length + read.places.length).toBeGreaterThan(0);
      }),
    );
  });
});
