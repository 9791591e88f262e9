import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readRatesFile } from '../../src/revenue/rates-file.ts';

const read = (text: string) => readRatesFile('rates.csv', text);

describe('rates.csv', () => {
  test('as delivered states no rate', () => {
    expect(read(readFileSync('config/rates.csv', 'utf8'))).toEqual([]);
  });

  test('states a rate a line, its columns in any order, with remarks and blank lines between', () => {
    expect(read('\ufeff# from the bank\r\nFrom;To;Rate;Date\r\n\r\n"eur";USD;1.0842;2026-03-01\r\n')).toEqual([
      { source: 'file', from: 'EUR', to: 'USD', date: '2026-03-01', rate: '1.0842', isDated: true },
    ]);
  });

  test.each([
    ['day,from,to,rate\n', 'rates.csv:1:1: there is no column "date"'],
    ['date,from,to,rate\n2026-02-30,EUR,USD,1.1', 'rates.csv:2:1: "2026-02-30" is no date (as in 2026-03-31)'],
    ['date,from,to,rate\n2026-03-01,EURO,USD,1.1', 'rates.csv:2:12: "EURO" is no currency of ISO 4217'],
    ['date,from,to,rate\n2026-03-01,EUR,ZZZ,1.1', 'rates.csv:2:16: "ZZZ" is no currency'],
    ['date,from,to,rate\n2026-03-01,EUR,EUR,1', 'rates.csv:2:16: a rate is between two currencies'],
    ['date,from,to,rate\n2026-03-01,EUR,USD,0', 'rates.csv:2:20: a rate is above zero'],
    ['date,from,to,rate\n2026-03-01,EUR,USD,-1.1', 'rates.csv:2:20: "-1.1" is no decimal number above zero'],
    ['date,from,to,rate\n2026-03-01,EUR,USD,99999999999', 'rates.csv:2:20: no rate between two currencies is'],
    ['date,from,to,rate\n2026-03-01,EUR,USD', 'rates.csv:2:1: "" is no decimal number'],
    [
      'date,from,to,rate\n2026-03-01,EUR,USD,1.1\n\n2026-03-01,eur,usd,1.2',
      'rates.csv:4:1: line 2 states the rate of that day already',
    ],
  ])('%j is refused, with the place', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('all that is wrong is told at once', () => {
    expect(() => read('date,from,to,rate\nx,EUR,USD,1\n2026-03-01,EUR,USD,0')).toThrow(/2:1[\s\S]*3:20/);
  });
});
