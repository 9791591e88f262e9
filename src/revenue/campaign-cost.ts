/** What a campaign cost, where the CRM states it and partners were paid for it as well: one cost, not two. */
import type { Money } from '../model/money.ts';
import { compareIds } from './moment.ts';

/** What was paid on a claim that is tied to the campaign. */
export interface PaidClaim {
  readonly id: string;
  readonly paid: Money;
}

export interface CampaignCost {
  /** What counts, a line a currency: several only where the campaign states none and claims were paid in several. */
  readonly costs: readonly Money[];
  /** Whose word that is; null: nobody states a cost. */
  readonly source: 'campaign' | 'claims' | null;
  /** What co-marketing funds paid, by currency: a part of the cost, not beside it. */
  readonly funded: readonly Money[];
  /** By how much claims of the cost's own currency exceed it: the cost is stated too low, or somebody was paid too much. */
  readonly over: Money | null;
}

/**
 * The cost of a campaign has one source of record. Where the CRM states one, it counts and paid claims fund it, in whatever
 * currency; else what was paid on claims is all that is known of it. A cost of zero is none stated. A claim counts once, by its id.
 */
export function costOf(campaign: { readonly cost: Money | null }, claims: readonly PaidClaim[]): CampaignCost {
  const once = new Map(claims.map((claim) => [claim.id, claim.paid]));
  const sums = new Map<string, bigint>();
  for (const { minor, currency } of once.values()) sums.set(currency, (sums.get(currency) ?? 0n) + minor);
  const funded = [...sums]
    .filter(([, minor]) => minor !== 0n)
    .map(([currency, minor]) => ({ minor, currency }))
    .sort((a, b) => compareIds(a.currency, b.currency));
  const { cost } = campaign;
  if (cost === null || cost.minor === 0n)
    return { costs: funded, source: funded.length > 0 ? 'claims' : null, funded, over: null };
  const own = sums.get(cost.currency) ?? 0n;
  const over = own > cost.minor ? { minor: own - cost.minor, currency: cost.currency } : null;
  return { costs: [cost], source: 'campaign', funded, over };
}
