import type { PartnerState } from '../../model/partner.ts';
import type { Candidacy } from '../candidacy.ts';
import type { DropReason } from '../drop-reason.ts';
import type { Check } from '../eligibility/check.ts';
import { type Fairness, isBelowFloor } from '../fairness.ts';
import type { Route } from '../routing.ts';
import { counted } from '../text.ts';
import { lastBegun, turnOf } from './shares.ts';

export interface Ranked {
  readonly partner: PartnerState;
  readonly hundredths: number;
  /** Where its turn would begin; 0 where the route hands out no turns. */
  readonly turn: number;
}

/** The partners as one route sees them: the eligible ones in the order in which they would get the lead. */
export interface Field {
  readonly ranked: readonly Ranked[];
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** What put somebody else first than the points would have. */
  readonly effects: readonly string[];
}

/** A partner that was dropped, and the check that did it. */
export interface DropNote {
  readonly partner: PartnerState;
  readonly check: Check;
}

/** Asks every partner what the route asks, and puts those that may have the lead into the order of its method; who was dropped goes to `notes`. */
export function assess(
  route: Route,
  candidacy: Candidacy,
  partners: readonly PartnerState[],
  fairness: Fairness | null,
  notes: DropNote[] | null = null,
): Field {
  const ranked: Ranked[] = [];
  const dropped: Partial<Record<DropReason, number>> = {};
  const begun = route.stride ? lastBegun(partners, route.name) : 0;
  for (const partner of partners) {
    const check = droppedBy(route.checks, partner, candidacy);
    if (check !== null) {
      dropped[check.reason] = (dropped[check.reason] ?? 0) + 1;
      notes?.push({ partner, check });
      continue;
    }
    let hundredths = 0;
    for (const criterion of route.criteria) hundredths += criterion.hundredths(partner, candidacy);
    ranked.push({ partner, hundredths, turn: route.stride ? turnOf(partner, route.name, route.stride, begun) : 0 });
  }
  ranked.sort(inOrder);
  if (route.method === 'batch-optimal') return { ranked: assignedFirst(ranked, candidacy), dropped, effects: [] };
  return fairly({ ranked, dropped, effects: [] }, candidacy, partners, fairness);
}

function droppedBy(checks: readonly Check[], partner: PartnerState, candidacy: Candidacy): Check | null {
  for (const check of checks) if (check.drops(partner, candidacy)) return check;
  return null;
}

/** The first turn, the most points, served least recently, then by id. Routes without turns or points have all alike. */
function inOrder(a: Ranked, b: Ranked): number {
  return (
    a.turn - b.turn ||
    b.hundredths - a.hundredths ||
    a.partner.lastServed - b.partner.lastServed ||
    (a.partner.id < b.partner.id ? -1 : a.partner.id > b.partner.id ? 1 : 0)
  );
}

/** A partner below its floor goes before those that have at most so many points more; the one with the fewest first. */
function fairly(
  field: Field,
  { lead }: Candidacy,
  partners: readonly PartnerState[],
  fairness: Fairness | null,
): Field {
  const { ranked } = field;
  const [first] = ranked;
  if (!first || !fairness?.partners?.enforce || !fairness.grades.has(lead.score.grade)) return field;
  const least = first.hundredths - fairness.partners.within;
  const below = ranked.filter(
    ({ partner, hundredths }) => hundredths >= least && isBelowFloor(fairness, partner, partners),
  );
  const preferred = below.reduce<Ranked | undefined>(
    (best, each) => (best && (best.partner.best ?? 0) <= (each.partner.best ?? 0) ? best : each),
    undefined,
  );
  if (!preferred || preferred === first) return field;
  const { partner } = preferred;
  const had = counted(partner.best ?? 0, 'lead', 'leads');
  return {
    ...field,
    ranked: [preferred, ...ranked.filter((each) => each !== preferred)],
    effects: [
      `${partner.facts.name} goes first: it had ${had} of grade ${[...fairness.grades].join(' and ')} in ${fairness.windowDays} days, less than its floor, and is within ${fairness.partners.within / 100} points of the best`,
    ],
  };
}

function assignedFirst(ranked: readonly Ranked[], { lead }: Candidacy): readonly Ranked[] {
  const found = ranked.find(({ partner }) => partner.id === lead.assigned?.partnerId);
  return found ? [found, ...ranked.filter((each) => each !== found)] : ranked;
}
