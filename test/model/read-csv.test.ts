import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { outcomesIn } from '../../src/leads/predict/label.ts';
import { csvLine } from '../../src/model/csv.ts';
import { readCsv, textOf } from '../../src/model/read-csv.ts';

const cellsOf = (text: string, name: string) =>
  readCsv(text).table.columns.find((column) => column.name === name)?.cells;

describe('a CSV file', () => {
  test('that was written by the rules is read back cell by cell, with line breaks, quotes and separators in texts', () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', 'B', '7', '"', ',', '\n', ';', 'ä') })
      .map((text) => `x${text}x`);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 10 }), (rows) => {
        const text = [['first', 'second'], ...rows].map((row) => csvLine(row)).join('');
        const { table, badRows } = readCsv(text);
        expect(badRows).toEqual([]);
        expect(table.columns.map(({ cells }) => cells)).toEqual([rows.map(([a]) => a), rows.map(([, b]) => b)]);
      }),
    );
  });

  test.each([';', '\t', '|'])('may separate its fields by %j', (separator) => {
    const text = ['won,city', '1,Ulm', '0,Bonn', '1,Kiel'].join('\n').replaceAll(',', separator);
    expect(cellsOf(text, 'city')).toEqual(['Ulm', 'Bonn', 'Kiel']);
    expect(readCsv(text).notes).toEqual([`fields are separated by ${JSON.stringify(separator)}`]);
  });

  test('may begin with a byte order mark, in UTF-8 and in UTF-16', () => {
    expect(cellsOf(textOf(Buffer.from('\ufeffwon,city\n1,Köln\n', 'utf8')), 'won')).toEqual(['1']);
    expect(cellsOf(textOf(Buffer.from('\ufeffwon,city\n1,Köln\n', 'utf16le')), 'city')).toEqual(['Köln']);
  });

  test('keeps the good rows beside a row of the wrong width, and says in which line that one stands', () => {
    const { table, badRows, lines } = readCsv(
      [
        'won,city',
        '1,"Ulm',
        'on the Danube"',
        '0,Bonn,too much',
        '1',
        ...Array.from({ length: 8 }, () => '0,Kiel'),
      ].join('\r\n'),
    );
    expect(badRows).toEqual([
      { line: 4, problem: '3 fields where the first line names 2' },
      { line: 5, problem: '1 fields where the first line names 2' },
    ]);
    expect(table.size).toBe(9);
    expect(lines.slice(0, 3)).toEqual([2, 6, 7]);
  });

  test('with a quote that is never closed is refused with the line where it opens', () => {
    expect(() => readCsv('won,city\n1,Ulm\n0,"Bonn\n1,Kiel\n')).toThrow(/line 3: a quote is opened and never closed/);
  });

  test('with text behind a closed quote is refused with its line', () => {
    expect(() => readCsv('won,city\n1,Ulm\n0,"Bonn" x,y\n1,Kiel\n')).toThrow(/line 3: a quote/);
  });

  test.each([
    ['', /the file is empty/],
    ['\n\n', /the file is empty/],
    ['won,city\n', /names and no rows/],
    ['won\n1\n', /one column only, "won"/],
    ['won,city\n1\n2\n3\n', /3 of 3 rows do not have the 2 fields.*line 2/],
  ])('%j is refused with why', (text, why) => {
    expect(() => readCsv(text)).toThrow(why);
  });

  test('with the same name over two columns keeps both and says how the second is called', () => {
    const { table, notes, duplicates } = readCsv('city,won,city\nUlm,1,Bonn\n');
    expect(table.columns.map(({ name }) => name)).toEqual(['city', 'won', 'city (2)']);
    expect(notes.join()).toContain('"city" names more than one column');
    expect([...duplicates]).toEqual(['city']);
  });
});

describe('a label', () => {
  const read = (cells: string[], won?: string) => outcomesIn({ name: 'deal', cells }, won);

  test.each([
    [
      ['1', '0', ''],
      [1, 0, null],
    ],
    [
      ['1.0', '0.0', 'n/a'],
      [1, 0, null],
    ],
    [
      ['Yes', 'no', 'YES'],
      [1, 0, 1],
    ],
    [
      ['Closed Won', 'Closed Lost', 'closed won'],
      [1, 0, 1],
    ],
    [
      ['Won', 'Rejected', 'Won'],
      [1, 0, 1],
    ],
    [
      ['TRUE', 'FALSE', ''],
      [1, 0, null],
    ],
  ])('of %j says which leads were won; blank is open', (cells, won) => {
    expect(read(cells as string[]).won).toEqual(won);
  });

  test('whose words do not say it asks which value means won, and takes the answer', () => {
    expect(() => read(['A', 'B'])).toThrow(/which of the two values of "deal" means won: "a" \(1\), "b" \(1\)/);
    expect(read(['A', 'B'], 'B').won).toEqual([0, 1]);
    expect(() => read(['A', 'B'], 'C')).toThrow(/no value "C", but "a" \(1\), "b" \(1\)/);
  });

  test('of three values is refused with the values and how often each occurs', () => {
    expect(() => read(['won', 'lost', 'lost', 'open'])).toThrow(
      /has 3 values where two are needed: "lost" \(2\), "won" \(1\), "open" \(1\)/,
    );
  });

  test('of one value, or blank, is refused', () => {
    expect(() => read(['1', '1', ''])).toThrow(/one value only: "1" \(2\)/);
    expect(() => read(['', ''])).toThrow(/blank in every row/);
  });
});
