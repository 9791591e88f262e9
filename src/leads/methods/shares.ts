import type { PartnerState } from '../../model/partner.ts';
import type { SharesConfig } from '../routing-schema.ts';
import { fold } from '../text.ts';

/** What a partner's turn lasts in a route that hands leads out by shares: the larger its share, the shorter. */
export type Stride = (partner: PartnerState) => number;

/** The turn of a partner with a share of 1. Whole numbers, so that the order of sums changes nothing. */
const UNIT = 1_000_000;

/** The strides by the shares of a route: of the partner by name, else of its tier, else the one for all others; 0: no lead. */
export function stridesOf({ partner, tier, otherwise }: SharesConfig): Stride {
  const byName = new Map(Object.entries(partner).map(([name, share]) => [fold(name), share]));
  return ({ facts }) => {
    const share = byName.get(fold(facts.name)) ?? (facts.tier === null ? undefined : tier[facts.tier]) ?? otherwise;
    return share > 0 ? Math.max(1, Math.round(UNIT / share)) : 0;
  };
}

/**
 * Where the turn of a partner would begin (start-time fair queuing, Goyal, Vin and Cheng 1996): where its last one ended,
 * but not before the last one that anybody began, so that whoever was full or is new does not get all that it missed.
 * The one whose turn begins first is next.
 * @param begun where the last turn of any partner began (`lastBegun`)
 */
export function turnOf(partner: PartnerState, route: string, stride: Stride, begun: number): number {
  const last = partner.turns?.[route];
  return last === undefined ? begun : Math.max(begun, last + stride(partner));
}

/** Where the last turn of a route began. */
export function lastBegun(partners: readonly PartnerState[], route: string): number {
  return partners.reduce((latest, { turns }) => Math.max(latest, turns?.[route] ?? 0), 0);
}
