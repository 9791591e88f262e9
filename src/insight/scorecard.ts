/**
 * Scorecards of partners: what each did with the leads it was offered in a time, beside its peers, and where it stands among
 * them. Rates and amounts are drawn to those of the peers (shrink-rates.ts, shrink-amounts.ts), the order is by points whose
 * weights are those of scorecard.yaml (rank.ts). Pure: service/ counts, this judges.
 */
import { type Counted, type PartnerCounts, type ScoredPartner, shareOf } from './partner-counts.ts';
import type { Period } from './period.ts';
import { type PeerModels, rankPeers, type Standing } from './rank.ts';
import { COMPONENTS, type Component, type ScorecardRules } from './scorecard-config.ts';
import { peerAmounts, shrinkAmount } from './shrink-amounts.ts';
import { peerRates, shrinkRate } from './shrink-rates.ts';

/** One figure that partners are ranked by. Rates are shares of 1, revenue is in minor units. */
export interface Figure {
  readonly component: Component;
  /** On how much it stands. */
  readonly of: number;
  /** As measured; null: nothing was. */
  readonly measured: number | null;
  /** Drawn to the peers. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** What is to be expected of a peer. */
  readonly peers: number;
  /** How much the partner's own data count, 0 to 1. */
  readonly own: number;
  readonly looks: 'above its peers' | 'below its peers' | 'as its peers' | 'no data';
}

/** With whom a partner is compared. */
export interface PeerGroup {
  readonly name: string;
  /** Those that were offered leads. */
  readonly partners: number;
}

export interface Scorecard {
  readonly partner: ScoredPartner;
  readonly counts: PartnerCounts;
  readonly peers: PeerGroup;
  /** Those of which any peer has data. */
  readonly figures: readonly Figure[];
  /** Null: it is not ranked. */
  readonly standing: Standing | null;
  /** What should be known of these figures, in sentences. */
  readonly remarks: readonly string[];
}

export interface Scorecards {
  readonly period: Period;
  readonly currency: string;
  readonly confidence: number;
  readonly weights: Readonly<Record<Component, number>>;
  /** In the order of groups and ranks; partners that are not ranked last, by name. */
  readonly cards: readonly Scorecard[];
}

/** Judges what was counted. @param seed of what is drawn for the intervals of ranks */
export function scorecards(
  counted: readonly Counted[],
  rules: ScorecardRules,
  about: { readonly period: Period; readonly currency: string; readonly seed: number },
): Scorecards {
  // Whatever order they come in, the same is drawn for each.
  const partners = [...counted].sort((a, b) => (a.partner.id < b.partner.id ? -1 : 1));
  const cards = peerGroups(partners, rules).flatMap(({ name, members, learned }) => {
    const models = modelsOf(learned);
    const standings = rankPeers(learned, models, rules, about.seed);
    return members.map(({ partner, counts }): Scorecard => {
      const standing = standings.get(partner.id) ?? null;
      const figures = figuresOf(counts, models, rules);
      const peers = { name, partners: learned.length };
      return { partner, counts, peers, figures, standing, remarks: remarksOf(counts, standing, rules) };
    });
  });
  return {
    period: about.period,
    currency: about.currency,
    confidence: rules.confidence,
    weights: rules.weights,
    cards: cards.sort(
      (a, b) =>
        compare(a.standing === null ? 1 : 0, b.standing === null ? 1 : 0) ||
        compare(a.peers.name, b.peers.name) ||
        compare(a.standing?.rank ?? 0, b.standing?.rank ?? 0) ||
        compare(a.partner.name, b.partner.name) ||
        compare(a.partner.id, b.partner.id),
    ),
  };
}

interface Group {
  readonly name: string;
  readonly members: readonly Counted[];
  /** All that were offered leads, of the members and of those they are compared with. */
  readonly learned: readonly Counted[];
}

const ALL = 'all partners';

function peerGroups(partners: readonly Counted[], { peers }: ScorecardRules): Group[] {
  const active = partners.filter(({ counts }) => counts.offered > 0);
  const keyOf = ({ partner }: Counted): string =>
    peers.by === 'all' ? ALL : `${peers.by} ${partner[peers.by] ?? 'not stated'}`;
  const known = Map.groupBy(active, keyOf);
  const large = new Set([...known].flatMap(([name, mine]) => (mine.length >= peers.least ? [name] : [])));
  const groups = Map.groupBy(partners, (each) => (large.has(keyOf(each)) ? keyOf(each) : ALL));
  return [...groups].map(([name, members]) => ({
    name,
    members,
    learned: name === ALL ? active : (known.get(name) ?? []),
  }));
}

function modelsOf(partners: readonly Counted[]): PeerModels {
  const rates = COMPONENTS.flatMap((component) => {
    if (component === 'revenue') return [];
    const model = peerRates(partners.map(({ counts }) => shareOf(counts, component)));
    return model === null ? [] : [[component, model] as const];
  });
  return { rates: new Map(rates), revenue: peerAmounts(partners.map(({ counts }) => counts.perEnded)) };
}

function figuresOf(counts: PartnerCounts, models: PeerModels, { confidence }: ScorecardRules): Figure[] {
  return COMPONENTS.flatMap((component): Figure[] => {
    if (component === 'revenue') {
      if (models.revenue === null) return [];
      const { leads, sum } = counts.perEnded;
      const shrunk = shrinkAmount(models.revenue, counts.perEnded, confidence);
      return [figure(component, leads, leads === 0 ? null : sum / leads, shrunk, models.revenue.mean)];
    }
    const model = models.rates.get(component);
    if (model === undefined) return [];
    const share = shareOf(counts, component);
    const measured = share.of === 0 ? null : share.hits / share.of;
    return [figure(component, share.of, measured, shrinkRate(model, share, confidence), model.mean)];
  });
}

function figure(
  component: Component,
  of: number,
  measured: number | null,
  shrunk: Pick<Figure, 'estimate' | 'low' | 'high' | 'own'>,
  peers: number,
): Figure {
  const { estimate, low, high, own } = shrunk;
  const looks =
    of === 0 ? 'no data' : low > peers ? 'above its peers' : high < peers ? 'below its peers' : 'as its peers';
  return { component, of, measured, estimate, low, high, peers, own, looks };
}

function remarksOf(counts: PartnerCounts, standing: Standing | null, { least, freshDays }: ScorecardRules): string[] {
  const { offered, open, otherCurrency, held } = counts;
  return [
    ...(offered === 0 ? ['It was offered no lead in this time.'] : []),
    ...(offered > 0 && standing === null ? [`It is not ranked: ${offered} offers are fewer than ${least}.`] : []),
    ...(otherCurrency > 0
      ? [`${otherCurrency} lines of the ledger are of another reporting currency and not in its revenue.`]
      : []),
    ...(held > 0 ? [`${held} of its won deals are held and not in its revenue: \`sluice reconcile\` says why.`] : []),
    ...(open.stale > 0
      ? [`Of ${open.leads} leads it holds, ${open.stale} had no word for more than ${freshDays} days.`]
      : []),
  ];
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
