/** What each stream asked for when it was last read: a mapping that changed must reach the records that were read before. */
import { createHash } from 'node:crypto';
import { keyOf, type Mapping } from '../mapping/mapping.ts';
import { iso } from '../model/clock.ts';
import { ConfigError, type ConfigProblem } from '../model/config-error.ts';
import { upsert } from '../store/bulk.ts';
import { type Lease, underLease } from '../store/lease.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { rereadShadows } from './reread.ts';
import { askSweep } from './sweep-store.ts';

/** The shape of a stream: what is read, by which fields records are recognised, and how they are read. */
interface Shape {
  readonly fields: readonly string[];
  /** The field that holds Sluice's own key, by entity and role. */
  readonly keys: Readonly<Record<string, string>>;
  /** Fingerprint of the mappings. */
  readonly mapping: string;
}

/**
 * Compares the streams with what they were in the last run. Fields that are new to the mapping are fetched by a sweep; a
 * mapping that reads the same fields otherwise is applied to the records that are known already. Throws a ConfigError where the field
 * of Sluice's own key changed: the records would be taken for new ones.
 */
export async function keepShapes(env: Environment, connections: readonly Connection[], lease: Lease): Promise<void> {
  const known = new Map(
    (await env.db.selectFrom('stream_shapes').selectAll().execute()).map((row): [string, Shape] => [
      `${row.connection} ${row.object}`,
      { fields: row.fields, keys: row.keys, mapping: row.mapping },
    ]),
  );
  const streams = connections.flatMap((connection) =>
    connection.streams
      .filter((stream) => !stream.spec.deleted)
      .map((stream) => ({
        connection,
        stream,
        shape: shapeOf(stream),
        before: known.get(`${connection.name} ${stream.spec.object}`),
      })),
  );
  const problems = streams.flatMap(({ stream, shape, before }) => (before ? changedKeys(stream, before, shape) : []));
  if (problems.length > 0) throw new ConfigError(problems);
  const changed = streams.filter(({ shape, before }) => before?.mapping !== shape.mapping);
  for (const { connection, stream, shape, before } of changed) {
    const added = before ? shape.fields.filter((field) => !before.fields.includes(field)) : [];
    if (before) await rereadShadows(env, connection, stream, lease);
    await underLease(env.db, lease, async (tx) => {
      const now = env.clock.now();
      const place = { connection: connection.name, object: stream.spec.object };
      if (added.length > 0)
        await askSweep(tx, place.connection, place.object, {
          now,
          whole: false,
          why: `new fields: ${added.join(', ')}`,
        });
      await upsert(tx, 'stream_shapes', [{ ...place, ...shape, at: iso(now) }], ['connection', 'object']);
    });
  }
}

function shapeOf(stream: Stream): Shape {
  return {
    fields: stream.spec.fields,
    keys: Object.fromEntries(
      stream.mappings.flatMap((mapping) => {
        const key = keyOf(mapping);
        return key ? [[entityOf(mapping), key.field]] : [];
      }),
    ),
    mapping: fingerprint(stream.mappings),
  };
}

function entityOf(mapping: Mapping): string {
  return mapping.role === null ? mapping.entity : `${mapping.entity} ${mapping.role}`;
}

function changedKeys(stream: Stream, before: Shape, now: Shape): ConfigProblem[] {
  return stream.mappings.flatMap((mapping) => {
    const [was, is] = [before.keys[entityOf(mapping)], now.keys[entityOf(mapping)]];
    const key = keyOf(mapping);
    if (key === null || was === undefined || was === is) return [];
    return [
      mapping.problemAt(
        key.path,
        `${key.property} of ${mapping.object} was in the field ${was} until now and is to be in ${is}: records that carry their key in ${was} would be taken for new ones`,
        {
          hint: `Set it back to ${was}. The key of records that Sluice works with cannot be moved.`,
        },
      ),
    ];
  });
}

/** Differs where what the mappings say differs, wherever in a file it is said. */
function fingerprint(mappings: readonly Mapping[]): string {
  const said = mappings
    .map((mapping) =>
      JSON.stringify(mapping, (name, value: unknown) =>
        name === 'path' || name === 'file' ? undefined : value instanceof Map ? [...value] : value,
      ),
    )
    .sort();
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
}
