import type { StatedRate } from '../connector.ts';
import type { HubSpotClient } from './client.ts';
import { paths } from './paths.ts';

interface ExchangeRate {
  readonly fromCurrencyCode: string;
  readonly toCurrencyCode: string;
  readonly conversionRate: number;
  /** ISO instant. */
  readonly effectiveAt: string;
}
interface RateList {
  readonly results: readonly ExchangeRate[];
  readonly paging?: { readonly next?: { readonly after?: string } };
}

/**
 * The portal's exchange rates, past ones too: units of the company currency for one of another. Needs the scope
 * settings.currencies.read. Of several that begin on one day the last counts.
 */
export async function readRates(client: HubSpotClient): Promise<StatedRate[]> {
  const found: ExchangeRate[] = [];
  let after: string | undefined;
  do {
    const page: RateList = await client.call({
      kind: 'read',
      method: 'GET',
      path: paths.exchangeRates,
      query: { limit: '100', ...(after === undefined ? {} : { after }) },
      repeatable: true,
      accept: isRateList,
    });
    found.push(...page.results);
    after = page.paging?.next?.after;
  } while (after !== undefined);
  const byDay = new Map<string, ExchangeRate>();
  for (const rate of found.sort((a, b) => (a.effectiveAt < b.effectiveAt ? -1 : a.effectiveAt > b.effectiveAt ? 1 : 0)))
    byDay.set(`${rate.fromCurrencyCode} ${rate.toCurrencyCode} ${rate.effectiveAt.slice(0, 10)}`, rate);
  return [...byDay.values()]
    .filter((rate) => rate.fromCurrencyCode !== rate.toCurrencyCode)
    .map((rate) => ({
      from: rate.fromCurrencyCode,
      to: rate.toCurrencyCode,
      rate: decimalText(rate.conversionRate),
      date: rate.effectiveAt.slice(0, 10),
      isDated: true,
    }));
}

function isRateList(body: unknown): body is RateList {
  const results = (body as { results?: unknown } | null)?.results;
  return Array.isArray(results) && results.every(isRate);
}

function isRate(value: unknown): value is ExchangeRate {
  const rate = (value ?? {}) as Record<string, unknown>;
  return (
    typeof rate.fromCurrencyCode === 'string' &&
    typeof rate.toCurrencyCode === 'string' &&
    typeof rate.conversionRate === 'number' &&
    typeof rate.effectiveAt === 'string'
  );
}

/** A number of JSON as it was written, without an exponent. */
function decimalText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text;
}
