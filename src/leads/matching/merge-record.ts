/**
 * Merges that can be undone. A merge writes down what each side held, so that undoing it gives both sides back what they
 * held, and keeps what came after. Nothing here saves anything: the state that a merge changes is given and returned.
 */

/** Anything that belongs to one side or the other: a record of a CRM, a key, a lead. `key` is unique among all. */
export interface Holding {
  readonly key: string;
  readonly owner: string;
}

/** One merge, as it is kept. Order of `moved`: by key. */
export interface MergeRecord {
  readonly id: string;
  /** The side that goes on. */
  readonly into: string;
  /** The side that became part of it. */
  readonly from: string;
  readonly at: string;
  /** Keys that went over from `from` to `into`. */
  readonly moved: readonly string[];
  /** Each value of `into` that the merge changed, as it was before and after; null: no value. */
  readonly values: readonly MergedValue[];
}

export interface MergedValue {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What sides are and hold. A side that was merged is in `becameOf`; its values stay as they were. */
export interface MergeState {
  readonly holdings: readonly Holding[];
  readonly values: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  readonly becameOf: Readonly<Record<string, string>>;
}

/**
 * Makes `from` part of `into`. A value that `into` has not is taken from `from`; one that both have stays that of `into`.
 * Throws where a side is part of another already, or the two are one.
 */
export function merge(
  state: MergeState,
  sides: { readonly id: string; readonly into: string; readonly from: string; readonly at: string },
): { readonly state: MergeState; readonly record: MergeRecord } {
  const { into, from } = sides;
  if (into === from) throw new Error(`${into} cannot be merged into itself`);
  for (const side of [into, from])
    if (state.becameOf[side] !== undefined)
      throw new Error(`${side} is part of ${state.becameOf[side]} already; merge that instead`);
  const moved = state.holdings
    .filter(({ owner }) => owner === from)
    .map(({ key }) => key)
    .sort();
  const [kept, given] = [state.values[into] ?? {}, state.values[from] ?? {}];
  const values = Object.keys(given)
    .filter((field) => (kept[field] ?? null) === null && (given[field] ?? null) !== null)
    .sort()
    .map((field): MergedValue => ({ field, before: null, after: given[field] ?? null }));
  const record: MergeRecord = { ...sides, moved, values };
  return { record, state: applied(state, record) };
}

function applied(state: MergeState, { into, from, moved, values }: MergeRecord): MergeState {
  const gone = new Set(moved);
  return {
    holdings: state.holdings.map((each) => (gone.has(each.key) ? { ...each, owner: into } : each)),
    values: {
      ...state.values,
      [into]: { ...state.values[into], ...Object.fromEntries(values.map(({ field, after }) => [field, after])) },
    },
    becameOf: { ...state.becameOf, [from]: into },
  };
}

/** Why a merge cannot be undone just now; `by` is the merge that has to be undone before. */
export interface Obstacle {
  readonly why: string;
  readonly by: string | null;
}

/**
 * Whether `record` can be undone. `later`: the merges after it, in their order, without those that were undone. A later merge of the side that
 * went on is in the way, because what it moved cannot be told from what this one moved.
 */
export function obstacleToUndo(state: MergeState, record: MergeRecord, later: readonly MergeRecord[]): Obstacle | null {
  if (state.becameOf[record.from] !== record.into)
    return { why: `${record.from} is not part of ${record.into}: it was undone already`, by: null };
  const next = later.findLast(({ into, from }) => [into, from].includes(record.into));
  if (next === undefined) return null;
  return {
    why: `${record.into} was merged again with ${next.into === record.into ? next.from : next.into}; undo that first`,
    by: next.id,
  };
}

/**
 * Undoes a merge: what went over goes back, values get back what they held unless somebody changed them since. What came
 * to the merged side afterwards (a new record, an edit) stays with the side that went on.
 * @returns the state, and the fields that were left alone because they were changed since
 */
export function undo(
  state: MergeState,
  record: MergeRecord,
): { readonly state: MergeState; readonly leftAlone: readonly string[] } {
  const { into, from, moved, values } = record;
  const back = new Set(moved);
  const now = state.values[into] ?? {};
  const leftAlone = values.filter(({ field, after }) => (now[field] ?? null) !== after).map(({ field }) => field);
  const restored = values
    .filter(({ field }) => !leftAlone.includes(field))
    .map(({ field, before }): [string, string | null] => [field, before]);
  const { [from]: _, ...becameOf } = state.becameOf;
  return {
    leftAlone,
    state: {
      holdings: state.holdings.map((each) =>
        back.has(each.key) && each.owner === into ? { ...each, owner: from } : each,
      ),
      values: { ...state.values, [into]: { ...now, ...Object.fromEntries(restored) } },
      becameOf,
    },
  };
}
