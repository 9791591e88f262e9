import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import { snapshot } from '../../store/snapshot.ts';
import { type UnclaimedDeal, type Unrecorded, unrecorded } from '../unrecorded.ts';
import { amountOf, type OpportunityFacts } from './apply.ts';
import type { KeptEvidence } from './tie.ts';

/**
 * Won deals that no partner is recorded to have sourced, at companies of which a partner had accepted a lead before the close;
 * each with the likeliest such lead. As the last reconciliation found them.
 */
export async function loadUnrecorded(db: Queryable): Promise<Unrecorded[]> {
  return snapshot(db, async (tx) => {
    const { rows } = await sql<{
      id: string;
      connection: string;
      record_id: string;
      account: string | null;
      facts: OpportunityFacts;
      lead: string | null;
      evidence: KeptEvidence;
      review: string | null;
    }>`
      select o.id, o.connection, o.record_id, coalesce(a.name, o.account_record) as account, o.facts, m.lead_id as lead, m.evidence,
        (select min(r.id) from reviews r where r.kind = 'deal-match' and r.subject->>'opportunity' = o.id and r.resolved_at is null) as review
      from matches m join opportunities o on o.id = m.opportunity_id
        left join accounts a on a.connection = o.connection and a.record_id = o.account_record
      where o.facts->'isWon' = 'true' and o.facts->'deleted' = 'false'
        and jsonb_path_exists(m.evidence, '$.weighed[*] ? (@.partnerId != null)')
        and not exists (select 1 from deal_partners p where p.opportunity_id = o.id and p.role = 'sourced')
      order by o.id`.execute(tx);
    const names = new Map(
      (
        await tx
          .selectFrom('partners')
          .select(['id', sql<string>`facts->>'name'`.as('name')])
          .execute()
      ).map((row) => [row.id, row.name]),
    );
    return unrecorded(
      rows.flatMap(({ facts, evidence, lead, ...row }): UnclaimedDeal[] => {
        const [best] = evidence.weighed.filter(
          ({ partnerId, acceptedAt }) => partnerId !== null && acceptedAt !== null,
        );
        if (!best?.partnerId || best.acceptedAt === null) return [];
        return [
          {
            id: row.id,
            name: facts.name,
            record: `${row.connection} ${row.record_id}`,
            amount: amountOf(facts),
            closeDate: facts.closeDate,
            account: row.account,
            review: row.review,
            directLead: lead,
            partner: { id: best.partnerId, name: names.get(best.partnerId) ?? best.partnerId },
            lead: best.leadId,
            acceptedAt: best.acceptedAt,
            probability: best.probability,
            reasons: best.reasons,
          },
        ];
      }),
    );
  });
}
