/** The report `roi`: what campaign money brought, by campaign and by partner under every model, all from stored sums. */
import { sql } from 'kysely';
import type { Money } from '../../../model/money.ts';
import type { Column, Report, Row, Table } from '../../../model/report.ts';
import type { Queryable } from '../../../store/database.ts';
import type { Filter, Narrowing } from '../../reports/query.ts';
import { ratio } from '../../reports/ratio.ts';
import { ask } from './ask.ts';
import { namesOf } from './names.ts';
import { summedWithin } from './within.ts';

/** What nobody has: credits of deals without a partner, cost of leads that are with none. */
const NO_PARTNER = 'not with a partner';

export interface RoiAsked {
  /** In the order of attribution.yaml. */
  readonly models: readonly string[];
  /** The reporting currency: of rows that have neither cost nor credit. */
  readonly currency: string;
}

/** The report under each model asked for. Tables by campaign and by partner add up to the same total. */
export async function roiReport(tx: Queryable, narrowing: Narrowing, asked: RoiAsked): Promise<Report> {
  const models = narrowing.models ?? asked.models;
  const credits = async (by: 'campaign' | 'partner' | null) => creditsBy(tx, by, { ...narrowing, models });
  const known = await loadKnown(tx, narrowing);
  const costs = await loadCosts(tx, narrowing);
  const perCampaign = tally(models, await credits('campaign'), costs.byCampaign);
  const perPartner = tally(models, await credits('partner'), costs.byPartner);
  const inAll = tally(
    models,
    await credits(null),
    costs.byCampaign.map((each) => ({ ...each, id: '' })),
  );
  const campaigns = await namesOf(tx, 'campaign', [...known.campaigns.keys(), ...perCampaign.ids]);
  const booked = await bookedBy(tx, narrowing);
  // The whole of it has a row a model in every currency that anything is in.
  const currencies = new Set([asked.currency, ...booked.keys()]);
  const total = fill(
    inAll,
    models,
    [...currencies].map((currency) => ['', currency]),
  );
  const totalRows = rowsOf(total, models, () => '');
  const isWhole =
    narrowing.from === null && narrowing.to === null && narrowing.partner === null && narrowing.campaign === null;
  const mention = (cells: Cells, ids: Iterable<string>) =>
    isWhole
      ? fill(
          cells,
          models,
          [...ids].filter((id) => !cells.ids.has(id)).map((id) => [id, asked.currency]),
        )
      : cells;
  const totals = totalRows.map((row) => ({ ...row, name: 'Total', id: null }));
  return {
    name: 'roi',
    tables: [
      {
        name: 'byCampaign',
        title: 'ROI by campaign',
        columns: columns('Campaign'),
        rows: rowsOf(
          mention(perCampaign, known.campaigns.keys()),
          models,
          (id) => campaigns.get(id) ?? `campaign ${id}`,
        ),
        totals,
      },
      {
        name: 'byPartner',
        title: 'ROI by partner',
        columns: columns('Partner'),
        rows: rowsOf(mention(perPartner, known.partners.keys()), models, (id) =>
          id === '' ? NO_PARTNER : (known.partners.get(id) ?? `partner ${id}`),
        ),
        totals,
      },
      // A deal is not of one campaign: what is booked of deals that it is credited for is not the campaign's.
      ...(narrowing.campaign === null ? [revenueTable(totalRows, booked)] : []),
    ],
  };
}

const ABOUT = {
  credited: 'what the ledger gives to touches of the campaign, or to deals that the partner sourced, under the model',
  cost: 'what the campaign cost; a partner bears its leads’ share of all leads that answered, from the day each first answered',
  roi: '(credited - cost) / cost; a dash where no cost above zero is stated',
  deals: 'deals whose credit, reversals counted, is not zero',
  touches: 'touches whose credit, reversals counted, is not zero',
  booked: 'the sum of the ledger',
  unattributed: 'booked - credited: what no touch that counts stands behind',
};

const FIGURES: readonly Column[] = [
  { key: 'credited', title: 'Credited', type: 'money', about: ABOUT.credited },
  { key: 'cost', title: 'Cost', type: 'money', about: ABOUT.cost },
  { key: 'roi', title: 'ROI', type: 'rate', about: ABOUT.roi },
  { key: 'deals', title: 'Deals', type: 'count', about: ABOUT.deals },
  { key: 'touches', title: 'Touches', type: 'count', about: ABOUT.touches },
];

