/** Makes a report of the catalogue, or one of reports.yaml, of one moment of the store. */
import type { Report } from '../../../model/report.ts';
import type { Database, Queryable } from '../../../store/database.ts';
import { snapshot } from '../../../store/snapshot.ts';
import { CATALOGUE, type CatalogueEntry, type ReportOption } from '../../reports/catalogue.ts';
import type { Narrowing } from '../../reports/query.ts';
import { ask } from './ask.ts';
import { drillDown } from './drill.ts';
import { leadsReport } from './leads.ts';
import { allNames, meant } from './names.ts';
import { refreshReports } from './refresh.ts';
import { roiReport } from './roi.ts';
import { unattributedReport } from './unattributed.ts';

/** What a person asks for; partner and campaign by id or name. */
export interface ReportAsked extends Narrowing {
  readonly drill: boolean;
}

export interface ReportGround {
  /** The reporting currency. */
  readonly currency: string;
  /** The models of attribution.yaml, in order. */
  readonly models: readonly string[];
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
  refuseDates(asked);
  await refreshReports(db);
  return snapshot(db, async (tx) => {
    const models = modelsOf(asked.models, ground.models);
    const narrowing: Narrowing = {
      from: asked.from,
      to: asked.to,
      partner: await idOf(tx, 'partner', asked.partner),
      campaign: await idOf(tx, 'campaign', asked.campaign),
      models,
    };
    if (entry.tables !== null) {
      const tables = [];
      for (const table of entry.tables) tables.push(await ask(tx, table, narrowing));
      return { name: entry.name, tables };
    }
    if (entry.name === 'leads') return leadsReport(tx, narrowing, ground.currency);
    if (entry.name === 'unattributed') return unattributedReport(tx, narrowing);
    const report = await roiReport(tx, narrowing, ground);
    if (!asked.drill) return report;
    return { ...report, tables: [...report.tables, ...(await drillDown(tx, narrowing, models ?? ground.models))] };
  });
}

/** The entry of that name; null where there is none. */
export function entryNamed(name: string, custom: readonly CatalogueEntry[] = []): CatalogueEntry | null {
  return [...CATALOGUE, ...custom].find((entry) => entry.name === name) ?? null;
}

function refuseOptions(entry: CatalogueEntry, asked: ReportAsked): void {
  const given: Readonly<Record<ReportOption, boolean>> = {
    period: asked.from !== null || asked.to !== null,
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

function refuseDates({ from, to }: ReportAsked): void {
  for (const date of [from, to]) {
    if (date === null) continue;
    const read = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T00:00:00Z`) : null;
    if (read === null || Number.isNaN(read.getTime()) || read.toISOString().slice(0, 10) !== date)
      throw new ReportRefused(`"${date}" is no date: write it as 2026-01-31`, date, []);
  }
  if (from !== null && to !== null && from > to) throw new ReportRefused(`${from} is after ${to}`, from, []);
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
