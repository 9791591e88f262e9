/** Where the channel is weak, and which partner promises most there. Pure. */
import type { Share } from '../model/statistics.ts';
import { peerRates, type ShrunkRate, shrinkRate } from './shrink-rates.ts';

/** Leads of a country, product and size band. */
export interface TerritoryCell {
  readonly country: string;
  readonly product: string;
  readonly size: string;
  readonly leads: number;
  /** Accepted by a partner. */
  readonly accepted: number;
}

/** Leads of one partner that ended, by what they were. */
export interface OutcomeCell extends Share {
  readonly partner: string;
  readonly country: string;
  readonly product: string;
  readonly size: string;
}

export interface TerritoryPartner {
  readonly id: string;
  readonly name: string;
  readonly territories: readonly string[];
  readonly competencies: readonly string[];
}

export interface TerritoryRules {
  /** Leads without which a country is not judged. */
  readonly least: number;
  readonly confidence: number;
}

export interface Candidate {
  readonly partner: TerritoryPartner;
  readonly covers: boolean;
  /** Its leads of the same products and sizes, anywhere. */
  readonly share: Share;
  readonly expected: ShrunkRate;
}

export interface Territory {
  readonly country: string;
  readonly leads: number;
  /** Active partners that cover it. */
  readonly covered: number;
  readonly taken: Share;
  readonly won: Share;
  /** What is wrong, in words; none: it is not weak. */
  readonly weak: readonly string[];
  /** Of a weak one: the most promising first. */
  readonly candidates: readonly Candidate[];
}

const CANDIDATES = 5;

/** Judges every country with enough leads, the weak ones first, each by how many leads it has. @param partners the active ones */
export function judgeTerritories(
  cells: readonly TerritoryCell[],
  outcomes: readonly OutcomeCell[],
  partners: readonly TerritoryPartner[],
  rules: TerritoryRules,
): Territory[] {
  const countries = [...Map.groupBy(cells, ({ country }) => country)]
    .filter(([country]) => country !== '')
    .map(([country, mine]) => ({
      country,
      cells: mine,
      leads: sum(mine, ({ leads }) => leads),
      taken: { hits: sum(mine, ({ accepted }) => accepted), of: sum(mine, ({ leads }) => leads) },
      won: shareOf(outcomes.filter((outcome) => outcome.country === country)),
    }))
    .filter(({ leads }) => leads >= rules.least);
  // One country alone has no elsewhere.
  const peersOf = (shares: readonly Share[]) => (shares.length > 1 ? peerRates(shares) : null);
  const takenPeers = peersOf(countries.map(({ taken }) => taken));
  const wonPeers = peersOf(countries.map(({ won }) => won));
  return countries
    .map(({ country, cells: mine, leads, taken, won }): Territory => {
      const covered = partners.filter(({ territories }) => territories.includes(country)).length;
      const takes = takenPeers === null ? null : shrinkRate(takenPeers, taken, rules.confidence);
      const wins = wonPeers === null || won.of === 0 ? null : shrinkRate(wonPeers, won, rules.confidence);
      const weak = [
        ...(covered === 0 ? ['no active partner covers it'] : []),
        ...(takes !== null && takenPeers !== null && takes.high < takenPeers.mean
          ? [`partners take ${percent(takes.estimate)} of its leads, ${percent(takenPeers.mean)} elsewhere`]
          : []),
        ...(wins !== null && wonPeers !== null && wins.high < wonPeers.mean
          ? [`${percent(wins.estimate)} of its deals are won, ${percent(wonPeers.mean)} elsewhere`]
          : []),
      ];
      const candidates = weak.length === 0 ? [] : candidatesFor(country, mine, outcomes, partners, rules);
      return { country, leads, covered, taken, won, weak, candidates };
    })
    .sort(
      (a, b) =>
        Number(b.weak.length > 0) - Number(a.weak.length > 0) || b.leads - a.leads || (a.country < b.country ? -1 : 1),
    );
}

/** Partners that sell what is asked for there, by what is to be expected of them on leads of the same products and sizes. */
function candidatesFor(
  country: string,
  cells: readonly TerritoryCell[],
  outcomes: readonly OutcomeCell[],
  partners: readonly TerritoryPartner[],
  rules: TerritoryRules,
): Candidate[] {
  const kinds = new Set(cells.map(({ product, size }) => kindOf(product, size)));
  const products = new Set(cells.map(({ product }) => product).filter((product) => product !== ''));
  const alike = Map.groupBy(
    outcomes.filter(({ product, size }) => kinds.has(kindOf(product, size))),
    ({ partner }) => partner,
  );
  const able = partners.filter(
    ({ competencies }) => products.size === 0 || competencies.some((product) => products.has(product)),
  );
  const shares = able.map((partner) => ({ partner, share: shareOf(alike.get(partner.id) ?? []) }));
  const peers = peerRates(shares.map(({ share }) => share));
  if (peers === null) return [];
  return shares
    .map(({ partner, share }): Candidate => {
      const covers = partner.territories.includes(country);
      return { partner, covers, share, expected: shrinkRate(peers, share, rules.confidence) };
    })
    .sort((a, b) => b.expected.estimate - a.expected.estimate || (a.partner.id < b.partner.id ? -1 : 1))
    .slice(0, CANDIDATES);
}

function kindOf(product: string, size: string): string {
  return JSON.stringify([product, size]);
}

function shareOf(cells: readonly Share[]): Share {
  return { hits: sum(cells, ({ hits }) => hits), of: sum(cells, ({ of }) => of) };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
