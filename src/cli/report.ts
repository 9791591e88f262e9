import { loadDiagnosis } from '../leads/service/diagnosis.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { toCsv, toJson, toTable } from '../revenue/render.ts';
import type { Report } from '../revenue/report.ts';
import { loadLeadsReport, loadRoiReport } from '../revenue/service/reports.ts';
import { EXIT, UserError } from './context.ts';
import { feedbackReport } from './feedback-report.ts';
import type { AppCommand } from './with-app.ts';

const FORMATS = ['table', 'csv', 'json'];

export const report: AppCommand = async (app, io, options, [name = '']) => {
  const { db } = app.store;
  const { currency } = app.config.vendor;
  const reports: Record<string, () => Promise<Report>> = {
    roi: () => loadRoiReport(db, currency, app.rules.attribution.models),
    leads: () => loadLeadsReport(db, currency),
    feedback: async () => {
      const { feedback } = app.rules;
      if (feedback === undefined) throw new UserError('there is no feedback.yaml, by which feedback is judged');
      return feedbackReport(await loadDiagnosis(db, feedback, app.clock.now()));
    },
  };
  const make = Object.hasOwn(reports, name) ? reports[name] : undefined;
  if (make === undefined)
    throw new UserError(`there is no report "${name}"`, {
      hint: suggestion(name, Object.keys(reports)) ?? '',
      exit: EXIT.usage,
    });
  const format = options.json ? 'json' : String(options.format ?? 'table');
  if (!FORMATS.includes(format))
    throw new UserError(`there is no format "${format}"`, { hint: `known: ${FORMATS.join(', ')}`, exit: EXIT.usage });
  const made = await make();
  io.out(
    format === 'json'
      ? `${JSON.stringify(toJson(made), null, 2)}\n`
      : format === 'csv'
        ? toCsv(made)
        : `${toTable(made)}\n`,
  );
  return EXIT.done;
};
