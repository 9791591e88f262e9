/** Merges what records say into the shared values of their persons, in memory: the caller loads before and saves after. */
import type { FieldValue } from '../mapping/described.ts';
import { isBlank, merge, type Policy } from '../mapping/merge.ts';
import { readSource } from '../mapping/read.ts';
import type { Overwritten } from '../store/history.ts';
import type { SharedValue, SharedValues } from '../store/shared-values.ts';
import type { Fields } from './compare.ts';
import { OWNERS, type SharedField, type SharedPlan } from './merge-plan.ts';

/** What one record says of one shared property. */
export interface Said {
  readonly personId: string;
  readonly shared: SharedField;
  readonly recordId: string;
  /** What its field said before, of one that was gone when it was last alive; undefined at first contact. */
  readonly base: FieldValue | undefined;
  readonly crm: FieldValue;
  /** ISO instant of the record's modification. */
  readonly at: string;
}

/** A conflict that a person has to decide, or no longer has to. */
export interface Dispute {
  readonly said: Said;
  readonly channel: FieldValue;
  readonly isOpen: boolean;
}

export interface MergedValues {
  readonly held: SharedValues;
  /** Whether other records of the person, or this one, may have to be written. */
  readonly due: boolean;
  /** Whether a value that others had taken part in changed. */
  readonly moved: boolean;
}

export interface MergedPeople {
  /** Those whose values or holds changed. */
  readonly people: ReadonlyMap<string, MergedValues>;
  readonly history: readonly Overwritten[];
  readonly disputes: readonly Dispute[];
}

/** Reads the value of a shared field; undefined where the record does not say, or says what cannot be read. */
export function readShared(shared: SharedField, fields: Fields): FieldValue | undefined {
  if (!shared.source.fields.some((field) => field in fields)) return undefined;
  const problems: { field: string; message: string }[] = [];
  const value = readSource(shared.source, { fields }, problems);
  return problems.length > 0 || Array.isArray(value) ? undefined : value;
}

/** The key of a record in the holds of a shared value. */
export function holdKey(shared: SharedField, recordId: string): string {
  return `${shared.connection.name} ${shared.stream.spec.object} ${recordId}`;
}

/** Whether some record waits for a person to decide between one of these values and its own. */
export function hasHolds(held: SharedValues): boolean {
  return Object.values(held).some(({ holds = [] }) => holds.length > 0);
}

/**
 * Merges all that was said, in an order that does not depend on how it came. `known` are the persons' values so far,
 * `records` how many records each person has.
 */
export function mergeSaid(
  plan: SharedPlan,
  said: readonly Said[],
  known: ReadonlyMap<string, SharedValues>,
  records: ReadonlyMap<string, number>,
): MergedPeople {
  const people = new Map<string, MergedValues>();
  const history: Overwritten[] = [];
  const disputes: Dispute[] = [];
  for (const each of [...said].sort(inOrder)) {
    const { personId, shared } = each;
    const before = people.get(personId)?.held ?? known.get(personId) ?? {};
    const held = before[shared.property];
    const merged = merge({
      base: each.base,
      crm: each.crm,
      channel: held?.value,
      policy: policyAtFirst(plan, each, held),
      crmAt: each.at,
      channelAt: held?.at ?? null,
      kind: shared.kind,
    });
    const put = (value: SharedValue | undefined, due: boolean, moved: boolean) => {
      const last = people.get(personId);
      people.set(personId, {
        held: value === undefined ? before : { ...before, [shared.property]: value },
        due: due || (last?.due ?? false),
        moved: moved || (last?.moved ?? false),
      });
    };
    const key = holdKey(shared, each.recordId);
    const isHeld = held?.holds?.includes(key) ?? false;
    if (merged.winner === 'held') {
      // Only where there is a value on both sides can there be a conflict.
      if (held === undefined) continue;
      if (!isHeld) put({ ...held, holds: [...(held.holds ?? []), key] }, false, false);
      disputes.push({ said: each, channel: held.value, isOpen: true });
      continue;
    }
    const holds = held?.holds?.filter((other) => other !== key) ?? [];
    if (isHeld && held) disputes.push({ said: each, channel: held.value, isOpen: false });
    if (merged.winner === 'crm') {
      if (held === undefined && isBlank(each.crm)) continue;
      const alone = held === undefined && (records.get(personId) ?? 1) < 2;
      put(taken(each, holds), !alone, !alone);
      if (merged.overwritten) history.push(lost(each, merged.overwritten.value));
    } else if (isHeld && held) {
      put(withHolds(held, holds), true, false);
    } else if (merged.winner === 'channel' && shared.policy !== 'crm') {
      put(undefined, true, false);
    }
  }
  return { people, history, disputes };
}

/** The value of a record as the channel holds it from now on. */
export function taken(said: Said, holds: readonly string[], why?: string): SharedValue {
  const { connection, stream, policy } = said.shared;
  const from = { connection: connection.name, object: stream.spec.object, id: said.recordId };
  const value = { value: said.crm, at: said.at, from, why: why ?? whyTaken(said, policy) };
  return withHolds(value, holds);
}

export function withHolds({ holds: _old, ...value }: SharedValue, holds: readonly string[]): SharedValue {
  return holds.length === 0 ? value : { ...value, holds };
}

/** The history entry of the channel's value giving way to a record's. */
export function lost(said: Said, value: FieldValue, why?: string): Overwritten {
  const { connection, stream, policy, field } = said.shared;
  return {
    connection: connection.name,
    object: stream.spec.object,
    recordId: said.recordId,
    field,
    before: value,
    after: said.crm,
    winner: 'crm',
    policy,
    why: why ?? whyTaken(said, policy),
  };
}

function whyTaken(said: Said, policy: Policy): string {
  const { connection, stream } = said.shared;
  const what = said.base === undefined ? 'first seen' : 'changed';
  return `${what} in ${connection.name}, ${stream.spec.object} ${said.recordId}, at ${said.at} (policy ${policy})`;
}

/**
 * Two records that both claim to own a property meet for the first time, or again after one of them was gone: the one of lower
 * rank has it, of equal ones the one that was changed later, whichever is read first.
 */
function policyAtFirst(plan: SharedPlan, said: Said, held: SharedValue | undefined): Policy {
  const { policy, property, rank } = said.shared;
  if (said.base !== undefined || held === undefined || !OWNERS.has(policy)) return policy;
  const other = plan.fieldsOf(held.from.connection, held.from.object).find((each) => each.property === property);
  if (other === undefined || !OWNERS.has(other.policy) || held.from.id === said.recordId) return policy;
  if (rank === other.rank) return 'newest';
  return rank < other.rank ? policy : 'channel-unless-blank';
}

function inOrder(a: Said, b: Said): number {
  const key = (said: Said) => `${said.personId} ${said.shared.property}`;
  return (
    compare(key(a), key(b)) ||
    Date.parse(a.at) - Date.parse(b.at) ||
    a.shared.rank - b.shared.rank ||
    compare(a.recordId, b.recordId)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
