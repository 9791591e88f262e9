import { writeFileSync } from 'node:fs';
import type { App } from '../app/app.ts';
import { REPORT_FORMATS, type ReportFormat, writeReport } from '../app/reports.ts';
import { type ReportAsked, ReportRefused } from '../insight/service/reports/run-report.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { EXIT, type ExitCode, type Io, UserError } from './context.ts';
import type { AppCommand } from './with-app.ts';

export const report: AppCommand = async (app, io, options, [name]) => {
  if (name === undefined) return list(app, io, options.json === true);
  if (name === 'check') return check(app, io, options);
  if (name === 'schedule') return schedule(app, io, options);
  const out = typeof options.out === 'string' ? options.out : null;
  const format = formatOf(options, out);
  try {
    const { report: made } = await app.reports.make(name, askedBy(options));
    const body = await writeReport(made, format);
    if (out !== null) {
      writeFileSync(out, body);
      if (options.json) io.out(`${JSON.stringify({ report: name, format, written: out })}\n`);
      else io.err(`written to ${out}\n`);
    } else io.out(String(body));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof ReportRefused)) throw error;
    const hint = suggestion(error.word, error.known);
    throw new UserError(error.message, { ...(hint ? { hint } : {}), exit: EXIT.usage });
  }
};

/** As asked for, else as the name of the file says, else a table. */
function formatOf(options: Record<string, unknown>, out: string | null): ReportFormat {
  const ending = /\.(csv|json|xlsx)$/i.exec(out ?? '')?.[1]?.toLowerCase();
  // With a file, --json is about what is said of it.
  const wanted =
    options.json && out === null ? 'json' : String(options.format ?? ending ?? (options.json ? 'json' : 'table'));
  const format = REPORT_FORMATS.find((each) => each === wanted);
  if (format === undefined)
    throw new UserError(`there is no format "${wanted}"`, {
      hint: `known: ${REPORT_FORMATS.join(', ')}`,
      exit: EXIT.usage,
    });
  if (format === 'xlsx' && out === null)
    throw new UserError('a workbook goes to a file', { hint: 'name one with --out report.xlsx', exit: EXIT.usage });
  return format;
}

function askedBy(options: Record<string, unknown>): ReportAsked {
  const word = (name: string) => (typeof options[name] === 'string' ? options[name] : null);
  const model = word('model');
  return {
    period: word('period'),
    from: word('from'),
    to: word('to'),
    partner: word('partner'),
    campaign: word('campaign'),
    models: model === null ? null : model.split(',').map((each) => each.trim()),
    drill: options.drill === true,
  };
}

function list(app: App, io: Io, json: boolean): ExitCode {
  const reports = app.reports.list().map(({ name, title, about, options }) => ({ name, title, about, options }));
  const width = Math.max(...reports.map(({ name }) => name.length));
  io.out(
    json
      ? `${JSON.stringify({ reports }, null, 2)}\n`
      : `${reports.map(({ name, about }) => `${name.padEnd(width)}  ${about}`).join('\n')}\n`,
  );
  return EXIT.done;
}

/** Recomputes what reports are read from, and mends what differs. */
async function check(app: App, io: Io, options: Record<string, unknown>): Promise<ExitCode> {
  const found = await app.reports.check(options.rebuild === true);
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

/** The reports that are mailed, and what became of them. */
async function schedule(app: App, io: Io, options: Record<string, unknown>): Promise<ExitCode> {
  const retried = options.retry === true ? await app.reports.retrySends() : 0;
  const schedules = await app.reports.schedule();
  if (options.json) {
    io.out(`${JSON.stringify({ retried, schedules }, null, 2)}\n`);
    return EXIT.done;
  }
  if (schedules.length === 0) io.out('reports.yaml names no schedule\n');
  for (const { schedule: each, sends } of schedules) {
    io.out(`${each.name}: ${each.report} every ${each.every} to ${each.to.join(', ')}\n`);
    for (const { due, recipient, state, sentAt, message } of sends) {
      const told = state === 'before' ? 'due before it was set up' : state;
      io.out(
        `  ${due}  ${recipient && `${recipient}: `}${told}${sentAt ? ` at ${sentAt}` : ''}${message ? `: ${message}` : ''}\n`,
      );
    }
  }
  if (retried > 0) io.out(`${retried} will be tried again after the next run\n`);
  return EXIT.done;
}
