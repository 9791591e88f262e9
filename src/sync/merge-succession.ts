/**
 * Which value a person's records share once the one that it came from is gone, and once two persons have become one. Nobody
 * edited anything then, so nothing is merged three ways: of the values that are there the best one goes on.
 */
import { sql } from 'kysely';
import type { FieldValue } from '../mapping/described.ts';
import { isBlank, sameHeld } from '../mapping/merge.ts';
import { readEntity } from '../mapping/read.ts';
import type { Queryable } from '../store/database.ts';
import { type Overwritten, remember } from '../store/history.ts';
import { dropShared, loadShared, type SharedValue, type SharedValues, saveShared } from '../store/shared-values.ts';
import { askOfFields, showFields } from './merge-disputes.ts';
import { NEVER_BLANK, OWNERS, type SharedField, type SharedPlan } from './merge-plan.ts';
import { hasHolds, holdKey, lost, readShared, type Said, taken, withHolds } from './merge-values.ts';

/** A live record of a person, as its shadow holds it. */
interface LiveRecord {
  readonly connection: string;
  readonly object: string;
  readonly id: string;
  readonly person: string;
  readonly fields: Record<string, FieldValue>;
  /** When it was last seen to change by another hand than ours; its stamp where that is not known apart. */
  readonly edited_at: string;
}

/** What the live records of persons say of shared properties, as if each were met for the first time. Converted ones say nothing. */
export async function saidOfLive(tx: Queryable, plan: SharedPlan, personIds: readonly string[]): Promise<Said[]> {
  if (personIds.length === 0) return [];
  const { rows } = await sql<LiveRecord>`
    select r.connection, r.object, r.id, l.entity_id as person, r.fields,
      case when r.echoed_at = r.modified_at then r.edited_at else r.modified_at end as edited_at
    from links l join records r on r.connection = l.connection and r.object = l.object and r.id = l.record_id
    where l.entity = 'person' and not l.retired and not r.deleted and l.entity_id = any(${personIds}::text[])
    order by l.entity_id, r.connection, r.object, r.id`.execute(tx);
  return rows.flatMap((row) =>
    plan.fieldsOf(row.connection, row.object).flatMap((shared): Said[] => {
      if (shared.mapping.converted && readEntity(shared.mapping, row).converted !== null) return [];
      const crm = readShared(shared, row.fields);
      if (crm === undefined) return [];
      return [{ personId: row.person, shared, recordId: row.id, base: undefined, crm, at: row.edited_at }];
    }),
  );
}

/** Lets values go on whose record is gone, or that are blank where a record may not be. Returns the persons whose values moved. */
export async function succeedAll(
  tx: Queryable,
  plan: SharedPlan,
  personIds: readonly string[],
  at: string,
): Promise<string[]> {
  const known = await loadShared(tx, personIds);
  if (known.size === 0) return [];
  const said = Map.groupBy(await saidOfLive(tx, plan, [...known.keys()]), ({ personId }) => personId);
  const rows: { personId: string; held: SharedValues; due: boolean }[] = [];
  const moved: string[] = [];
  const history: Overwritten[] = [];
  for (const [personId, held] of known) {
    const next = succeed(held, said.get(personId) ?? []);
    if (next === null) continue;
    rows.push({ personId, held: next.held, due: true });
    history.push(...next.history);
    if (next.moved) moved.push(personId);
  }
  await saveShared(tx, rows);
  await remember(tx, history, at);
  const asked = rows.filter(({ personId, held }) => moved.includes(personId) && hasHolds(held));
  await showAgain(
    tx,
    plan,
    asked.map(({ personId }) => personId),
    at,
  );
  return moved;
}

/**
 * Has the open questions of persons whose values moved show the values as they are now. One whose values have met is closed, and
 * its record waits no longer.
 */
export async function showAgain(
  tx: Queryable,
  plan: SharedPlan,
  personIds: readonly string[],
  at: string,
): Promise<void> {
  if (personIds.length === 0) return;
  const known = await loadShared(tx, personIds);
  const waiting = (await saidOfLive(tx, plan, personIds)).flatMap((said) => {
    const ours = known.get(said.personId)?.[said.shared.property];
    if (ours === undefined || !ours.holds?.includes(holdKey(said.shared, said.recordId))) return [];
    return [{ said, channel: ours.value, isOpen: !sameHeld(said.crm, ours.value, said.shared.kind) }];
  });
  await showFields(
    tx,
    waiting.filter(({ isOpen }) => isOpen),
  );
  const met = waiting.filter(({ isOpen }) => !isOpen);
  await askOfFields(tx, met, at);
  const freed = Map.groupBy(met, ({ said }) => said.personId);
  await saveShared(
    tx,
    [...freed].map(([personId, mine]) => {
      const held = { ...known.get(personId) };
      for (const { said } of mine) {
        const value = held[said.shared.property];
        if (value === undefined) continue;
        const key = holdKey(said.shared, said.recordId);
        held[said.shared.property] = withHolds(
          value,
          (value.holds ?? []).filter((other) => other !== key),
        );
      }
      return { personId, held, due: false };
    }),
  );
}

