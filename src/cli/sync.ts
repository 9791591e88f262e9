import { gainWords } from '../leads/methods/assignment.ts';
import { counted } from '../leads/text.ts';
import type { RunSummary } from '../sync/run.ts';
import { asUserError } from './app-errors.ts';
import { answer, EXIT, type ExitCode, UserError } from './context.ts';
import { progressOf } from './progress.ts';
import { heldText, syncPlan } from './sync-plan.ts';
import type { AppCommand } from './with-app.ts';

const PHASES = { read: 'reading', decide: 'deciding', write: 'writing', confirm: 'reading our writes back' } as const;

export const sync: AppCommand = async (app, io, options) => {
  const progress = progressOf(io, options.json === true);
  try {
    const told = {
      onPhase: (phase: keyof typeof PHASES) => progress.phase(PHASES[phase]),
      onPage: (connection: string, object: string, rows: number) => progress.add(rows, `${connection} ${object}`),
    };
    if (typeof options.plan === 'string') {
      if (options.full || options.resend || options.only) {
        throw new UserError('--plan goes alone: the plan says all that is done', { exit: EXIT.usage });
      }
      const done = await syncPlan(app, options.plan, told, progress);
      progress.end();
      answer(io, options, { ...done.summary, held: done.held }, () => `${summaryText(done.summary)}${heldText(done)}`);
      return exitOf(done.summary);
    }
    const summary = await app.sync({
      full: options.full === true,
      resend: options.resend === true,
      ...(typeof options.only === 'string' ? { only: options.only } : {}),
      ...told,
    });
    progress.end();
    answer(io, options, summary, () => summaryText(summary));
    return exitOf(summary);
  } catch (error) {
    progress.end();
    throw asUserError(error, app.clock.now());
  }
};

function exitOf(summary: RunSummary): ExitCode {
  const problems = Object.values(summary.connections).flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) return problems.every((problem) => problem.resumesAt !== null) ? EXIT.stopped : EXIT.failed;
  return summary.status === 'done with rejects' ? EXIT.rejected : EXIT.done;
}

export function summaryText(summary: RunSummary): string {
  const lines = [`${summary.id}: ${summary.status}, ${summary.message}`];
  for (const [name, mine] of Object.entries(summary.connections)) {
    lines.push(
      `  ${name}: ${counted(mine.read, 'row', 'rows')} read, ${mine.changed} changed, ${mine.written} written, ${mine.rejected} rejected, ${counted(mine.calls, 'call', 'calls')}`,
    );
    if (mine.waiting > 0) lines.push(`    ${counted(mine.waiting, 'write waits', 'writes wait')} for the next run`);
    if (mine.problem)
      lines.push(
        `    stopped: ${mine.problem.message}${mine.problem.hint ? `\n    ${mine.problem.hint}` : ''}${mine.problem.resumesAt ? `\n    resumes at ${mine.problem.resumesAt}` : ''}`,
      );
  }
  if (summary.offers > 0) lines.push(`  ${counted(summary.offers, 'offer', 'offers')} made`);
  if (summary.gain) lines.push(`  assigned as a whole: ${gainWords(summary.gain)}`);
  if (summary.entries > 0) lines.push(`  ${counted(summary.entries, 'ledger entry', 'ledger entries')} booked`);
  return lines.join('\n');
}
