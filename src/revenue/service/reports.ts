/** Reads what the reports are made of; every report is of one moment of the store. */
import { sql } from 'kysely';
import type { LeadState } from '../../model/lead.ts';
import type { Money } from '../../model/money.ts';
import type { OfferStatus } from '../../model/offer.ts';
import type { PartnerFacts } from '../../model/partner.ts';
import type { Campaign, Credit, Model } from '../../model/revenue.ts';
import type { Queryable } from '../../store/database.ts';
import { snapshot } from '../../store/snapshot.ts';
import { type LeadsInputs, leadsReport, type Report, roiReport } from '../report.ts';
import { type RoiDeal, type RoiInputs, roi, roiOf } from '../roi.ts';
import { loadEntries } from './book.ts';
import { loadTouches } from './credits.ts';

/** The report `roi` under the given models. `currency` is the reporting currency, of rows without an amount. */
export async function loadRoiReport(db: Queryable, currency: string, models: readonly Model[]): Promise<Report> {
  return roiReport(roi(await loadRoiInputs(db, currency, models)));
}

/** The report `leads`. */
export async function loadLeadsReport(db: Queryable, currency: string): Promise<Report> {
  return leadsReport(await loadLeadsInputs(db, currency));
}

/** What `roi` is reckoned from. A deal's partner is the one that accepted the lead it came of. */
export async function loadRoiInputs(db: Queryable, currency: string, models: readonly Model[]): Promise<RoiInputs> {
  return snapshot(db, async (tx) => {
    const acceptedBy = await acceptances(tx);
    const leads = await tx.selectFrom('leads').select(['id', 'person_id']).orderBy('id').execute();
    return {
      models,
      currency,
      campaigns: await loadCampaigns(tx),
      partners: await loadPartners(tx),
      deals: await loadDeals(tx, models, acceptedBy),
      touches: await loadTouches(tx, null),
      leads: leads.map((lead) => ({
        id: lead.id,
        personId: lead.person_id,
        partnerId: acceptedBy.get(lead.id) ?? null,
      })),
    };
  });
}

/** What the report `leads` is reckoned from. */
async function loadLeadsInputs(db: Queryable, currency: string): Promise<LeadsInputs> {
  return snapshot(db, async (tx) => {
    const acceptedBy = await acceptances(tx);
    const people = await sql<{ count: number }>`
      select count(*)::int as count from people where merged_into is null`.execute(tx);
    const booked = await sql<{ lead: string | null; currency: string; minor: string }>`
      select m.lead_id as lead, e.currency, sum(e.amount_minor)::text as minor
      from entries e left join matches m on m.opportunity_id = e.opportunity_id
      group by m.lead_id, e.currency order by m.lead_id, e.currency`.execute(tx);
    const bookedOf = Map.groupBy(booked.rows, (row) => row.lead);
    const leads = await sql<{ id: string; state: LeadState; qualified: boolean }>`
      select d.id, d.state, exists (select from events v
        where v.entity_id = d.id and v.type = 'lead.state' and v.data->>'to' = 'Qualified') as qualified
      from leads d order by d.id`.execute(tx);
    const offers = await tx
      .selectFrom('offers')
      .select(['lead_id', 'partner_id', 'status', 'response_reason'])
      .orderBy('lead_id')
      .orderBy('round')
      .execute();
    return {
      currency,
      people: people.rows[0]?.count ?? 0,
      booked: booked.rows.map(moneyOf),
      leads: leads.rows.map((lead) => ({
        ...lead,
        partnerId: acceptedBy.get(lead.id) ?? null,
        booked: (bookedOf.get(lead.id) ?? []).map(moneyOf),
      })),
      offers: offers.map((offer) => ({
        leadId: offer.lead_id,
        partnerId: offer.partner_id,
        status: offer.status as OfferStatus,
        responseReason: offer.response_reason,
      })),
      partners: await loadPartners(tx),
    };
  });
}

/** Revenue in all, for the summary of a run; only what is in the reporting currency. */
export interface RevenueTotals {
  readonly currency: string;
  /** The sum of the ledger. */
  readonly booked: Money;
  /** What of it came of deals that are tied to a lead. */
  readonly matched: Money;
  /** `credited` + `unattributed` = `booked` under each model. */
  readonly models: Readonly<Partial<Record<Model, { readonly credited: Money; readonly unattributed: Money }>>>;
  /** The cost of all campaigns. */
  readonly spend: Money;
  /** (credited - spend) / spend with four decimals; null where nothing was spent. */
  readonly roi: Readonly<Partial<Record<Model, string | null>>>;
}

