/** Applies pages of changed records: shadows, entities, events and cursors, in one transaction. */
import type { Cursor, Page } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import { type Lease, repeatable } from '../store/lease.ts';
import { type Change, comparePage } from './compare.ts';
import { applyEntities, type StreamChanges } from './entities.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { eraseRecords } from './erase.ts';
import { absorbedIds, followMerges, mergesOn, withAbsorbed } from './record-merges.ts';
import { loadShadows, sameCursor, saveCursors, saveShadows, streamKey } from './shadows.ts';

/** A page of one stream, with the cursor it was asked for by. */
export interface StreamPage {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly page: Page;
  /** Null where nothing was read before, or where the page is no part of the stream and moves no cursor. */
  readonly from: Cursor | null;
  /** False for records that were read by name, outside the stream. */
  readonly movesCursor?: boolean;
  /** Records known to the store that the CRM knows no more at all. */
  readonly unknown?: readonly string[];
}

export interface Applied {
  readonly changed: number;
  /** Records whose associations were read. */
  readonly associated: number;
}

/**
 * Applies pages of different streams together; the outcome for each comes in the same order. Nothing is kept of any of them
 * unless all of it is: a crash loses nothing and doubles nothing, wherever it strikes.
 */
export async function applyPages(env: Environment, pages: readonly StreamPage[], lease: Lease): Promise<Applied[]> {
  const refs = pages.map(({ connection, stream, page }) => ({
    connection: connection.name,
    object: stream.spec.object,
    ids: [...page.records.map((record) => record.id), ...absorbedIds(page)],
  }));
  const shadows = await loadShadows(env.db, refs);
  const applied: Applied[] = [];
  const compared: (StreamChanges & { stamped: readonly { id: string; modifiedAt: string }[] })[] = [];
  for (const { connection, stream, page } of pages) {
    const known = shadows.get(streamKey({ connection: connection.name, object: stream.spec.object })) ?? new Map();
    const { changes, stamped } = comparePage(stream, withAbsorbed(page, known), known);
    const { complete, associated } = await withAssociations(connection, stream, changes);
    compared.push({ connection, stream, changes: complete, stamped });
    applied.push({ changed: changes.length, associated });
  }
  const cursors = pages.flatMap(({ connection, stream, page, from, movesCursor }) =>
    movesCursor === false || sameCursor(page.cursor, from)
      ? []
      : [{ connection: connection.name, object: stream.key, cursor: page.cursor }],
  );
  const touched = compared.filter(({ changes, stamped }) => changes.length > 0 || stamped.length > 0);
  const merges = pages.flatMap((each) => mergesOn(each, shadows));
  const erased = pages.flatMap(({ connection, stream, unknown = [] }) =>
    unknown.length > 0 && stream.mappings.some((mapping) => mapping.entity === 'person')
      ? [{ connection: connection.name, object: stream.spec.object, ids: unknown }]
      : [],
  );
  if (touched.length === 0 && cursors.length === 0 && merges.length === 0 && erased.length === 0) return applied;
  const at = iso(env.clock.now());
  // Pages that are forgotten together with their cursor are read again.
  await repeatable(env.db, lease, async (tx) => {
    await saveShadows(
      tx,
      touched.map(({ connection, stream, changes, stamped }) => ({
        connection: connection.name,
        object: stream.spec.object,
        changes,
        stamped,
        personMapping: stream.mappings.find((mapping) => mapping.entity === 'person'),
      })),
    );
    await followMerges(env, tx, merges, at);
    await applyEntities(
      env,
      tx,
      touched.filter(({ changes }) => changes.length > 0),
      at,
    );
    await eraseRecords(tx, erased, at);
    await saveCursors(tx, cursors, at);
  });
  return applied;
}

/** Reads the associations of changed records: changes of associations alone move no modification stamp. */
async function withAssociations(
  connection: Connection,
  stream: Stream,
  changes: readonly Change[],
): Promise<{ complete: readonly Change[]; associated: number }> {
  const { connector } = connection;
  // What Sluice itself wrote says nothing of associations.
  const wanted = changes.filter(
    ({ record, isNew, changed }) =>
      !record.deleted &&
      record.associations === undefined &&
      (isNew || changed.some((field) => !stream.owned.has(field))),
  );
  if (stream.associations.length === 0 || wanted.length === 0 || !connector.readAssociations) {
    return { complete: changes, associated: 0 };
  }
  const found = new Map<string, Record<string, string[]>>(wanted.map((change) => [change.record.id, {}]));
  for (const toObject of stream.associations) {
    const ids = await connector.readAssociations(stream.spec.object, toObject, [...found.keys()]);
    for (const [id, to] of ids) {
      const mine = found.get(id);
      if (mine) mine[toObject] = to;
    }
  }
  return {
    complete: changes.map((change) => ({
      ...change,
      associations: found.get(change.record.id) ?? change.associations,
    })),
    associated: found.size,
  };
}
