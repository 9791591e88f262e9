import type { WriteRow } from '../connector.ts';

/** The rows of one request: all updates by id, or all upserts by one external id field. */
export interface Batch {
  readonly externalField: string | null;
  readonly rows: readonly WriteRow[];
}

/** How many unfilled batches are looked through for room: enough to fill requests, few enough to stay quick. */
const OPEN_BATCHES = 16;

interface OpenBatch {
  readonly externalField: string | null;
  readonly rows: WriteRow[];
}

/**
 * Groups rows into requests of at most `size`. No request names a record twice: Salesforce would refuse both rows, so that
 * a second row for a record goes into a later request. The rows of one parent travel in one request, as far as it holds them,
 * so that few requests want the same lock.
 */
export function toBatches(rows: readonly WriteRow[], size: number): Batch[] {
  return inTurns(rows).flatMap((turn) => pack(turn, size));
}

/** The first rows of all records, then the second ones, and so on: rows of one record keep their order. */
function inTurns(rows: readonly WriteRow[]): WriteRow[][] {
  const seen = new Map<string, number>();
  const turns: WriteRow[][] = [];
  for (const row of rows) {
    const name = recordName(row);
    const turn = seen.get(name) ?? 0;
    seen.set(name, turn + 1);
    const list = turns[turn];
    if (list) list.push(row);
    else turns.push([row]);
  }
  return turns;
}

function pack(rows: readonly WriteRow[], size: number): Batch[] {
  const batches: OpenBatch[] = [];
  const open = new Map<string | null, OpenBatch[]>();
  for (const family of families(rows)) {
    const externalField = fieldOf(family[0]);
    for (let start = 0; start < family.length; start += size) {
      const part = family.slice(start, start + size);
      const candidates = open.get(externalField) ?? [];
      open.set(externalField, candidates);
      let batch = candidates.find((one) => one.rows.length + part.length <= size);
      if (batch === undefined) {
        batch = { externalField, rows: [] };
        batches.push(batch);
        candidates.push(batch);
      }
      batch.rows.push(...part);
      if (batch.rows.length === size) candidates.splice(candidates.indexOf(batch), 1);
      else if (candidates.length > OPEN_BATCHES) candidates.shift();
    }
  }
  return batches;
}

/** Rows of one parent and one way of writing together, in the order of their first rows; a row without a parent is alone. */
function families(rows: readonly WriteRow[]): WriteRow[][] {
  const byParent = new Map<string, WriteRow[]>();
  const all: WriteRow[][] = [];
  for (const row of rows) {
    const key = row.parent === undefined ? undefined : `${fieldOf(row) ?? ''} ${id15(row.parent)}`;
    const known = key === undefined ? undefined : byParent.get(key);
    if (known) {
      known.push(row);
      continue;
    }
    const family = [row];
    all.push(family);
    if (key !== undefined) byParent.set(key, family);
  }
  return all;
}

function fieldOf(row: WriteRow | undefined): string | null {
  return row?.id === undefined ? (row?.externalId?.field ?? null) : null;
}

function id15(id: string): string {
  return id.slice(0, 15);
}

function recordName(row: WriteRow): string {
  if (row.id !== undefined) return `id ${id15(row.id)}`;
  return `${row.externalId?.field ?? ''} ${row.externalId?.value.toLowerCase() ?? ''}`;
}

/** What Salesforce locks for a batch: its records and their parents. */
function locksOf(batch: Batch): Set<string> {
  const locks = new Set<string>();
  for (const row of batch.rows) {
    locks.add(recordName(row));
    if (row.parent !== undefined) locks.add(`id ${id15(row.parent)}`);
  }
  return locks;
}

function meets(locks: ReadonlySet<string>, held: ReadonlySet<string>): boolean {
  for (const lock of locks) if (held.has(lock)) return true;
  return false;
}

/**
 * Runs batches, at most `limit` at a time. A batch starts when no batch before it that is unfinished wants one of its locks: so
 * no two in flight share a record or a parent, and rows of one record stay in order. After the first failure nothing more starts.
 * @throws the first error, when all that were in flight have ended
 */
export async function inFlight(
  batches: readonly Batch[],
  limit: number,
  run: (batch: Batch) => Promise<void>,
): Promise<void> {
  const waiting = batches.map((batch) => ({ batch, locks: locksOf(batch) }));
  const running = new Map<Promise<void>, ReadonlySet<string>>();
  let failure: { readonly error: unknown } | null = null;
  const start = (): void => {
    const held = new Set<string>();
    for (const locks of running.values()) for (const lock of locks) held.add(lock);
    for (let i = 0; i < waiting.length && running.size < limit; ) {
      const next = waiting[i];
      if (next === undefined) return;
      const free = !meets(next.locks, held);
      for (const lock of next.locks) held.add(lock);
      if (!free) {
        i += 1;
        continue;
      }
      waiting.splice(i, 1);
      const work: Promise<void> = run(next.batch)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(work));
      running.set(work, next.locks);
    }
  };
  for (start(); running.size > 0; ) {
    await Promise.race(running.keys());
    if (failure === null) start();
  }
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}
