/** One process of Sluice in a simulation: real connectors and the real engine on a store that outlives it. */
import { readdirSync, readFileSync } from 'node:fs';
import { sql } from 'kysely';
import {
  type Connector,
  ConnectorError,
  type ConnectorPorts,
  type Hint,
  type ProvisionField,
} from '../../connectors/connector.ts';
import { createHubSpot, hubspotSettings } from '../../connectors/hubspot/index.ts';
import { createSalesforce, salesforceSettings } from '../../connectors/salesforce/index.ts';
import { compileIntake } from '../../src/leads/intake.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { compileScoring } from '../../src/leads/scoring.ts';
import { compileMappings } from '../../src/mapping/compile.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { provisionSpecOf } from '../../src/mapping/streams.ts';
import type { Clock } from '../../src/model/clock.ts';
import { compileAttribution } from '../../src/revenue/config.ts';
import { compileLedger } from '../../src/revenue/ledger-config.ts';
import { upsert } from '../../src/store/bulk.ts';
import type { Store } from '../../src/store/database.ts';
import { takeLease } from '../../src/store/lease.ts';
import { tokenKeeper } from '../../src/store/tokens.ts';
import { connect, connectFromMemory } from '../../src/sync/connect.ts';
import type { Connection, Environment, Rules } from '../../src/sync/environment.ts';
import { saveHints } from '../../src/sync/hint-store.ts';
import { receive } from '../../src/sync/listen.ts';
import { type RunSummary, run } from '../../src/sync/run.ts';
import type { Mortal } from '../support/mortal.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { emptyStore } from '../support/store.ts';
import { Gate } from './gate.ts';
import type { Delivered } from './mailbox.ts';
import { PRODUCTS, STAGES } from './world.ts';

const root = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const shipped = (name: string): [file: string, text: string] => [`config/${name}.yaml`, text(`config/${name}.yaml`)];
const routing = shipped('routing');
const rules: Rules = {
  intake: compileIntake(...shipped('intake')),
  scoring: compileScoring(...shipped('scoring')),
  routing: compileRouting(...routing),
  attribution: compileAttribution(...shipped('attribution')),
  ledger: compileLedger(...shipped('ledger'), { currency: 'USD', connections: ['salesforce', 'hubspot'] }),
  routingHash: 'simulated',
};

const CRMS = ['salesforce', 'hubspot'] as const;
export type Crm = (typeof CRMS)[number];

/** Which fields both CRMs and Sluice write, by what is to count where they differ. */
export type Sharing = 'none' | 'newest' | 'prefer salesforce' | 'hubspot follows';
const POLICIES: Readonly<Record<Sharing, Readonly<Record<Crm, string>>>> = {
  none: { salesforce: 'crm', hubspot: 'crm' },
  newest: { salesforce: 'newest', hubspot: 'newest' },
  'prefer salesforce': { salesforce: 'crm-unless-blank', hubspot: 'channel-unless-blank' },
  'hubspot follows': { salesforce: 'crm', hubspot: 'channel' },
};

/** The mappings of people, alone in having fields that can be shared. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['lead.yaml', 'contact.yaml']);

/** The shipped mappings, phone and title of a person shared. */
function compiled(sharing: Sharing): readonly Mapping[] {
  return compileMappings(
    CRMS.flatMap((crm) =>
      readdirSync(new URL(`mappings/${crm}`, root)).map((name) => ({
        file: `mappings/${crm}/${name}`,
        text: text(`mappings/${crm}/${name}`).replace(/^( {2}(?:phone|title)): (\w+)$/gm, (line, key, field) =>
          POLICIES[sharing][crm] === 'crm' || !OF_PEOPLE.has(name)
            ? line
            : `${key}: { field: ${field}, policy: ${POLICIES[sharing][crm]} }`,
        ),
      })),
    ),
  );
}
const mappingsBySharing = new Map<Sharing, readonly Mapping[]>();
function mappingsOf(crm: Crm, sharing: Sharing): Mapping[] {
  const mappings = mappingsBySharing.get(sharing) ?? compiled(sharing);
  mappingsBySharing.set(sharing, mappings);
  return mappings.filter((mapping) => mapping.crm === crm && mapping.with !== 'partner-funds');
}

