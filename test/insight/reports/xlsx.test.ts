import { expect, test } from '@jest/globals';
import { readSheet } from 'read-excel-file/node';
import { toXlsx } from '../../../src/insight/reports/xlsx.ts';
import type { Report } from '../../../src/model/report.ts';

const REPORT: Report = {
  name: 'x',
  tables: [
    {
      name: 'rows',
      title: 'Rows',
      columns: [
        { key: 'name', title: 'Name', type: 'text', about: 'who' },
        { key: 'n', title: 'N', type: 'count' },
        { key: 'amount', title: 'Amount', type: 'money' },
        { key: 'rate', title: 'Rate', type: 'rate' },
      ],
      rows: [
        { name: '=HYPERLINK("http://evil","x")', n: 3, amount: { minor: 123_456n, currency: 'USD' }, rate: '0.2500' },
        { name: '+1-2\u0000\u0007', n: 0, amount: { minor: -5n, currency: 'JPY' }, rate: null },
        { name: '123', n: 1, amount: { minor: 900_719_925_474_099_301n, currency: 'USD' }, rate: '-1.0000' },
      ],
      totals: [{ name: 'Total', n: 4, amount: null, rate: null }],
    },
  ],
};

test('a workbook read back has amounts and rates as numbers and every text as text', async () => {
  const bytes = Buffer.from(await toXlsx(REPORT));
  expect(await readSheet(bytes, 'rows')).toEqual([
    ['Name', 'N', 'Amount', 'Rate'],
    ['=HYPERLINK("http://evil","x")', 3, 1234.56, 0.25],
    ['+1-2', 0, -5, null],
    ['123', 1, '9007199254740993.01 USD', -1],
    ['Total', 4, null, null],
  ]);
  expect(await readSheet(bytes, 'What it means')).toEqual([
    ['Table', 'Figure', 'Meaning'],
    ['rows', 'Name', 'who'],
  ]);
});
