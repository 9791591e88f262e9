/** Books to book in, where a test is not about rates: one currency, or rates as given. */
import type { Books } from '../../src/revenue/ledger.ts';
import type { LedgerRules } from '../../src/revenue/ledger-config.ts';
import { type Rate, rateFinder } from '../../src/revenue/rates.ts';

export const LEDGER_RULES: LedgerRules = {
  currency: 'USD',
  timeZone: 'UTC',
  ceiling: 1_000_000_000,
  rateOrder: ['crm:salesforce', 'crm:hubspot', 'file'],
  maxAgeDays: 31,
};

/** One euro is 1.1 dollars for ever. */
export const EURO: Rate = {
  source: 'crm:salesforce',
  from: 'EUR',
  to: 'USD',
  date: '2000-01-01',
  rate: '1.1',
  isDated: true,
};

export function booksAt(now: string, rates: readonly Rate[] = [EURO], rules: LedgerRules = LEDGER_RULES): Books {
  return { now, rules, findRate: rateFinder(rates, rules.rateOrder, rules.maxAgeDays), closedThrough: null };
}
