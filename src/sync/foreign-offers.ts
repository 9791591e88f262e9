import { sql } from 'kysely';
import { ConnectorError } from '../../connectors/connector.ts';
import { counted } from '../leads/text.ts';
import type { Environment } from './environment.ts';

/**
 * A database that has made no offer yet meets a CRM that holds offers: another installation works there, or this one's database
 * was lost. Going on would offer every lead a second time. @returns what stops the connection that holds them, or null
 */
export async function foreignOffers(env: Environment): Promise<ConnectorError | null> {
  // Whoever has ever come to an end after reading everything has looked before.
  const known = await sql`select 1 where exists (select 1 from offers) or exists (select 1 from runs
    where status in ('done', 'done with rejects') and summary->>'partial' is null)`.execute(env.db);
  if (known.rows.length > 0) return null;
  for (const { name, mappings } of env.connections) {
    for (const mapping of mappings) {
      const field = mapping.writes.find((write) => write.property === 'offerId')?.field;
      if (field === undefined) continue;
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from records
        where connection = ${name} and object = ${mapping.object} and not deleted and fields->>${field} like 'of\\_%'`.execute(
        env.db,
      );
      const count = rows[0]?.count ?? 0;
      if (count === 0) continue;
      return new ConnectorError(
        `${name} holds offers that this database does not know: ${field} is filled in ${counted(count, 'record', 'records')} of ${mapping.object}`,
        {
          action: 'stop',
          connection: name,
          code: 'OFFERS_OF_ANOTHER_DATABASE',
          hint: `Use the database that made them (see database in sluice.yaml). If it is lost for good, close those offers with your partners, clear ${field} or delete the records in the CRM, and sync again: the leads are then offered anew.`,
        },
      );
    }
  }
  return null;
}
