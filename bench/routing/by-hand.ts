import type { RankedPartner } from '../../src/leads/decision.ts';
import type { RoutableLead } from '../../src/leads/route-lead.ts';
import type { PartnerState } from '../../src/model/partner.ts';
import { TWENTY, type TwentyRoute } from './market.ts';

export interface HandDecision {
  readonly outcome: string;
  readonly route: string | null;
  readonly partnerId: string | null;
  readonly points: number | null;
  readonly runnersUp: readonly RankedPartner[];
}

const HOT: Weights = { load: 12, territory: 4, competency: 4, tier: { Platinum: 900, Gold: 700, Silver: 400 } };
const OTHERS: Weights = { load: 10, territory: 5, competency: 5, tier: { Platinum: 400, Gold: 300, Silver: 200 } };
const ROUNDS = 5;

interface Weights {
  readonly load: number;
  readonly territory: number;
  readonly competency: number;
  /** Points of a tier in hundredths. */
  readonly tier: Readonly<Record<string, number>>;
}

/**
 * The shipped config/routing.yaml as somebody would write it in TypeScript: no rules to read, no words for people, no
 * counts of why partners were dropped. The peer that the router is held against.
 */
export function routeByHand(lead: RoutableLead, partners: readonly PartnerState[]): HandDecision {
  const { person, score, declined, rounds } = lead;
  if (person.employees !== null && person.employees > 5000) return without('direct', 'large-enterprise');
  if (score.grade === 'D') return without('nurture', 'not-ready');
  const hot = score.grade === 'A' || score.grade === 'B';
  if (rounds >= ROUNDS) return without('pool', null);
  const weights = hot ? HOT : OTHERS;
  const fitting: { partner: PartnerState; hundredths: number }[] = [];
  let full = false;
  for (const partner of partners) {
    const { facts, load } = partner;
    if (declined.includes(partner.id) || facts.status !== 'Active') continue;
    if (person.country === null || !facts.territories.includes(person.country)) continue;
    if (person.product !== null && !facts.competencies.includes(person.product)) continue;
    if (facts.capacity !== null && load >= facts.capacity) {
      full = true;
      continue;
    }
    const free = facts.capacity === null ? 1 / (1 + load) : 1 - load / facts.capacity;
    const sold = facts.competencies.length;
    fitting.push({
      partner,
      hundredths:
        Math.round((weights.territory / facts.territories.length) * 100) +
        (sold === 0 ? 0 : Math.round((weights.competency / sold) * 100)) +
        Math.round(weights.load * free * 100) +
        (facts.tier === null ? 0 : (weights.tier[facts.tier] ?? 0)),
    });
  }
  fitting.sort(
    (a, b) =>
      b.hundredths - a.hundredths ||
      a.partner.lastServed - b.partner.lastServed ||
      (a.partner.id < b.partner.id ? -1 : 1),
  );
  const [best] = fitting;
  if (best === undefined) return without(full || rounds > 0 || declined.length > 0 ? 'pool' : 'unroutable', null);
  return {
    outcome: 'offer',
    route: hot ? 'hot' : 'everyone-else',
    partnerId: best.partner.id,
    points: best.hundredths / 100,
    runnersUp: fitting
      .slice(1, 6)
      .map(({ partner, hundredths }) => ({ partnerId: partner.id, points: hundredths / 100 })),
  };
}

function without(outcome: string, route: string | null): HandDecision {
  return { outcome, route, partnerId: null, points: null, runnersUp: [] };
}

/** The twenty routes by hand: who may have the lead, and the best of them. A lead that nobody gets has no outcome here. */
export function routeTwentyByHand(lead: RoutableLead, partners: readonly PartnerState[]): HandDecision {
  const { person, score, declined } = lead;
  const { country, product } = person;
  const route = TWENTY.find((each) => each.country === country && (each.grades?.includes(score.grade) ?? true));
  if (route === undefined || country === null) return offerTo(lead, undefined, []);
  const fitting = partners.filter(
    ({ id, facts, load }) =>
      facts.status === 'Active' &&
      facts.territories.includes(country) &&
      (product === null || facts.competencies.includes(product)) &&
      (facts.capacity === null || load < facts.capacity) &&
      !declined.includes(id),
  );
  return offerTo(lead, route, fitting);
}

/** The best of those that may have a lead, by the points of one of the twenty routes. */
export function offerTo(
  lead: RoutableLead,
  route: TwentyRoute | undefined,
  fitting: readonly PartnerState[],
): HandDecision {
  if (route === undefined || fitting.length === 0 || lead.rounds >= ROUNDS) return without('none', null);
  const ranked = fitting
    .map((partner) => ({ partner, hundredths: hundredthsOf(route, partner) }))
    .sort(
      (a, b) =>
        b.hundredths - a.hundredths ||
        a.partner.lastServed - b.partner.lastServed ||
        (a.partner.id < b.partner.id ? -1 : 1),
    );
  const [best, ...others] = ranked;
  if (best === undefined) return without('none', null);
  return {
    outcome: 'offer',
    // Where the hot route finds nobody the other one of the country does not either: they ask the same of partners.
    route: route.name,
    partnerId: best.partner.id,
    points: best.hundredths / 100,
    runnersUp: others
      .slice(0, 5)
      .map(({ partner, hundredths }) => ({ partnerId: partner.id, points: hundredths / 100 })),
  };
}

function hundredthsOf(route: TwentyRoute, { facts, load }: PartnerState): number {
  const free = facts.capacity === null ? 1 / (1 + load) : 1 - load / facts.capacity;
  const sold = facts.competencies.length;
  return (
    Math.round((route.territory / facts.territories.length) * 100) +
    (sold === 0 ? 0 : Math.round((route.competency / sold) * 100)) +
    Math.round(route.load * free * 100) +
    (facts.tier === null ? 0 : (route.tier[facts.tier] ?? 0) * 100)
  );
}
