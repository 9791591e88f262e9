/** Brings together a connection's connector, mappings and described schema, and checks that they fit. */
import type { Connector, ObjectDescription } from '../../connectors/connector.ts';
import { checkAgainst, type MappingProblem } from '../mapping/check.ts';
import { sharedSources } from '../mapping/compile-shared.ts';
import type { EntityName } from '../mapping/entities.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { streamsOf } from '../mapping/streams.ts';
import { type Clock, iso } from '../model/clock.ts';
import { ConfigError } from '../model/config-error.ts';
import type { Database } from '../store/database.ts';
import { baselineOf, type Drift, driftOf } from './drift.ts';
import { keepSchemas, loadBaselines, loadDrifts } from './drift-store.ts';
import type { Connection, Stream } from './environment.ts';

/** What is spoken of must be known before it is spoken of: companies before people, people before their campaign responses. */
const ORDER: readonly EntityName[] = [
  'company',
  'partner',
  'campaign',
  'person',
  'membership',
  'opportunity',
  'contactRole',
  'registration',
  'offer',
  'fundBudget',
  'fundAllocation',
  'fundRequest',
  'fundClaim',
];

/**
 * Entities of which it is worth a request a run to learn that a record is gone: something hangs on each being there. What a
 * company said of its people stands, and a campaign that is gone was paid for all the same; a sweep finds those in its time.
 */
const WORTH_A_REQUEST: ReadonlySet<EntityName> = new Set([
  'person',
  'partner',
  'membership',
  'opportunity',
  'contactRole',
  'offer',
  'fundBudget',
  'fundAllocation',
  'fundRequest',
  'fundClaim',
]);

/** The mappings' fields are missing in the CRM, and `sluice provision` would create them. */
export class NotProvisioned extends Error {
  override readonly name = 'NotProvisioned';
  readonly problems: readonly MappingProblem[];
  constructor(connection: string, problems: readonly MappingProblem[]) {
    super(
      `${connection} lacks ${problems.length} of the fields that Sluice writes, the first: ${problems[0]?.message}`,
    );
    this.problems = problems;
  }
}

/**
 * Describes every mapped object and checks the mappings against it. What has drifted since they fitted is paused. Throws a
 * ConfigError that names file, line and the nearest right name for what never fitted, NotProvisioned where only Sluice's own
 * fields are missing.
 */
export async function connect(
  db: Database,
  name: string,
  crm: string,
  connector: Connector,
  all: readonly Mapping[],
  clock: Clock,
): Promise<Connection> {
  const known = await loadBaselines(db, name);
  const mappings = await presentIn(connector, all, known);
  const mapped = streamsOf(mappings);
  const descriptions = new Map<string, ObjectDescription | null>();
  for (const stream of mapped) descriptions.set(stream.object, await connector.describe(stream.object));
  const baselines = new Map<string, ObjectDescription | null>();
  const drifts: Drift[] = [];
  for (const [object, now] of descriptions) {
    const before = known.get(object) ?? null;
    const mine = mappings.filter((mapping) => mapping.object === object);
    const found = before === null ? [] : driftOf(mine, before, now);
    drifts.push(...found);
    baselines.set(object, before === null ? now : baselineOf(before, now, found));
  }
  const missing = [...baselines.values()].some((description) => description === null);
  const objects = missing ? await connector.objects() : [...baselines.keys()];
  const problems = mappings.flatMap((mapping) => checkAgainst(mapping, baselines.get(mapping.object) ?? null, objects));
  const wrong = problems.filter((problem) => problem.needs === undefined);
  if (wrong.length > 0) throw new ConfigError(wrong);
  if (problems.length > 0) throw new NotProvisioned(name, problems);
  const schemas = [...descriptions].map(([object, now]) => ({ object, baseline: baselines.get(object) ?? null, now }));
  await keepSchemas(db, name, schemas, drifts, iso(clock.now()));
  return assemble(name, crm, connector, mappings, descriptions, drifts);
}

/**
 * The mappings without those of optional objects that the CRM does not have. An object that was once there stays: that it is gone is
 * for the watch over the schema to tell.
 */
async function presentIn(
  connector: Connector,
  mappings: readonly Mapping[],
  known: ReadonlyMap<string, ObjectDescription | null>,
): Promise<readonly Mapping[]> {
  const asked = mappings.filter(({ optional, object }) => optional && !known.get(object));
  if (asked.length === 0) return mappings;
  const objects = new Set(await connector.objects());
  return mappings.filter((mapping) => !asked.includes(mapping) || objects.has(mapping.object));
}

/** The mappings that apply to an org as it is: those of optional objects only where it has them. */
export async function presentMappings(
  db: Database,
  name: string,
  connector: Connector,
  mappings: readonly Mapping[],
): Promise<readonly Mapping[]> {
  return presentIn(connector, mappings, await loadBaselines(db, name));
}

/**
 * The connection as it was described last, for a run in which the CRM cannot be reached: what is to be written there waits,
 * and what had drifted is still paused.
 */
export async function connectFromMemory(
  db: Database,
  name: string,
  crm: string,
  connector: Connector,
  mappings: readonly Mapping[],
): Promise<Connection> {
  const known = await loadBaselines(db, name);
  const mine = mappings.filter(({ optional, object }) => !optional || known.get(object));
  return assemble(name, crm, connector, mine, known, await loadDrifts(db, name));
}

function assemble(
  name: string,
  crm: string,
  connector: Connector,
  mappings: readonly Mapping[],
  descriptions: ReadonlyMap<string, ObjectDescription | null>,
  drifts: readonly Drift[],
): Connection {
  const streams = streamsOf(mappings).flatMap((stream): Stream[] => {
    const drifted = drifts.filter(({ object }) => object === stream.object);
    if (drifted.some(({ field }) => field === null)) return [];
    const paused = (pauses: readonly Drift['pauses'][]) =>
      new Set(drifted.flatMap((drift) => (drift.field !== null && pauses.includes(drift.pauses) ? [drift.field] : [])));
    const unread = paused(['reading and writing']);
    const mine = mappings.filter((mapping) => mapping.object === stream.object);
    const live: Stream = {
      key: stream.object,
      spec: {
        object: stream.object,
        fields: stream.fields.filter((field) => !unread.has(field)),
        ...(stream.associations.length > 0
          ? { associations: stream.associations.map((association) => association.toObject) }
          : {}),
      },
      mappings: mine,
      associations: stream.associations.map((association) => association.toObject),
      description: descriptions.get(stream.object) ?? null,
      owned: new Set(mine.flatMap((mapping) => mapping.writes.map((write) => write.field))),
      shared: new Set(mine.flatMap((mapping) => sharedSources(mapping).flatMap((source) => source.fields))),
      setOnce: new Set(mine.flatMap(({ nurture }) => nurture.map(({ field }) => field))),
      paused: paused(['reading and writing', 'writing']),
    };
    const apart = connector.listsDeleted(stream.object) && mine.some((mapping) => WORTH_A_REQUEST.has(mapping.entity));
    return apart
      ? [live, { ...live, key: `${stream.object} (deleted)`, spec: { ...live.spec, fields: [], deleted: true } }]
      : [live];
  });
  const rank = (stream: Stream) =>
    Math.min(
      ...stream.mappings.map((mapping) => ORDER.indexOf(mapping.entity) * 2 + (mapping.role === 'lead' ? 1 : 0)),
    );
  return { name, crm, connector, mappings, streams: streams.sort((a, b) => rank(a) - rank(b)), drifts };
}
