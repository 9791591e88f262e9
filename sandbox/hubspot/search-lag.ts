import type { Row, Seen } from './records.ts';

/** What the search index holds of a row from an instant on; null: nothing. */
interface Version {
  readonly at: number;
  readonly seen: Seen | null;
}

/**
 * What the search index of one object type still holds of rows that have changed since it last looked. The index follows
 * after `lagMs` (infinite: never, until it is lowered); rows without an entry stand in it as they are.
 */
export class SearchLag {
  readonly #behind = new Map<Row, Version[]>();
  readonly #now: () => number;
  readonly #lagMs: () => number;

  constructor(now: () => number, lagMs: () => number) {
    this.#now = now;
    this.#lagMs = lagMs;
  }

  /** To be called before a row changes: keeps what the index shows of it. A new row shows nothing so far. */
  before(row: Row, isNew = false): void {
    if (this.#lagMs() <= 0 || this.#behind.has(row)) return;
    this.#behind.set(row, [{ at: Number.NEGATIVE_INFINITY, seen: isNew ? null : snapshot(row) }]);
  }

  /** To be called after a row has changed. */
  after(row: Row): void {
    this.#behind.get(row)?.push({ at: this.#now(), seen: snapshot(row) });
  }

  /** Erased records leave the index at once. */
  forget(row: Row): void {
    this.#behind.delete(row);
  }

  /** The rows that the index shows otherwise than they are now. */
  rows(): Row[] {
    const until = this.#now() - this.#lagMs();
    for (const [row, versions] of this.#behind) {
      const visible = versions.findLastIndex(({ at }) => at <= until);
      if (visible === versions.length - 1) this.#behind.delete(row);
      else if (visible > 0) versions.splice(0, visible);
    }
    return [...this.#behind.keys()];
  }

  /** The row as the index shows it; null where it shows nothing. To be called after `rows`. */
  seen(row: Row): Seen | null {
    const versions = this.#behind.size === 0 ? undefined : this.#behind.get(row);
    if (versions === undefined) return row.archivedAt === null ? row : null;
    return versions[0]?.seen ?? null;
  }
}

function snapshot(row: Row): Seen | null {
  if (row.archivedAt !== null) return null;
  const { id, key, values, createdAt, modifiedAt } = row;
  return { id, key, values: { ...values }, createdAt, modifiedAt };
}
