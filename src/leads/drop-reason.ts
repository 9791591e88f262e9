/** In the order in which checks are asked: what passes with time comes last, so that "full" means "would do otherwise". */
export const DROP_REASONS = [
  'declined',
  'account',
  'status',
  'registered',
  'owner',
  'registrant',
  'territory',
  'competency',
  'tier',
  'category',
  'certification',
  'language',
  'distance',
  'relationship',
  'score',
  'coolDown',
  'share',
  'rule',
  'blackout',
  'capacity',
  'day',
  'week',
  'hours',
] as const;

/**
 * Why a partner is not asked. `declined`: it had this lead before. `account`: the lead is reserved for another.
 * `registered`: another has a deal registered on the account. `owner`, `registrant`: the route asks only those.
 * `rule`: the route's own `eligible.when`. `day`, `week`: it had as many leads as it takes in one.
 */
export type DropReason = (typeof DROP_REASONS)[number];

/** Reasons that pass with time alone. */
const PASSING: readonly DropReason[] = ['blackout', 'day', 'week', 'hours'];

/** How many of the partners dropped would do at another time. */
export function passing(dropped: Readonly<Partial<Record<DropReason, number>>>): number {
  return PASSING.reduce((sum, reason) => sum + (dropped[reason] ?? 0), 0);
}
