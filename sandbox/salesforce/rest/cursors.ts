import type { SandboxClock } from '../../core/clock.ts';
import { badRequest } from '../errors.ts';
import { makeId, shortId } from '../ids.ts';
import type { Json } from '../soql/select.ts';

/** The rest of a query result, to be asked for page by page. */
interface Cursor {
  readonly size: number;
  readonly record: (index: number) => { json: Json; children: number };
}

const LIFE = 2 * 24 * 3_600_000;
/** Results kept open at a time; the oldest goes when one more is asked for. */
const MAX_OPEN = 500;
const MAX_BATCH = 2000;
const MIN_BATCH = 200;

/** Query locators: 18 characters that begin with 0r8, valid for two days of the sandbox's clock. */
export class Cursors {
  readonly #clock: SandboxClock;
  readonly #kept = new Map<string, { cursor: Cursor; owner: string; expires: number }>();
  #next = 62 ** 5;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  keep(cursor: Cursor, owner: string): string {
    const now = this.#clock.now();
    for (const [id, kept] of this.#kept) {
      if (kept.expires > now && this.#kept.size < MAX_OPEN) break;
      this.#kept.delete(id);
    }
    this.#next += 1;
    const id = makeId('0r8', this.#next);
    this.#kept.set(id, { cursor, owner, expires: now + LIFE });
    return id;
  }

  /** The cursor and position of a locator such as 0r8...-2000.  @throws INVALID_QUERY_LOCATOR */
  find(locator: string, owner: string): { id: string; cursor: Cursor; from: number } {
    const [id = '', offset = '0'] = locator.split('-');
    const kept = this.#kept.get(id) ?? [...this.#kept].find(([one]) => shortId(one) === id)?.[1];
    const from = Number(offset);
    if (
      !kept ||
      kept.owner !== owner ||
      kept.expires <= this.#clock.now() ||
      !Number.isInteger(from) ||
      from < 0 ||
      from >= kept.cursor.size
    ) {
      throw badRequest('INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    return { id, cursor: kept.cursor, from };
  }
}

/** Rows a page, of `Sforce-Query-Options: batchSize=500`. */
export function batchSize(header: string | undefined): number {
  const asked = /batchSize\s*=\s*(\d+)/i.exec(header ?? '')?.[1];
  return asked === undefined ? MAX_BATCH : Math.min(MAX_BATCH, Math.max(MIN_BATCH, Number(asked)));
}

/** One page from `from`; child rows count as rows, so that a page may hold fewer records than asked for. */
export function page(cursor: Cursor, from: number, batch: number): { records: Json[]; next: number | null } {
  const records: Json[] = [];
  let rows = 0;
  let at = from;
  while (at < cursor.size && rows < batch) {
    const { json, children } = cursor.record(at);
    if (records.length > 0 && rows + 1 + children > batch) break;
    records.push(json);
    rows += 1 + children;
    at++;
  }
  return { records, next: at < cursor.size ? at : null };
}
