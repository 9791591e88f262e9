/** Reports as people ask for them: the catalogue with the vendor's own, made and written in the format wanted. */
import { CATALOGUE, type CatalogueEntry } from '../insight/reports/catalogue.ts';
import type { ScheduledReport } from '../insight/reports/schedule.ts';
import { toXlsx } from '../insight/reports/xlsx.ts';
import { checkNightly, checkReports, type ReportCheck } from '../insight/service/reports/check.ts';
import { allNamed, type Named } from '../insight/service/reports/names.ts';
import { type ReportAsked, ReportRefused, runReport } from '../insight/service/reports/run-report.ts';
import { latestSends, retrySends, type Send } from '../insight/service/reports/sends.ts';
import { loadDiagnosis } from '../leads/service/diagnosis.ts';
import type { Report } from '../model/report.ts';
import { toCsv, toJson, toTable } from '../revenue/render.ts';
import { type Core, tellTime } from './core.ts';
import { feedbackReport } from './feedback-report.ts';

export const REPORT_FORMATS = ['table', 'csv', 'json', 'xlsx'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const FEEDBACK: CatalogueEntry = {
  name: 'feedback',
  title: 'Feedback',
  about: 'What the answers of partners say about sources, campaigns and segments, and about partners.',
  options: [],
  tables: null,
};

export interface ReportMade {
  readonly entry: CatalogueEntry;
  readonly report: Report;
}

/** What a report may be narrowed by, for who fills in a form. */
export interface ReportChoices {
  readonly partners: readonly Named[];
  readonly campaigns: readonly Named[];
  readonly models: readonly string[];
}

export class Reports {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  list(): readonly CatalogueEntry[] {
    return [
      ...CATALOGUE,
      ...(this.#core.rules.feedback ? [FEEDBACK] : []),
      ...(this.#core.rules.reports?.custom ?? []),
    ];
  }

  async choices(): Promise<ReportChoices> {
    const { store, rules } = this.#core;
    const [partners, campaigns] = [await allNamed(store.db, 'partner'), await allNamed(store.db, 'campaign')];
    return { partners, campaigns, models: rules.attribution.models };
  }

  /** Throws ReportRefused where there is no such report, or it cannot be made as asked. */
  async make(name: string, asked: ReportAsked): Promise<ReportMade> {
    await tellTime(this.#core);
    const { store, rules, config, clock } = this.#core;
    const entry = this.list().find((each) => each.name === name);
    if (entry === undefined) {
      const known = this.list().map((each) => each.name);
      throw new ReportRefused(`there is no report "${name}"`, name, known);
    }
    if (entry === FEEDBACK && rules.feedback)
      return { entry, report: feedbackReport(await loadDiagnosis(store.db, rules.feedback, clock.now())) };
    const ground = { currency: config.vendor.currency, models: rules.attribution.models, now: clock.now() };
    return { entry, report: await runReport(store.db, entry, asked, ground) };
  }

  /** The schedules of reports.yaml, each with its last time and whatever waits or failed. */
  async schedule(): Promise<{ readonly schedule: ScheduledReport; readonly sends: readonly Send[] }[]> {
    const sends = await latestSends(this.#core.store.db);
    return (this.#core.rules.reports?.schedule ?? []).map((schedule) => ({
      schedule,
      sends: sends.filter((each) => each.schedule === schedule.name),
    }));
  }

  /** Lets scheduled reports that could not be sent be tried again after the next run. */
  async retrySends(): Promise<number> {
    await tellTime(this.#core);
    return retrySends(this.#core.store.db, this.#core.clock.now());
  }

  /** The nightly check; what differed is told in the log, and mended. */
  async nightly(): Promise<void> {
    const { store, clock, log } = this.#core;
    const found = await checkNightly(store.db, clock.now());
    if (found === null || found.differences.length === 0) return;
    const [first] = found.differences;
    log('warn', `reports differed from what comes out from zero, and were made anew: ${found.mended.join(', ')}`, {
      differences: found.differences.length,
      ...(first ? { first: `${first.table} ${first.key}` } : {}),
    });
  }

  check(always: boolean): Promise<ReportCheck> {
    return checkReports(this.#core.store.db, always);
  }
}

/** A report in a format: text, or the bytes of a workbook. */
export async function writeReport(report: Report, format: ReportFormat): Promise<string | Uint8Array> {
  switch (format) {
    case 'table':
      return `${toTable(report)}\n`;
    case 'csv':
      return toCsv(report);
    case 'json':
      return `${JSON.stringify(toJson(report), null, 2)}\n`;
    case 'xlsx':
      return toXlsx(report);
  }
}
