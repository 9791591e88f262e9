/** `sync --plan HASH`: a run that does exactly what a plan said. */
import type { App } from '../app/app.ts';
import { counted } from '../leads/text.ts';
import { type PlannedRun, PlanRefused } from '../sync/planned-run.ts';
import { EXIT, UserError } from './context.ts';
import type { progressOf } from './progress.ts';

const SHOWN = 20;

/** Runs the plan, or throws a UserError that says what has moved since it was made. */
export async function syncPlan(
  app: App,
  hash: string,
  options: Parameters<App['syncPlan']>[1],
  progress: ReturnType<typeof progressOf>,
): Promise<PlannedRun> {
  try {
    return await app.syncPlan(hash, options);
  } catch (error) {
    progress.end();
    if (!(error instanceof PlanRefused)) throw error;
    throw new UserError(`${error.message}; nothing was written${movedText(error)}`, {
      hint: 'Run `sluice plan` again and look at what it shows.',
      exit: EXIT.failed,
    });
  }
}

function movedText({ moved }: PlanRefused): string {
  if (moved === null || moved.length === 0) return '';
  const words = {
    new: 'would now be written too',
    gone: 'would no longer be written',
    different: 'would be written otherwise',
  };
  const lines = moved
    .slice(0, SHOWN)
    .map((each) => `  ${each.connection} ${each.object} ${each.record} ${words[each.what]}: ${each.fields.join(', ')}`);
  const rest = moved.length - SHOWN;
  return `. What has moved:\n${lines.join('\n')}${rest > 0 ? `\n  ... and ${rest} more` : ''}`;
}

/** What came up after the plan and was left alone. */
export function heldText({ held }: PlannedRun): string {
  if (held.length === 0) return '';
  const lines = held
    .slice(0, SHOWN)
    .map((each) => `  ${each.connection} ${each.object} ${each.record}: ${each.fields.join(', ')}`);
  return `\n${counted(held.length, 'write', 'writes')} came up since the plan and ${held.length === 1 ? 'waits' : 'wait'} for the next run:\n${lines.join('\n')}`;
}
