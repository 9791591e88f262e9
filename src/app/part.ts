/** One connection of the configuration, built: its connector with the ports it works through, and the budget of its org. */
import { createHash } from 'node:crypto';
import type { CallClass, Connector, ConnectorPorts } from '../../connectors/connector.ts';
import type { ConnectionConfig } from '../config/load.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { Clock } from '../model/clock.ts';
import type { Aside } from '../store/aside.ts';
import { type BudgetKeeper, budgetKeeper, orgBudget } from '../store/budget.ts';
import type { BudgetRules } from '../store/budget-math.ts';
import type { Store } from '../store/database.ts';
import { tokenKeeper } from '../store/tokens.ts';
import { budgetPort } from '../sync/api-budget.ts';
import type { OrgWords } from '../sync/org.ts';
import { waitFor } from '../sync/wait.ts';
import type { Calls, Log } from './app.ts';
import { pause } from './pause.ts';

/** A connector for checked settings that only lacks its ports. */
export interface Prepared {
  readonly connection: ConnectionConfig;
  readonly allowances: Omit<BudgetRules, 'dailyShare'>;
  readonly words: OrgWords;
  readonly make: (ports: ConnectorPorts) => Connector;
}

export interface Part {
  readonly name: string;
  readonly crm: string;
  readonly words: OrgWords;
  readonly mappings: readonly Mapping[];
  readonly budget: BudgetKeeper;
  readonly budgetRules: BudgetRules;
  readonly connector: Connector;
  /** The calls made so far. */
  readonly calls: Calls;
}

/** What the ports of a connector lean on. */
interface Ground {
  readonly store: Store;
  readonly shelves: Aside;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts where the process is told to stop. */
  readonly ending: AbortSignal;
}

/** Makes the connector of a connection; nothing is asked of the CRM yet. `mappings` are those of all CRMs. */
export function partOf(prepared: Prepared, mappings: readonly Mapping[], ground: Ground): Part {
  const { connection, allowances, words, make } = prepared;
  const budgetRules = { ...allowances, dailyShare: connection.budget.dailyShare };
  const budget = budgetOf(connection, budgetRules, ground);
  const calls = { run: 0, setUp: 0 };
  return {
    name: connection.name,
    crm: connection.kind,
    words,
    mappings: mappings.filter((mapping) => mapping.crm === connection.kind),
    budget,
    budgetRules,
    connector: make(portsOf(connection, budget, calls, ground)),
    calls,
  };
}

/** The budget of the org that a connection leads to; until it was checked for the first time, one of its own. */
function budgetOf(connection: ConnectionConfig, rules: BudgetRules, { store, shelves, clock }: Ground): BudgetKeeper {
  return budgetKeeper({
    shelf: shelves.budgets,
    async name() {
      const row = await store.db
        .selectFrom('connections')
        .select('org_id')
        .where('name', '=', connection.name)
        .executeTakeFirst();
      const orgId = row?.org_id ?? null;
      return orgId === null
        ? { name: `${connection.kind} connection ${connection.name}`, settled: false }
        : { name: orgBudget(connection.kind, orgId), settled: true };
    },
    rules,
    now: () => clock.now(),
    sleep: pause,
  });
}

const SET_UP: ReadonlySet<CallClass> = new Set(['describe', 'provision', 'check']);

function portsOf(
  connection: ConnectionConfig,
  budget: BudgetKeeper,
  calls: { run: number; setUp: number },
  { store, shelves, clock, log, ending }: Ground,
): ConnectorPorts {
  const keeper = tokenKeeper(store, connection.name, connection.kind, fingerprint(connection.settings), shelves.tokens);
  return {
    connection: connection.name,
    now: () => clock.now(),
    onCall: (kind) => {
      if (SET_UP.has(kind)) calls.setUp += 1;
      else calls.run += 1;
    },
    budget: budgetPort(budget, connection.name, connection.budget.dailyShare, ending),
    tokens: {
      load: () => keeper.load(),
      save: (tokens) =>
        keeper.save(
          Object.fromEntries(
            Object.entries(tokens).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
          ),
        ),
      exclusively: (refresh) => keeper.exclusively(refresh),
    },
    // A wait ends at once where the process is told to stop: the call after it is not made.
    sleep: (ms) => waitFor(ms, ending),
    log,
  };
}

function fingerprint(settings: unknown): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
}
