/** The only place that builds the whole from its configuration, and the only one that names concrete connectors. */
import { createHash } from 'node:crypto';
import type { CallClass, Connector, ConnectorPorts, OrgIdentity, ProvisionStep } from '../connectors/connector.ts';
import { ConnectorError } from '../connectors/connector.ts';
import { createHubSpot, hubspotSettings } from '../connectors/hubspot/index.ts';
import { createSalesforce, salesforceSettings } from '../connectors/salesforce/index.ts';
import type { Config, ConnectionConfig } from './config/load.ts';
import { RemoteClock } from './config/remote-clock.ts';
import type { Mapping } from './mapping/mapping.ts';
import { provisionSpecOf } from './mapping/streams.ts';
import { suggestion } from './mapping/yaml-file.ts';
import { type Clock, wallClock } from './model/clock.ts';
import { ConfigError } from './model/config-error.ts';
import { openStore, refreshStatistics, type Store } from './store/database.ts';
import { takeLease } from './store/lease.ts';
import { tokenKeeper } from './store/tokens.ts';
import { compileRules } from './sync/compile-rules.ts';
import { connect, connectFromMemory, NotProvisioned, unchecked } from './sync/connect.ts';
import type { Connection, Environment, Rules } from './sync/environment.ts';
import { resendRejected } from './sync/outbox.ts';
import { type RunOptions, type RunSummary, run } from './sync/run.ts';

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
  /** Proves URL and credentials of every connection. */
  check(): Promise<Record<string, OrgIdentity>>;
  provision(options: { dryRun: boolean }): Promise<Record<string, ProvisionStep[]>>;
  /** One run. Throws Busy where another one holds the lease, NotProvisioned where the CRM lacks Sluice's fields. */
  sync(options?: SyncOptions): Promise<RunSummary>;
  /** The environment of decisions, built without asking any CRM: for reports and reconciliation. */
  environment(): Promise<Environment>;
  calls(connection: string): Calls;
  close(): Promise<void>;
}

type Factory = (connection: ConnectionConfig, ports: ConnectorPorts) => Connector;

const factories: Readonly<Record<string, Factory>> = {
  salesforce: (connection, ports) => createSalesforce(parse(salesforceSettings, connection), ports),
  hubspot: (connection, ports) => createHubSpot(parse(hubspotSettings, connection), ports),
};

/** Opens the store, compiles the rules and makes the connectors; nothing is asked of a CRM yet. */
export async function openApp(config: Config, options: { command: string; log: Log }): Promise<App> {
  const rules = compileRules(config);
  const clock = config.clock === null ? wallClock : new RemoteClock(config.clock.url);
  // Bad settings are told before a database is made.
  const plans = config.connections.map((connection) => ({ connection, make: factoryOf(connection) }));
  const store = await openStore(config.database);
  try {
    await keepRules(store, config, rules);
    const meters = new Map(plans.map(({ connection }) => [connection.name, { run: 0, setUp: 0 }]));
    const parts = plans.map(({ connection, make }) => ({
      name: connection.name,
      crm: connection.kind,
      mappings: config.mappings.filter((mapping) => mapping.crm === connection.kind),
      connector: make(
        connection,
        portsOf(connection, store, clock, meters.get(connection.name) ?? { run: 0, setUp: 0 }, options.log),
      ),
    }));
    return new RunningApp(config, store, clock, rules, parts, meters, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Changed records after which the planner's statistics are out of date. */
const CHANGES_TO_ANALYZE = 2_000;

interface Part {
  readonly name: string;
  readonly crm: string;
  readonly mappings: readonly Mapping[];
  readonly connector: Connector;
}

class RunningApp implements App {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly #parts: readonly Part[];
  readonly #meters: ReadonlyMap<string, Calls>;
  readonly #options: { command: string; log: Log };
  readonly #connected = new Map<string, Connection>();
  #changedSinceAnalyze = 0;
  #analyzeAfter = CHANGES_TO_ANALYZE;

  constructor(
    config: Config,
    store: Store,
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
    for (const part of this.#parts) {
      await this.#identify(part);
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

  async sync(options: SyncOptions = {}): Promise<RunSummary> {
    await this.#tellTime();
    const lease = await takeLease(this.store.db, 'sync', this.#options.command);
    if ('holder' in lease) {
      const { command, pid, host } = lease.holder;
      throw new Busy(`another run (\`${command}\`, process ${pid} on ${host}) is at work; this one did nothing`);
    }
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
        sleep: pause,
        calls: (name) => this.calls(name).run,
      });
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
        this.#connected.get(part.name) ??
          (await connectFromMemory(this.store.db, part.name, part.crm, part.connector, part.mappings)),
      );
    }
    return this.#environment(connections);
  }

  async close(): Promise<void> {
    for (const part of this.#parts) await part.connector.close();
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

  /** The connection, described and checked once a process; where the CRM is out of reach, as it was described last. */
  async #connection(part: Part): Promise<Connection> {
    const known = this.#connected.get(part.name);
    if (known) return known;
    try {
      const connection = await connect(this.store.db, part.name, part.crm, part.connector, part.mappings);
      this.#connected.set(part.name, connection);
      return connection;
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      // The run will meet the same trouble at its first read and report it; the other connection goes on meanwhile.
      this.#options.log('warn', error.message, { connection: part.name, code: error.code });
      const remembered = await connectFromMemory(this.store.db, part.name, part.crm, part.connector, part.mappings);
      return remembered.streams.some((stream) => stream.description !== null)
        ? remembered
        : unreachable(remembered, error);
    }
  }

  async #identify(part: Part): Promise<OrgIdentity> {
    const identity = await part.connector.check();
    const row = { org_id: identity.orgId, org_name: identity.name, currency: identity.currency ?? null };
    await this.store.db
      .insertInto('connections')
      .values({ name: part.name, kind: part.crm, tokens: null, last_sync_at: null, problem: null, ...row })
      .onConflict((oc) => oc.column('name').doUpdateSet(row))
      .execute();
    return identity;
  }

  async #tellTime(): Promise<void> {
    if (this.clock instanceof RemoteClock) await this.clock.refresh();
  }
}

/** A connection that was never reached: its first read says why. */
function unreachable(connection: Connection, error: ConnectorError): Connection {
  const refuse = async (): Promise<never> => {
    throw error;
  };
  const { name, crm, connector, mappings } = connection;
  const [stream] = connection.streams;
  return {
    ...unchecked(name, crm, { ...connector, kind: crm, connection: name, read: refuse }, mappings),
    streams: stream ? [stream] : [],
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

function portsOf(
  connection: ConnectionConfig,
  store: Store,
  clock: Clock,
  meter: { run: number; setUp: number },
  log: Log,
): ConnectorPorts {
  const keeper = tokenKeeper(store, connection.name, connection.kind, fingerprint(connection.settings));
  return {
    connection: connection.name,
    now: () => clock.now(),
    onCall: (kind) => {
      if (SET_UP.has(kind)) meter.setUp += 1;
      else meter.run += 1;
    },
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
