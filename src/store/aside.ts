/**
 * What must outlive work that leaves no trace: tokens, which the CRM may have replaced, and counts of calls, which were made.
 * A server saves them beside that work, over another connection. The embedded database has only one, so that they are held
 * in memory meanwhile and saved right after.
 */
import type { BudgetShelf } from './budget.ts';
import { type BudgetState, emptyBudget } from './budget-math.ts';
import type { Database } from './database.ts';
import type { TokenShelf } from './tokens.ts';

export interface Aside {
  readonly budgets: BudgetShelf;
  readonly tokens: TokenShelf;
  /** Runs `work`, during which the shelves do not touch the database. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

interface Held {
  readonly budgets: Map<string, { state: BudgetState; version: string }>;
  readonly tokens: Map<string, Record<string, string> | null>;
  /** What was saved meanwhile. */
  readonly newBudgets: Set<string>;
  readonly newTokens: Map<string, string>;
}

export function aside(db: Database, budgets: BudgetShelf, tokens: TokenShelf): Aside {
  let held: Held | null = null;
  return {
    budgets: {
      async load(name) {
        return held === null ? budgets.load(name) : (held.budgets.get(name) ?? { state: emptyBudget, version: '0' });
      },
      async save(name, state, version) {
        if (held === null) return budgets.save(name, state, version);
        if ((held.budgets.get(name)?.version ?? '0') !== version) return null;
        const next = String(BigInt(version) + 1n);
        held.budgets.set(name, { state, version: next });
        held.newBudgets.add(name);
        return next;
      },
    },
    tokens: {
      async load(connection) {
        return held === null ? tokens.load(connection) : (held.tokens.get(connection) ?? null);
      },
      async save(connection, kind, saved) {
        if (held === null) return tokens.save(connection, kind, saved);
        held.tokens.set(connection, saved);
        held.newTokens.set(connection, kind);
      },
    },
    async during(work) {
      const rows = await db.selectFrom('budgets').selectAll().execute();
      const connections = await db.selectFrom('connections').select(['name', 'tokens']).execute();
      const mine: Held = {
        budgets: new Map(rows.map((row) => [row.name, { state: row.state as BudgetState, version: row.version }])),
        tokens: new Map(connections.map((row) => [row.name, row.tokens])),
        newBudgets: new Set(),
        newTokens: new Map(),
      };
      held = mine;
      try {
        return await work();
      } finally {
        held = null;
        for (const [connection, kind] of mine.newTokens) {
          await tokens.save(connection, kind, mine.tokens.get(connection) ?? {});
        }
        for (const name of mine.newBudgets) {
          const { state } = mine.budgets.get(name) ?? { state: emptyBudget };
          const { version } = await budgets.load(name);
          await budgets.save(name, state, version);
        }
      }
    },
  };
}
