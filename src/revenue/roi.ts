import { allocate, type Money } from '../model/money.ts';
import type { Campaign, Credit, Entry, Model, Touch } from '../model/revenue.ts';
import { compareIds } from './moment.ts';

/** A deal with its ledger lines and their credits under every model asked for. */
export interface RoiDeal {
  readonly opportunityId: string;
  /** The partner that accepted the lead the deal came of; null: none. */
  readonly partnerId: string | null;
  readonly entries: readonly Entry[];
  readonly credits: readonly Credit[];
}

export interface RoiInputs {
  readonly models: readonly Model[];
  /** Reporting currency: that of the rows of campaigns and partners that have neither cost nor credit. */
  readonly currency: string;
  /** A campaign known from both CRMs stands here once, or twice under one id: then the first cost stated is its cost. */
  readonly campaigns: readonly Campaign[];
  readonly partners: readonly { readonly id: string; readonly name: string }[];
  readonly deals: readonly RoiDeal[];
  /** All touches; those of people who became a lead divide the cost of their campaign. */
  readonly touches: readonly Touch[];
  /** `partnerId`: who accepted the lead or holds it; null where nobody did, or it is only offered. */
  readonly leads: readonly { readonly id: string; readonly personId: string; readonly partnerId: string | null }[];
}

export interface RoiFigures {
  readonly model: Model;
  /** Of every amount in the row. Amounts of two currencies are two rows. */
  readonly currency: string;
  readonly credited: Money;
  /** Null where no cost is stated in this currency. */
  readonly cost: Money | null;
  /** (credited - cost) / cost with four decimals; null where there is no cost above zero: undefined, not 0. */
  readonly roi: string | null;
  /** Deals and touches whose credit, reversals counted, is not zero. */
  readonly deals: number;
  readonly touches: number;
}

export interface RoiRow extends RoiFigures {
  /** Null in the row of what is with no partner. */
  readonly id: string | null;
  readonly name: string;
}

/** The sum of the rows by campaign, and equally of those by partner. `credited` + `unattributed` = `booked`. */
export interface RoiTotal extends RoiFigures {
  readonly booked: Money;
  readonly unattributed: Money;
}

export interface Roi {
  /** By model, in the order asked; then currency; then name. */
  readonly byCampaign: readonly RoiRow[];
  readonly byPartner: readonly RoiRow[];
  readonly total: readonly RoiTotal[];
}

export const NO_PARTNER = 'not with a partner';

/**
 * Return on campaign money, on revenue, by campaign and by partner under each model. A partner has the credits of the deals
 * that came of its leads, and bears its leads' share of the campaigns they responded to; what no partner has or bears stands
 * in the row "not with a partner". So both tables add up to the total, to the minor unit.
 */
export function roi(inputs: RoiInputs): Roi {
  const campaigns = onePerId(inputs.campaigns);
  const campaignOf = new Map(campaigns.map((campaign) => [campaign.id, campaign]));
  const partnerNames = new Map(inputs.partners.map((partner) => [partner.id, partner.name]));
  const costs = campaigns.flatMap(({ id, cost }) => (cost ? [{ id, cost }] : []));
  const spend = spendByPartner(costs, inputs);
  const byCampaign: RoiRow[] = [];
  const byPartner: RoiRow[] = [];
  const total: RoiTotal[] = [];

  for (const model of inputs.models) {
    const campaignTally = new Tally();
    const partnerTally = new Tally();
    const totalTally = new Tally();
    for (const { id, cost } of costs) {
      campaignTally.spend(id, cost);
      totalTally.spend(null, cost);
    }
    for (const { partnerId, cost } of spend) partnerTally.spend(partnerId, cost);
    for (const deal of inputs.deals) {
      for (const credit of deal.credits) {
        if (credit.model !== model) continue;
        campaignTally.credit(credit.campaignId, deal.opportunityId, credit);
        partnerTally.credit(deal.partnerId, deal.opportunityId, credit);
        totalTally.credit(null, deal.opportunityId, credit);
      }
    }
    for (const campaign of campaigns) campaignTally.mention(campaign.id, inputs.currency);
    for (const partner of inputs.partners) partnerTally.mention(partner.id, inputs.currency);
    byCampaign.push(...campaignTally.rows(model, (id) => campaignOf.get(id ?? '')?.name ?? `campaign ${id}`));
    byPartner.push(
      ...partnerTally.rows(model, (id) => (id === null ? NO_PARTNER : (partnerNames.get(id) ?? `partner ${id}`))),
    );
    total.push(...totals(model, totalTally, inputs));
  }
  return { byCampaign, byPartner, total };
}

