import { type Crediting, creditingOf } from '../../src/revenue/attribution/crediting.ts';
import { type Kind, specOf } from '../../src/revenue/attribution/spec.ts';
import { type AttributionConfig, compileAttribution } from '../../src/revenue/config.ts';

/** Three plain models, for tests that are about something else. */
export const MODELS = ['first', 'last', 'linear'] as const;
export const ATTRIBUTION: AttributionConfig = compileAttribution('attribution.yaml', `models: [${MODELS.join(', ')}]`);

/** A model of a kind that needs nothing said, under its own name. */
export function plainModel(kind: Kind): Crediting {
  const spec = specOf(kind);
  if (spec === null) throw new RangeError(`${kind} needs more than its name`);
  return creditingOf(kind, spec);
}
