/** Who bears the cost of a campaign, and when. Pure. */
import { allocate, type Money } from '../../model/money.ts';

/** How many leads of a partner ('': of nobody) answered a campaign. */
export interface Responders {
  readonly partner: string;
  readonly total: number;
  /** Of these, up to the day before the period, and up to its end. */
  readonly before: number;
  readonly through: number;
}

/**
 * The part of a campaign's cost that falls on each partner in a period: its leads' share of all that answered (largest remainder,
 * so that the shares are the cost exactly), spread over their first answers as they came. Shares of periods that follow each
 * other add up to that of both. A campaign that nobody answered is with no partner, and in no period that has a bound.
 */
export function shareCost(cost: Money, responders: readonly Responders[], bounded: boolean): Map<string, bigint> {
  const inOrder = responders.filter(({ total }) => total > 0).sort((a, b) => (a.partner < b.partner ? -1 : 1));
  if (inOrder.length === 0) return new Map(bounded ? [] : [['', cost.minor]]);
  const shares = allocate(
    cost,
    inOrder.map(({ total }) => BigInt(total)),
  );
  return new Map(
    inOrder.map(({ partner, total, before, through }, place) => {
      const share = shares[place]?.minor ?? 0n;
      const upTo = (count: number) => (share * BigInt(count)) / BigInt(total);
      return [partner, upTo(through) - upTo(before)];
    }),
  );
}
