import type { Touch } from '../../../src/model/revenue.ts';
import { type Crediting, creditingOf } from '../../../src/revenue/attribution/crediting.ts';
import { type ModelSpec, SHAPES } from '../../../src/revenue/attribution/spec.ts';
import { deal, touch } from '../histories.ts';

/** The deal by which docs/guides/attribution.md explains every model. */
export const DEAL = deal({ amount: { minor: 1_200_000n, currency: 'USD' }, closeDate: '2026-03-15' });
export const MILESTONES = { leadAt: '2026-02-07T12:00:00Z', dealAt: '2026-03-05T09:00:00Z' };
export const TOUCHES: readonly Touch[] = (
  [
    ['2026-02-01', 'Fair'],
    ['2026-02-06', 'Webinar'],
    ['2026-02-13', 'Guide'],
    ['2026-03-03', 'Demo day'],
    ['2026-03-11', 'Webinar'],
  ] as const
).map(([at, campaign], n) => touch(`to_${n}`, at, { campaignId: campaign }));

const SPECS: Readonly<Record<string, ModelSpec>> = {
  first: { kind: 'first' },
  last: { kind: 'last' },
  linear: { kind: 'linear' },
  'u-shaped': { kind: 'position', shares: SHAPES['u-shaped'] },
  'w-shaped': { kind: 'position', shares: SHAPES['w-shaped'] },
  'full-path': { kind: 'position', shares: SHAPES['full-path'] },
  'time-decay': { kind: 'time-decay', halfLifeDays: 7 },
  markov: { kind: 'markov', order: 1, by: 'campaign' },
  custom: { kind: 'custom', weight: 'touch.campaign == "Webinar" ? 3 : 1' },
};
/** What a fit is said to have learned. */
const LEARNED = new Map([
  ['Fair', 0.1],
  ['Webinar', 0.4],
  ['Guide', 0.2],
  ['Demo day', 0.3],
]);

export function guideModel(name: string): Crediting {
  const spec = SPECS[name];
  if (!spec) throw new RangeError(`the guide has no model ${name}`);
  return creditingOf(name, spec, LEARNED);
}
export const GUIDE_MODELS = Object.keys(SPECS);