/** Sums up the ledger, its credits and the campaign costs, in one statement so that they are of one moment. */
export async function revenueTotals(db: Queryable, currency: string, models: readonly Model[]): Promise<RevenueTotals> {
  const found = await sql<{ booked: string; matched: string; spend: string; credited: Record<string, string> }>`
    select
      (select coalesce(sum(amount_minor), 0)::text from entries where currency = ${currency}) as booked,
      (select coalesce(sum(e.amount_minor), 0)::text from entries e join matches m on m.opportunity_id = e.opportunity_id
        where e.currency = ${currency} and m.lead_id is not null) as matched,
      (select coalesce(sum(cost_minor), 0)::text from campaigns where currency = ${currency}) as spend,
      (select coalesce(jsonb_object_agg(model, minor), '{}') from (select model, sum(amount_minor)::text as minor
        from credits where currency = ${currency} group by model) c) as credited`.execute(db);
  const row = found.rows[0];
  if (row === undefined) throw new Error('the store gave no totals');
  const money = (minor: string | bigint): Money => ({ minor: BigInt(minor), currency });
  const booked = money(row.booked);
  const spend = money(row.spend);
  const credited = (model: Model) => money(row.credited[model] ?? '0');
  return {
    currency,
    booked,
    matched: money(row.matched),
    models: Object.fromEntries(
      models.map((model) => [
        model,
        { credited: credited(model), unattributed: money(booked.minor - credited(model).minor) },
      ]),
    ),
    spend,
    roi: Object.fromEntries(models.map((model) => [model, roiOf(credited(model), spend)])),
  };
}

/** Lead to the partner that accepted it. */
async function acceptances(tx: Queryable): Promise<Map<string, string>> {
  const rows = await tx
    .selectFrom('offers')
    .select(['lead_id', 'partner_id'])
    .where('status', '=', 'Accepted')
    .orderBy('lead_id')
    .orderBy('round')
    .execute();
  return new Map(rows.map((row) => [row.lead_id, row.partner_id]));
}

async function loadCampaigns(tx: Queryable): Promise<Campaign[]> {
  const rows = await tx.selectFrom('campaigns').selectAll().orderBy('id').execute();
  return rows.map(({ id, name, cost_minor, currency }) => ({
    id,
    name,
    cost: cost_minor === null || currency === null ? null : { minor: BigInt(cost_minor), currency },
  }));
}

async function loadPartners(tx: Queryable): Promise<{ id: string; name: string }[]> {
  const rows = await tx.selectFrom('partners').select(['id', 'facts']).orderBy('id').execute();
  return rows.map((row) => ({ id: row.id, name: (row.facts as PartnerFacts).name }));
}

async function loadDeals(
  tx: Queryable,
  models: readonly Model[],
  acceptedBy: ReadonlyMap<string, string>,
): Promise<RoiDeal[]> {
  const entries = Map.groupBy(await loadEntries(tx, null), (entry) => entry.opportunityId);
  const credits = await tx
    .selectFrom('credits')
    .selectAll()
    .where('model', 'in', models)
    .orderBy('entry_id')
    .orderBy('touch_id')
    .execute();
  const creditsOf = Map.groupBy(credits, (credit) => credit.opportunity_id);
  const matches = await tx.selectFrom('matches').select(['opportunity_id', 'lead_id']).execute();
  const leadOf = new Map(matches.map((match) => [match.opportunity_id, match.lead_id]));
  return [...entries].map(([opportunityId, mine]) => ({
    opportunityId,
    partnerId: acceptedBy.get(leadOf.get(opportunityId) ?? '') ?? null,
    entries: mine,
    credits: (creditsOf.get(opportunityId) ?? []).map(
      (row): Credit => ({
        entryId: row.entry_id,
        model: row.model as Model,
        touchId: row.touch_id,
        campaignId: row.campaign_id,
        amount: { minor: BigInt(row.amount_minor), currency: row.currency },
      }),
    ),
  }));
}

function moneyOf(row: { readonly minor: string; readonly currency: string }): Money {
  return { minor: BigInt(row.minor), currency: row.currency };
}
