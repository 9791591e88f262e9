/** Brings together a connection's connector, mappings and described schema, and checks that they fit. */
import type { Connector, ObjectDescription } from '../../connectors/connector.ts';
import { checkAgainst, type MappingProblem } from '../mapping/check.ts';
import type { EntityName } from '../mapping/entities.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { streamsOf } from '../mapping/streams.ts';
import { ConfigError } from '../model/config-error.ts';
import type { Database } from '../store/database.ts';
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
  'offer',
];

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

/** A connection whose schema is not known yet: enough to provision it, not to sync it. */
export function unchecked(name: string, crm: string, connector: Connector, mappings: readonly Mapping[]): Connection {
  return { name, crm, connector, mappings, streams: [] };
}

/**
 * Describes every mapped object and checks the mappings against it. Throws a ConfigError that names file, line and the
 * nearest right name for what is wrong, NotProvisioned where only Sluice's own fields are missing.
 */
export async function connect(
  db: Database,
  name: string,
  crm: string,
  connector: Connector,
  mappings: readonly Mapping[],
): Promise<Connection> {
  const mapped = streamsOf(mappings);
  const descriptions = new Map<string, ObjectDescription | null>();
  for (const stream of mapped) descriptions.set(stream.object, await connector.describe(stream.object));
  const missing = [...descriptions.values()].some((description) => description === null);
  const objects = missing ? await connector.objects() : [...descriptions.keys()];
  const problems = mappings.flatMap((mapping) =>
    checkAgainst(mapping, descriptions.get(mapping.object) ?? null, objects),
  );
  const wrong = problems.filter((problem) => problem.needs === undefined);
  if (wrong.length > 0) throw new ConfigError(wrong);
  if (problems.length > 0) throw new NotProvisioned(name, problems);
  await remember(db, name, descriptions);
  return assemble(name, crm, connector, mappings, descriptions);
}

/**
 * The connection as it was described last, for a run in which the CRM cannot be reached: what is to be written there waits.
 */
export async function connectFromMemory(
  db: Database,
  name: string,
  crm: string,
  connector: Connector,
  mappings: readonly Mapping[],
): Promise<Connection> {
  const rows = await db.selectFrom('descriptions').selectAll().where('connection', '=', name).execute();
  return assemble(
    name,
    crm,
    connector,
    mappings,
    new Map(rows.map((row) => [row.object, row.description as ObjectDescription | null])),
  );
}

async function remember(
  db: Database,
  name: string,
  descriptions: ReadonlyMap<string, ObjectDescription | null>,
): Promise<void> {
  const at = new Date().toISOString();
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('descriptions').where('connection', '=', name).execute();
    for (const [object, description] of descriptions) {
      await tx
        .insertInto('descriptions')
        .values({
          connection: name,
          object,
          description: description === null ? null : JSON.stringify(description),
          at,
        })
        .execute();
    }
  });
}

function assemble(
  name: string,
  crm: string,
  connector: Connector,
  mappings: readonly Mapping[],
  descriptions: ReadonlyMap<string, ObjectDescription | null>,
): Connection {
  const streams = streamsOf(mappings).flatMap((stream): Stream[] => {
    const mine = mappings.filter((mapping) => mapping.object === stream.object);
    const live: Stream = {
      key: stream.object,
      spec: { object: stream.object, fields: stream.fields },
      mappings: mine,
      associations: stream.associations.map((association) => association.toObject),
      description: descriptions.get(stream.object) ?? null,
      owned: new Set(mine.flatMap((mapping) => mapping.writes.map((write) => write.field))),
    };
    // Only of people is it worth a request of its own to learn that their record is gone.
    const apart = connector.listsDeleted && mine.some((mapping) => mapping.entity === 'person');
    return apart
      ? [live, { ...live, key: `${stream.object} (deleted)`, spec: { ...live.spec, fields: [], deleted: true } }]
      : [live];
  });
  const rank = (stream: Stream) =>
    Math.min(
      ...stream.mappings.map((mapping) => ORDER.indexOf(mapping.entity) * 2 + (mapping.role === 'lead' ? 1 : 0)),
    );
  return { name, crm, connector, mappings, streams: streams.sort((a, b) => rank(a) - rank(b)) };
}
