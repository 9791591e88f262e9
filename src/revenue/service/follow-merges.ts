import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import { emit, type NewEvent } from '../../store/events.ts';
import { opportunityId } from './apply.ts';

/** A record that became part of another, and what it is to revenue. */
export interface MergedReference {
  readonly connection: string;
  readonly object: string;
  readonly loser: string;
  readonly survivor: string;
  readonly entity: 'person' | 'opportunity' | 'company';
}

/** Lets touches, contact roles and deals that name a record which was merged away name its survivor. */
export async function followMergedRecords(
  tx: Queryable,
  merges: readonly MergedReference[],
  at: string,
): Promise<void> {
  if (merges.length === 0) return;
  const of = (entity: MergedReference['entity']) => merges.filter((merge) => merge.entity === entity);
  const rows = (mine: readonly MergedReference[]) =>
    sql`jsonb_to_recordset(${JSON.stringify(mine)}::jsonb) as m(connection text, object text, loser text, survivor text)`;
  const deals = new Set<string>();
  const collect = (found: { rows: readonly { id: string }[] }) => {
    for (const { id } of found.rows) deals.add(id);
  };
  const people = of('person');
  if (people.length > 0) {
    await sql`update touches t set subject_id = m.survivor from ${rows(people)}
      where t.connection = m.connection and t.subject_object = m.object and t.subject_id = m.loser`.execute(tx);
    collect(
      await sql<{
        id: string;
      }>`with moved as (update contact_roles c set contact_record = m.survivor from ${rows(people)}
          where c.connection = m.connection and c.contact_record = m.loser returning c.connection, c.opportunity_record)
        select o.id from moved join opportunities o on o.connection = moved.connection and o.record_id = moved.opportunity_record`.execute(
        tx,
      ),
    );
  }
  const opportunities = of('opportunity');
  if (opportunities.length > 0) {
    const known = opportunities.map(({ connection, loser, survivor }) => ({
      loser: opportunityId({ connection, id: loser }),
      survivor: opportunityId({ connection, id: survivor }),
    }));
    collect(
      await sql<{ id: string }>`update opportunities o
        set facts = o.facts || jsonb_build_object('deleted', true, 'mergedInto', m.survivor)
        from jsonb_to_recordset(${JSON.stringify(known)}::jsonb) as m(loser text, survivor text)
        where o.id = m.loser returning o.id`.execute(tx),
    );
    await sql`update records r set deal_id = m.survivor from ${rows(opportunities)}
      where r.connection = m.connection and r.deal_id = m.loser`.execute(tx);
    collect(
      await sql<{
        id: string;
      }>`with moved as (update contact_roles c set opportunity_record = m.survivor from ${rows(opportunities)}
          where c.connection = m.connection and c.opportunity_record = m.loser returning c.connection, m.loser, m.survivor)
        select o.id from moved join opportunities o on o.connection = moved.connection and o.record_id in (moved.loser, moved.survivor)`.execute(
        tx,
      ),
    );
  }
  const companies = of('company');
  if (companies.length > 0) {
    await sql`update records r set company_id = m.survivor from ${rows(companies)}
      where r.connection = m.connection and r.company_id = m.loser`.execute(tx);
    collect(
      await sql<{ id: string }>`update opportunities o set account_record = m.survivor from ${rows(companies)}
        where o.connection = m.connection and o.account_record = m.loser returning o.id`.execute(tx),
    );
  }
  await emit(
    tx,
    [...deals].sort().map((id): NewEvent => ({ type: 'opportunity.changed', entity: id })),
    at,
  );
}
