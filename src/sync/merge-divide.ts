/** What each of two persons shares again, once a merge of them was undone. */
import type { Queryable } from '../store/database.ts';
import { loadShared, type SharedValue, type SharedValues, saveShared } from '../store/shared-values.ts';
import type { SharedPlan } from './merge-plan.ts';
import { bestFirst, type KeptShared, saidOfLive, showAgain, succeedAll } from './merge-succession.ts';
import { taken } from './merge-values.ts';

/**
 * Gives two persons back what they shared, in the transaction in which their records have come to be theirs again. `kept` is what
 * uniting them left; null: they shared nothing then.
 */
export async function divideShared(
  tx: Queryable,
  plan: SharedPlan | null,
  into: string,
  from: string,
  kept: unknown,
  at: string,
): Promise<void> {
  if (plan === null) return;
  const now = (await loadShared(tx, [into])).get(into) ?? {};
  const said = await saidOfLive(tx, plan, [into, from]);
  const back = new Set(said.filter(({ personId }) => personId === from).map(placeOf));
  const before = (kept as KeptShared | null) ?? { into: {}, from: {}, united: {} };
  const divided = divide(before, now, (value) => back.has(placeKey(value.from)));
  const rows = ([[into, divided.into] as const, [from, divided.from] as const] as const).map(([personId, held]) => {
    const full: Record<string, SharedValue> = { ...held };
    for (const each of said.filter((one) => one.personId === personId).sort(bestFirst))
      full[each.shared.property] ??= taken(each, [], 'stands on its record, after a merge was undone');
    return { personId, held: full, due: true };
  });
  await saveShared(
    tx,
    rows.filter(({ held }) => Object.keys(held).length > 0),
  );
  await succeedAll(tx, plan, [into, from], at);
  await showAgain(tx, plan, [into, from], at);
}

/**
 * The values of two persons out of those they have had as one. A value that was changed since belongs to the person whose record
 * changed it; all others are as they were before. Pure.
 * @param isBack whether a value came from a record that went back to `from`
 */
export function divide(
  kept: KeptShared,
  now: SharedValues,
  isBack: (value: SharedValue) => boolean,
): { readonly into: SharedValues; readonly from: SharedValues } {
  const [into, from]: [Record<string, SharedValue>, Record<string, SharedValue>] = [{ ...kept.into }, { ...kept.from }];
  for (const [property, value] of Object.entries(now)) {
    const then = kept.united[property];
    if (then !== undefined && isSame(then, value)) continue;
    (isBack(value) ? from : into)[property] = value;
  }
  return { into, from };
}

function isSame(a: SharedValue, b: SharedValue): boolean {
  return a.value === b.value && a.at === b.at && placeKey(a.from) === placeKey(b.from);
}

function placeKey({ connection, object, id }: SharedValue['from']): string {
  return `${connection} ${object} ${id}`;
}

function placeOf({ shared, recordId }: Parameters<typeof taken>[0]): string {
  return placeKey({ connection: shared.connection.name, object: shared.stream.spec.object, id: recordId });
}
