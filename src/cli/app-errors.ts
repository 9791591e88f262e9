import { ConnectorError } from '../../connectors/connector.ts';
import { Busy, UnknownStream } from '../app/app.ts';
import { iso } from '../model/clock.ts';
import { LeaseLost } from '../store/lease.ts';
import { NotProvisioned } from '../sync/connect.ts';
import { EXIT, UserError } from './context.ts';

/** What may end a command that works on both CRMs, in words for people and with its exit code. @param now epoch milliseconds */
export function asUserError(error: unknown, now: number): unknown {
  if (error instanceof ConnectorError && error.action === 'stop' && error.retryAfterMs !== undefined) {
    return new UserError(`${error.message}\n  resumes at ${iso(now + error.retryAfterMs)}`, {
      exit: EXIT.stopped,
      ...(error.hint ? { hint: error.hint } : {}),
    });
  }
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