function columns(what: string): Column[] {
  return [
    { key: 'model', title: 'Model', type: 'text', about: 'how a deal is shared among its touches' },
    { key: 'name', title: what, type: 'text' },
    { key: 'id', title: 'Id', type: 'text' },
    {
      key: 'currency',
      title: 'Currency',
      type: 'text',
      about: 'of the amounts in the row; two currencies are never added',
    },
    ...FIGURES,
  ];
}

function revenueTable(rows: readonly Row[], booked: ReadonlyMap<string, bigint>): Table {
  return {
    name: 'revenue',
    title: 'Booked revenue',
    columns: [
      { key: 'model', title: 'Model', type: 'text' },
      { key: 'currency', title: 'Currency', type: 'text' },
      { key: 'booked', title: 'Booked', type: 'money', about: ABOUT.booked },
      { key: 'credited', title: 'Credited', type: 'money', about: ABOUT.credited },
      { key: 'unattributed', title: 'Unattributed', type: 'money', about: ABOUT.unattributed },
      { key: 'cost', title: 'Cost', type: 'money', about: ABOUT.cost },
      { key: 'roi', title: 'ROI', type: 'rate', about: ABOUT.roi },
    ],
    rows: rows.map((row) => {
      const currency = String(row.currency);
      const inLedger: Money = { minor: booked.get(currency) ?? 0n, currency };
      const { minor } = row.credited as Money;
      return { ...row, booked: inLedger, unattributed: { minor: inLedger.minor - minor, currency } };
    }),
    totals: [],
  };
}

interface Cell {
  cost: bigint | null;
  credited: bigint;
  deals: number;
  touches: number;
}

/** Cells by model, currency and id. */
interface Cells {
  readonly ids: ReadonlySet<string>;
  readonly byPlace: ReadonlyMap<string, Cell>;
}

interface CreditRow {
  readonly model: string;
  readonly currency: string;
  readonly id: string;
  readonly credited: bigint;
  readonly deals: number;
  readonly touches: number;
}

const placeOf = (model: string, currency: string, id: string): string => JSON.stringify([model, currency, id]);
const EMPTY: Cell = { cost: null, credited: 0n, deals: 0, touches: 0 };

function tally(
  models: readonly string[],
  credits: readonly CreditRow[],
  costs: readonly { readonly id: string; readonly minor: bigint; readonly currency: string }[],
): Cells {
  const byPlace = new Map<string, Cell>();
  const cell = (place: string): Cell => {
    const known = byPlace.get(place) ?? { ...EMPTY };
    byPlace.set(place, known);
    return known;
  };
  for (const { model, currency, id, credited, deals, touches } of credits)
    Object.assign(cell(placeOf(model, currency, id)), { credited, deals, touches });
  for (const model of models) {
    for (const { id, minor, currency } of costs) {
      const mine = cell(placeOf(model, currency, id));
      mine.cost = (mine.cost ?? 0n) + minor;
    }
  }
  return { byPlace, ids: new Set([...credits, ...costs].map(({ id }) => id)) };
}

/** The cells with empty ones where there are none. */
function fill(
  cells: Cells,
  models: readonly string[],
  places: readonly (readonly [id: string, currency: string])[],
): Cells {
  const byPlace = new Map(cells.byPlace);
  for (const model of models) {
    for (const [id, currency] of places) {
      const place = placeOf(model, currency, id);
      if (!byPlace.has(place)) byPlace.set(place, EMPTY);
    }
  }
  return { byPlace, ids: new Set([...cells.ids, ...places.map(([id]) => id)]) };
}

function rowsOf(cells: Cells, models: readonly string[], nameOf: (id: string) => string): Row[] {
  const rows = [...cells.byPlace].map(([place, cell]) => {
    const [model = '', currency = '', id = ''] = JSON.parse(place) as string[];
    const credited: Money = { minor: cell.credited, currency };
    const cost: Money | null = cell.cost === null ? null : { minor: cell.cost, currency };
    const roi = cost !== null && cost.minor > 0n ? ratio(credited.minor - cost.minor, cost.minor) : null;
    const { deals, touches } = cell;
    return { model, name: nameOf(id), id: id === '' ? null : id, currency, credited, cost, roi, deals, touches };
  });
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return rows.sort(
    (a, b) =>
      models.indexOf(a.model) - models.indexOf(b.model) ||
      compare(a.currency, b.currency) ||
      Number(a.id === null) - Number(b.id === null) ||
      compare(a.name, b.name) ||
      compare(a.id ?? '', b.id ?? ''),
  );
}

