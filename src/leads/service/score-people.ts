import type { Score } from '../../model/lead.ts';
import type { PersonFacts } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import { predictionsOf } from '../predictive.ts';
import type { TouchFacts } from '../rule-scope.ts';
import { type Scoring, scoreLead } from '../scoring.ts';
import { loadTouchFacts } from './facts.ts';
import { modelInUse } from './score-models.ts';

/** The scores of persons at `now` (epoch milliseconds), by id: by the rules, and by the predictive score where it counts. */
export async function scorePeople(
  tx: Queryable,
  people: ReadonlyMap<string, PersonFacts>,
  scoring: Scoring,
  now: number,
): Promise<Map<string, Score>> {
  const touches = await loadTouchFacts(tx, [...people.keys()], now);
  const leads = [...people].map(([id, person]) => ({ id, person, touches: touches.get(id) ?? NO_TOUCHES }));
  const { predictive } = scoring;
  const model = predictive && leads.length > 0 ? await modelInUse(tx, predictive.use === 'always') : null;
  const predictions = model ? predictionsOf(model, leads) : [];
  return new Map(leads.map((lead, n) => [lead.id, scoreLead(lead, scoring, predictions[n] ?? null)]));
}

const NO_TOUCHES: TouchFacts = { count: 0, campaigns: 0, daysSinceLast: null };
