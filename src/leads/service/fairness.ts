/** Who has been given the best leads, by the decisions in the store. */
import type { Queryable } from '../../store/database.ts';
import { compileFairness, type FairnessReport, fairnessReport } from '../fairness.ts';
import type { Routing } from '../routing.ts';
import { loadStanding } from './standing.ts';

/** What is counted where routing.yaml says nothing of fairness: the shares as they are, without floors. */
const UNFLOORED = compileFairness({ grades: ['A', 'B'], window: '90d' });

export interface FairnessFound extends FairnessReport {
  /** routing.yaml sets floors. */
  readonly hasFloors: boolean;
}

/** The shares at `now` (epoch milliseconds), with the floors of routing.yaml. */
export async function loadFairness(db: Queryable, routing: Routing, now: number): Promise<FairnessFound> {
  const fairness = routing.fairness ?? UNFLOORED;
  const { partners, market } = await loadStanding(db, null, { ...routing, fairness }, now);
  return {
    hasFloors: fairness.channel !== null || fairness.direct !== null || fairness.partners !== null,
    ...fairnessReport(fairness, market.given, partners),
  };
}
