import type { LeadState } from '../model/lead.ts';
import type { Money } from '../model/money.ts';
import type { OfferStatus } from '../model/offer.ts';
import { compareIds } from './moment.ts';
import type { Roi, RoiFigures } from './roi.ts';

/** What a cell holds: a name, a count, an amount, or nothing that can be said (shown as a dash, never as 0). */
export type Cell = string | number | Money | null;
export type Row = Readonly<Record<string, Cell>>;

export interface Column {
  readonly key: string;
  readonly title: string;
  /** `rate`: a decimal string. Amounts of a row are of the currency in its `currency` cell. */
  readonly type: 'text' | 'count' | 'money' | 'rate';
}

/** One table of a report, in the form every renderer takes. */
export interface Table {
  /** Key in JSON and in the first column of CSV. */
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** One line a group that can be added up (a currency, a model); empty where adding makes no sense. */
  readonly totals: readonly Row[];
}

export interface Report {
  readonly name: string;
  readonly tables: readonly Table[];
}

const text = (key: string, title: string): Column => ({ key, title, type: 'text' });
const count = (key: string, title: string): Column => ({ key, title, type: 'count' });
const money = (key: string, title: string): Column => ({ key, title, type: 'money' });

/** The report `roi`: return on campaign money by campaign and by partner under every model. */
export function roiReport(roi: Roi): Report {
  const figures = [
    money('credited', 'Credited'),
    money('cost', 'Cost'),
    { key: 'roi', title: 'ROI', type: 'rate' } as const,
    count('deals', 'Deals'),
    count('touches', 'Touches'),
  ];
  const columns = (what: string) => [
    text('model', 'Model'),
    text('name', what),
    text('id', 'Id'),
    text('currency', 'Currency'),
    ...figures,
  ];
  const totals = roi.total.map((total) => ({ ...cellsOf(total), name: 'Total', id: null }));
  return {
    name: 'roi',
    tables: [
      {
        name: 'byCampaign',
        title: 'ROI by campaign',
        columns: columns('Campaign'),
        rows: roi.byCampaign.map((row) => ({ ...cellsOf(row), id: row.id, name: row.name })),
        totals,
      },
      {
        name: 'byPartner',
        title: 'ROI by partner',
        columns: columns('Partner'),
        rows: roi.byPartner.map((row) => ({ ...cellsOf(row), id: row.id, name: row.name })),
        totals,
      },
      {
        name: 'revenue',
        title: 'Booked revenue',
        columns: [
          text('model', 'Model'),
          text('currency', 'Currency'),
          money('booked', 'Booked'),
          money('credited', 'Credited'),
          money('unattributed', 'Unattributed'),
          money('cost', 'Cost'),
          { key: 'roi', title: 'ROI', type: 'rate' },
        ],
        rows: roi.total.map((total) => ({
          ...cellsOf(total),
          booked: total.booked,
          unattributed: total.unattributed,
        })),
        totals: [],
      },
    ],
  };
}

function cellsOf({ model, currency, credited, cost, roi, deals, touches }: RoiFigures): Row {
  return { model, currency, credited, cost, roi, deals, touches };
}

export interface LeadsInputs {
  /** Reporting currency of rows without an amount. */
  readonly currency: string;
  /** Persons known from any CRM. */
  readonly people: number;
  /** All that is booked, also from deals that no lead brought. */
  readonly booked: readonly Money[];
  readonly leads: readonly LeadRow[];
  readonly offers: readonly OfferRow[];
  readonly partners: readonly { readonly id: string; readonly name: string }[];
}

export interface LeadRow {
  readonly id: string;
  readonly state: LeadState;
  /** The partner that accepted it; null: none. */
  readonly partnerId: string | null;
  /** Whether it ever was in state Qualified. */
  readonly qualified: boolean;
  /** What the deals that came of it are worth in the ledger. */
  readonly booked: readonly Money[];
}

export interface OfferRow {
  readonly leadId: string;
  readonly partnerId: string;
  readonly status: OfferStatus;
  readonly responseReason: string | null;
}

/** The report `leads`: the funnel from synced to won, leads by state, by partner, and why offers were rejected. */
export function leadsReport(inputs: LeadsInputs): Report {
  return { name: 'leads', tables: [funnel(inputs), byState(inputs), byPartner(inputs), byRejectReason(inputs)] };
}

/** Each step counts what ever got that far; its money is what was booked from deals of those. */
function funnel(inputs: LeadsInputs): Table {
  const offered = new Set(inputs.offers.map((offer) => offer.leadId));
  const accepted = new Set(inputs.offers.filter((offer) => offer.status === 'Accepted').map((offer) => offer.leadId));
  const isWon = (lead: LeadRow) => lead.state === 'Won';
  const step = (name: string, reached: (lead: LeadRow) => boolean) => {
    const leads = inputs.leads.filter(reached);
    return { name, count: leads.length, booked: leads.flatMap((lead) => lead.booked) };
  };
  const steps = [
    { name: 'Synced people', count: inputs.people, booked: inputs.booked },
    step('Leads', () => true),
    step('Offered', (lead) => offered.has(lead.id)),
    step('Accepted', (lead) => accepted.has(lead.id)),
    step('Qualified', (lead) => lead.qualified || isWon(lead)),
    step('Won', isWon),
  ];
  const currencies = currenciesOf(inputs.booked, inputs.currency);
  return {
    name: 'funnel',
    title: 'Funnel',
    columns: [text('step', 'Step'), count('count', 'Count'), text('currency', 'Currency'), money('booked', 'Booked')],
    rows: steps.flatMap((at) =>
      currencies.map((currency) => ({
        step: at.name,
        count: at.count,
        currency,
        booked: sumIn(at.booked, currency),
      })),
    ),
    totals: [],
  };
}

