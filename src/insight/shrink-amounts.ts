/**
 * Amounts a lead drawn to those of peers. Pure.
 *
 * The normal-normal model (A. Gelman et al., Bayesian Data Analysis, 3rd ed., 5.4): the true mean of each partner is normal about the
 * peers' mean with the standard deviation τ, its measured mean normal about the true one with the variance σ² / leads, σ² being
 * that of single leads, pooled over all peers. The peers' mean and τ are summed out: τ over a lattice on which it is as likely anywhere up to
 * three times σ. Amounts of single leads are far from normal, most being nothing: with few leads the interval is a guide, no promise.
 */
import { normalQuantile } from '../model/statistics.ts';

/** Amounts of one partner's leads, in one currency's minor units. They are estimated, not booked: numbers will do. */
export interface Amounts {
  readonly leads: number;
  readonly sum: number;
  /** Of each amount, squared. */
  readonly squares: number;
}

interface Node {
  readonly tau: number;
  readonly mean: number;
  /** Of the peers' mean. */
  readonly variance: number;
  readonly weight: number;
}

/** What amounts of a group of peers are like. */
export interface PeerAmounts {
  readonly mean: number;
  /** Standard deviation of the true means about it. */
  readonly spread: number;
  /** Variance of single leads. */
  readonly within: number;
  readonly nodes: readonly Node[];
}

export interface ShrunkAmount {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly deviation: number;
  /** How much the partner's own data count, 0 to 1. */
  readonly own: number;
}

/** τ of the lattice beside σ: each 20 % above the one before. */
const TAUS = Array.from({ length: 32 }, (_, n) => 0.01 * 1.2 ** n).filter((tau) => tau < 3);

/** Learns what peers are like; null where none has a lead, or where no partner shows by how much leads differ. */
export function peerAmounts(peers: readonly Amounts[]): PeerAmounts | null {
  const told = peers
    .filter(({ leads }) => leads > 0)
    .sort((a, b) => a.leads - b.leads || a.sum - b.sum || a.squares - b.squares);
  const freedom = told.reduce((sum, { leads }) => sum + leads - 1, 0);
  const inside = told.reduce(
    (sum, { leads, sum: own, squares }) => sum + Math.max(0, squares - (own * own) / leads),
    0,
  );
  if (freedom === 0 || inside === 0) return null;
  const within = inside / freedom;
  const places = TAUS.map((beside) => {
    const tau = beside * Math.sqrt(within);
    const measured = told.map(({ leads, sum }) => ({ mean: sum / leads, variance: within / leads + tau * tau }));
    const precision = measured.reduce((sum, { variance }) => sum + 1 / variance, 0);
    const mean = measured.reduce((sum, each) => sum + each.mean / each.variance, 0) / precision;
    const log = measured.reduce(
      (sum, each) => sum - 0.5 * Math.log(each.variance) - (0.5 * (each.mean - mean) ** 2) / each.variance,
      -0.5 * Math.log(precision) + Math.log(tau),
    );
    return { tau, mean, variance: 1 / precision, log };
  });
  const most = Math.max(...places.map(({ log }) => log));
  const weights = places.map(({ log }) => Math.exp(log - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const nodes = places.map(({ tau, mean, variance }, n) => ({
    tau,
    mean,
    variance,
    weight: (weights[n] ?? 0) / total,
  }));
  const spread = Math.sqrt(expected(nodes, ({ tau }) => tau * tau));
  return { mean: expected(nodes, ({ mean }) => mean), spread, within, nodes };
}

/** The true mean of one of the peers that were learned from. */
export function shrinkAmount(peers: PeerAmounts, { leads, sum }: Amounts, confidence: number): ShrunkAmount {
  const given = peers.nodes.map((node) => {
    // Without a lead of its own nothing but the peers speaks.
    const own = leads === 0 ? 0 : node.tau ** 2 / (node.tau ** 2 + peers.within / leads);
    const measured = leads === 0 ? 0 : sum / leads;
    return {
      weight: node.weight,
      own,
      mean: own * measured + (1 - own) * node.mean,
      variance: (1 - own) * node.tau ** 2 + (1 - own) ** 2 * node.variance,
    };
  });
  const estimate = expected(given, ({ mean }) => mean);
  const variance = expected(given, ({ mean, variance: own }) => own + (mean - estimate) ** 2);
  const deviation = Math.sqrt(variance);
  const reach = normalQuantile((1 + confidence) / 2) * deviation;
  return {
    estimate,
    low: Math.max(0, estimate - reach),
    high: estimate + reach,
    deviation,
    own: expected(given, ({ own }) => own),
  };
}

function expected<N extends { readonly weight: number }>(nodes: readonly N[], value: (node: N) => number): number {
  return nodes.reduce((sum, node) => sum + node.weight * value(node), 0);
}