async function creditsBy(tx: Queryable, by: 'campaign' | 'partner' | null, narrowing: Narrowing): Promise<CreditRow[]> {
  const table = await ask(
    tx,
    {
      name: 'credits',
      title: '',
      dataset: 'credits',
      by: by === null ? [] : [by],
      measures: ['credited', 'deals', 'touches'],
      where: [],
    },
    narrowing,
  );
  return table.rows.map((row) => ({
    model: String(row.model),
    currency: String(row.currency),
    id: by === null ? '' : String(row[`${by}Id`] ?? ''),
    credited: (row.credited as Money).minor,
    deals: Number(row.deals),
    touches: Number(row.touches),
  }));
}

async function bookedBy(tx: Queryable, { from, to, partner, campaign }: Narrowing): Promise<Map<string, bigint>> {
  if (campaign !== null) return new Map();
  const where: Filter[] = partner === null ? [] : [{ dimension: 'partner', values: [partner], not: false }];
  const query = { name: 'booked', title: '', dataset: 'revenue' as const, by: [], measures: ['booked'], where };
  const table = await ask(tx, query, { from, to, partner: null, campaign: null, models: null });
  return new Map(table.rows.map((row) => [String(row.currency), (row.booked as Money).minor]));
}

interface Costs {
  readonly byCampaign: readonly Borne[];
  readonly byPartner: readonly Borne[];
}

interface Borne {
  /** Of the campaign or the partner; '' is no partner. */
  readonly id: string;
  readonly minor: bigint;
  readonly currency: string;
}

/**
 * What falls on each campaign, and on each partner, of the cost of campaigns in the period. A partner bears its leads' share of all
 * leads that answered a campaign (cumulative rounding, in order of partners, so that the shares are the cost exactly); the share is spread
 * over the days on which leads first answered the campaign, so that those of periods that follow each other add up. What nobody
 * answered is with no partner, and in no period that has a bound.
 */
async function loadCosts(tx: Queryable, { from, to, partner, campaign }: Narrowing): Promise<Costs> {
  const bounded = from !== null || to !== null;
  const upTo = (day: string | null) =>
    sql`coalesce(sum(responses) filter (where ${summedWithin({ from: null, to: day }, 'ever')}), 0)`;
  const { rows } = await sql<{ campaign: string | null; partner: string | null; minor: string; currency: string }>`
    with spent as (select id, cost_minor::numeric as cost, currency from campaigns
        where cost_minor is not null and currency is not null and (${campaign}::text is null or id = ${campaign})),
      answers as (select campaign, sum(responses) filter (where grain = 'ever') as n, ${upTo(to)} as through,
          ${from === null ? sql`0` : upTo(dayBefore(from))} as before
        from sums_responses where dimension = 'all' group by campaign),
      ordered as (select r.campaign, r.value as partner, r.responses,
          sum(r.responses) over (partition by r.campaign order by r.value collate "C") as upto
        from sums_responses r where r.dimension = 'partner' and r.grain = 'ever' and r.campaign in (select id from spent)),
      shares as (select r.campaign, r.partner, s.currency, a.n, a.through, a.before,
          div(s.cost * r.upto, a.n) - div(s.cost * (r.upto - r.responses), a.n) as share
        from ordered r join spent s on s.id = r.campaign join answers a on a.campaign = r.campaign
        where a.n > 0 and (${partner}::text is null or r.partner = ${partner})),
      borne as (select campaign, partner, currency, div(share * through, n) - div(share * before, n) as minor from shares
        union all select s.id, '', s.currency, s.cost from spent s where not ${bounded} and coalesce(${partner}, '') = ''
          and not exists (select from answers a where a.campaign = s.id and a.n > 0))
    select campaign, partner, currency, sum(minor)::text as minor from borne
    group by grouping sets ((campaign, currency), (partner, currency)) order by 1, 2, 3`.execute(tx);
  const by = (id: 'campaign' | 'partner') =>
    rows.flatMap((row): Borne[] => {
      const named = row[id];
      return named === null ? [] : [{ id: named, minor: BigInt(row.minor), currency: row.currency }];
    });
  return { byCampaign: by('campaign'), byPartner: by('partner') };
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

async function loadKnown(tx: Queryable, { partner, campaign }: Narrowing) {
  const named = async (query: ReturnType<typeof sql<{ id: string; name: string }>>) =>
    new Map((await query.execute(tx)).rows.map(({ id, name }) => [id, name]));
  return {
    campaigns: await named(sql`select id, name from campaigns where ${campaign}::text is null or id = ${campaign}`),
    partners: await named(
      sql`select id, facts->>'name' as name from partners where ${partner}::text is null or id = ${partner}`,
    ),
  };
}
