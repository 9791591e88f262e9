import { type GivenRow, type TakenRow, takeFeedback } from '../leads/service/take-feedback.ts';
import { type Core, tellTime } from './core.ts';

export interface FeedbackBrought {
  /** Names the source of the rows: with its key it names a statement. */
  readonly via: string;
  readonly dryRun?: boolean;
}

/** Takes in what partners state of leads, by Sluice's own clock; the next run acts on it. */
export async function takeIn(core: Core, rows: readonly GivenRow[], brought: FeedbackBrought): Promise<TakenRow[]> {
  const { rules, store, clock } = core;
  if (rules.feedback === undefined) throw new RangeError('there is no feedback.yaml, so no feedback can be read');
  await tellTime(core);
  return takeFeedback(store.db, rows, { ...brought, rules: rules.feedback, sla: rules.sla, now: clock.now() });
}
