/** Makes a report of the catalogue, or one of reports.yaml, of one moment of the store. */
import type { Report } from '../../../model/report.ts';
import type { Database, Queryable } from '../../../store/database.ts';
import { snapshot } from '../../../store/snapshot.ts';
import type { CatalogueEntry, ReportOption } from '../../reports/catalogue.ts';
import { DATASETS } from '../../reports/datasets.ts';
import { datesOf, PERIOD_WORDS } from '../../reports/period.ts';
import type { Filter, Narrowing, TableQuery } from '../../reports/query.ts';
import { ask } from './ask.ts';
import { drillDown } from './drill.ts';
import { leadsReport } from './leads.ts';
import { allNames, meant } from './names.ts';
import { refreshReports } from './refresh.ts';
import { roiReport } from './roi.ts';
import { unattributedReport } from './unattributed.ts';

/** What a person asks for; partner and campaign by id or name. */
export interface ReportAsked extends Narrowing {
  /** In place of dates: a period in words, such as "previous month". */
  readonly period: string | null;
  readonly drill: boolean;
}

export interface ReportGround {
  /** The reporting currency. */
  readonly currency: string;
  /** The models of attribution.yaml, in order. */
  readonly models: readonly string[];
  /** Epoch milliseconds: what "previous month" is counted from. */
  readonly now: number;
}

/** The report cannot be made as asked; `hint` says what could be meant, `near` are the names it may be one of. */
export class ReportRefused extends Error {
  override readonly name = 'ReportRefused';
  readonly word: string;
  readonly known: readonly string[];
  constructor(message: string, word: string, known: readonly string[]) {
    super(message);
    this.word = word;
    this.known = known;
  }
}

/** The report, brought up to date first. Throws ReportRefused where what is asked for makes no sense or names nothing. */
export async function runReport(
  db: Database,
  entry: CatalogueEntry,
  asked: ReportAsked,
  ground: ReportGround,
): Promise<Report> {
  refuseOptions(entry, asked);
  const dates = datesAsked(entry, asked, ground.now);
  await refreshReports(db);
  return snapshot(db, async (tx) => {
    const models = modelsOf(asked.models, ground.models);
    const narrowing: Narrowing = {
      ...dates,
      partner: await idOf(tx, 'partner', asked.partner),
      campaign: await idOf(tx, 'campaign', asked.campaign),
      models,
    };
    if (entry.tables !== null) {
      const tables = [];
      for (const table of entry.tables) tables.push(await ask(tx, await withIds(tx, table), narrowing));
      return { name: entry.name, tables };
    }
    if (entry.name === 'leads') return leadsReport(tx, narrowing, ground.currency);
    if (entry.name === 'unattributed') return unattributedReport(tx, narrowing);
    const report = await roiReport(tx, narrowing, ground);
    if (!asked.drill) return report;
    return { ...report, tables: [...report.tables, ...(await drillDown(tx, narrowing, models ?? ground.models))] };
  });
}

function refuseOptions(entry: CatalogueEntry, asked: ReportAsked): void {
  const given: Readonly<Record<ReportOption, boolean>> = {
    period: asked.from !== null || asked.to !== null || asked.period !== null,
    partner: asked.partner !== null,
    campaign: asked.campaign !== null,
    model: asked.models !== null,
    drill: asked.drill,
  };
  for (const [option, isGiven] of Object.entries(given)) {
    if (!isGiven || (entry.options as readonly string[]).includes(option)) continue;
    throw new ReportRefused(`the report "${entry.name}" cannot be narrowed by ${option}`, option, entry.options);
  }
}

function datesAsked(
  entry: CatalogueEntry,
  { from, to, period }: ReportAsked,
  now: number,
): Pick<Narrowing, 'from' | 'to'> {
  if (period !== null && (from !== null || to !== null))
    throw new ReportRefused('a period is named in words or by its dates, not both', period, []);
  refuseDates(from, to);
  if (from !== null || to !== null) return { from, to };
  const words = period ?? entry.period ?? null;
  if (words === null) return { from, to };
  const dates = datesOf(words, new Date(now).toISOString().slice(0, 10));
  if (dates === null) throw new ReportRefused(`"${words}" is no period: say ${PERIOD_WORDS}`, words, []);
  return dates;
}

function refuseDates(from: string | null, to: string | null): void {
  for (const date of [from, to]) {
    if (date === null) continue;
    const read = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T00:00:00Z`) : null;
    if (read === null || Number.isNaN(read.getTime()) || read.toISOString().slice(0, 10) !== date)
      throw new ReportRefused(`"${date}" is no date: write it as 2026-01-31`, date, []);
  }
  if (from !== null && to !== null && from > to) throw new ReportRefused(`${from} is after ${to}`, from, []);
}

/** The table with partners and campaigns of its filters by their ids: people name them. */
async function withIds(tx: Queryable, table: TableQuery): Promise<TableQuery> {
  const where: Filter[] = [];
  for (const filter of table.where) {
    const kind = DATASETS[table.dataset].dimensions.get(filter.dimension)?.names ?? null;
    if (kind !== 'partner' && kind !== 'campaign') where.push(filter);
    else {
      const values = [];
      for (const word of filter.values) values.push(word === '' ? '' : ((await idOf(tx, kind, word)) ?? ''));
      where.push({ ...filter, values });
    }
  }
  return { ...table, where };
}

function modelsOf(asked: readonly string[] | null, known: readonly string[]): readonly string[] | null {
  for (const model of asked ?? [])
    if (!known.includes(model)) throw new ReportRefused(`attribution.yaml names no model "${model}"`, model, known);
  return asked;
}

async function idOf(tx: Queryable, kind: 'partner' | 'campaign', word: string | null): Promise<string | null> {
  if (word === null) return null;
  const [id, ...others] = await meant(tx, kind, word);
  if (id === undefined) throw new ReportRefused(`there is no ${kind} "${word}"`, word, await allNames(tx, kind));
  if (others.length > 0)
    throw new ReportRefused(`several are called "${word}": name the ${kind} by its id`, word, [id, ...others]);
  return id;
}
