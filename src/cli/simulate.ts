import { readText } from '../config/files.ts';
import { compileRouting } from '../leads/routing.ts';
import { simulateRouting } from '../leads/service/simulate.ts';
import { answer, EXIT, UserError } from './context.ts';
import { simulationText } from './simulate-text.ts';
import type { AppCommand } from './with-app.ts';

/** `simulate --routing FILE`: the file's rules over past leads, beside what happened. Writes nothing. */
export const simulate: AppCommand = async (app, io, options) => {
  const file = String(options.routing);
  const range = { from: instant('--from', options.from), to: instant('--to', options.to) };
  if (range.from !== null && range.to !== null && range.from >= range.to)
    throw new UserError(`--from ${range.from} is not before --to ${range.to}`, { exit: EXIT.usage });
  const routing = compileRouting(file, readText(file));
  // A sandbox has a clock of its own.
  const { clock } = await app.environment();
  const past = await simulateRouting(app.store.db, routing, range, clock.now());
  answer(io, options, { routing: file, ...past }, () => simulationText(file, past));
  return EXIT.done;
};

const INSTANT = /^\d{4}-\d{2}-\d{2}(T.+(Z|[+-]\d{2}:\d{2}))?$/;

/** ISO text of an instant in UTC; a date is its first moment there. */
function instant(option: string, given: unknown): string | null {
  if (given === undefined) return null;
  const text = String(given);
  const time = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UserError(`${option}: "${text}" is no instant`, {
      hint: 'Write a date, 2026-11-22, or an instant, 2026-11-22T08:00:00Z.',
      exit: EXIT.usage,
    });
  return new Date(time).toISOString();
}
