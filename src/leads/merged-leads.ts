import type { LeadState } from '../model/lead.ts';

/** What decides which of two leads goes on when their persons turn out to be one. */
export interface LeadStanding {
  readonly id: string;
  readonly state: LeadState;
  readonly partnerId: string | null;
  /** ISO instant. */
  readonly releasedAt: string;
}

/**
 * The lead whose story goes on, of two whose persons the CRM made one: the one that came further with a partner, else the one
 * released first. Null where two partners are at work, each on one of them: that is for a person to decide.
 */
export function leadThatGoesOn<L extends LeadStanding>(a: L, b: L): L | null {
  const [first, second] = [rank(a.state), rank(b.state)];
  if (first === WORKED && second === WORKED && a.partnerId !== b.partnerId) return null;
  if (first !== second) return first > second ? a : b;
  return a.releasedAt < b.releasedAt || (a.releasedAt === b.releasedAt && a.id < b.id) ? a : b;
}

const WORKED = 2;

/** How far a lead came. One that ended without a sale gives way to one that begins anew. */
function rank(state: LeadState): number {
  switch (state) {
    case 'Accepted':
    case 'Working':
    case 'Qualified':
    case 'Won':
      return WORKED;
    case 'Offered':
      return 1;
    case 'Lost':
    case 'No decision':
      return -1;
    default:
      return 0;
  }
}
