/** The only place that builds the whole from its configuration, and the only one that names concrete connectors. */
import { createHash } from 'node:crypto';
import type {
  CallClass,
  Connector,
  ConnectorPorts,
  OrgIdentity,
  ProvisionStep,
  Reception,
  WebhookRequest,
} from '../connectors/connector.ts';
import { ConnectorError } from '../connectors/connector.ts';
import { createHubSpot, hubspotAllowances, hubspotSettings } from '../connectors/hubspot/index.ts';
import { createSalesforce, salesforceAllowances, salesforceSettings } from '../connectors/salesforce/index.ts';
import type { Config, ConnectionConfig } from './config/load.ts';
import { RemoteClock } from './config/remote-clock.ts';
import type { Mapping } from './mapping/mapping.ts';
import { provisionSpecOf } from './mapping/streams.ts';
import { suggestion } from './mapping/yaml-file.ts';
import { type Clock, wallClock } from './model/clock.ts';
import { ConfigError } from './model/config-error.ts';
import { type Aside, aside } from './store/aside.ts';
import { type BudgetKeeper, budgetKeeper, orgBudget, sharedShelf } from './store/budget.ts';
import type { BudgetRules } from './store/budget-math.ts';
import { type Database, openStore, refreshStatistics, type Store } from './store/database.ts';
import { type Lease, takeLease } from './store/lease.ts';
import { tokenKeeper, tokenShelf } from './store/tokens.ts';
import { budgetPort } from './sync/api-budget.ts';
import { compileRules } from './sync/compile-rules.ts';
import { connect, connectFromMemory, NotProvisioned } from './sync/connect.ts';
import { refusedBySchema } from './sync/drift-store.ts';
import type { Connection, Environment, Rules } from './sync/environment.ts';
import { hasHints } from './sync/hint-store.ts';
import { listenTo, receive } from './sync/listen.ts';
import { type OrgWords, proveOrg, refused } from './sync/org.ts';
import { resendRejected } from './sync/outbox.ts';
import type { Plan } from './sync/plan.ts';
import { type PlannedRun, planNow, runPlan } from './sync/planned-run.ts';
import { type RunOptions, type RunSummary, run } from './sync/run.ts';
import type { SweepSettings } from './sync/sweep.ts';
import { type Verification, type VerifyOptions, verify } from './sync/verify.ts';

export type Log = Environment['log'];

/** Another run holds the lease. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** `--only` names no object that is read. */
export class UnknownStream extends Error {
  override readonly name = 'UnknownStream';
  readonly hint: string | undefined;
  constructor(wanted: string, hint: string | undefined) {
    super(`there is no stream "${wanted}"`);
    this.hint = hint;
  }
}

export interface SyncOptions extends Pick<RunOptions, 'full' | 'onPage' | 'onPhase'> {
  readonly only?: string;
  /** Send again what the CRM refused. */
  readonly resend?: boolean;
}

/** HTTP requests by connection: those of runs, and those of set-up (describing, provisioning, checking). */
export interface Calls {
  readonly run: number;
  readonly setUp: number;
}

export interface App {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
  /** How many calls each connection may make. */
  readonly budgets: ReadonlyMap<string, BudgetRules>;
  /** Proves URL and credentials of every connection. */
  check(): Promise<Record<string, OrgIdentity>>;
  provision(options: { dryRun: boolean }): Promise<Record<string, ProvisionStep[]>>;
  /** One run. Throws Busy where another one holds the lease, NotProvisioned where the CRM lacks Sluice's fields. */
  sync(options?: SyncOptions): Promise<RunSummary>;
  /** A small run that follows what events hinted at; null where nothing waits. Throws as `sync` does. */
  absorb(): Promise<RunSummary | null>;
  /** Takes in a request that claims to come from the CRM of a connection; null where there is none, or it does not call. */
  receive(connection: string, request: WebhookRequest): Promise<Reception | null>;
  /** Listens to the CRMs that can be listened to, until `signal` aborts; `onHints` is told when there is something to absorb. */
  listen(signal: AbortSignal, onHints: () => void): Promise<void>;
  /** What a sync would do now, with up to `show` of its changes. Throws as `sync` does, and a ConnectorError where a CRM is out of reach. */
  plan(options: { readonly show: number }): Promise<Plan>;
  /** Carries out the plan of that hash, or throws PlanRefused. */
  syncPlan(hash: string, options: Pick<SyncOptions, 'onPage' | 'onPhase'>): Promise<PlannedRun>;
  /** Reads both CRMs anew and lists how they differ from what Sluice holds. */
  verify(options: VerifyOptions): Promise<Verification>;
  /** The environment of decisions, built without asking any CRM: for reports and reconciliation. */
  environment(): Promise<Environment>;
  calls(connection: string): Calls;
  close(): Promise<void>;
}

