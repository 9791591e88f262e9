/** What tests and simulations do to an org that no client of the platform can: each takes effect at once. */
import { z } from 'zod';
import { deployPeopleRule, type PeopleRule } from './metadata/duplicate-rules.ts';
import type { Authority } from './oauth/authority.ts';
import type { FlowDefinition } from './org/automation.ts';
import type { LockControl } from './org/locks.ts';
import type { Org } from './org/org.ts';
import type { Value } from './schema/types.ts';
import type { Usage } from './usage.ts';

export interface OrgControls {
  /** Calls allowed in 24 hours, and at once. */
  readonly limits: Pick<Usage, 'max' | 'maxConcurrent'>;
  readonly locks: LockControl;
  /** Switches on a flow that sets a field whenever a record is saved. @returns what switches it off */
  addFlow(flow: FlowDefinition): () => void;
  clearFlows(): void;
  /** Deploys a duplicate rule for people. */
  addDuplicateRule(rule: PeopleRule): void;
  /** The record type of records that name none; null: the master. */
  setDefaultRecordType(object: string, name: string | null): void;
  /** Changes a record as automation does: SystemModstamp moves, the stamp of users does not. */
  changeByAutomation(id: string, values: Readonly<Record<string, Value>>): void;
}

export function orgControls(org: Org, authority: Authority, usage: Usage, userId: string): OrgControls {
  return {
    limits: usage,
    locks: org.locks,
    addFlow: (flow) => org.automation.addFlow(flow),
    clearFlows: () => org.automation.clearFlows(),
    addDuplicateRule: (rule) => deployPeopleRule({ org, authority, userId }, rule),
    setDefaultRecordType: (object, name) => org.recordTypes.setDefault(org.need(object), name),
    changeByAutomation: (id, values) => {
      const found = org.row(id);
      if (!found) throw new Error(`the org has no record ${id}`);
      org.atomically(() => org.touchBySystem(found.object, found.row, values));
    },
  };
}

const flow = z.strictObject({
  object: z.string(),
  field: z.string(),
  formula: z.string(),
  when: z.string().exactOptional(),
  timing: z.enum(['before', 'after']).exactOptional(),
});
const rule = z.strictObject({
  object: z.enum(['Lead', 'Contact']),
  by: z.enum(['email', 'name']),
  action: z.enum(['alert', 'block']),
  onUpdate: z.boolean().exactOptional(),
});
/** The same, said by another process. What is left out stays as it is; `flows` replaces all flows. */
const settings = z.strictObject({
  flows: z.array(flow).optional(),
  duplicateRules: z.array(rule).optional(),
  locks: z
    .strictObject({
      overlapping: z.boolean().optional(),
      holdMs: z.number().min(0).max(60_000).optional(),
      force: z
        .strictObject({ rate: z.number().min(0).max(1), seed: z.int() })
        .nullable()
        .optional(),
    })
    .optional(),
  limits: z
    .strictObject({ max: z.int().min(0).optional(), maxConcurrent: z.int().min(0).nullable().optional() })
    .optional(),
});

/** Changes the org as a JSON text says.  @throws an Error with a message for people where it says something else */
export function applyControls(controls: OrgControls, json: string): void {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch (error) {
    throw new Error(`the body is not JSON: ${(error as Error).message}`);
  }
  const parsed = settings.safeParse(body);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { flows, duplicateRules = [], locks = {}, limits = {} } = parsed.data;
  if (flows) {
    controls.clearFlows();
    for (const one of flows) controls.addFlow(one);
  }
  for (const one of duplicateRules) controls.addDuplicateRule(one);
  if (locks.overlapping !== undefined) controls.locks.overlapping = locks.overlapping;
  if (locks.holdMs !== undefined) controls.locks.holdMs = locks.holdMs;
  if (locks.force !== undefined) controls.locks.force(locks.force);
  if (limits.max !== undefined) controls.limits.max = limits.max;
  if (limits.maxConcurrent !== undefined) controls.limits.maxConcurrent = limits.maxConcurrent;
}
