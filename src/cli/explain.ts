import { compileRouting } from '../leads/routing.ts';
import { explainLead } from '../leads/service/explain.ts';
import { explanationText } from '../leads/service/explanation-text.ts';
import { findLead } from '../leads/service/find-lead.ts';
import { type HistoryEntry, historyOfLead } from '../store/history.ts';
import { answer, EXIT, UserError } from './context.ts';
import type { AppCommand } from './with-app.ts';

const CHANGES_SHOWN = 100;

export const explain: AppCommand = async (app, io, options, [wanted = '']) => {
  const found = await findLead(app.store.db, wanted);
  if (found.kind === 'none') throw new UserError(found.message, { hint: found.hint });
  if (found.kind === 'several') {
    const list = found.leads.map(
      (lead) => `  ${lead.id}  ${lead.name}${lead.company ? `, ${lead.company}` : ''}  ${lead.state}`,
    );
    throw new UserError([found.message, ...list].join('\n'), { hint: 'Ask for one of them by its id.' });
  }
  // A sandbox has a clock of its own, and deadlines go by it.
  const { clock, rules } = await app.environment();
  const compiled = (body: string, file: string) => compileRouting(file, body);
  const desk = { now: clock.now(), sla: rules.sla };
  const explanation = await explainLead(app.store.db, found.leadId, compiled, desk);
  const changes = await historyOfLead(app.store.db, found.leadId, CHANGES_SHOWN);
  answer(io, options, { ...explanation, changes }, () =>
    [explanationText(explanation), ...linesOf(changes)].join('\n'),
  );
  return EXIT.done;
};

/** Values that were overwritten, newest first; control characters, which could steer the terminal, become spaces. */
function linesOf(changes: readonly HistoryEntry[]): string[] {
  if (changes.length === 0) return [];
  const told = (value: HistoryEntry['before']) => (value === null || value === '' ? '(blank)' : String(value));
  const lines = changes.map(
    ({ at, connection, object, recordId, field, before, after, why }) =>
      `  ${at} ${connection} ${object} ${recordId} ${field}: ${told(before)} -> ${told(after)}  (${why})`,
  );
  return ['', 'Overwritten values', ...lines.map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, ' '))];
}
