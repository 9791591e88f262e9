/** The buying group of a deal: everybody of its account, whatever their part in it. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';

/** Deal to the persons of its account; a deal without an account, or one that nobody is known of, is not there. */
export async function accountPeople(tx: Queryable, dealIds: readonly string[]): Promise<Map<string, string[]>> {
  const found = await sql<{ deal: string; person: string }>`
    select distinct o.id as deal, l.entity_id as person from opportunities o
      join records r on r.connection = o.connection and r.company_id = o.account_record
      join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.id and l.entity = 'person'
    where o.id = any(${dealIds}::text[]) order by 1, 2`.execute(tx);
  return new Map(
    [...Map.groupBy(found.rows, ({ deal }) => deal)].map(([deal, rows]) => [deal, rows.map(({ person }) => person)]),
  );
}