type Allowances = Omit<BudgetRules, 'dailyShare'>;

/** Checks a connection's settings; what is left is to be given its ports. */
type Factory = (connection: ConnectionConfig) => {
  readonly allowances: Allowances;
  readonly words: OrgWords;
  readonly make: (ports: ConnectorPorts) => Connector;
};

const factories: Readonly<Record<string, Factory>> = {
  salesforce: (connection) => {
    const settings = parse(salesforceSettings, connection);
    const words = { crm: 'Salesforce', org: 'org' };
    return { allowances: salesforceAllowances, words, make: (ports) => createSalesforce(settings, ports) };
  },
  hubspot: (connection) => {
    const settings = parse(hubspotSettings, connection);
    const words = { crm: 'HubSpot', org: 'portal' };
    return { allowances: hubspotAllowances(settings), words, make: (ports) => createHubSpot(settings, ports) };
  },
};

/** Opens the store, compiles the rules and makes the connectors; nothing is asked of a CRM yet. */
export async function openApp(config: Config, options: { command: string; log: Log }): Promise<App> {
  const rules = compileRules(config);
  const clock = config.clock === null ? wallClock : new RemoteClock(config.clock.url);
  // Bad settings are told before a database is made.
  const plans = config.connections.map((connection) => ({ connection, ...factoryOf(connection)(connection) }));
  const store = await openStore(config.database);
  try {
    await keepRules(store, config, rules);
    const shelves = aside(store.db, sharedShelf(store.db), tokenShelf(store.db));
    const meters = new Map(plans.map(({ connection }) => [connection.name, { run: 0, setUp: 0 }]));
    const parts = plans.map(({ connection, allowances, words, make }) => {
      const budgetRules = { ...allowances, dailyShare: connection.budget.dailyShare };
      const budget = budgetOf(connection, budgetRules, store, shelves, clock);
      return {
        name: connection.name,
        crm: connection.kind,
        words,
        mappings: config.mappings.filter((mapping) => mapping.crm === connection.kind),
        budget,
        budgetRules,
        connector: make(
          portsOf(
            connection,
            budget,
            store,
            shelves,
            clock,
            meters.get(connection.name) ?? { run: 0, setUp: 0 },
            options.log,
          ),
        ),
      };
    });
    return new RunningApp(config, store, shelves, clock, rules, parts, meters, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** How long a connection's schema is taken to be as it was described; a refusal that speaks of the schema ends that at once. */
const DESCRIBED_FOR_MS = 60 * 60_000;

/** Changed records after which the planner's statistics are out of date. */
const CHANGES_TO_ANALYZE = 2_000;

interface Part {
  readonly name: string;
  readonly crm: string;
  readonly words: OrgWords;
  readonly mappings: readonly Mapping[];
  readonly budget: BudgetKeeper;
  readonly budgetRules: BudgetRules;
  readonly connector: Connector;
}

class RunningApp implements App {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly budgets: ReadonlyMap<string, BudgetRules>;
  readonly #shelves: Aside;
  readonly #parts: readonly Part[];
  readonly #meters: ReadonlyMap<string, Calls>;
  readonly #options: { command: string; log: Log };
  readonly #connected = new Map<string, { readonly connection: Connection; readonly until: number }>();
  /** Connections that were seen to lead to their own org. */
  readonly #proven = new Set<string>();
  #changedSinceAnalyze = 0;
  #analyzeAfter = CHANGES_TO_ANALYZE;

  constructor(
    config: Config,
    store: Store,
    shelves: Aside,
    clock: Clock,
    rules: Rules,
    parts: readonly Part[],
    meters: ReadonlyMap<string, Calls>,
    options: { command: string; log: Log },
  ) {
    this.config = config;
    this.store = store;
    this.clock = clock;
    this.rules = rules;
    this.budgets = new Map(parts.map((part) => [part.name, part.budgetRules]));
    this.#shelves = shelves;
    this.#parts = parts;
    this.#meters = meters;
    this.#options = options;
  }

  calls(connection: string): Calls {
    return this.#meters.get(connection) ?? { run: 0, setUp: 0 };
  }

  async check(): Promise<Record<string, OrgIdentity>> {
    await this.#tellTime();
    const found: Record<string, OrgIdentity> = {};
    for (const part of this.#parts) found[part.name] = await this.#identify(part);
    return found;
  }

  async provision(options: { dryRun: boolean }): Promise<Record<string, ProvisionStep[]>> {
    await this.#tellTime();
    const steps: Record<string, ProvisionStep[]> = {};
    // Nothing is made anywhere before all connections are known to lead where they should.
    for (const part of this.#parts) await this.#identify(part);
    for (const part of this.#parts) {
      await this.#checkMappings(part);
      steps[part.name] = await part.connector.provision(provisionSpecOf(part.mappings), options);
    }
    if (!options.dryRun) this.#connected.clear();
    return steps;
  }

  /** Nothing is created for mappings that name fields the CRM does not have. */
  async #checkMappings(part: Part): Promise<void> {
    try {
      await connect(this.store.db, part.name, part.crm, part.connector, part.mappings);
    } catch (error) {
      if (!(error instanceof NotProvisioned)) throw error;
    }
  }

  async plan(options: { readonly show: number }): Promise<Plan> {
    const lease = await this.#lease();
    try {
      return await planNow(await this.#planning(lease), this.clock.now(), options.show);
    } finally {
      await lease.release();
    }
  }

  async syncPlan(hash: string, options: Pick<SyncOptions, 'onPage' | 'onPhase'>): Promise<PlannedRun> {
    const lease = await this.#lease();
    try {
      return await runPlan(await this.#planning(lease), hash, { ...options, sleep: pause });
    } finally {
      await lease.release();
    }
  }

  async verify(options: VerifyOptions): Promise<Verification> {
    const lease = await this.#lease();
    try {
      for (const part of this.#parts) await this.#prove(part);
      const connections: Connection[] = [];
      for (const part of this.#parts) connections.push(await this.#connection(part));
      const only = options.only === undefined ? {} : { only: streamNamed(options.only, connections) };
      return await verify(this.#environment(connections), this.store, lease, { ...options, ...only });
    } finally {
      await lease.release();
    }
  }

  async #planning(lease: Lease) {
    for (const part of this.#parts) {
      await this.#prove(part);
      // From here on the budget knows whose it is: it must not ask the database while a scratch has it.
      await part.budget.standing();
    }
    const alone = <T>(work: () => Promise<T>) => (this.store.kind === 'embedded' ? this.#shelves.during(work) : work());
    const environment = async (db: Database): Promise<Environment> => {
      const connections: Connection[] = [];
      for (const part of this.#parts) {
        connections.push(await connect(db, part.name, part.crm, part.connector, part.mappings));
      }
      return { ...this.#environment(connections), db };
    };
    return { store: this.store, lease, alone, environment, calls: (name: string) => this.calls(name).run };
  }

  /** The right to run; throws Busy where another run has it. */
  async #lease(): Promise<Lease> {
    await this.#tellTime();
    const lease = await takeLease(this.store.db, 'sync', this.#options.command);
    if (!('holder' in lease)) return lease;
    const { command, pid, host } = lease.holder;
    throw new Busy(`another run (\`${command}\`, process ${pid} on ${host}) is at work; this one did nothing`);
  }

  /**
   * Once a process: the connection leads to its own org. Before this nothing of it is described, read, listened to or written,
   * and its budget, which is the org's, does not know whose it is. Throws as `proveOrg` does.
   */
  async #prove(part: Part): Promise<void> {
    if (!this.#proven.has(part.name)) await this.#identify(part);
  }

  sync(options: SyncOptions = {}): Promise<RunSummary> {
    return this.#run(options, false);
  }

  async absorb(): Promise<RunSummary | null> {
    return (await hasHints(this.store.db)) ? this.#run({}, true) : null;
  }

  async receive(connection: string, request: WebhookRequest): Promise<Reception | null> {
    const part = this.#parts.find((each) => each.name === connection);
    if (part === undefined) return null;
    await this.#tellTime();
    return receive(part, request, this.#sink());
  }

  async listen(signal: AbortSignal, onHints: () => void): Promise<void> {
    const prove = (part: Part) => () => this.#prove(part);
    await Promise.all(this.#parts.map((part) => listenTo(part, this.#sink(), signal, onHints, prove(part))));
  }

  #sink() {
    return { db: this.store.db, clock: this.clock, log: this.#options.log };
  }

  async #run(options: SyncOptions, hintsOnly: boolean): Promise<RunSummary> {
    const lease = await this.#lease();
    try {
      if (options.resend) await resendRejected(this.store.db);
      const connections: Connection[] = [];
      for (const part of this.#parts) connections.push(await this.#connection(part));
      const env = this.#environment(connections);
      const only = options.only === undefined ? undefined : new Set([streamNamed(options.only, connections)]);
      const summary = await run(env, lease, {
        ...(options.full === undefined ? {} : { full: options.full }),
        ...(options.onPage ? { onPage: options.onPage } : {}),
        ...(options.onPhase ? { onPhase: options.onPhase } : {}),
        ...(only ? { only } : {}),
        hintsOnly,
        sweep: sweepSettings(this.config),
        sleep: pause,
        calls: (name) => this.calls(name).run,
      });
      for (const name of await refusedBySchema(this.store.db, summary.startedAt)) this.#connected.delete(name);
      this.#changedSinceAnalyze += Object.values(summary.connections).reduce((sum, mine) => sum + mine.changed, 0);
      if (this.#changedSinceAnalyze >= this.#analyzeAfter) {
        await refreshStatistics(this.store);
        // What was learned holds for as long as the tables do not double.
        this.#analyzeAfter = Math.max(CHANGES_TO_ANALYZE, 2 * this.#changedSinceAnalyze);
        this.#changedSinceAnalyze = 0;
      }
      return summary;
    } finally {
      await lease.release();
    }
  }

  async environment(): Promise<Environment> {
    await this.#tellTime();
    const connections: Connection[] = [];
    for (const part of this.#parts) {
      connections.push(
        this.#connected.get(part.name)?.connection ??
          (await connectFromMemory(this.store.db, part.name, part.crm, part.connector, part.mappings)),
      );
    }
    return this.#environment(connections);
  }

  async close(): Promise<void> {
    for (const part of this.#parts) {
      await part.connector.close();
      await part.budget.close();
    }
    await this.store.close();
  }

  #environment(connections: readonly Connection[]): Environment {
    return {
      db: this.store.db,
      clock: this.clock,
      connections,
      rules: this.rules,
      currency: this.config.vendor.currency,
      log: this.#options.log,
    };
  }

  /** The connection, described and checked now and then; where the CRM is out of reach, as it was described last. */
  async #connection(part: Part): Promise<Connection> {
    const known = this.#connected.get(part.name);
    if (known && performance.now() < known.until) return known.connection;
    try {
      await this.#prove(part);
      const connection = await connect(this.store.db, part.name, part.crm, part.connector, part.mappings);
      this.#connected.set(part.name, { connection, until: performance.now() + DESCRIBED_FOR_MS });
      return connection;
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      // The run reports the trouble; the other connection goes on meanwhile.
      this.#options.log('warn', error.message, { connection: part.name, code: error.code });
      const remembered = await connectFromMemory(this.store.db, part.name, part.crm, part.connector, part.mappings);
      const isDescribed = remembered.streams.some((stream) => stream.description !== null);
      // What may be another org is not asked anything more.
      return isDescribed && this.#proven.has(part.name) ? remembered : refused(remembered, error);
    }
  }

  async #identify(part: Part): Promise<OrgIdentity> {
    const identity = await proveOrg(this.store.db, part);
    this.#proven.add(part.name);
    return identity;
  }

  async #tellTime(): Promise<void> {
    if (this.clock instanceof RemoteClock) await this.clock.refresh();
  }
}

function sweepSettings({ sweep }: Config): SweepSettings {
  const HOUR = 3_600_000;
  return {
    everyMs: sweep.everyHours * HOUR,
    calculatedEveryMs: sweep.calculatedEveryHours * HOUR,
    pagesARun: sweep.pagesARun,
  };
}

function streamNamed(wanted: string, connections: readonly Connection[]): string {
  const objects = [
    ...new Set(connections.flatMap((connection) => connection.streams.map((stream) => stream.spec.object))),
  ];
  const found = objects.find((object) => object.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new UnknownStream(wanted, suggestion(wanted, objects));
}

function factoryOf(connection: ConnectionConfig): Factory {
  const factory = factories[connection.kind];
  if (factory) return factory;
  const hint = suggestion(connection.kind, Object.keys(factories));
  throw new ConfigError([
    connection.problemAt(['kind'], `there is no connector "${connection.kind}"`, hint ? { hint } : {}),
  ]);
}

/** Checks a connection's settings by its connector's own schema; errors name the line in sluice.yaml. */
function parse<T>(
  schema: {
    safeParse(
      value: unknown,
    ):
      | { success: true; data: T }
      | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };
  },
  connection: ConnectionConfig,
): T {
  const parsed = schema.safeParse(connection.settings);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) =>
      connection.problemAt(issue.path, `connection "${connection.name}": ${issue.message}`),
    ),
  );
}

/** Keeps the rules that decisions name, so that they can be replayed after the file has changed. */
async function keepRules(store: Store, config: Config, rules: Rules): Promise<void> {
  const { file, text } = config.rules.routing;
  await store.db
    .insertInto('config_versions')
    .values({ hash: rules.routingHash, kind: 'routing', file, body: text })
    .onConflict((oc) => oc.column('hash').doNothing())
    .execute();
}

const SET_UP: ReadonlySet<CallClass> = new Set(['describe', 'provision', 'check']);

/** The budget of the org that a connection leads to; until it was checked for the first time, one of its own. */
function budgetOf(
  connection: ConnectionConfig,
  rules: BudgetRules,
  store: Store,
  shelves: Aside,
  clock: Clock,
): BudgetKeeper {
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

function portsOf(
  connection: ConnectionConfig,
  budget: BudgetKeeper,
  store: Store,
  shelves: Aside,
  clock: Clock,
  meter: { run: number; setUp: number },
  log: Log,
): ConnectorPorts {
  const keeper = tokenKeeper(store, connection.name, connection.kind, fingerprint(connection.settings), shelves.tokens);
  return {
    connection: connection.name,
    now: () => clock.now(),
    onCall: (kind) => {
      if (SET_UP.has(kind)) meter.setUp += 1;
      else meter.run += 1;
    },
    budget: budgetPort(budget, connection.name, connection.budget.dailyShare),
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
    sleep: pause,
    log,
  };
}

function fingerprint(settings: unknown): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
