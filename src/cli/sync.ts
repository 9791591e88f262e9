import { Busy, UnknownStream } from '../app.ts';
import { LeaseLost } from '../store/lease.ts';
import { NotProvisioned } from '../sync/connect.ts';
import type { RunSummary } from '../sync/run.ts';
import { answer, EXIT, type ExitCode, UserError } from './context.ts';
import { progressOf } from './progress.ts';
import type { AppCommand } from './with-app.ts';

const PHASES = { read: 'reading', decide: 'deciding', write: 'writing', confirm: 'reading our writes back' } as const;

export const sync: AppCommand = async (app, io, options) => {
  const progress = progressOf(io, options.json === true);
  try {
    const summary = await app.sync({
      full: options.full === true,
      resend: options.resend === true,
      ...(typeof options.only === 'string' ? { only: options.only } : {}),
      onPhase: (phase) => progress.phase(PHASES[phase]),
      onPage: (connection, object, rows) => progress.add(rows, `${connection} ${object}`),
    });
    progress.end();
    answer(io, options, summary, () => summaryText(summary));
    return exitOf(summary);
  } catch (error) {
    progress.end();
    if (error instanceof Busy)
      throw new UserError(error.message, {
        exit: EXIT.busy,
        hint: 'Let it finish, or stop it, and run the command again.',
      });
    if (error instanceof UnknownStream) {
      throw new UserError(error.message, { exit: EXIT.usage, ...(error.hint ? { hint: error.hint } : {}) });
    }
    if (error instanceof LeaseLost) throw new UserError(error.message, { exit: EXIT.busy });
    if (error instanceof NotProvisioned)
      throw new UserError(error.message, {
        hint: 'Run `sluice provision` first; with --dry-run it only says what it would create.',
      });
    throw error;
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
      `  ${name}: ${mine.read} rows read, ${mine.changed} changed, ${mine.written} written, ${mine.rejected} rejected, ${mine.calls} calls`,
    );
    if (mine.waiting > 0) lines.push(`    ${mine.waiting} writes wait for the next run`);
    if (mine.problem)
      lines.push(
        `    stopped: ${mine.problem.message}${mine.problem.hint ? `\n    ${mine.problem.hint}` : ''}${mine.problem.resumesAt ? `\n    resumes at ${mine.problem.resumesAt}` : ''}`,
      );
  }
  if (summary.offers > 0) lines.push(`  ${summary.offers} offers made`);
  if (summary.entries > 0) lines.push(`  ${summary.entries} ledger entries booked`);
  return lines.join('\n');
}
