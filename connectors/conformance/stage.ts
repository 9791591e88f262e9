import { test } from '@jest/globals';
import type { Connector, CrmRecord, Cursor, StreamSpec } from '../connector.ts';
import type { Conformant, Driver, Fields, Opened, Trouble } from './driver.ts';

/** What the tests of the kit stand on. */
export class Stage {
  readonly conformant: Conformant;
  #started: (Driver & { close(): Promise<void> }) | null = null;

  constructor(conformant: Conformant) {
    this.conformant = conformant;
  }

  async start(): Promise<void> {
    this.#started = await this.conformant.start();
  }

  async end(): Promise<void> {
    await this.#started?.close();
  }

  get crm(): Driver {
    if (this.#started === null) throw new Error('the CRM of the kit has not been started');
    return this.#started;
  }

  /** A connector; pages of three and batches of four unless told otherwise. */
  open(sizes: { page?: number; batch?: number } = {}): Opened {
    return this.conformant.open({ page: 3, batch: 4, ...sizes });
  }

  get stream(): StreamSpec {
    const { object, fields } = this.crm;
    return { object, fields: [fields.text, fields.number] };
  }

  /** New records of users, one after the other; `text` of each is its name. */
  async put(...names: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const name of names) ids.push(await this.crm.put({ [this.crm.fields.text]: name }));
    return ids;
  }

  /** What the CRM itself shows of one record; undefined where there is none. */
  async raw(id: string): Promise<Fields | undefined> {
    const { text, number, key } = this.crm.fields;
    return (await this.crm.raw([text, number, key])).get(id);
  }

  /** A test with a trouble, skipped where the CRM cannot make it. The trouble ends with the test. */
  troubled(troubles: readonly Trouble[], name: string, body: () => Promise<void>): void {
    test(name, async () => {
      if (!troubles.every((trouble) => this.crm.troubles.has(trouble))) return;
      try {
        await body();
      } finally {
        this.crm.trouble(null);
      }
    });
  }
}

/** Everything that waits after a cursor, each cursor carried as JSON as a store would. */
export async function readAll(connector: Connector, stream: StreamSpec, from: Cursor | null) {
  const records: CrmRecord[] = [];
  const named: string[] = [];
  let pages = 0;
  for (let cursor = from; ; ) {
    const page = await connector.read(stream, cursor);
    records.push(...page.records);
    named.push(...(page.named ?? []));
    pages += 1;
    cursor = JSON.parse(JSON.stringify(page.cursor)) as Cursor;
    if (page.done) return { records, named, pages, cursor };
    if (pages > 1_000) throw new Error('the stream does not end');
  }
}

/** Deleted records, wherever the connector tells of them: among the changes, in a list of their own, or by id where that only names them. */
export async function readDeleted(connector: Connector, stream: StreamSpec, from: Cursor | null): Promise<CrmRecord[]> {
  const changed = (await readAll(connector, stream, from)).records.filter(({ deleted }) => deleted);
  if (!connector.listsDeleted(stream.object)) return changed;
  const list = { object: stream.object, fields: [], deleted: true };
  const { records, named } = await readAll(connector, list, null);
  const known = new Set(changed.map(({ id }) => id));
  const asked = named.filter((id) => !known.has(id));
  const found = asked.length === 0 ? [] : await connector.readByIds(stream, asked);
  return [...changed, ...records, ...found.filter(({ deleted }) => deleted)];
}
