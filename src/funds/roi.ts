/**
 * What co-marketing money brought. The cost of a request is what was paid of its claims. Its revenue comes from the campaign it is
 * for, as far as it paid for that campaign; without a campaign it is the deals that its partner won in the time after it. The
 * return is on revenue unless it says margin, and undefined where nothing was paid.
 */
import { allocate, type Money } from '../model/money.ts';
import { percentOf } from './accrual.ts';
import { dayAfter, sumOf } from './amounts.ts';

/** A request with what was paid of it. Amounts are minor units of `currency`. */
export interface Activity {
  readonly requestId: string;
  readonly title: string;
  readonly activity: string | null;
  readonly budgetId: string;
  readonly partnerId: string | null;
  readonly campaignId: string | null;
  readonly currency: string;
  readonly paid: bigint;
  readonly promised: bigint;
  readonly startsOn: string | null;
}

/** Revenue in its own currency, and what the ledger says it is worth in the reporting currency at the rates of its days. */
export interface Worth {
  readonly currency: string;
  readonly revenue: bigint;
  readonly reporting: Money;
}

/** What the ledger credits to a campaign under one model. */
export interface CampaignCredit extends Worth {
  readonly campaignId: string;
  readonly deals: number;
}

export interface CampaignCost {
  readonly campaignId: string;
  readonly currency: string;
  readonly cost: bigint;
}

/** A deal as the ledger has it, of the partner it came of. */
export interface PartnerDeal extends Worth {
  readonly id: string;
  readonly partnerId: string;
  /** The day it was won. */
  readonly wonOn: string;
}

/** Revenue as money of a fund's currency where the ledger knows it so; else as it is, and it is not added to anything. */
export function worthIn(currency: string, { currency: own, revenue, reporting }: Worth): Money {
  return own !== currency && reporting.currency === currency ? reporting : { minor: revenue, currency: own };
}

export interface RoiFacts {
  readonly activities: readonly Activity[];
  readonly credits: readonly CampaignCredit[];
  readonly costs: readonly CampaignCost[];
  readonly deals: readonly PartnerDeal[];
  readonly windowDays: number;
}

/** From where revenue is known: the campaign's credits, the deals of the partner in the time after the activity; unknown without campaign and day. */
export type RevenueFrom = 'campaign' | 'partner deals' | 'unknown';

export interface ActivityRoi extends Activity {
  readonly from: RevenueFrom;
  readonly revenue: bigint;
  /** What came in other currencies: it is not added. */
  readonly otherCurrencies: readonly { readonly currency: string; readonly revenue: bigint }[];
  readonly deals: number;
}

/** The revenue of each request. No amount counts twice: requests for one campaign, or in the same time, share it by what they paid. */
export function activityRoi(facts: RoiFacts): ActivityRoi[] {
  const got = new Map<string, { currency: string; revenue: bigint }[]>();
  const deals = new Map<string, number>();
  const give = (id: string, currency: string, revenue: bigint) =>
    got.set(id, [...(got.get(id) ?? []), { currency, revenue }]);
  const paying = facts.activities.filter(({ paid }) => paid > 0n);

  for (const [campaignId, mine] of Map.groupBy(
    paying.filter(({ campaignId }) => campaignId !== null),
    (each) => each.campaignId,
  )) {
    const cost = facts.costs.find((each) => each.campaignId === campaignId);
    for (const credit of facts.credits.filter((each) => each.campaignId === campaignId)) {
      for (const [currency, alike] of Map.groupBy(mine, (each) => each.currency)) {
        const paid = sumOf(alike, (each) => each.paid);
        // Of a campaign that cost more than the fund paid, the fund has only its part.
        const rest = cost?.currency === currency && cost.cost > paid ? cost.cost - paid : 0n;
        // Funds in several currencies cannot be weighed against each other: the first one has it, the others nothing.
        if (currency !== mine[0]?.currency) continue;
        const worth = worthIn(currency, credit);
        const shares = allocate(worth, [...alike.map((each) => each.paid), rest]);
        for (const [n, each] of alike.entries()) {
          give(each.requestId, worth.currency, shares[n]?.minor ?? 0n);
          deals.set(each.requestId, (deals.get(each.requestId) ?? 0) + credit.deals);
        }
      }
    }
  }

  const timed = paying.filter(
    ({ campaignId, partnerId, startsOn }) => campaignId === null && partnerId !== null && startsOn !== null,
  );
  for (const deal of facts.deals) {
    const mine = timed.filter(
      ({ partnerId, startsOn }) =>
        partnerId === deal.partnerId &&
        startsOn !== null &&
        startsOn <= deal.wonOn &&
        deal.wonOn <= dayAfter(startsOn, facts.windowDays),
    );
    const [first] = mine;
    if (first === undefined) continue;
    const alike = mine.filter(({ currency }) => currency === first.currency);
    const worth = worthIn(first.currency, deal);
    const shares = allocate(
      worth,
      alike.map(({ paid }) => paid),
    );
    for (const [n, each] of alike.entries()) {
      give(each.requestId, worth.currency, shares[n]?.minor ?? 0n);
      deals.set(each.requestId, (deals.get(each.requestId) ?? 0) + 1);
    }
  }

  return facts.activities.map((each) => {
    const mine = got.get(each.requestId) ?? [];
    const others = Map.groupBy(
      mine.filter(({ currency }) => currency !== each.currency),
      ({ currency }) => currency,
    );
    return {
      ...each,
      from:
        each.campaignId !== null
          ? 'campaign'
          : each.partnerId !== null && each.startsOn !== null
            ? 'partner deals'
            : 'unknown',
      revenue: sumOf(mine, ({ currency, revenue }) => (currency === each.currency ? revenue : 0n)),
      otherCurrencies: [...others].map(([currency, amounts]) => ({
        currency,
        revenue: sumOf(amounts, ({ revenue }) => revenue),
      })),
      deals: deals.get(each.requestId) ?? 0,
    };
  });
}

