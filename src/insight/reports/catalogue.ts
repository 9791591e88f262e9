/** The catalogue: the reports that Sluice brings along, each with what it answers. Those that are plain tables stand here whole. */
import type { Filter, TableQuery } from './query.ts';

export interface CatalogueEntry {
  readonly name: string;
  readonly title: string;
  /** What question it answers. */
  readonly about: string;
  /** What it may be narrowed down by. */
  readonly options: readonly ReportOption[];
  /** In words: what it covers where nobody asks for another period. Left out: everything. */
  readonly period?: string;
  /** Null where it takes more than plain tables. */
  readonly tables: readonly TableQuery[] | null;
}

export type ReportOption = 'period' | 'partner' | 'campaign' | 'model' | 'drill';

const ALL: readonly ReportOption[] = ['period', 'partner', 'campaign'];

const LEADS = ['leads', 'offered', 'accepted', 'qualified', 'won', 'offer-rate', 'accept-rate', 'win-rate'];
const OFFERS = ['offers', 'accepted', 'rejected', 'expired', 'recalled', 'open', 'accept-rate', 'hours-to-answer'];
const KEPT = ['offers', 'accept-kept', 'accept-missed', 'touch-kept', 'touch-missed', 'report-missed'];
const BOOKED = ['booked', 'deals', 'from-leads'];
const REJECTED: readonly Filter[] = [{ dimension: 'status', values: ['Rejected'], not: false }];
const OPEN: readonly Filter[] = [{ dimension: 'standing', values: ['open'], not: false }];

type Rest = Partial<Pick<TableQuery, 'where' | 'limit'>>;
/** The rows with the most of its first measure first, unless it goes by time. */
function table(
  name: string,
  title: string,
  dataset: TableQuery['dataset'],
  by: readonly string[],
  measures: readonly string[],
  rest: Rest = {},
): TableQuery {
  const inTime = by.some((each) => each === 'month' || each === 'week');
  const sort = inTime ? {} : { sort: [{ by: measures[0] ?? '', descending: true }] };
  return { name, title, dataset, by, measures, where: [], ...sort, ...rest };
}

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'roi',
    title: 'Return on campaign money',
    about: 'What the money spent on campaigns brought, by campaign and by partner, under each attribution model.',
    options: [...ALL, 'model', 'drill'],
    tables: null,
  },
  {
    name: 'leads',
    title: 'Leads',
    about: 'How far leads came, in which states they are, what became of the offers of each partner.',
    options: ALL,
    tables: null,
  },
  {
    name: 'funnel',
    title: 'Funnel by source',
    about: 'From which sources leads come, and how far those of each source get.',
    options: ALL,
    tables: [
      table('bySource', 'Funnel by source', 'leads', ['source'], LEADS),
      table('byMonth', 'Funnel by month of release', 'leads', ['month'], LEADS),
      table('byGrade', 'Funnel by grade', 'leads', ['grade'], LEADS),
    ],
  },
  {
    name: 'segments',
    title: 'Segments',
    about: 'Which countries, industries, company sizes and products leads are of, and how far they get.',
    options: ALL,
    tables: [
      table('byCountry', 'Leads by country', 'leads', ['country'], LEADS),
      table('byIndustry', 'Leads by industry', 'leads', ['industry'], LEADS),
      table('bySize', 'Leads by company size', 'leads', ['size'], LEADS),
      table('byProduct', 'Leads by product', 'leads', ['product'], LEADS),
    ],
  },
  {
    name: 'partners',
    title: 'Partners',
    about: 'What each partner was offered, took, made of it and sold.',
    options: ALL,
    tables: [
      table('offers', 'Offers by partner', 'offers', ['partner'], OFFERS),
      table(
        'leads',
        'Accepted leads by partner',
        'leads',
        ['partner'],
        ['leads', 'qualified', 'won', 'lost', 'undecided', 'win-rate'],
        {
          where: [{ dimension: 'partner', values: [''], not: true }],
        },
      ),
      table('revenue', 'Booked revenue by sourcing partner', 'revenue', ['partner'], BOOKED),
      table('parts', 'Booked revenue by the part of the partner', 'parts', ['partner'], ['booked', 'deals']),
    ],
  },
  {
    name: 'campaigns',
    title: 'Campaigns',
    about: 'Which campaigns leads answered, how far these leads got, and what the campaigns are credited for.',
    options: [...ALL, 'model'],
    tables: [
      table('leads', 'Leads by first campaign', 'leads', ['campaign'], LEADS),
      table('responses', 'Leads that answered', 'responses', ['campaign'], ['responses']),
      table('credits', 'Credited by campaign', 'credits', ['campaign'], ['credited', 'deals', 'touches']),
    ],
  },
  {
    name: 'pipeline',
    title: 'Pipeline',
    about: 'Open deals: by stage, by the month in which they are expected to close, by partner.',
    options: ALL,
    tables: [
      table('byStage', 'Open deals by stage', 'deals', ['stage'], ['deals', 'amount'], { where: OPEN }),
      table('byMonth', 'Open deals by expected close', 'deals', ['month'], ['deals', 'amount'], { where: OPEN }),
      table('byPartner', 'Open deals by partner', 'deals', ['partner'], ['deals', 'amount'], { where: OPEN }),
    ],
  },
  {
    name: 'sla',
    title: 'Deadlines',
    about: 'Which deadlines partners kept and missed: to answer, to touch first, to report back.',
    options: ALL,
    tables: [
      table('byPartner', 'Deadlines by partner', 'offers', ['partner'], KEPT),
      table('byMonth', 'Deadlines by month of the offer', 'offers', ['month'], KEPT),
    ],
  },
  {
    name: 'rejections',
    title: 'Rejections',
    about: 'Why partners reject, which of them, and leads of which source.',
    options: ALL,
    tables: [
      table('byReason', 'Why offers were rejected', 'offers', ['reason'], ['rejected'], { where: REJECTED }),
      table('byPartner', 'Rejections by partner', 'offers', ['partner'], ['rejected', 'offers']),
      table('bySource', 'Rejections by source', 'offers', ['source'], ['rejected', 'offers']),
    ],
  },
  {
    name: 'offers',
    title: 'Offers',
    about: 'How many offers were made and what became of them, by month, grade and product.',
    options: ALL,
    tables: [
      table('byMonth', 'Offers by month', 'offers', ['month'], OFFERS),
      table('byGrade', 'Offers by grade', 'offers', ['grade'], OFFERS),
      table('byProduct', 'Offers by product', 'offers', ['product'], OFFERS),
    ],
  },
  {
    name: 'revenue',
    title: 'Booked revenue',
    about: 'What the ledger holds, by month, product, country and partner, and how it came there.',
    options: ALL,
    tables: [
      table('byMonth', 'Booked revenue by month of close', 'revenue', ['month'], BOOKED),
      table('byProduct', 'Booked revenue by product', 'revenue', ['product'], BOOKED),
      table('byCountry', 'Booked revenue by country', 'revenue', ['country'], BOOKED),
      table('byPartner', 'Booked revenue by partner', 'revenue', ['partner'], BOOKED),
      table('byKind', 'Ledger lines by kind', 'revenue', ['kind'], ['booked', 'deals']),
    ],
  },
  {
    name: 'unattributed',
    title: 'Unattributed revenue',
    about:
      'What is booked of deals that no lead is known to have brought, with why, and won deals that cannot be booked yet.',
    options: ['period'],
    tables: null,
  },
];
