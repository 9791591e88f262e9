/** The only place that builds the whole from its configuration, and the only one that names concrete connectors. */
import { createHubSpot, hubspotAllowances, hubspotSettings } from '../connectors/hubspot/index.ts';
import { createSalesforce, salesforceAllowances, salesforceSettings } from '../connectors/salesforce/index.ts';
import type { App, Log } from './app/app.ts';
import { keepHeapSmall } from './app/heap.ts';
import { type Prepared, partOf } from './app/part.ts';
import { runningApp } from './app/running-app.ts';
import type { Config, ConnectionConfig } from './config/load.ts';
import { RemoteClock } from './config/remote-clock.ts';
import { suggestion } from './mapping/yaml-file.ts';
import { wallClock } from './model/clock.ts';
import { ConfigError } from './model/config-error.ts';
import { aside } from './store/aside.ts';
import { sharedShelf } from './store/budget.ts';
import { openStore, type Store } from './store/database.ts';
import { tokenShelf } from './store/tokens.ts';
import { compileRules, slaVersion } from './sync/compile-rules.ts';
import type { Rules } from './sync/environment.ts';

/** Checks a connection's settings; what is left is to be given its ports. */
type Factory = (connection: ConnectionConfig) => Omit<Prepared, 'connection'>;

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
  keepHeapSmall();
  const rules = compileRules(config);
  const clock = config.clock === null ? wallClock : new RemoteClock(config.clock.url);
  // Bad settings are told before a database is made.
  const prepared = config.connections.map((connection) => ({ connection, ...factoryOf(connection)(connection) }));
  const store = await openStore(config.database);
  try {
    await keepRules(store, config, rules);
    const shelves = aside(store.db, sharedShelf(store.db), tokenShelf(store.db));
    const ending = new AbortController();
    const ground = { store, shelves, clock, log: options.log, ending: ending.signal };
    const parts = prepared.map((each) => partOf(each, config.mappings, ground));
    return runningApp({ ...ground, config, rules, parts, command: options.command }, ending);
  } catch (error) {
    await store.close();
    throw error;
  }
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
  const sla = slaVersion(config);
  await store.db
    .insertInto('config_versions')
    .values([
      { hash: rules.routingHash, kind: 'routing', file, body: text },
      ...(rules.sla ? [{ hash: rules.sla.hash, kind: 'sla', file: sla.file, body: JSON.stringify(sla) }] : []),
    ])
    .onConflict((oc) => oc.column('hash').doNothing())
    .execute();
}