/** (credited - cost) / cost, rounded half away from zero to four decimals; null where the cost is unknown or not above zero. */
export function roiOf(credited: Money, cost: Money | null): string | null {
  if (cost === null || cost.minor <= 0n) return null;
  if (cost.currency !== credited.currency)
    throw new RangeError(`cannot set a cost in ${cost.currency} against ${credited.currency}`);
  const gain = credited.minor - cost.minor;
  const magnitude = ((gain < 0n ? -gain : gain) * 20_000n + cost.minor) / (2n * cost.minor);
  const digits = magnitude.toString().padStart(5, '0');
  return `${gain < 0n && magnitude > 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** The cost of each campaign in equal shares over its responding leads, added to the partner each lead is with. */
function spendByPartner(costs: readonly { id: string; cost: Money }[], inputs: RoiInputs) {
  const leadOf = new Map(inputs.leads.map((lead) => [lead.personId, lead]));
  const responding = new Map<string, Map<string, string | null>>();
  for (const touch of inputs.touches) {
    const lead = leadOf.get(touch.personId);
    if (!lead) continue;
    const leads = responding.get(touch.campaignId) ?? new Map<string, string | null>();
    leads.set(lead.id, lead.partnerId);
    responding.set(touch.campaignId, leads);
  }
  return costs.flatMap(({ id, cost }): { partnerId: string | null; cost: Money }[] => {
    const leads = [...(responding.get(id) ?? [])].sort(([a], [b]) => compareIds(a, b));
    if (leads.length === 0) return [{ partnerId: null, cost }];
    const shares = allocate(cost, new Array<bigint>(leads.length).fill(1n));
    return leads.map(([, partnerId], index) => ({ partnerId, cost: shares[index] ?? { ...cost, minor: 0n } }));
  });
}

function totals(model: Model, tally: Tally, inputs: RoiInputs): RoiTotal[] {
  const booked = new Map<string, bigint>();
  for (const deal of inputs.deals) {
    for (const { amount } of deal.entries) {
      booked.set(amount.currency, (booked.get(amount.currency) ?? 0n) + amount.minor);
      tally.mention(null, amount.currency, true);
    }
  }
  tally.mention(null, inputs.currency, true);
  return tally
    .rows(model, () => '')
    .map(({ id: _id, name: _name, ...figures }) => {
      const inLedger = { minor: booked.get(figures.currency) ?? 0n, currency: figures.currency };
      const unattributed = { minor: inLedger.minor - figures.credited.minor, currency: figures.currency };
      return { ...figures, booked: inLedger, unattributed };
    });
}

function onePerId(campaigns: readonly Campaign[]): Campaign[] {
  const byId = new Map<string, Campaign>();
  for (const campaign of campaigns) {
    const known = byId.get(campaign.id);
    byId.set(campaign.id, known ? { ...known, cost: known.cost ?? campaign.cost } : campaign);
  }
  return [...byId.values()];
}

interface Cell {
  cost: bigint | null;
  credited: bigint;
  readonly byDeal: Map<string, bigint>;
  readonly byTouch: Map<string, bigint>;
}

/** Adds up costs and credits by (id, currency). */
class Tally {
  readonly #cells = new Map<string | null, Map<string, Cell>>();

  spend(id: string | null, cost: Money): void {
    const cell = this.#cell(id, cost.currency);
    cell.cost = (cell.cost ?? 0n) + cost.minor;
  }

  credit(id: string | null, opportunityId: string, credit: Credit): void {
    const { minor, currency } = credit.amount;
    const cell = this.#cell(id, currency);
    cell.credited += minor;
    cell.byDeal.set(opportunityId, (cell.byDeal.get(opportunityId) ?? 0n) + minor);
    cell.byTouch.set(credit.touchId, (cell.byTouch.get(credit.touchId) ?? 0n) + minor);
  }

  /** Gives `id` a row: one in `currency` always, or only where it has none in any. */
  mention(id: string | null, currency: string, always = false): void {
    if (always || !this.#cells.has(id)) this.#cell(id, currency);
  }

  rows(model: Model, nameOf: (id: string | null) => string): RoiRow[] {
    const rows = [...this.#cells].flatMap(([id, cells]) =>
      [...cells].map(([currency, cell]): RoiRow => {
        const credited = { minor: cell.credited, currency };
        const cost = cell.cost === null ? null : { minor: cell.cost, currency };
        const [deals, touches] = [countNonZero(cell.byDeal), countNonZero(cell.byTouch)];
        return { id, name: nameOf(id), model, currency, credited, cost, roi: roiOf(credited, cost), deals, touches };
      }),
    );
    return rows.sort(
      (a, b) =>
        compareIds(a.currency, b.currency) ||
        Number(a.id === null) - Number(b.id === null) ||
        compareIds(a.name, b.name) ||
        compareIds(a.id ?? '', b.id ?? ''),
    );
  }

  #cell(id: string | null, currency: string): Cell {
    let cells = this.#cells.get(id);
    if (!cells) {
      cells = new Map();
      this.#cells.set(id, cells);
    }
    let cell = cells.get(currency);
    if (!cell) {
      cell = { cost: null, credited: 0n, byDeal: new Map(), byTouch: new Map() };
      cells.set(currency, cell);
    }
    return cell;
  }
}

function countNonZero(amounts: ReadonlyMap<string, bigint>): number {
  let count = 0;
  for (const minor of amounts.values()) if (minor !== 0n) count++;
  return count;
}
