import { writeFileSync } from 'node:fs';
import type { App } from '../app/app.ts';
import { CATALOGUE, type CatalogueEntry } from '../insight/reports/catalogue.ts';
import { checkReports } from '../insight/service/reports/check.ts';
import { entryNamed, type ReportAsked, ReportRefused, runReport } from '../insight/service/reports/run-report.ts';
import { loadDiagnosis } from '../leads/service/diagnosis.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import type { Report } from '../model/report.ts';
import { toCsv, toJson, toTable } from '../revenue/render.ts';
import { EXIT, type ExitCode, type Io, UserError } from './context.ts';
import { feedbackReport } from './feedback-report.ts';
import type { AppCommand } from './with-app.ts';

const FORMATS = ['table', 'csv', 'json'];
const FEEDBACK = {
  name: 'feedback',
  title: 'Feedback',
  about: 'What the answers of partners say about sources, campaigns and segments, and about partners.',
};

export const report: AppCommand = async (app, io, options, [name]) => {
  if (name === undefined) return list(io, options.json === true);
  if (name === 'check') return check(app, io, options);
  const format = options.json ? 'json' : String(options.format ?? 'table');
  if (!FORMATS.includes(format))
    throw new UserError(`there is no format "${format}"`, { hint: `known: ${FORMATS.join(', ')}`, exit: EXIT.usage });
  const made = await makeReport(app, name, options);
  const body =
    format === 'json'
      ? `${JSON.stringify(toJson(made), null, 2)}\n`
      : format === 'csv'
        ? toCsv(made)
        : `${toTable(made)}\n`;
  if (typeof options.out !== 'string') io.out(body);
  else {
    writeFileSync(options.out, body);
    io.err(`written to ${options.out}\n`);
  }
  return EXIT.done;
};

async function makeReport(app: App, name: string, options: Record<string, unknown>): Promise<Report> {
  const { db } = app.store;
  if (name === FEEDBACK.name) {
    const { feedback } = app.rules;
    if (feedback === undefined) throw new UserError('there is no feedback.yaml, by which feedback is judged');
    return feedbackReport(await loadDiagnosis(db, feedback, app.clock.now()));
  }
  const entry = entryNamed(name);
  if (entry === null) {
    const known = [...CATALOGUE.map((each) => each.name), FEEDBACK.name];
    throw new UserError(`there is no report "${name}"`, {
      hint: suggestion(name, known) ?? '`sluice report` lists them',
      exit: EXIT.usage,
    });
  }
  try {
    const ground = { currency: app.config.vendor.currency, models: app.rules.attribution.models };
    return await runReport(db, entry, askedBy(options), ground);
  } catch (error) {
    if (!(error instanceof ReportRefused)) throw error;
    const hint = suggestion(error.word, error.known);
    throw new UserError(error.message, { ...(hint ? { hint } : {}), exit: EXIT.usage });
  }
}

function askedBy(options: Record<string, unknown>): ReportAsked {
  const word = (name: string) => (typeof options[name] === 'string' ? options[name] : null);
  const model = word('model');
  return {
    from: word('from'),
    to: word('to'),
    partner: word('partner'),
    campaign: word('campaign'),
    models: model === null ? null : model.split(',').map((each) => each.trim()),
    drill: options.drill === true,
  };
}

function list(io: Io, json: boolean): ExitCode {
  const entries: readonly Pick<CatalogueEntry, 'name' | 'title' | 'about'>[] = [...CATALOGUE, FEEDBACK];
  if (json)
    io.out(
      `${JSON.stringify({ reports: entries.map(({ name, title, about }) => ({ name, title, about })) }, null, 2)}\n`,
    );
  else io.out(`${entries.map(({ name, about }) => `${name.padEnd(13)} ${about}`).join('\n')}\n`);
  return EXIT.done;
}

/** Recomputes what reports are read from, and mends what differs. */
async function check(app: App, io: Io, options: Record<string, unknown>): Promise<ExitCode> {
  const found = await checkReports(app.store.db, options.rebuild === true);
  if (options.json) io.out(`${JSON.stringify(found, null, 2)}\n`);
  else {
    const lines = found.differences.map(
      ({ table, key, kept, should }) =>
        `  ${table} ${key}: kept ${kept ?? 'nothing'}, should be ${should ?? 'nothing'}`,
    );
    const verdict =
      found.differences.length === 0
        ? `${found.compared} rows equal what comes out from zero`
        : `${found.differences.length} of ${found.compared} rows differed`;
    const mended = found.mended.length === 0 ? '' : `; made anew: ${found.mended.join(', ')}`;
    io.out(`${[`${verdict}${mended}`, ...lines].join('\n')}\n`);
  }
  return found.differences.length === 0 ? EXIT.done : EXIT.failed;
}
