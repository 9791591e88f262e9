import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { compileLedger } from '../../src/revenue/ledger-config.ts';

const FILE = 'config/ledger.yaml';
const AROUND = { currency: 'EUR', connections: ['hubspot', 'salesforce'] };

describe('ledger.yaml', () => {
  test('as delivered: days of UTC, a ceiling of a billion, rates of the CRMs before the file', () => {
    expect(compileLedger(FILE, readFileSync(FILE, 'utf8'), AROUND)).toEqual({
      currency: 'EUR',
      timeZone: 'UTC',
      ceiling: 1_000_000_000,
      rateOrder: ['crm:hubspot', 'crm:salesforce', 'file'],
      maxAgeDays: 31,
    });
  });

  test.each([
    [
      'timeZone: Europe/Berlyn',
      'config/ledger.yaml:1:11: there is no time zone "Europe/Berlyn" (did you mean "Europe/Berlin"?)',
    ],
    ['timezone: UTC', 'config/ledger.yaml:1:1: unknown key "timezone" (did you mean "timeZone"?)'],
    ['ceiling: 0', 'config/ledger.yaml:1:10:'],
    ['ceiling: 1.5', 'config/ledger.yaml:1:10:'],
    ['rates: { order: [file, file] }', 'config/ledger.yaml:1:24: "file" is listed twice'],
    ['rates: { order: [fiel] }', '"fiel" is not allowed here (did you mean "file"?)'],
    ['rates: { maxAgeDays: 0 }', 'config/ledger.yaml:1:22:'],
  ])('%j is refused, with the place', (text, message) => {
    expect(() => compileLedger(FILE, text, AROUND)).toThrow(message);
  });
});
