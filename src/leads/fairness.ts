/**
 * Who is given the best leads: the share of the channel against the direct team, and of each partner among those of its
 * tier. Floors of routing.yaml are reported, and where asked for enforced while leads are routed.
 */
import type { Grade } from '../model/lead.ts';
import type { PartnerState } from '../model/partner.ts';
import type { Given } from './market.ts';
import type { FairnessConfig } from './routing-schema.ts';

export interface Fairness {
  readonly grades: ReadonlySet<Grade>;
  readonly windowDays: number;
  /** Least shares, from 0 to 1; null: none is set. */
  readonly channel: { readonly floor: number; readonly enforce: boolean } | null;
  readonly direct: { readonly floor: number } | null;
  /** `floor` is a share of an equal share; `within` is in hundredths of points. */
  readonly partners: { readonly floor: number; readonly enforce: boolean; readonly within: number } | null;
}

export function compileFairness(config: FairnessConfig): Fairness {
  const { grades, window, channel, direct, partners } = config;
  return {
    grades: new Set(grades),
    windowDays: Number.parseInt(window, 10),
    channel: channel ? { floor: channel.floor / 100, enforce: channel.enforce } : null,
    direct: direct ? { floor: direct.floor / 100 } : null,
    partners: partners
      ? { floor: partners.floor / 100, enforce: partners.enforce, within: Math.round(partners.within * 100) }
      : null,
  };
}

export interface Share {
  readonly given: number;
  /** From 0 to 1; null: there was none to give. */
  readonly share: number | null;
  /** The least share asked for; null: none is. */
  readonly floor: number | null;
  /** How many leads more would have brought it to its floor, of as many as were given. */
  readonly missing: number;
}

export interface PartnerShare extends Share {
  readonly partnerId: string;
  readonly name: string;
}

export interface FairnessReport {
  readonly grades: readonly Grade[];
  readonly windowDays: number;
  readonly channel: Share;
  readonly direct: Share;
  /** Active partners by tier, in the order of its name; null is of no tier. Each partner's share is of its tier. */
  readonly tiers: readonly { readonly tier: string | null; readonly partners: readonly PartnerShare[] }[];
}

/** The shares as they stand, with their floors. Independent of the order of `partners`. */
export function fairnessReport(fairness: Fairness, given: Given, partners: readonly PartnerState[]): FairnessReport {
  const all = given.direct + given.channel;
  return {
    grades: [...fairness.grades],
    windowDays: fairness.windowDays,
    channel: shareOf(given.channel, all, fairness.channel?.floor ?? null),
    direct: shareOf(given.direct, all, fairness.direct?.floor ?? null),
    tiers: [...tiersOf(partners)]
      .sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
      .map(([tier, { members, given: total }]) => ({
        tier,
        partners: [...members]
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .map(({ id, facts, best = 0 }) => ({
            partnerId: id,
            name: facts.name,
            ...shareOf(best, total, fairness.partners ? fairness.partners.floor / members.length : null),
          })),
      })),
  };
}

/** Why a direct route must yield a lead of these grades to the channel, or null where it need not. */
export function yieldsToChannel(fairness: Fairness | null, grade: Grade, given: Given): string | null {
  if (!fairness?.channel?.enforce || !fairness.grades.has(grade)) return null;
  const { floor } = fairness.channel;
  const all = given.direct + given.channel;
  // As the share would be if this lead, too, stayed with the direct team.
  if (given.channel >= floor * (all + 1)) return null;
  return `yields to the channel, which has ${given.channel} of ${all} leads of grade ${[...fairness.grades].join(' and ')} in ${fairness.windowDays} days, its floor is ${percent(floor)}`;
}

/** Whether a partner has fewer of these leads than its floor, counting the lead at hand as one more given to its tier. */
export function isBelowFloor(fairness: Fairness, partner: PartnerState, partners: readonly PartnerState[]): boolean {
  const tier = tiersOf(partners).get(partner.facts.tier);
  if (!fairness.partners || !tier) return false;
  return (partner.best ?? 0) < (fairness.partners.floor * (tier.given + 1)) / tier.members.length;
}

interface Tier {
  readonly members: readonly PartnerState[];
  readonly given: number;
}

const known = new WeakMap<readonly PartnerState[], ReadonlyMap<string | null, Tier>>();

/** The active partners by tier. */
function tiersOf(partners: readonly PartnerState[]): ReadonlyMap<string | null, Tier> {
  const ready = known.get(partners);
  if (ready) return ready;
  const tiers = new Map<string | null, { members: PartnerState[]; given: number }>();
  for (const partner of partners) {
    if (partner.facts.status !== 'Active') continue;
    const tier = tiers.get(partner.facts.tier) ?? { members: [], given: 0 };
    tier.members.push(partner);
    tier.given += partner.best ?? 0;
    tiers.set(partner.facts.tier, tier);
  }
  known.set(partners, tiers);
  return tiers;
}

function shareOf(given: number, all: number, floor: number | null): Share {
  return {
    given,
    share: all === 0 ? null : given / all,
    floor,
    missing: floor === null ? 0 : Math.max(0, Math.ceil(floor * all - given - 1e-9)),
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
