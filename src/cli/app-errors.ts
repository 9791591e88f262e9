import { Busy, UnknownStream } from '../app.ts';
import { LeaseLost } from '../store/lease.ts';
import { NotProvisioned } from '../sync/connect.ts';
import { EXIT, UserError } from './context.ts';

/** What may end a command that works on both CRMs, in words for people and with its exit code. */
export function asUserError(error: unknown): unknown {
  if (error instanceof Busy)
    return new UserError(error.message, {
      exit: EXIT.busy,
      hint: 'Let it finish, or stop it, and run the command again.',
    });
  if (error instanceof UnknownStream) {
    return new UserError(error.message, { exit: EXIT.usage, ...(error.hint ? { hint: error.hint } : {}) });
  }
  if (error instanceof LeaseLost) return new UserError(error.message, { exit: EXIT.busy });
  if (error instanceof NotProvisioned)
    return new UserError(error.message, {
      hint: 'Run `sluice provision` first; with --dry-run it only says what it would create.',
    });
  return error;
}