export interface RoiRow {
  readonly key: string;
  readonly currency: string;
  readonly requests: number;
  readonly promised: bigint;
  readonly cost: bigint;
  readonly revenue: bigint;
  readonly otherCurrencies: readonly { readonly currency: string; readonly revenue: bigint }[];
  /** (revenue - cost) / cost with four decimals; null where nothing was paid, or the revenue is unknown. */
  readonly roi: string | null;
  /** The same of the margin in the revenue; null also where the margin is not known. */
  readonly roiOnMargin: string | null;
  /** Money was drawn and nothing came of it. */
  readonly withoutResult: boolean;
}

/** Sums by `keyOf`; amounts of two currencies are two rows. `margin`: the percentage of revenue that is margin; null: not known. */
export function roiRows(
  activities: readonly ActivityRoi[],
  keyOf: (activity: ActivityRoi) => string,
  margin: string | null,
): RoiRow[] {
  return [...Map.groupBy(activities, (each) => `${keyOf(each)}\u0000${each.currency}`)].map(([, mine]) => {
    const [first] = mine;
    const currency = first?.currency ?? '';
    const cost = sumOf(mine, ({ paid }) => paid);
    const revenue = sumOf(mine, (each) => each.revenue);
    const other = Map.groupBy(
      mine.flatMap(({ otherCurrencies }) => otherCurrencies),
      (each) => each.currency,
    );
    // What is not known is neither nothing nor a loss.
    const isKnown = mine.some(({ from, paid }) => paid > 0n && from !== 'unknown');
    return {
      key: first ? keyOf(first) : '',
      currency,
      requests: mine.length,
      promised: sumOf(mine, ({ promised }) => promised),
      cost,
      revenue,
      otherCurrencies: [...other].map(([code, amounts]) => ({
        currency: code,
        revenue: sumOf(amounts, (each) => each.revenue),
      })),
      roi: isKnown ? returnOn(revenue, cost) : null,
      roiOnMargin: margin === null || !isKnown ? null : returnOn(percentOf(revenue, margin), cost),
      withoutResult: isKnown && revenue === 0n && other.size === 0,
    };
  });
}

/** (gain - cost) / cost with four decimals, rounded half away from zero; null where there is no cost: undefined, not zero. */
export function returnOn(gain: bigint, cost: bigint): string | null {
  if (cost <= 0n) return null;
  const product = (gain - cost) * 10_000n;
  const negative = product < 0n;
  const rounded = ((negative ? -product : product) * 2n + cost) / (cost * 2n);
  const digits = rounded.toString().padStart(5, '0');
  return `${negative && rounded > 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
