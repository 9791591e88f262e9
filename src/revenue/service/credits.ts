/** Credits of booked deals, and what they are derived from as the store keeps it. */
import { sql } from 'kysely';
import type { Touch } from '../../model/revenue.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { attributeDeal } from '../attribution.ts';
import type { AttributionConfig } from '../config.ts';
import type { Match } from '../match.ts';
import { loadEntries } from './book.ts';

/** Derives the credits of deals anew from their entries and the touches known now; the ledger itself is only added to. */
export async function recredit(
  tx: Queryable,
  ids: readonly string[],
  matches: ReadonlyMap<string, Match>,
  config: AttributionConfig,
): Promise<void> {
  const entries = Map.groupBy(await loadEntries(tx, ids), (entry) => entry.opportunityId);
  const booked = ids.filter((id) => (entries.get(id)?.length ?? 0) > 0);
  const touches = Map.groupBy(
    await loadTouches(tx, [...new Set(booked.flatMap((id) => matches.get(id)?.personIds ?? []))]),
    (touch) => touch.personId,
  );
  const credits = booked.flatMap((id) => {
    const mine = (matches.get(id)?.personIds ?? []).flatMap((personId) => touches.get(personId) ?? []);
    return config.models.flatMap((model) =>
      attributeDeal(entries.get(id) ?? [], mine, model, config.window).flatMap((attribution) =>
        attribution.credits.map((credit) => ({
          entry_id: credit.entryId,
          model,
          touch_id: credit.touchId,
          campaign_id: credit.campaignId,
          opportunity_id: id,
          amount_minor: credit.amount.minor,
          currency: credit.amount.currency,
        })),
      ),
    );
  });
  await tx.deleteFrom('credits').where(among('opportunity_id', ids)).execute();
  await upsert(tx, 'credits', credits, ['entry_id', 'model', 'touch_id']);
}

/** The touches of persons, each with the one campaign that its record belongs to. */
async function loadTouches(tx: Queryable, personIds: readonly string[]): Promise<Touch[]> {
  if (personIds.length === 0) return [];
  const found = await sql<{ id: string; person: string; campaign: string; at: string; kind: string }>`
    select t.id, l.entity_id as person, c.campaign_id as campaign, t.at, t.kind
    from links l join touches t on t.connection = l.connection and t.subject_object = l.object and t.subject_id = l.record_id
    join campaign_records c on c.connection = t.connection and c.object = t.campaign_object and c.record_id = t.campaign_record
    where l.entity = 'person' and l.entity_id = any(${personIds}::text[]) order by t.id`.execute(tx);
  return found.rows.map((row) => ({
    id: row.id,
    personId: row.person,
    campaignId: row.campaign,
    at: row.at,
    kind: row.kind,
  }));
}