function byState(inputs: LeadsInputs): Table {
  const counts = countBy(inputs.leads.map((lead) => lead.state));
  return {
    name: 'byState',
    title: 'Leads by state',
    columns: [text('state', 'State'), count('leads', 'Leads')],
    rows: [...counts].map(([state, leads]) => ({ state, leads })),
    totals: [{ state: 'Total', leads: inputs.leads.length }],
  };
}

/** A partner has a row in every currency it brought revenue in; the counts stand in the first of them only, so that rows add up. */
function byPartner(inputs: LeadsInputs): Table {
  const names = new Map(inputs.partners.map((partner) => [partner.id, partner.name]));
  for (const { partnerId } of [...inputs.offers, ...inputs.leads])
    if (partnerId !== null && !names.has(partnerId)) names.set(partnerId, `partner ${partnerId}`);
  const offersOf = Map.groupBy(inputs.offers, (offer) => offer.partnerId);
  const leadsOf = Map.groupBy(inputs.leads, (lead) => lead.partnerId);
  const ordered = [...names].sort(([idA, a], [idB, b]) => compareIds(a, b) || compareIds(idA, idB));
  const rows = ordered.flatMap(([id, name]): PartnerRow[] => {
    const offers = countBy((offersOf.get(id) ?? []).map((offer) => offer.status));
    const leads = leadsOf.get(id) ?? [];
    const booked = leads.flatMap((lead) => lead.booked);
    const [first = inputs.currency, ...others] = currenciesOf(booked, booked[0]?.currency ?? inputs.currency);
    const counts = {
      offers: offersOf.get(id)?.length ?? 0,
      accepted: offers.get('Accepted') ?? 0,
      rejected: offers.get('Rejected') ?? 0,
      expired: offers.get('Expired') ?? 0,
      open: offers.get('Open') ?? 0,
      won: leads.filter((lead) => lead.state === 'Won').length,
    };
    return [
      { name, id, ...counts, currency: first, revenue: sumIn(booked, first) },
      ...others.map((currency) => ({ name, id, ...NO_COUNTS, currency, revenue: sumIn(booked, currency) })),
    ];
  });
  return {
    name: 'byPartner',
    title: 'Leads by partner',
    columns: [
      text('name', 'Partner'),
      text('id', 'Id'),
      ...COUNTS.map((key) => count(key, `${key.charAt(0).toUpperCase()}${key.slice(1)}`)),
      text('currency', 'Currency'),
      money('revenue', 'Revenue'),
    ],
    rows,
    totals: [...Map.groupBy(rows, (row) => row.currency)]
      .sort(([a], [b]) => compareIds(a, b))
      .map(([currency, group]) => ({
        name: 'Total',
        id: null,
        ...Object.fromEntries(COUNTS.map((key) => [key, group.reduce((total, row) => total + row[key], 0)])),
        currency,
        revenue: sumIn(
          group.map((row) => row.revenue),
          currency,
        ),
      })),
  };
}

const COUNTS = ['offers', 'accepted', 'rejected', 'expired', 'open', 'won'] as const;
const NO_COUNTS = { offers: 0, accepted: 0, rejected: 0, expired: 0, open: 0, won: 0 };
type PartnerRow = Record<(typeof COUNTS)[number], number> & {
  name: string;
  id: string;
  currency: string;
  revenue: Money;
};

function byRejectReason(inputs: LeadsInputs): Table {
  const rejected = inputs.offers.filter((offer) => offer.status === 'Rejected');
  const counts = countBy(rejected.map((offer) => offer.responseReason?.trim() || 'no reason given'));
  return {
    name: 'byRejectReason',
    title: 'Why offers were rejected',
    columns: [text('reason', 'Reason'), count('offers', 'Offers')],
    rows: [...counts].map(([reason, offers]) => ({ reason, offers })),
    totals: [{ reason: 'Total', offers: rejected.length }],
  };
}

/** How often each word occurs, most often first, then by word. */
function countBy<T extends string>(words: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].sort(([a, x], [b, y]) => y - x || compareIds(a, b)));
}

/** The currencies of the amounts and `always`, in order. */
function currenciesOf(amounts: readonly Money[], always: string): string[] {
  return [...new Set([always, ...amounts.map((amount) => amount.currency)])].sort(compareIds);
}

function sumIn(amounts: readonly Money[], currency: string): Money {
  const minor = amounts.reduce((total, amount) => (amount.currency === currency ? total + amount.minor : total), 0n);
  return { minor, currency };
}
