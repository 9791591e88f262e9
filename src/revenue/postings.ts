import type { Money } from '../model/money.ts';
import type { Entry } from '../model/revenue.ts';
import { monthOf } from './calendar.ts';

/** What the vendor has won with one deal: a claim, so it stands on the debit side. */
const dealAccount = (opportunityId: string): string => `deal:${opportunityId}`;
/** Revenue won in the month that it counts in. */
export const WON = 'won';
/** Revenue won, or taken back, about a month that was closed by then: it counts in a later one. */
const LATE = 'won late';

/** One side of an entry. Debits are positive, credits negative; the two sides of an entry are zero together in either currency. */
export interface Posting {
  readonly entryId: string;
  /** 1: the deal, 2: the revenue. */
  readonly side: 1 | 2;
  readonly account: string;
  readonly amount: Money;
  readonly reporting: Money;
}

/** The two sides of an entry: what the deal is worth more, and the revenue that this is. */
export function postingsOf(entry: Entry): [Posting, Posting] {
  const { id: entryId, amount, reporting, closeDate, period } = entry;
  const isLate = closeDate !== null && monthOf(closeDate) < period;
  const other = ({ minor, currency }: Money): Money => ({ minor: -minor, currency });
  return [
    { entryId, side: 1, account: dealAccount(entry.opportunityId), amount, reporting },
    { entryId, side: 2, account: isLate ? LATE : WON, amount: other(amount), reporting: other(reporting) },
  ];
}
