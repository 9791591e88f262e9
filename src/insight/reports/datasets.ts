/** What reports may ask for, by the names that people use: datasets with their dimensions and measures, each said in a sentence. */
import { FACTS, type FactName } from './facts.ts';

export const PERIODS = ['day', 'week', 'month', 'quarter', 'year'] as const;
export type Period = (typeof PERIODS)[number];

export interface Dimension {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** The column of the facts; a period is one of their day. */
  readonly column: string;
  readonly period: Period | null;
  /** What the ids in it name. */
  readonly names: 'partner' | 'campaign' | null;
  /** In place of nothing. */
  readonly blank: string | null;
}

export interface Measure {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly type: 'count' | 'money' | 'rate';
  /** The columns added up: one, or for a rate the part and the whole. */
  readonly of: readonly [string] | readonly [part: string, whole: string];
  /** What is added up instead where campaigns are told apart. */
  readonly perCampaign?: string;
  /** What a rate is divided by further: seconds an hour. */
  readonly scale?: number;
}

export interface Dataset {
  readonly name: FactName;
  readonly about: string;
  /** One thing stands in several groups: there is no total. */
  readonly overlaps?: true;
  readonly dimensions: ReadonlyMap<string, Dimension>;
  readonly measures: ReadonlyMap<string, Measure>;
}

const TEXTS: Readonly<Record<string, readonly [title: string, about: string]>> = {
  source: ['Source', 'where the person came from, as the CRM states it'],
  campaign: ['Campaign', 'the campaign that the person answered first'],
  partner: ['Partner', 'the partner that accepted the lead'],
  state: ['State', 'the state of the lead now'],
  grade: ['Grade', 'the grade of the lead now'],
  country: ['Country', 'country of the company, ISO 3166'],
  industry: ['Industry', 'industry of the company'],
  size: ['Size', 'employees of the company, in bands'],
  product: ['Product', 'the product line the person asked about'],
  status: ['Status', 'what became of the offer'],
  reason: ['Reason', 'why the partner rejected, in its words'],
  standing: ['Standing', 'open, won or lost'],
  stage: ['Stage', 'the stage of the deal in the CRM'],
  currency: ['Currency', 'of the amounts in the row; amounts of two currencies are never added'],
  how: ['Tied by', 'what tied the deal to its lead; blank where nothing did'],
  kind: ['Kind', 'booked, adjusted or reversed'],
  role: ['Part', 'sourced (at most one partner a deal), influenced or assisted'],
  model: ['Model', 'how a deal is shared among its touches'],
};

/** A deal is its partner's that sourced it. */
const SOLD = { partner: 'the partner that sourced the deal' };

const BLANK: Readonly<Record<string, string>> = { partner: 'not with a partner', campaign: 'no campaign' };

