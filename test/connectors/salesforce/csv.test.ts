import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isUnsayable, parseCsv, toCell, toCsv } from '../../../connectors/salesforce/csv.ts';

describe('CSV', () => {
  test('what is written is what is read, whatever stands in the cells', () => {
    const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', ',', '\n', '\r\n', '""', 'a,"b"\nc'));
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
      );
    fc.assert(
      fc.property(table, ([columns = [], ...rows]) => {
        expect(parseCsv(`${toCsv(columns, rows)}\n`)).toEqual({ columns, rows });
      }),
    );
  });

  test('lines without quotes, with carriage returns and without a last line end are read', () => {
    expect(parseCsv('Id,Name\r\n1,\r\n2,b')).toEqual({
      columns: ['Id', 'Name'],
      rows: [
        ['1', ''],
        ['2', 'b'],
      ],
    });
    expect(parseCsv('"Id"\n')).toEqual({ columns: ['Id'], rows: [] });
  });

  test.each([
    ['', 'nothing'],
    ['"Id","Name"\n"1","a', 'a quote that is never closed'],
    ['"Id","Name"\n"1"', 'a line that broke off'],
    ['"Id"\n"1"x\n', 'something after a quote'],
    ['<html><body>Maintenance, sorry</body></html>\n"1"\n', 'a page of HTML'],
  ])('%j is not CSV: %s', (text) => {
    expect(parseCsv(text)).toBeNull();
  });

  test('null and empty are written as #N/A, absent as nothing, and the text #N/A cannot be said', () => {
    expect([null, '', undefined, false, 1.5, 'x'].map(toCell)).toEqual(['#N/A', '#N/A', '', 'false', '1.5', 'x']);
    expect(isUnsayable('#N/A')).toBe(true);
    expect(isUnsayable(null)).toBe(false);
  });
});
