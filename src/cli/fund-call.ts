import type { App } from '../app/app.ts';
import type { FundRules } from '../funds/rules.ts';
import { EXIT, type Io, UserError } from './context.ts';

/** What an action works with: the store, the rules, the time and who does it. */
export interface FundCall {
  readonly app: App;
  readonly io: Io;
  readonly options: Readonly<Record<string, unknown>>;
  readonly rules: FundRules;
  readonly now: number;
  readonly args: readonly string[];
}

export function wrongUse(message: string, hint: string): UserError {
  return new UserError(message, { hint, exit: EXIT.usage });
}
