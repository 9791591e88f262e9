import type { StatedRate } from '../connector.ts';
import type { Descriptions } from './describe.ts';
import type { Reader } from './read.ts';

/**
 * The exchange rates of an org that uses several currencies, none elsewhere: those by date where advanced currency management
 * is on, and the one that each currency has now. Salesforce states units of a currency for one of the corporate one. A dated
 * rate counts until the day before the next one of its currency, which is what NextStartDate says.
 */
export async function readRates(descriptions: Descriptions, reader: Reader): Promise<StatedRate[]> {
  if ((await descriptions.describe('CurrencyType')) === null) return [];
  const types = await reader.allRows(
    'read',
    'query',
    'SELECT IsoCode, ConversionRate, IsCorporate, LastModifiedDate FROM CurrencyType ORDER BY IsoCode',
  );
  const corporate = types.find((row) => row.IsCorporate === true)?.IsoCode;
  if (typeof corporate !== 'string') return [];
  const rate = (row: Readonly<Record<string, unknown>>, date: unknown, isDated: boolean): StatedRate[] => {
    const { IsoCode: to, ConversionRate: value } = row;
    if (typeof to !== 'string' || to === corporate || typeof value !== 'number' || typeof date !== 'string') return [];
    return [{ from: corporate, to, rate: decimalText(value), date: date.slice(0, 10), isDated }];
  };
  const dated =
    (await descriptions.describe('DatedConversionRate')) === null
      ? []
      : await reader.allRows(
          'read',
          'query',
          'SELECT IsoCode, ConversionRate, StartDate FROM DatedConversionRate ORDER BY IsoCode, StartDate',
        );
  return [
    ...dated.flatMap((row) => rate(row, row.StartDate, true)),
    ...types.flatMap((row) => rate(row, row.LastModifiedDate, false)),
  ];
}

/** A number of JSON as it was written, without an exponent. */
function decimalText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text;
}