function dimensionsOf(
  facts: FactName,
  day: string,
  others: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, Dimension> {
  const texts = FACTS[facts].texts.map((column): Dimension => {
    const [title, about] = TEXTS[column] ?? [column, column];
    const names = column === 'partner' || column === 'campaign' ? column : null;
    return {
      name: column,
      title,
      about: others[column] ?? about,
      column,
      period: null,
      names,
      blank: BLANK[column] ?? null,
    };
  });
  const periods = PERIODS.map((period): Dimension => {
    const title = `${period.charAt(0).toUpperCase()}${period.slice(1)}`;
    return {
      name: period,
      title,
      about: `the ${period} (UTC) in which ${day}`,
      column: 'day',
      period,
      names: null,
      blank: null,
    };
  });
  return new Map([...texts, ...periods].map((each) => [each.name, each]));
}

type Spec = Omit<Measure, 'name' | 'of' | 'type'> & Partial<Pick<Measure, 'of' | 'type'>>;

function measuresOf(specs: Readonly<Record<string, Spec>>): ReadonlyMap<string, Measure> {
  return new Map(
    Object.entries(specs).map(([name, spec]) => [name, { type: 'count', of: [name], ...spec, name } as const]),
  );
}

const rate = (title: string, part: string, whole: string, about: string): Spec => ({
  title,
  about,
  type: 'rate',
  of: [part, whole],
});

export const DATASETS: Readonly<Record<FactName, Dataset>> = {
  leads: {
    name: 'leads',
    about: 'people released to sales, one a lead',
    dimensions: dimensionsOf('leads', 'the lead was released'),
    measures: measuresOf({
      leads: { title: 'Leads', about: 'leads released in the period' },
      offered: { title: 'Offered', about: 'of these, leads that were ever offered to a partner' },
      accepted: { title: 'Accepted', about: 'of these, leads that a partner accepted' },
      qualified: { title: 'Qualified', about: 'of these, leads that were ever qualified, or won' },
      won: { title: 'Won', about: 'of these, leads whose deal is won' },
      lost: { title: 'Lost', about: 'of these, leads whose deal is lost' },
      undecided: { title: 'No decision', about: 'of these, leads that ended without a decision' },
      'offer-rate': rate('Offer rate', 'offered', 'leads', 'offered / leads'),
      'accept-rate': rate('Accept rate', 'accepted', 'offered', 'accepted / offered'),
      'qualify-rate': rate('Qualify rate', 'qualified', 'accepted', 'qualified / accepted'),
      'win-rate': rate('Win rate', 'won', 'leads', 'won / leads'),
    }),
  },
  offers: {
    name: 'offers',
    about: 'leads put before partners, one an offer: a lead may have several',
    dimensions: dimensionsOf('offers', 'the offer was made', {
      partner: 'the partner that was asked',
      grade: 'the grade of the lead now',
    }),
    measures: measuresOf({
      offers: { title: 'Offers', about: 'offers made in the period' },
      accepted: { title: 'Accepted', about: 'of these, accepted' },
      rejected: { title: 'Rejected', about: 'of these, rejected' },
      expired: { title: 'Expired', about: 'of these, not answered in time' },
      recalled: { title: 'Recalled', about: 'of these, taken back' },
      open: { title: 'Open', about: 'of these, still open' },
      'accept-rate': rate('Accept rate', 'accepted', 'offers', 'accepted / offers'),
      'hours-to-answer': {
        ...rate(
          'Hours to answer',
          'answer_seconds',
          'answered',
          'mean hours from offer to answer, by the clock on the wall',
        ),
        scale: 3600,
      },
      'accept-kept': { title: 'Answered in time', about: 'offers answered before their deadline', of: ['accept_kept'] },
      'accept-missed': {
        title: 'Answer missed',
        about: 'offers whose deadline to answer was missed',
        of: ['accept_missed'],
      },
      'touch-kept': {
        title: 'Touched in time',
        about: 'offers whose lead was first touched before the deadline',
        of: ['touch_kept'],
      },
      'touch-missed': {
        title: 'Touch missed',
        about: 'offers whose deadline for the first touch was missed',
        of: ['touch_missed'],
      },
      'report-missed': {
        title: 'Reports missed',
        about: 'deadlines to report back that were missed; an offer may have several',
        of: ['report_missed'],
      },
    }),
  },
  deals: {
    name: 'deals',
    about: 'deals as the CRM holds them now, one an opportunity; amounts as stated there',
    dimensions: dimensionsOf('deals', 'the deal closes or closed', SOLD),
    measures: measuresOf({
      deals: { title: 'Deals', about: 'deals with their close date in the period' },
      amount: { title: 'Amount', about: 'their amounts, in the currency of the deals', type: 'money' },
    }),
  },
  revenue: {
    name: 'revenue',
    about: 'the ledger, one a line: booked, adjusted, reversed',
    dimensions: dimensionsOf('revenue', 'the deal of the line closed', SOLD),
    measures: measuresOf({
      booked: {
        title: 'Booked',
        about: 'the sum of the ledger: what won deals are worth, corrections counted',
        type: 'money',
        of: ['amount'],
      },
      deals: { title: 'Deals', about: 'deals that stand in the ledger with more than nothing' },
      'from-leads': {
        title: 'From leads',
        about: 'booked of deals that came of a lead',
        type: 'money',
        of: ['matched'],
      },
      offered: { title: 'From offered', about: 'booked of deals whose lead was ever offered', type: 'money' },
      accepted: { title: 'From accepted', about: 'booked of deals whose lead a partner accepted', type: 'money' },
      qualified: { title: 'From qualified', about: 'booked of deals whose lead was ever qualified', type: 'money' },
      won: { title: 'From won', about: 'booked of deals whose lead is won', type: 'money' },
    }),
  },
  credits: {
    name: 'credits',
    about: 'the shares of ledger lines that campaigns get under each model',
    dimensions: dimensionsOf('credits', 'the deal of the line closed', {
      ...SOLD,
      campaign: 'the campaign that is credited',
    }),
    measures: measuresOf({
      credited: {
        title: 'Credited',
        about: 'what the ledger gives to touches under the model',
        type: 'money',
        of: ['amount'],
      },
      deals: {
        title: 'Deals',
        about: 'deals whose credit, reversals counted, is not zero',
        perCampaign: 'campaign_deals',
      },
      touches: { title: 'Touches', about: 'touches whose credit, reversals counted, is not zero' },
    }),
  },
  parts: {
    name: 'parts',
    about:
      'ledger lines by the part that partners had in the deal; a deal counts for each of them, so parts are not added up',
    overlaps: true,
    dimensions: dimensionsOf('parts', 'the deal of the line closed', {
      partner: 'a partner that had a part in the deal',
      how: 'what shows the part',
    }),
    measures: measuresOf({
      booked: {
        title: 'Booked',
        about: 'booked of the deals in which the partner had this part',
        type: 'money',
        of: ['amount'],
      },
      deals: { title: 'Deals', about: 'deals that stand in the ledger with more than nothing' },
    }),
  },
  responses: {
    name: 'responses',
    about: 'leads that answered a campaign, one a lead and campaign, on the day of its first answer',
    dimensions: dimensionsOf('responses', 'the lead first answered the campaign', {
      campaign: 'the campaign answered',
    }),
    measures: measuresOf({ responses: { title: 'Responding leads', about: 'leads that answered the campaign' } }),
  },
};