/** What the mapping reads of an Account in fields of the vendor, without what these names have in common. */
const partnerFields = ({ sources }: Mapping): string[] =>
  sources.flatMap(({ fields }) => fields.flatMap((field) => /^Partner_(\w+)__c$/.exec(field)?.[1] ?? []));

/** The fields that the vendor of this world has made for itself. */
function vendorFields(crm: Crm): ProvisionField[] {
  const product = { kind: 'picklist', label: 'Product', values: PRODUCTS } as const;
  if (crm === 'hubspot') return [{ object: 'contacts', name: 'product_interest', ...product }];
  const people = ['Lead', 'Contact'].flatMap((object): ProvisionField[] => [
    { object, name: 'Product_Interest__c', ...product },
    { object, name: 'Marketing_Stage__c', kind: 'picklist', label: 'Stage', values: STAGES },
    { object, name: 'HubSpot_Contact_Id__c', kind: 'text', label: 'HubSpot', length: 32 },
  ]);
  const partner = (name: string, kind: 'text' | 'number'): ProvisionField => ({
    object: 'Account',
    name: `Partner_${name}__c`,
    label: name,
    kind,
    length: kind === 'text' ? 255 : 4,
  });
  const partners = [...new Set(mappingsOf('salesforce', 'none').flatMap(partnerFields))];
  return [...people, ...partners.map((name) => partner(name, /(Capacity|Score)$/.test(name) ? 'number' : 'text'))];
}

