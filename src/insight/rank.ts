/**
 * Who stands where among its peers. Every figure gives points: 50 for what is to be expected of a peer, 25 more for each standard deviation
 * of the true figures above it, within 0 and 100; the weighted mean of these is the score. Since figures are known within
 * intervals only, so are ranks: the figures are drawn anew many times from what they may be, and each drawing has its order.
 * Pure; what is drawn depends on the seed and the partner alone.
 */
import { type Counted, shareOf } from './partner-counts.ts';
import { drawBeta, drawNormal, type Random, randomFrom } from './random.ts';
import { COMPONENTS, type Component, type ScorecardRules } from './scorecard-config.ts';
import { type PeerAmounts, shrinkAmount } from './shrink-amounts.ts';
import { type PeerRates, shrinkRate } from './shrink-rates.ts';

/** What is known of the peers, by figure; a figure of which nobody has data is left out. */
export interface PeerModels {
  readonly rates: ReadonlyMap<Exclude<Component, 'revenue'>, PeerRates>;
  readonly revenue: PeerAmounts | null;
}

/** One figure in the score of a partner. */
export interface Points {
  readonly component: Component;
  readonly weight: number;
  /** 0 to 100. */
  readonly points: number;
}

export interface Standing {
  /** 0 to 100, one decimal. */
  readonly score: number;
  readonly points: readonly Points[];
  /** From 1, of `of`. */
  readonly rank: number;
  readonly of: number;
  /** The ranks between which it stands with the confidence of scorecard.yaml. */
  readonly low: number;
  readonly high: number;
  /** Partners ranked shortly before it that may as well stand behind it, by name. */
  readonly tiedWith: readonly string[];
}

const DRAWS = 1_000;
/** With so many of those before it a partner is compared. */
const NEIGHBOURS = 25;

/** The standing of every partner that was offered enough leads, by its id. The order of `partners` changes nothing. */
export function rankPeers(
  partners: readonly Counted[],
  models: PeerModels,
  rules: ScorecardRules,
  seed: number,
): Map<string, Standing> {
  const ranked = partners.filter(({ counts }) => counts.offered >= rules.least);
  const weighed = COMPONENTS.filter(
    (component) => rules.weights[component] > 0 && spreadOf(models, component) !== null,
  );
  if (weighed.length === 0) return new Map();
  const total = weighed.reduce((sum, component) => sum + rules.weights[component], 0);
  const scored = ranked
    .map(({ partner, counts }) => {
      const known = weighed.map((component) => ({ component, ...knowledgeOf(component, counts, models, rules) }));
      const points = known.map(({ component, estimate }): Points => {
        return { component, weight: rules.weights[component], points: pointsOf(models, component, estimate) };
      });
      const score = points.reduce((sum, each) => sum + each.weight * each.points, 0) / total;
      const random = randomFrom(seed ^ hashOf(partner.id));
      const drawn = new Float64Array(DRAWS);
      for (const { component, draw } of known) {
        const share = rules.weights[component] / total;
        for (let n = 0; n < DRAWS; n++) drawn[n] = (drawn[n] ?? 0) + share * pointsOf(models, component, draw(random));
      }
      return { partner, points, score, drawn };
    })
    .sort((a, b) => b.score - a.score || (a.partner.id < b.partner.id ? -1 : 1));
  const places = drawnPlaces(scored.map(({ drawn }) => drawn));
  return new Map(
    scored.map(({ partner, points, score, drawn }, place): [string, Standing] => {
      const own = (places[place] ?? new Uint16Array()).toSorted();
      const tail = (1 - rules.confidence) / 2;
      const before = scored.slice(Math.max(0, place - NEIGHBOURS), place);
      const tied = before.filter((each) => beats(each.drawn, drawn) < rules.confidence);
      return [
        partner.id,
        {
          score: Math.round(score * 10) / 10,
          points,
          rank: place + 1,
          of: scored.length,
          low: Math.min(place + 1, own[Math.floor(tail * (DRAWS - 1))] ?? 1),
          high: Math.max(place + 1, own[Math.ceil((1 - tail) * (DRAWS - 1))] ?? 1),
          tiedWith: tied.map((each) => each.partner.name),
        },
      ];
    }),
  );
}

function spreadOf({ rates, revenue }: PeerModels, component: Component): { mean: number; spread: number } | null {
  return component === 'revenue' ? revenue : (rates.get(component) ?? null);
}

function pointsOf(models: PeerModels, component: Component, value: number): number {
  const peers = spreadOf(models, component);
  if (peers === null || peers.spread === 0) return 50;
  return Math.max(0, Math.min(100, 50 + (25 * (value - peers.mean)) / peers.spread));
}

/** A figure of a partner as it is known, and how to draw what it may be. */
function knowledgeOf(
  component: Component,
  counts: Counted['counts'],
  { rates, revenue }: PeerModels,
  { confidence }: ScorecardRules,
): { readonly estimate: number; readonly draw: (random: Random) => number } {
  if (component === 'revenue') {
    if (revenue === null) throw new RangeError('nothing is known of the revenue of peers');
    const { estimate, deviation } = shrinkAmount(revenue, counts.perEnded, confidence);
    return { estimate, draw: (random) => Math.max(0, estimate + deviation * drawNormal(random)) };
  }
  const peers = rates.get(component);
  if (peers === undefined) throw new RangeError(`nothing is known of ${component} of peers`);
  const { estimate, a, b } = shrinkRate(peers, shareOf(counts, component), confidence);
  return { estimate, draw: (random) => drawBeta(a, b, random) };
}

/** The places of each partner in every drawing, from 1. */
function drawnPlaces(scores: readonly Float64Array[]): Uint16Array[] {
  const places = scores.map(() => new Uint16Array(DRAWS));
  const order = scores.map((_, partner) => partner);
  for (let n = 0; n < DRAWS; n++) {
    order.sort((a, b) => (scores[b]?.[n] ?? 0) - (scores[a]?.[n] ?? 0));
    for (const [place, partner] of order.entries()) (places[partner] as Uint16Array)[n] = place + 1;
  }
  return places;
}

/** How often the first of two is above the second. */
function beats(first: Float64Array, second: Float64Array): number {
  let above = 0;
  for (const [n, score] of first.entries()) if (score > (second[n] ?? 0)) above++;
  return above / first.length;
}

/** FNV-1a: a number of a text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash;
}
