/** Opportunities that registrations speak of, as their CRMs have them. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import type { Deal } from '../deal-closed.ts';

export interface NamedOpportunity extends Deal {
  readonly connection: string;
  readonly recordId: string;
  /** The record of its company. */
  readonly account: string | null;
}

/** Those of these ids, whether they are Sluice's own or those of CRM records. */
export async function loadOpportunities(tx: Queryable, words: readonly string[]): Promise<NamedOpportunity[]> {
  if (words.length === 0) return [];
  // A Salesforce id has 15 or 18 characters, of which the first 15 tell.
  const ids = words.flatMap((word) => [word, word.slice(0, 15)]);
  const { rows } = await sql<Omit<NamedOpportunity, 'closeDate'> & { closeDate: string | null }>`
    select id, connection, record_id as "recordId", account_record as account, facts->>'name' as name,
      facts->>'isClosed' = 'true' as "isClosed", facts->>'isWon' = 'true' as "isWon",
      facts->>'closeDate' as "closeDate", coalesce(facts->>'deleted' = 'true', false) as deleted
    from opportunities where id = any(${ids}::text[]) or record_id = any(${ids}::text[])
      or (length(record_id) = 18 and left(record_id, 15) = any(${ids}::text[]))
    order by id`.execute(tx);
  return rows;
}

/** The one opportunity meant by an id of Sluice or of a CRM record, or what is wrong with it. */
export function opportunityNamed(
  opportunities: readonly NamedOpportunity[],
  word: string,
): { readonly opportunity: NamedOpportunity } | { readonly problem: string } {
  const found = opportunities.filter(
    ({ id, recordId }) =>
      id === word ||
      recordId === word ||
      (recordId.length === 18 && word.length >= 15 && recordId.startsWith(word.slice(0, 15))),
  );
  const [opportunity] = found;
  if (opportunity === undefined)
    return { problem: `there is no opportunity "${word}": name it by its id, or by that of its record in the CRM` };
  if (found.length > 1)
    return { problem: `"${word}" is the id of records in ${found.length} CRMs: name it by its own id` };
  return { opportunity };
}
