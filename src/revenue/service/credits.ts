/** Credits of booked deals, derived anew from what the store holds and written where they differ. */
import { sql } from 'kysely';
import type { Credit, Entry, Touch } from '../../model/revenue.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { creditUnder, journeysToClose } from '../attribution/attribute-deal.ts';
import type { AttributionConfig } from '../config.ts';
import type { Match } from '../match.ts';
import type { OpportunityFacts } from './apply.ts';
import { closedThrough } from './book.ts';
import { accountPeople } from './deal-people.ts';
import { loadEntries } from './entries.ts';
import { loadCreditings, type VersionedCrediting } from './fits.ts';
import { loadPartnerTouches, loadTouches } from './touches.ts';

/**
 * Derives the credits of deals anew from their entries and the touches known now; the ledger itself is only added to. Entries
 * keep the version of the model, and of its fit, that they were credited under.
 */
export async function recredit(
  tx: Queryable,
  ids: readonly string[],
  matches: ReadonlyMap<string, Match>,
  config: AttributionConfig,
): Promise<void> {
  const entries = Map.groupBy(await loadEntries(tx, ids), (entry) => entry.opportunityId);
  const booked = ids.filter((id) => (entries.get(id)?.length ?? 0) > 0);
  const before = await loadCredited(tx, ids);
  const models = booked.length === 0 ? [] : await loadCreditings(tx, config);
  const journeys = await loadJourneys(tx, booked, matches, config);
  const closed = await closedThrough(tx);
  const after: Credited = { credits: new Map(), creditings: new Map() };
  for (const id of booked) {
    const journey = journeys.get(id) ?? { touches: [], leadAt: null, dealAt: null };
    const { leadAt, dealAt } = journey;
    const mine = entries.get(id) ?? [];
    const ways = journeysToClose(mine, journey.touches, { rules: config.rules, leadAt, dealAt });
    const frozen = keepClosed(
      mine.filter((entry) => closed !== null && entry.period <= closed),
      before,
      after,
      journey.touches,
    );
    for (const model of models) {
      const kept = frozen.get(model.name) ?? new Map();
      for (const { entry, credits } of creditUnder(model, ways, kept)) {
        if (kept.has(entry.id)) continue;
        const crediting = creditingRow(entry, model);
        after.creditings.set(rowKey(crediting.entry_id, crediting.model), crediting);
        for (const credit of credits) {
          const row = creditRow(id, credit);
          after.credits.set(rowKey(row.entry_id, row.model, row.touch_id), row);
        }
      }
    }
  }
  await saveDifferences(tx, before, after);
}

type CreditRow = {
  readonly entry_id: string;
  readonly model: string;
  readonly touch_id: string;
  readonly campaign_id: string;
  readonly opportunity_id: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly reporting_minor: string;
};

type CreditingRow = {
  readonly entry_id: string;
  readonly model: string;
  readonly opportunity_id: string;
  readonly version: string;
  readonly fit: number | null;
};

/** What deals have been credited, by the keys of the rows. */
interface Credited {
  readonly credits: Map<string, CreditRow>;
  readonly creditings: Map<string, CreditingRow>;
}

/**
 * Takes over what entries of closed periods were credited, under every model they were credited under: those of one that is
 * listed no more stay too. By model and entry, for what follows is reckoned from it.
 */
function keepClosed(
  entries: readonly Entry[],
  before: Credited,
  after: Credited,
  touches: readonly Touch[],
): Map<string, Map<string, Credit[]>> {
  const kept = new Map<string, Map<string, Credit[]>>();
  if (entries.length === 0) return kept;
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  // Which records are one campaign is settled anew now and then: a credit stays with the touch, under its campaign's name of now.
  const campaignOf = new Map(touches.map((touch) => [touch.id, touch.campaignId]));
  for (const [key, row] of before.creditings) {
    if (!byId.has(row.entry_id)) continue;
    after.creditings.set(key, row);
    const model = kept.get(row.model) ?? new Map<string, Credit[]>();
    kept.set(row.model, model.set(row.entry_id, []));
  }
  for (const [key, row] of before.credits) {
    const entry = byId.get(row.entry_id);
    const list = kept.get(row.model)?.get(row.entry_id);
    if (!entry || !list) continue;
    const campaignId = campaignOf.get(row.touch_id) ?? row.campaign_id;
    after.credits.set(key, { ...row, campaign_id: campaignId });
    list.push({
      entryId: row.entry_id,
      model: row.model,
      touchId: row.touch_id,
      campaignId,
      amount: { ...entry.amount, minor: BigInt(row.amount_minor) },
      reporting: { ...entry.reporting, minor: BigInt(row.reporting_minor) },
    });
  }
  return kept;
}

function rowKey(...parts: readonly string[]): string {
  return parts.join('\n');
}

