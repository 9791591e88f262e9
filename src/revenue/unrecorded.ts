/** Won deals at companies whose lead a partner had worked, and which nobody claimed: revenue of the channel that no report shows. */
import { decimalOf, type Money } from '../model/money.ts';
import { compareIds } from './moment.ts';

/** What is known of a won deal that no partner is recorded to have brought, and of a lead of its company. */
export interface UnclaimedDeal {
  readonly id: string;
  readonly name: string;
  /** As "salesforce 006...": where to correct it. */
  readonly record: string;
  readonly amount: Money | null;
  readonly closeDate: string | null;
  readonly account: string | null;
  /** The open question about it. */
  readonly review: string | null;
  /** The matched lead that no partner accepted. */
  readonly directLead: string | null;
  readonly partner: { readonly id: string; readonly name: string };
  readonly lead: string;
  readonly acceptedAt: string;
  /** That the deal came of the lead. */
  readonly probability: number;
  readonly reasons: readonly string[];
}

export interface Unrecorded extends Omit<UnclaimedDeal, 'review' | 'directLead'> {
  /** What to do about it. */
  readonly step: string;
}

/** The deals with the step to take, the likeliest first, then the largest of a currency. */
export function unrecorded(deals: readonly UnclaimedDeal[]): Unrecorded[] {
  return deals
    .map(({ review, directLead, ...deal }) => ({ ...deal, step: stepOf({ review, directLead, ...deal }) }))
    .sort(
      (a, b) =>
        b.probability - a.probability ||
        compareIds(a.amount?.currency ?? '', b.amount?.currency ?? '') ||
        Number((b.amount?.minor ?? 0n) - (a.amount?.minor ?? 0n)) ||
        compareIds(a.id, b.id),
    );
}

function stepOf({ review, directLead, partner, lead, account }: UnclaimedDeal): string {
  if (review !== null)
    return `Say whether it came of the lead: sluice reconcile review same ${review}, or different ${review}.`;
  const ask = `Ask ${partner.name} whether it brought the deal`;
  if (directLead !== null)
    return `${ask}: it is matched to ${directLead}, whom no partner took. If so, name the partner on the deal.`;
  const where = account === null ? '; give the deal its account' : '';
  return `${ask}. If so, give the person of ${lead} a contact role in the deal, or name the partner on it${where}.`;
}

/** The sum of each currency, by currency. */
export function sums(deals: readonly Unrecorded[]): Money[] {
  const byCurrency = new Map<string, bigint>();
  for (const { amount } of deals)
    if (amount) byCurrency.set(amount.currency, (byCurrency.get(amount.currency) ?? 0n) + amount.minor);
  return [...byCurrency]
    .map(([currency, minor]) => ({ currency, minor }))
    .sort((a, b) => compareIds(a.currency, b.currency));
}

/** As "12000.00 USD". */
export function moneyText(money: Money | null): string {
  return money === null ? 'no amount' : `${decimalOf(money)} ${money.currency}`;
}
