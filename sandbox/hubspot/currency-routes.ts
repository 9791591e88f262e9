import { CURRENCIES } from './options.ts';
import { intParam, paging } from './query.ts';
import { type Context, type Reply, type Route, route } from './router.ts';

/** From when on the rates that a portal begins with are in force. */
const FIRST = '2000-01-01T00:00:00Z';

/** The exchange rates to the company currency, one a currency. */
function listRates(context: Context): Reply {
  const { portal, query } = context;
  const limit = intParam(query, 'limit', 100, 100);
  const after = Number(query.get('after') ?? 0);
  const rates = [...CURRENCIES]
    .filter(([code]) => code !== portal.homeCurrency)
    .map(([code, rate], place) => ({
      id: String(place + 1),
      fromCurrencyCode: code,
      toCurrencyCode: portal.homeCurrency,
      conversionRate: Number(rate),
      effectiveAt: FIRST,
      createdAt: FIRST,
      updatedAt: FIRST,
      visibleInUI: true,
    }));
  const next = after + limit;
  return {
    status: 200,
    body: {
      results: rates.slice(after, next),
      ...(next < rates.length ? { paging: paging(context.self, query, String(next)) } : {}),
    },
  };
}

export const currencyRoutes: readonly Route[] = [
  route('GET currencies/exchange-rates', { kind: 'currencies.rates', scopes: ['settings.currencies.read'] }, listRates),
];
