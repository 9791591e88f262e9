import { NoPeriod, type Period, periodBetween, periodNamed } from '../insight/period.ts';
import { EXIT, UserError } from './context.ts';

/** The period that `--period`, or `--from` and `--to`, name; else the last `overDays` days. Throws a UserError. */
export function periodOf(options: Readonly<Record<string, unknown>>, overDays: number, now: number): Period {
  const { period, from, to } = options;
  if (period !== undefined && (from !== undefined || to !== undefined))
    throw new UserError('--period and --from or --to exclude each other', { exit: EXIT.usage });
  if (to !== undefined && from === undefined)
    throw new UserError('--to needs --from', { hint: '--from 2026-01-01 --to 2026-06-30', exit: EXIT.usage });
  try {
    if (from !== undefined) return periodBetween(String(from), to === undefined ? undefined : String(to), now);
    return periodNamed(period === undefined ? `${overDays}d` : String(period), now);
  } catch (error) {
    if (error instanceof NoPeriod) throw new UserError(error.message, { exit: EXIT.usage });
    throw error;
  }
}
