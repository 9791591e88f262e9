import type { Plan } from '../sync/plan.ts';
import type { PlannedChange } from '../sync/planned.ts';
import { asUserError } from './app-errors.ts';
import { answer, EXIT, type ExitCode } from './context.ts';
import type { AppCommand } from './with-app.ts';

const SHOWN = 50;

export const plan: AppCommand = async (app, io, options) => {
  const show =
    options.all === true ? Number.POSITIVE_INFINITY : typeof options.limit === 'number' ? options.limit : SHOWN;
  try {
    const made = await app.plan({ show });
    answer(io, options, made, () => planText(made));
    return exitOf(made);
  } catch (error) {
    throw asUserError(error, app.clock.now());
  }
};

function exitOf(made: Plan): ExitCode {
  const problems = Object.values(made.problems);
  if (problems.length > 0) return problems.every(({ resumesAt }) => resumesAt !== null) ? EXIT.stopped : EXIT.failed;
  return made.refusals.length > 0 || made.stillRejected > 0 ? EXIT.rejected : EXIT.done;
}

export function planText(made: Plan): string {
  const lines: string[] = [];
  const total = made.creates + made.updates;
  lines.push(
    total === 0
      ? 'A sync would write nothing.'
      : `A sync would create ${count(made.creates, 'record')} and update ${count(made.updates, 'record')}.`,
  );
  for (const mine of made.objects) {
    const fields = Object.entries(mine.fields).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    lines.push(`  ${mine.connection} ${mine.object}: ${mine.creates} created, ${mine.updates} updated`);
    lines.push(`    ${fields.map(([name, records]) => `${name} (${records})`).join(', ')}`);
  }
  if (made.retired.length > 0) {
    lines.push(
      `${count(made.retired.length, 'record')} would no longer be written, because ${made.retired.length === 1 ? 'it is' : 'they are'} gone:`,
    );
    for (const { connection, object, recordId } of made.retired.slice(0, SHOWN)) {
      lines.push(`  ${connection} ${object} ${recordId}`);
    }
  }
  if (made.closed.length > 0) {
    lines.push(`${count(made.closed.length, 'open offer')} would be closed:`);
    for (const { offer, status } of made.closed.slice(0, SHOWN)) lines.push(`  ${offer}: ${status}`);
  }
  for (const refusal of made.refusals) {
    lines.push(
      `${count(refusal.count, 'record')} of ${refusal.connection} would be refused: ${refusal.message} (${refusal.examples.join(', ')})`,
    );
  }
  for (const { connection, message, hint } of made.drifts) lines.push(`${connection}: ${message}. ${hint}`);
  if (made.stillRejected > 0) {
    lines.push(
      `${count(made.stillRejected, 'record')} ${made.stillRejected === 1 ? 'was' : 'were'} refused before and would wait on; see \`sluice errors\`.`,
    );
  }
  for (const change of made.changes) lines.push(...changeText(change));
  const rest = total - made.changes.length;
  if (rest > 0) lines.push(`... and ${count(rest, 'more record')}; --all shows them.`);
  for (const [name, problem] of Object.entries(made.problems)) {
    lines.push(`${name} stopped, so that the plan is not whole: ${problem.message}`);
    if (problem.hint) lines.push(`  ${problem.hint}`);
    if (problem.resumesAt) lines.push(`  resumes at ${problem.resumesAt}`);
  }
  if (made.hash !== null) lines.push(`\`sluice sync --plan ${made.hash}\` does exactly this, or says what has moved.`);
  return lines.join('\n');
}

function changeText(change: PlannedChange): string[] {
  const what = change.recordId === null ? 'create' : 'update';
  return [
    `${what} ${change.connection} ${change.object} ${change.recordId ?? change.key}`,
    ...Object.entries(change.fields).map(([name, { before, after }]) =>
      before === undefined
        ? `  ${name}: ${JSON.stringify(after)}`
        : `  ${name}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
    ),
  ];
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
