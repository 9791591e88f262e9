import { sql } from 'kysely';
import { idOf } from '../../model/ids.ts';
import type { Queryable } from '../../store/database.ts';
import type { Review } from '../../store/errors.ts';
import { emit } from '../../store/events.ts';
import { followInReviews } from './follow-reviews.ts';
import { beforeMerge, keepMerge, type MergeCause } from './kept-merges.ts';

export interface MergePorts {
  /**
   * Makes one of what two persons share between CRMs, once the records of `from` are tied to `into`.
   * @returns what is needed to undo that, as JSON; null where they share nothing
   */
  uniteShared(tx: Queryable, into: string, from: string, at: string): Promise<unknown>;
  /** Undoes that, once the records are tied to their persons again; `kept` is what uniteShared returned. */
  divideShared(tx: Queryable, into: string, from: string, kept: unknown, at: string): Promise<void>;
}

/**
 * Makes one person of two that turned out to be the same: records and keys go over, and so does the lead of one of them.
 * `yields`: both are leads, and that of `from` gives way to another one.
 */
export async function mergePeople(
  tx: Queryable,
  into: string,
  from: string,
  ports: MergePorts,
  at: string,
  cause: MergeCause,
  yields: { readonly lead: string; readonly to: string } | null = null,
): Promise<void> {
  const before = await beforeMerge(tx, from, yields);
  // Every key belongs to a record that is tied to the person.
  await sql`update person_keys set person_id = ${into} where person_id = ${from}
    and record_id in (select record_id from links where entity = 'person' and entity_id = ${from})`.execute(tx);
  await sql`update links set entity_id = ${into} where entity = 'person' and entity_id = ${from}`.execute(tx);
  if (yields === null) await sql`update leads set person_id = ${into} where person_id = ${from}`.execute(tx);
  await sql`update people set merged_into = ${into} where id = ${from}`.execute(tx);
  const data = yields === null ? { into } : { into, yields: yields.lead, to: yields.to };
  const shared = await ports.uniteShared(tx, into, from, at);
  await keepMerge(tx, { into, from, at, cause, ...before, shared });
  await followInReviews(tx, into, from, at);
  await emit(tx, [{ type: 'person.merged', entity: from, data }], at);
}

/** The question to ask where both are leads already, with offers and answers of their own: which story goes on? */
export function mergeReview(into: string, from: string): Review {
  return {
    id: idOf('rv', 'merge', into, from),
    kind: 'merge',
    subject: { people: [into, from] },
    why: `Two persons who are leads already (${into} and ${from}) turned out to be one; choose the lead whose story goes on.`,
  };
}
