/**
 * What reports are reckoned from: facts, one row a lead, offer, deal, ledger line or credit, and their sums by day and one
 * dimension. Here it stands which columns they have; ../service/reports/fact-sql.ts says how they are made of the store.
 */

export const FACT_NAMES = ['leads', 'offers', 'deals', 'revenue', 'credits', 'parts', 'responses'] as const;
export type FactName = (typeof FACT_NAMES)[number];

export interface FactTable {
  readonly name: FactName;
  /** The column that names what the rows are made of; of a changed one all rows are made anew. */
  readonly of: string;
  /** Other ids. */
  readonly ids: readonly string[];
  /** Texts to group by; '' where nothing is known. */
  readonly texts: readonly string[];
  /** Whole numbers to add up. */
  readonly sums: readonly string[];
  /** Columns that sums are kept apart by always, for what differs in them is never added: currencies, models. */
  readonly apart: readonly string[];
  /** Texts that sums by day are kept of, beside the sum of all. */
  readonly summed: readonly string[];
  /** Of these, those of which only the sums of all days together are kept. */
  readonly timeless: readonly string[];
}

const words = (text: string): readonly string[] => text.split(' ');

export const FACTS: Readonly<Record<FactName, FactTable>> = {
  leads: {
    name: 'leads',
    of: 'lead_id',
    ids: [],
    texts: words('source campaign partner state grade country industry size product'),
    sums: words('leads offered accepted qualified won lost undecided'),
    apart: [],
    summed: words('source campaign partner state grade country industry size product'),
    timeless: [],
  },
  offers: {
    name: 'offers',
    of: 'offer_id',
    ids: ['lead_id'],
    texts: words('partner source campaign country industry product grade status reason'),
    sums: words(
      'offers accepted rejected expired recalled open answered answer_seconds accept_kept accept_missed touch_kept touch_missed report_missed',
    ),
    apart: [],
    summed: words('partner source campaign country industry product grade status reason'),
    timeless: [],
  },
  deals: {
    name: 'deals',
    of: 'opportunity_id',
    ids: ['lead_id'],
    texts: words('standing stage currency partner source campaign country industry product how'),
    sums: words('deals amount'),
    apart: words('standing currency'),
    summed: words('stage partner source campaign country industry product how'),
    timeless: [],
  },
  revenue: {
    name: 'revenue',
    of: 'opportunity_id',
    ids: words('entry_id lead_id'),
    texts: words('currency kind partner source campaign country industry product how'),
    sums: words('amount deals matched offered accepted qualified won'),
    apart: ['currency'],
    summed: words('kind partner source campaign country industry product how'),
    timeless: [],
  },
  credits: {
    name: 'credits',
    of: 'opportunity_id',
    ids: words('entry_id lead_id'),
    texts: words('model currency campaign partner source country product'),
    sums: words('amount deals campaign_deals touches'),
    apart: words('model currency'),
    summed: words('campaign partner source country product'),
    timeless: [],
  },
  parts: {
    name: 'parts',
    of: 'opportunity_id',
    ids: words('entry_id lead_id'),
    texts: words('currency role partner how'),
    sums: words('amount deals'),
    apart: words('role currency'),
    summed: words('partner how'),
    timeless: [],
  },
  responses: {
    name: 'responses',
    of: 'lead_id',
    ids: [],
    texts: words('campaign partner source'),
    sums: ['responses'],
    apart: ['campaign'],
    summed: ['partner'],
    timeless: ['partner'],
  },
};

/** Every column of a table of facts, in order. */
export function columnsOf({ of, ids, texts, sums }: FactTable): string[] {
  return [of, ...ids, 'day', ...texts, ...sums];
}

/** Days are added up further to months (named by their first day), and to all there ever was (whose day is -infinity). */
export const GRAINS = ['day', 'month', 'ever'] as const;
export type Grain = (typeof GRAINS)[number];

/** What names a row of sums. */
export function sumsKeyOf({ apart }: FactTable): string[] {
  return ['dimension', 'grain', 'day', 'value', ...apart];
}
