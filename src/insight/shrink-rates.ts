/**
 * Rates of partners drawn to those of their peers, so that three deals do not make a champion. Pure.
 *
 * The model (A. Gelman et al., Bayesian Data Analysis, 3rd ed., 5.3): the true rates of peers are of one beta distribution with
 * the mean μ and the strength M (as much as M leads of the average), the hits of each are binomial. What μ and M are is not
 * pretended to be known: both are summed out over a lattice. Before the data speak, μ is as likely anywhere from 0 to 1, and
 * √(1 / (M + 1)), the spread of true rates beside √(μ (1 - μ)), is half-normal with the scale 0.35: partners of one category seldom
 * differ by more than twice that, and few of them cannot say by how much. Given μ and M the rate of a partner
 * is of the distribution beta(μM + hits, (1 - μ)M + of - hits); the mixture over the lattice is told by the beta distribution of
 * the same mean and variance, so that intervals count in that the peers' mean and spread are themselves only estimated.
 */
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import type { Share } from '../model/statistics.ts';
import { logBeta } from './log-gamma.ts';

/** One place of the lattice: a beta distribution of peers, and how likely it is. */
interface Node {
  readonly mean: number;
  readonly strength: number;
  readonly weight: number;
}

/** What the rates of a group of peers are like. */
export interface PeerRates {
  /** Expected mean of the true rates. */
  readonly mean: number;
  /** Expected standard deviation of the true rates about it. */
  readonly spread: number;
  readonly nodes: readonly Node[];
}

/** A true rate as far as it is known: beta(a, b), with its mean and an interval. */
export interface ShrunkRate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly a: number;
  readonly b: number;
  /** How much the partner's own data count beside those of its peers, 0 to 1. */
  readonly own: number;
}

/** √(1 / (M + 1)) of the lattice: each a fifth above the one before. */
const SPREADS = Array.from({ length: 24 }, (_, n) => 0.012 * 1.2 ** n).filter((spread) => spread < 0.75);
/** The scale of their half-normal distribution. */
const SCALE = 0.35;
/** Places of μ, in standard deviations about its likeliest value given M. */
const PLACES = [-3, -2.25, -1.5, -0.75, 0, 0.75, 1.5, 2.25, 3];
/** Less likely places change no figure that is shown. */
const LEAST_WEIGHT = 1e-7;

/** Learns what peers are like; null where none of them has any data. */
export function peerRates(peers: readonly Share[]): PeerRates | null {
  const told = grouped(peers);
  if (told.length === 0) return null;
  const hits = told.reduce((sum, share) => sum + share.times * share.hits, 0);
  const of = told.reduce((sum, share) => sum + share.times * share.of, 0);
  // Each summit lies near the one before.
  let near = { mode: logit((hits + 0.5) / (of + 1)), deviation: 1 };
  const places = SPREADS.flatMap((spread) => {
    const strength = 1 / (spread * spread) - 1;
    const density = (at: number) => logDensity(told, at, strength);
    near = summit(density, near);
    const { mode, deviation } = near;
    return PLACES.map((place) => {
      const at = mode + place * deviation;
      // The width of what the place stands for: of the lattice of spreads, and of that of means.
      return {
        mean: logistic(at),
        strength,
        log: density(at) + Math.log(spread * deviation) - 0.5 * (spread / SCALE) ** 2,
      };
    });
  });
  const most = Math.max(...places.map(({ log }) => log));
  const likely = places
    .map(({ mean, strength, log }) => ({ mean, strength, weight: Math.exp(log - most) }))
    .filter(({ weight }) => weight > LEAST_WEIGHT);
  const total = likely.reduce((sum, { weight }) => sum + weight, 0);
  const nodes = likely.map((node) => ({ ...node, weight: node.weight / total }));
  const mean = expected(nodes, (node) => node.mean);
  const variance = expected(nodes, ({ mean: mu, strength }) => (mu * (1 - mu)) / (strength + 1));
  return { mean, spread: Math.sqrt(variance), nodes };
}

/** The rate of one of the peers that were learned from. @param confidence of the interval, such as 0.9 */
export function shrinkRate(peers: PeerRates, { hits, of }: Share, confidence: number): ShrunkRate {
  const posterior = ({ mean, strength }: Node) => (mean * strength + hits) / (strength + of);
  const estimate = expected(peers.nodes, posterior);
  const variance = expected(peers.nodes, (node) => {
    const mean = posterior(node);
    return (mean * (1 - mean)) / (node.strength + of + 1) + (mean - estimate) ** 2;
  });
  const strength = (estimate * (1 - estimate)) / variance - 1;
  const a = estimate * strength;
  const b = (1 - estimate) * strength;
  const tail = (1 - confidence) / 2;
  const own = expected(peers.nodes, (node) => of / (of + node.strength));
  return { estimate, low: betaQuantile(tail, a, b), high: betaQuantile(1 - tail, a, b), a, b, own };
}

interface Repeated extends Share {
  readonly times: number;
}

/** Equal shares once, in an order of their own: the sum does not depend on the order of partners. */
function grouped(peers: readonly Share[]): Repeated[] {
  const told = peers.filter(({ of }) => of > 0);
  return [...Map.groupBy(told, ({ hits, of }) => `${of} ${hits}`)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, alike]) => (alike[0] ? [{ ...alike[0], times: alike.length }] : []));
}

/** ln of the density of logit μ given M, but for a constant: the likelihood by the beta-binomial, times μ (1 - μ) for the logit. */
function logDensity(peers: readonly Repeated[], at: number, strength: number): number {
  const mean = logistic(at);
  const a = mean * strength;
  const b = (1 - mean) * strength;
  const prior = logBeta(a, b);
  let sum = Math.log(mean) + Math.log1p(-mean);
  for (const { hits, of, times } of peers) sum += times * (logBeta(a + hits, b + of - hits) - prior);
  return sum;
}

/** Where a density of one summit is highest, and its width there, by Newton's method with differences. */
function summit(
  density: (at: number) => number,
  near: { readonly mode: number; readonly deviation: number },
): { mode: number; deviation: number } {
  let { mode, deviation } = near;
  for (let round = 0; round < 30; round++) {
    const step = Math.min(0.1, deviation / 4);
    const [below, here, above] = [density(mode - step), density(mode), density(mode + step)];
    const curve = (2 * here - below - above) / (step * step);
    if (curve <= 0) break;
    deviation = Math.min(3, 1 / Math.sqrt(curve));
    const move = Math.max(-1, Math.min(1, (above - below) / (2 * step) / curve));
    mode = Math.max(-12, Math.min(12, mode + move));
    if (Math.abs(move) < deviation / 100) break;
  }
  return { mode, deviation };
}

function expected(nodes: readonly Node[], value: (node: Node) => number): number {
  return nodes.reduce((sum, node) => sum + node.weight * value(node), 0);
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
