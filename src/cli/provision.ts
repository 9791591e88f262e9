import { answer, EXIT } from './context.ts';
import type { AppCommand } from './with-app.ts';

export const provision: AppCommand = async (app, io, options) => {
  const dryRun = options.dryRun === true;
  const done = await app.provision({ dryRun });
  const failed = Object.values(done)
    .flat()
    .filter((step) => step.status === 'failed');
  answer(io, options, { dryRun, connections: done }, () =>
    Object.entries(done)
      .map(([connection, steps]) => {
        const count = (status: string) => steps.filter((step) => step.status === status).length;
        const told = steps
          .filter((step) => step.status !== 'exists')
          .map(
            (step) => `  ${step.status.padEnd(9)} ${step.what} ${step.name}${step.message ? `: ${step.message}` : ''}`,
          );
        const head = `${connection}: ${count('exists')} exist, ${count('created')} created, ${count('create')} to create, ${count('different')} different, ${count('failed')} failed`;
        return [head, ...told].join('\n');
      })
      .join('\n'),
  );
  return failed.length > 0 ? EXIT.failed : EXIT.done;
};
