/**
 * Row locks. A write locks the record and the accounts that it hangs on until its transaction ends; another write that meets the
 * lock fails. The emulated org works through one request at a time, so that locks only meet where transactions are made to last
 * (`overlapping`), or where failures are forced.
 */
import { badRequest, type SalesforceError } from '../errors.ts';
import type { FieldDef, ObjectDef, Row, Value } from '../schema/types.ts';

/** One request with the ids that it has locked. */
export interface Transaction {
  readonly ids: Set<string>;
}

export interface LockControl {
  /** Locks are kept until a request's answer goes out. */
  overlapping: boolean;
  /** How long answers of requests that hold locks are kept back, in milliseconds of the wall clock. */
  holdMs: number;
  /** Makes rows fail as if they had met a lock, with this chance each, the same rows for the same seed; null: none. */
  force(chance: { readonly rate: number; readonly seed: number } | null): void;
  /** Keeps back the answers of all requests that hold locks. @returns what lets them go */
  hold(): () => void;
}

export class Locks implements LockControl {
  overlapping = false;
  holdMs = 0;
  readonly #held = new Map<string, Transaction>();
  #current: Transaction | null = null;
  #random: (() => number) | null = null;
  #rate = 0;
  #gate: Promise<void> | null = null;

  force(chance: { readonly rate: number; readonly seed: number } | null): void {
    this.#rate = chance?.rate ?? 0;
    this.#random = chance === null ? null : sequence(chance.seed);
  }

  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return () => {
      if (this.#gate === promise) this.#gate = null;
      resolve();
    };
  }

  /** Runs a request; with `overlapping` its locks outlast it until its answer may go out. */
  async during<T>(work: () => T): Promise<T> {
    if (!this.overlapping) return work();
    const mine: Transaction = { ids: new Set() };
    try {
      this.#current = mine;
      const result = work();
      this.#current = null;
      if (mine.ids.size > 0) await this.#wait();
      return result;
    } finally {
      this.#current = null;
      for (const id of mine.ids) this.#held.delete(id);
    }
  }

  async #wait(): Promise<void> {
    if (this.#gate) await this.#gate;
    if (this.holdMs > 0) await new Promise((resolve) => setTimeout(resolve, this.holdMs));
  }

  /** Locks what a write of this record locks.  @throws UNABLE_TO_LOCK_ROW */
  take(object: ObjectDef, before: Row | null, values: Readonly<Record<string, Value>>): void {
    if (!this.overlapping && this.#random === null) return;
    const ids = lockedBy(object, before, values);
    if (this.#random !== null && this.#random() < this.#rate) throw locked(ids[0] ?? '');
    for (const id of ids) {
      const holder = this.#held.get(id);
      if (holder && holder !== this.#current) throw locked(id);
    }
    if (this.#current === null) return;
    for (const id of ids) {
      this.#held.set(id, this.#current);
      this.#current.ids.add(id);
    }
  }
}

/** The record itself, and the accounts that it belongs or will belong to. */
function lockedBy(object: ObjectDef, before: Row | null, values: Readonly<Record<string, Value>>): string[] {
  const ids = before === null ? [] : [before.Id];
  for (const field of object.fields.values()) {
    if (!isHome(field)) continue;
    for (const id of [before?.[field.name], values[field.name]]) if (typeof id === 'string') ids.push(id);
  }
  return ids;
}

function isHome(field: FieldDef): boolean {
  return field.type === 'reference' && field.referenceTo.includes('Account') && (field.createable || field.updateable);
}

function locked(id: string): SalesforceError {
  const which = id === '' ? '' : ` or 1 records: ${id}`;
  return badRequest('UNABLE_TO_LOCK_ROW', `unable to obtain exclusive access to this record${which}`, []);
}

/** Numbers from 0 to 1, the same for the same seed. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