function creditRow(dealId: string, { entryId, model, touchId, campaignId, amount, reporting }: Credit): CreditRow {
  return {
    entry_id: entryId,
    model,
    touch_id: touchId,
    campaign_id: campaignId,
    opportunity_id: dealId,
    amount_minor: amount.minor.toString(),
    currency: amount.currency,
    reporting_minor: reporting.minor.toString(),
  };
}

function creditingRow(entry: Entry, { name, version, fit }: VersionedCrediting): CreditingRow {
  return { entry_id: entry.id, model: name, opportunity_id: entry.opportunityId, version, fit };
}

async function loadCredited(tx: Queryable, dealIds: readonly string[]): Promise<Credited> {
  const credits = await tx.selectFrom('credits').selectAll().where(among('opportunity_id', dealIds)).execute();
  const creditings = await tx.selectFrom('creditings').selectAll().where(among('opportunity_id', dealIds)).execute();
  return {
    credits: new Map(credits.map((row) => [rowKey(row.entry_id, row.model, row.touch_id), row])),
    creditings: new Map(creditings.map((row) => [rowKey(row.entry_id, row.model), row])),
  };
}

/** Writes only what differs: most deals that are looked at again have the credits they had. */
async function saveDifferences(tx: Queryable, before: Credited, after: Credited): Promise<void> {
  const goneCredits = [...before.credits].flatMap(([key, row]) => (after.credits.has(key) ? [] : [row]));
  if (goneCredits.length > 0) {
    const keys = JSON.stringify(goneCredits.map(({ entry_id, model, touch_id }) => ({ entry_id, model, touch_id })));
    await sql`delete from credits c using jsonb_to_recordset(${keys}::jsonb) as g(entry_id text, model text, touch_id text)
      where c.entry_id = g.entry_id and c.model = g.model and c.touch_id = g.touch_id`.execute(tx);
  }
  const goneCreditings = [...before.creditings].flatMap(([key, row]) => (after.creditings.has(key) ? [] : [row]));
  if (goneCreditings.length > 0) {
    const keys = JSON.stringify(goneCreditings.map(({ entry_id, model }) => ({ entry_id, model })));
    await sql`delete from creditings c using jsonb_to_recordset(${keys}::jsonb) as g(entry_id text, model text)
      where c.entry_id = g.entry_id and c.model = g.model`.execute(tx);
  }
  const credits = [...after.credits].flatMap(([key, row]) => (same(before.credits.get(key), row) ? [] : [row]));
  await upsert(tx, 'credits', credits, ['entry_id', 'model', 'touch_id']);
  const creditings = [...after.creditings].flatMap(([key, row]) =>
    same(before.creditings.get(key), row) ? [] : [row],
  );
  await upsert(tx, 'creditings', creditings, ['entry_id', 'model']);
}

function same<Row extends object>(before: Row | undefined, after: Row): boolean {
  return (
    before !== undefined &&
    (Object.keys(after) as (keyof Row)[]).every((column) => String(before[column]) === String(after[column]))
  );
}

interface DealJourney {
  readonly touches: readonly Touch[];
  readonly leadAt: string | null;
  readonly dealAt: string | null;
}

/** The touches of the people of each deal, and when its lead was released and it was opened. */
async function loadJourneys(
  tx: Queryable,
  dealIds: readonly string[],
  matches: ReadonlyMap<string, Match>,
  config: AttributionConfig,
): Promise<Map<string, DealJourney>> {
  if (dealIds.length === 0) return new Map();
  const group = config.people === 'account' ? await accountPeople(tx, dealIds) : new Map<string, string[]>();
  const peopleOf = new Map(
    dealIds.map((id) => [id, [...new Set([...(matches.get(id)?.personIds ?? []), ...(group.get(id) ?? [])])]]),
  );
  const people = [...new Set([...peopleOf.values()].flat())];
  const touches = Map.groupBy(
    [...(await loadTouches(tx, people)), ...(await loadPartnerTouches(tx, people, config.partners))],
    (touch) => touch.personId,
  );
  const leadIds = dealIds.flatMap((id) => matches.get(id)?.leadId ?? []);
  const leads = await tx.selectFrom('leads').select(['id', 'released_at']).where(among('id', leadIds)).execute();
  const released = new Map(leads.map((lead) => [lead.id, lead.released_at]));
  const deals = await tx.selectFrom('opportunities').select(['id', 'facts']).where(among('id', dealIds)).execute();
  const opened = new Map(deals.map(({ id, facts }) => [id, (facts as OpportunityFacts).createdAt ?? null]));
  return new Map(
    dealIds.map((id) => [
      id,
      {
        touches: (peopleOf.get(id) ?? []).flatMap((person) => touches.get(person) ?? []),
        leadAt: released.get(matches.get(id)?.leadId ?? '') ?? null,
        dealAt: opened.get(id) ?? null,
      },
    ]),
  );
}
