/** What reconciliation leaves to people, in words. */
import { decimalOf, type Money } from '../model/money.ts';
import type { DealKit } from '../revenue/service/products.ts';
import { moneyText, sums, type Unrecorded } from '../revenue/unrecorded.ts';
import type { OpenReview } from '../store/reviews.ts';

interface Shown {
  readonly leadId?: string;
  readonly opportunity?: string;
  readonly probability: number;
  readonly reasons: readonly string[];
}

/** A question about a deal: the leads that it may have come of, each with its evidence, and how to answer. */
export function dealReviewText({ id, why, subject, createdAt }: OpenReview): string {
  const shown = (subject.candidates as readonly Shown[]).map((each) => ({
    ...each,
    name: each.leadId ?? each.opportunity ?? '',
  }));
  const several = shown.length > 1 ? ` --with ${shown.map(({ name }) => name).join('|')}` : '';
  return harmless([
    `${id}  since ${createdAt}`,
    `  ${why}`,
    ...shown.flatMap(({ name, probability, reasons }) => [
      `  ${name}  ${(probability * 100).toFixed(1)} %`,
      ...reasons.map((reason) => `      ${reason}`),
    ]),
    `  sluice reconcile review same ${id}${several}`,
    `  sluice reconcile review different ${id}`,
  ]);
}

export function unrecordedText(deals: readonly Unrecorded[]): string {
  if (deals.length === 0) return 'No won deal is at a company whose lead a partner had worked unnoticed.';
  const total = sums(deals).map(moneyText).join(', ');
  return harmless([
    `${deals.length} won ${deals.length === 1 ? 'deal' : 'deals'} (${total || 'no amounts'}) that nobody claimed, where a partner had worked a lead:`,
    ...deals.flatMap((deal) => [
      `${deal.id}  ${deal.name}  ${moneyText(deal.amount)}, closed ${deal.closeDate ?? 'on no day'}, ${deal.account ?? 'no account'} (${deal.record})`,
      `  ${deal.partner.name}, lead ${deal.lead}, ${(deal.probability * 100).toFixed(1)} %: ${deal.reasons.join('; ')}`,
      `  ${deal.step}`,
    ]),
  ]);
}

/** A deal with its kit, amounts as decimal text in the deal's currency. */
export function plainKit({ amount, kit, others, difference, ...deal }: DealKit): unknown {
  const plain = (money: Money | null) => (money === null ? null : decimalOf(money));
  const currency = amount?.currency ?? kit?.currency ?? null;
  return {
    ...deal,
    currency,
    amount: plain(amount),
    kit: plain(kit),
    others: plain(others),
    difference: plain(difference),
  };
}

export function kitsText(deals: readonly DealKit[]): string {
  if (deals.length === 0)
    return 'No won deal has product lines. They are read where `reads` of sluice.yaml lists products.';
  return harmless(
    deals.flatMap(({ id, name, record, amount, kit, others, share, difference, problems }) => [
      `${id}  ${name}  ${moneyText(amount)} (${record})`,
      `  own products ${moneyText(kit)}, others ${moneyText(others)}${share === null ? '' : `: ${(Number(share) * 100).toFixed(2)} % of the amount is own`}`,
      ...(difference === null ? [] : [`  its lines and its amount differ by ${moneyText(difference)}`]),
      ...problems.map((problem) => `  ${problem}`),
    ]),
  );
}

/** Control characters, with which a name in a CRM could steer the terminal, become spaces. */
function harmless(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, ' ')).join('\n');
}
