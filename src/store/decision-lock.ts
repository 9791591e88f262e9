import { sql } from 'kysely';
import type { Queryable } from './database.ts';

/** Key of the advisory lock that lets one at a time decide for the vendor who gets what. */
const DECISION_LOCK = 7_583_422;

/**
 * Waits until nobody else decides for the vendor (leads, registrations), to the end of the caller's transaction. To be called
 * before anything is read that the decision rests on, and before an event is told beside a run, which could pass over it.
 */
export async function lockDecisions(tx: Queryable): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(DECISION_LOCK)})`.execute(tx);
}