/** What two persons shared when they became one, each by itself and then together. */
export interface KeptShared {
  readonly into: SharedValues;
  readonly from: SharedValues;
  readonly united: SharedValues;
}

/**
 * Makes one of what two persons share, in the transaction in which the records of `from` have come to be those of `into`.
 * @returns what is needed to undo it; null where they share nothing
 */
export async function uniteShared(
  tx: Queryable,
  plan: SharedPlan | null,
  into: string,
  from: string,
  at: string,
): Promise<KeptShared | null> {
  if (plan === null) return null;
  const known = await loadShared(tx, [into, from]);
  if (known.size === 0) return null;
  const said = await saidOfLive(tx, plan, [into]);
  await saveShared(tx, [
    { personId: into, held: unite(known.get(into) ?? {}, known.get(from) ?? {}, said), due: true },
  ]);
  await dropShared(tx, [from]);
  await succeedAll(tx, plan, [into], at);
  await showAgain(tx, plan, [into], at);
  const united = (await loadShared(tx, [into])).get(into) ?? {};
  return { into: known.get(into) ?? {}, from: known.get(from) ?? {}, united };
}

/**
 * The values of two persons as those of one: of each property the better one (see `isBetter`), whichever person is named
 * first. Records that wait for a person's decision go on waiting.
 */
function unite(a: SharedValues, b: SharedValues, said: readonly Said[]): SharedValues {
  const united: Record<string, SharedValue> = { ...a };
  for (const [property, theirs] of Object.entries(b)) {
    const ours = a[property];
    if (ours === undefined) {
      united[property] = theirs;
      continue;
    }
    const better = isBetter(property, theirs, ours, said) ? theirs : ours;
    const holds = [...new Set([...(ours.holds ?? []), ...(theirs.holds ?? [])])].sort();
    united[property] = holds.length === 0 ? better : { ...better, holds };
  }
  return united;
}

/**
 * What goes on of a person's values; null where all of them stand. A value from a live record stands, and so does one of
 * which no live record is the owner: `newest` says nothing of records that are gone. A blank gives way to a record that is
 * never to be blanked (`crm-unless-blank`, `channel-unless-blank`).
 */
function succeed(
  held: SharedValues,
  said: readonly Said[],
): { readonly held: SharedValues; readonly moved: boolean; readonly history: readonly Overwritten[] } | null {
  const next: Record<string, SharedValue> = { ...held };
  const history: Overwritten[] = [];
  let moved = false;
  for (const [property, value] of Object.entries(held)) {
    const mine = said.filter(({ shared, crm }) => shared.property === property && !isBlank(crm));
    const isGone = !said.some(
      ({ shared, recordId }) => shared.property === property && isFrom(value, shared, recordId),
    );
    const heirs = mine.filter(
      ({ shared: { policy } }) => (isGone && OWNERS.has(policy)) || (isBlank(value.value) && NEVER_BLANK.has(policy)),
    );
    const heir = heirs.sort(bestFirst)[0];
    if (heir === undefined) continue;
    const why = isGone
      ? `stands in ${placeOf(heir)}, now that ${value.from.object} ${value.from.id} in ${value.from.connection} is gone (policy ${heir.shared.policy})`
      : `stands in ${placeOf(heir)}, which is never blanked (policy ${heir.shared.policy})`;
    next[property] = taken(heir, value.holds ?? [], why);
    if (sameHeld(heir.crm, value.value, heir.shared.kind)) {
      next[property] = { ...value, from: next[property].from };
      continue;
    }
    moved = true;
    history.push(lost(heir, value.value, why));
  }
  const isSame = Object.keys(next).every((property) => next[property] === held[property]);
  return isSame ? null : { held: next, moved, history };
}

/** Whether one value counts more than another: a value more than a blank, an owner's more than others', then the newer one. */
function isBetter(property: string, a: SharedValue, b: SharedValue, said: readonly Said[]): boolean {
  if (isBlank(a.value) !== isBlank(b.value)) return !isBlank(a.value);
  const rank = (value: SharedValue) =>
    said.find(
      ({ shared, recordId }) =>
        shared.property === property && OWNERS.has(shared.policy) && isFrom(value, shared, recordId),
    )?.shared.rank ?? Number.POSITIVE_INFINITY;
  const [first, second] = [rank(a), rank(b)];
  if (first !== second) return first < second;
  const ahead = Date.parse(a.at) - Date.parse(b.at);
  return ahead > 0 || (ahead === 0 && String(a.value) > String(b.value));
}

function isFrom({ from }: SharedValue, { connection, stream }: SharedField, recordId: string): boolean {
  return from.id === recordId && from.object === stream.spec.object && from.connection === connection.name;
}

/** The best value first: an owner's, then that of the higher rank, then the newer one. */
export function bestFirst(a: Said, b: Said): number {
  return (
    Number(OWNERS.has(b.shared.policy)) - Number(OWNERS.has(a.shared.policy)) ||
    a.shared.rank - b.shared.rank ||
    Date.parse(b.at) - Date.parse(a.at) ||
    (a.recordId < b.recordId ? -1 : 1)
  );
}

function placeOf({ shared: { connection, stream }, recordId }: Said): string {
  return `${connection.name}, ${stream.spec.object} ${recordId}`;
}