export interface Credentials {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/** The app whose writes are Sluice's goes with HubSpot's. */
export interface AppCredentials extends Credentials {
  readonly appId: number;
}

/** What stays when a process ends. */
export interface Ground {
  readonly store: Store;
  readonly clock: SteppedClock;
  readonly credentials: { readonly salesforce: Credentials; readonly hubspot: AppCredentials };
  readonly sharing: Sharing;
  readonly bulk: boolean;
  /** By how much Sluice's clock is ahead of those of the CRMs. */
  readonly skewMs: number;
  /** Makes a connector of the simulated process another, to see whether the judge notices. */
  readonly sabotage?: (crm: Crm, connector: Connector) => Connector;
}

/** Makes a store that may have been used before one that knows nothing but the rules. */
export async function startAnew(store: Store): Promise<void> {
  await emptyStore(store);
  const version = { hash: rules.routingHash, kind: 'routing', file: routing[0], body: routing[1] };
  await upsert(store.db, 'config_versions', [version], ['hash']);
}

function portsOf(ground: Ground, crm: Crm, onCall: () => void, calls: number | null = null): ConnectorPorts {
  let left = calls ?? Number.POSITIVE_INFINITY;
  const keeper = tokenKeeper(ground.store, crm, crm, 'simulated');
  return {
    connection: crm,
    now: () => ground.clock.now() + ground.skewMs,
    onCall: () => {
      ground.clock.advance(3);
      onCall();
    },
    budget: {
      // As the shared budget stops a connection whose share of the day is used up.
      take: async () => {
        left -= 1;
        if (left < 0)
          throw new ConnectorError('the share is used up', { action: 'stop', connection: crm, code: 'API_BUDGET' });
      },
      observe: () => undefined,
      ready: async () => undefined,
      refused: async () => 3_600_000,
    },
    tokens: {
      load: () => keeper.load(),
      save: (tokens) => keeper.save(JSON.parse(JSON.stringify(tokens))),
      exclusively: (refresh) => keeper.exclusively(refresh),
    },
    sleep: async (ms) => ground.clock.advance(ms),
    log: () => undefined,
  };
}

/** Small pages and batches, so that there are several. */
const SMALL = {
  salesforce: { pageSize: 5, batchSize: 4 },
  hubspot: { listPageSize: 4, searchPageSize: 5, batchSize: 4 },
};
/** The connectors' own. */
const USUAL = { salesforce: {}, hubspot: {} };

/** The connector of one CRM. */
function connectorOf(
  ground: Ground,
  crm: Crm,
  onCall: () => void,
  calls: number | null = null,
  sizes: typeof SMALL | typeof USUAL = SMALL,
): Connector {
  const { url, clientId, clientSecret, refreshToken } = ground.credentials[crm];
  const credentials = { clientId, clientSecret, refreshToken };
  const ports = portsOf(ground, crm, onCall, calls);
  const common = { url, sandbox: true, concurrency: 1 };
  return crm === 'salesforce'
    ? createSalesforce(
        salesforceSettings.parse({
          ...common,
          auth: { type: 'refresh_token', ...credentials },
          ...sizes.salesforce,
          ...(ground.bulk ? { bulk: { readAbove: 8, writeAbove: 2 } } : {}),
        }),
        ports,
      )
    : createHubSpot(
        hubspotSettings.parse({
          ...common,
          auth: { type: 'oauth', ...credentials },
          ...sizes.hubspot,
          webhooks: { clientSecret, appId: ground.credentials.hubspot.appId },
        }),
        ports,
      );
}

/** Makes the vendor's fields and Sluice's in both CRMs. */
export async function provision(ground: Ground): Promise<void> {
  for (const crm of CRMS) {
    const connector = connectorOf(ground, crm, () => undefined);
    const own = provisionSpecOf(mappingsOf(crm, ground.sharing));
    const spec = { objects: own.objects, fields: [...vendorFields(crm), ...own.fields] };
    const failed = (await connector.provision(spec, { dryRun: false })).filter(({ status }) => status === 'failed');
    if (failed.length > 0) throw new Error(`provisioning failed: ${JSON.stringify(failed)}`);
    await connector.close();
  }
}

/** Calls that are boundaries of a process. */
const CALLS = ['describe', 'objects', 'read', 'sweep', 'readByIds', 'readByKey', 'readAssociations', 'write'] as const;

/** A connector whose calls go through the gate and are boundaries that its process may die at. */
function mortal(connector: Connector, crm: Crm, gate: Gate, life: Mortal, beforeCall: () => Promise<void>): Connector {
  const wrapped: Record<string, unknown> = { ...connector };
  for (const name of CALLS) {
    const method = connector[name] as ((...args: unknown[]) => Promise<unknown>) | undefined;
    if (method === undefined) continue;
    wrapped[name] = (...args: unknown[]) =>
      gate.through(crm, async () => {
        await beforeCall();
        life.pass(`before ${crm} ${name}`);
        const answer = await method.apply(connector, args);
        life.pass(`after ${crm} ${name}`);
        return answer;
      });
  }
  return wrapped as unknown as Connector;
}

export interface Ran {
  /** Null where the process died or no CRM could be reached. */
  readonly summary: RunSummary | null;
  /** Why a run could not even begin. */
  readonly unreachable: string | null;
}

/** One process that syncs once and ends, by itself or by its death. @param beforeCall what others do meanwhile */
export async function syncOnce(
  ground: Ground,
  life: Mortal,
  beforeCall: () => Promise<void>,
  options: {
    readonly full?: boolean;
    readonly hintsOnly?: boolean;
    readonly callsLeft?: number | null;
    /** False: no complete pass that could wait is made. */
    readonly sweeps?: boolean;
  } = {},
): Promise<Ran> {
  const { store, clock } = ground;
  const calls: Record<Crm, number> = { salesforce: 0, hubspot: 0 };
  const gate = new Gate(() => life.passed.length + calls.salesforce + calls.hubspot);
  const { callsLeft = null, sweeps = true, ...runOptions } = options;
  const connectors = new Map(CRMS.map((crm) => [crm, connectorOf(ground, crm, () => (calls[crm] += 1), callsLeft)]));
  const taken = await takeLease(store.db, 'sync', 'simulation', null);
  if ('holder' in taken) throw new Error('the lease is held');
  const db = store.db.withPlugin(life);
  const ahead = { now: () => clock.now() + ground.skewMs };
  try {
    const connections: Connection[] = [];
    for (const [crm, connector] of connectors) {
      const used = ground.sabotage?.(crm, connector) ?? connector;
      const lived = mortal(used, crm, gate, life, beforeCall);
      connections.push(await connection(db, crm, lived, mappingsOf(crm, ground.sharing), ahead));
    }
    const env: Environment = { db, clock: ahead, connections, rules, currency: 'USD', log: () => undefined };
    const summary = await run(env, taken, {
      ...runOptions,
      sleep: async (ms) => clock.advance(ms),
      calls: (name) => calls[name as Crm],
      sweep: { everyMs: 24 * 3_600_000, calculatedEveryMs: 6 * 3_600_000, pagesARun: sweeps ? 100 : 0 },
    });
    return { summary, unreachable: null };
  } catch (error) {
    if (life.isDead) return { summary: null, unreachable: null };
    if (error instanceof ConnectorError) return { summary: null, unreachable: `${error.connection} ${error.code}` };
    throw error;
  } finally {
    // What a dead process has sent arrives all the same.
    for (const connector of connectors.values()) await connector.close();
    if (life.isDead) await sql`update leases set expires_at = now() - interval '1 second'`.execute(store.db);
    else await taken.release();
  }
}

/** What CRMs told since the last time is taken in: hints of Salesforce's change events, HubSpot's requests. */
export async function hear(
  ground: Ground,
  told: { readonly hints: readonly Hint[]; readonly delivered: readonly Delivered[] },
): Promise<void> {
  const { store, clock } = ground;
  const objects = new Set(mappingsOf('salesforce', ground.sharing).map((mapping) => mapping.object));
  await saveHints(store.db, 'salesforce', told.hints, objects);
  for (const { request, at } of told.delivered) {
    const connector = connectorOf({ ...ground, clock: new SteppedClock(at) }, 'hubspot', () => undefined);
    const source = { name: 'hubspot', connector, mappings: mappingsOf('hubspot', ground.sharing) };
    const reception = await receive(source, request, { db: store.db, clock, log: () => undefined });
    if (reception?.status !== 'accepted') throw new Error(`a delivery was refused: ${JSON.stringify(reception)}`);
    await connector.close();
  }
}

/** As the app does it: where the CRM cannot be reached, as it was described last. */
async function connection(
  db: Environment['db'],
  crm: Crm,
  connector: Connector,
  mappings: readonly Mapping[],
  clock: Clock,
): Promise<Connection> {
  try {
    return await connect(db, crm, crm, connector, mappings, clock);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const remembered = await connectFromMemory(db, crm, crm, connector, mappings);
    if (remembered.streams.some((stream) => stream.description !== null)) return remembered;
    throw error;
  }
}

/** The connections as they are when nothing goes wrong, for the judge. */
export async function calmConnections(ground: Ground): Promise<{ connections: Connection[]; close(): Promise<void> }> {
  const calm = { ...ground, bulk: false };
  const connectors = CRMS.map((crm) => [crm, connectorOf(calm, crm, () => undefined, null, USUAL)] as const);
  const connections: Connection[] = [];
  for (const [crm, connector] of connectors) {
    connections.push(
      await connect(ground.store.db, crm, crm, connector, mappingsOf(crm, ground.sharing), ground.clock),
    );
  }
  return {
    connections,
    close: async () => {
      for (const [, connector] of connectors) await connector.close();
    },
  };
}
