import { type Crediting, creditingOf } from '../../../src/revenue/attribution/crediting.ts';
import type { ModelSpec } from '../../../src/revenue/attribution/spec.ts';

/** One of every kind, the fitted ones with and without what they learned. */
const SPECS: Readonly<Record<string, ModelSpec>> = {
  first: { kind: 'first' },
  last: { kind: 'last' },
  linear: { kind: 'linear' },
  u: { kind: 'position', shares: { first: 40, middle: 20, last: 40 } },
  w: { kind: 'position', shares: { first: 30, lead: 30, deal: 30, middle: 10 } },
  full: { kind: 'position', shares: { first: 22.5, lead: 22.5, deal: 22.5, last: 22.5, middle: 10 } },
  position: { kind: 'position', shares: { first: 0, middle: 7, last: 0.125 } },
  decay: { kind: 'time-decay', halfLifeDays: 7 },
  markov: { kind: 'markov', order: 1, by: 'campaign' },
  shapley: { kind: 'shapley', by: 'campaign' },
  custom: { kind: 'custom', weight: 'touch.place == 1 ? 3 : touch.daysBefore > 20 ? 0 : 1' },
};

const LEARNED = new Map([
  ['cm_1', 0.7],
  ['cm_2', 0],
]);

export function everyModel(): [Crediting, ...Crediting[]] {
  const models = Object.entries(SPECS).map(([name, spec]) => creditingOf(name, spec, LEARNED));
  return [creditingOf('markov-unfitted', { kind: 'markov', order: 2, by: 'kind' }), ...models];
}
