import { sql } from 'kysely';
import type { Money } from '../../model/money.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { costOf, type PaidClaim } from '../campaign-cost.ts';

/**
 * Brings the cost of campaigns in line with what was paid on claims that are tied to them. Of a campaign that states none, and
 * whose claims were paid in several currencies, the cost stays unknown: currencies are never added.
 */
export async function settleCampaignCosts(tx: Queryable): Promise<void> {
  const { rows } = await sql<{ id: string; campaign: string; minor: string; currency: string }>`
    select c.id, coalesce(r.campaign_id, c.campaign_id) as campaign, c.paid_minor::text as minor, c.currency
    from fund_claims c join fund_requests q on q.id = c.request_id
      left join campaign_records r on r.connection = q.campaign_connection and r.record_id = q.campaign_record
    where c.paid_minor > 0 and coalesce(r.campaign_id, c.campaign_id) is not null order by c.id`.execute(tx);
  const claims = Map.groupBy(rows, ({ campaign }) => campaign);
  // Those whose cost was made of claims lose it with their last claim.
  const campaigns = await sql<{
    id: string;
    name: string;
    minor: string | null;
    currency: string | null;
    source: string | null;
  }>`
    select id, name, cost_minor::text as minor, currency, cost_source as source from campaigns
    where id = any(${[...claims.keys()]}::text[]) or cost_source = 'claims' or funded <> '[]' order by id`.execute(tx);
  const settled = campaigns.rows.map(({ id, name, minor, currency, source }) => {
    const stated: Money | null =
      source === 'claims' || minor === null || currency === null ? null : { minor: BigInt(minor), currency };
    const paid = (claims.get(id) ?? []).map(
      (claim): PaidClaim => ({ id: claim.id, paid: { minor: BigInt(claim.minor), currency: claim.currency } }),
    );
    const cost = costOf({ cost: stated }, paid);
    const [only, another] = cost.costs;
    const known = another === undefined ? only : undefined;
    return {
      id,
      name,
      cost_minor: known?.minor ?? null,
      currency: known?.currency ?? null,
      cost_source: cost.source,
      funded: cost.funded.map((money) => ({ minor: String(money.minor), currency: money.currency })),
      over_minor: cost.over?.minor ?? null,
    };
  });
  await upsert(tx, 'campaigns', settled, ['id']);
}
