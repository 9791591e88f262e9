import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';

/** Key of the advisory lock that lets one at a time give leads to partners. */
const ROUTER_LOCK = 7_583_422;

/**
 * Waits until nobody else decides who gets a lead, to the end of the caller's transaction. To be called before leads, offers or
 * partners are read that the decision rests on.
 */
export async function lockRouter(tx: Queryable): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(ROUTER_LOCK)})`.execute(tx);
}
