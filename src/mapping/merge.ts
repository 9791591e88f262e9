import { type Limits, sameValue } from './canonical.ts';
import type { FieldKind, FieldValue } from './described.ts';

/** Who decides about a field: the CRM (it is read) or the channel model (it is written). */
export type MergePolicy = 'crm' | 'channel';

/** Where a field stands, both sides seen from the shadow (what was last seen or last confirmed written). */
export type Situation = 'agree' | 'crmMoved' | 'channelMoved' | 'bothMoved';

/** What to do: which side's value stands, whether to write it to the CRM, whether to take it into the channel model. */
interface Rule {
  readonly use: 'crm' | 'channel';
  readonly write: boolean;
  readonly take: boolean;
}

const TAKE: Rule = { use: 'crm', write: false, take: true };
const WRITE: Rule = { use: 'channel', write: true, take: false };
const KEEP: Rule = { use: 'channel', write: false, take: false };

const RULES: Record<MergePolicy, Record<Situation, Rule>> = {
  crm: { agree: KEEP, crmMoved: TAKE, channelMoved: TAKE, bothMoved: TAKE },
  channel: { agree: KEEP, crmMoved: WRITE, channelMoved: WRITE, bothMoved: WRITE },
};

export interface Merge {
  /** What both sides hold once the merge is carried out. */
  readonly value: FieldValue;
  readonly write: boolean;
  readonly take: boolean;
  readonly situation: Situation;
}

/**
 * Merges one field three ways. `base` is the shadow's value, undefined where the field was never seen: then both sides
 * count as moved. Values are compared as the CRM would hold them.
 */
export function mergeField(field: {
  readonly base: FieldValue | undefined;
  readonly crm: FieldValue;
  readonly channel: FieldValue;
  readonly policy: MergePolicy;
  readonly kind: FieldKind;
  readonly limits?: Limits;
}): Merge {
  const situation = situationOf(field);
  const rule = RULES[field.policy][situation];
  return { value: field[rule.use], write: rule.write, take: rule.take, situation };
}

function situationOf({ base, crm, channel, kind, limits }: Parameters<typeof mergeField>[0]): Situation {
  const same = (a: FieldValue, b: FieldValue) => sameValue(a, b, kind, limits);
  if (same(crm, channel)) return 'agree';
  if (base === undefined) return 'bothMoved';
  if (same(base, channel)) return 'crmMoved';
  return same(base, crm) ? 'channelMoved' : 'bothMoved';
}
