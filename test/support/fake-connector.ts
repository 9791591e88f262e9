/**
 * A CRM in memory and the connector to it, honest to `connectors/connector.ts`: pages by (modified time, id), a cursor that
 * includes the last instant read, one outcome a row, unique keys. A test scripts what the CRM refuses and which answers are lost.
 */
import {
  type Connector,
  ConnectorError,
  type CrmRecord,
  type Cursor,
  type FieldValue,
  type ObjectDescription,
  type Outcome,
  type Page,
  type StreamSpec,
  type WriteRow,
} from '../../connectors/connector.ts';

type Fields = Record<string, FieldValue>;
interface Stored {
  readonly id: string;
  fields: Fields;
  modifiedAt: number;
  deleted: boolean;
}

/** What the CRM makes of a row besides writing it. */
export type Ruling =
  | { readonly status: 'reject'; readonly code: string; readonly message: string; readonly gone?: boolean }
  | { readonly status: 'retry'; readonly code: string; readonly message: string; readonly afterMs?: number }
  /** The answer is lost on the way; `written` says whether the row itself arrived. */
  | { readonly status: 'unknown'; readonly written: boolean };

export interface FakeCall {
  readonly call: 'read' | 'readByIds' | 'readByKey' | 'write';
  readonly object: string;
  /** Rows of a write. */
  readonly rows: readonly WriteRow[];
}

/** The CRM itself: it outlives the process that talks to it. */
export class FakeCrm {
  readonly name: string;
  readonly kind: string;
  readonly descriptions: ReadonlyMap<string, ObjectDescription>;
  /** Every call made, in order. */
  readonly calls: FakeCall[] = [];
  /** Rules on a row before it is written; null: it is written. */
  ruling: (object: string, row: WriteRow) => Ruling | null = () => null;
  /** Told of every call before it is made and after it was, before its answer is heard; what it throws, the call throws. */
  boundary: (call: FakeCall, when: 'before' | 'after') => void | Promise<void> = () => undefined;
  pageSize = 100;
  batchSize = 200;
  /** Whether deleted records have a stream of their own. */
  listsDeleted = false;
  /** Objects that can be read but are not described, as HubSpot's campaigns. */
  undescribed: readonly string[] = [];
  readonly #now: () => number;
  readonly #objects = new Map<string, Map<string, Stored>>();
  #made = 0;

  constructor(name: string, kind: string, descriptions: readonly ObjectDescription[], now: () => number) {
    this.name = name;
    this.kind = kind;
    this.descriptions = new Map(descriptions.map((description) => [description.object, description]));
    this.#now = now;
  }

  /** A user of the CRM makes a record, or changes fields of one. */
  put(object: string, id: string, fields: Fields): void {
    const known = this.#table(object).get(id);
    this.#table(object).set(id, {
      id,
      fields: { ...known?.fields, ...fields },
      modifiedAt: this.#now(),
      deleted: false,
    });
  }

  delete(object: string, id: string): void {
    const known = this.#table(object).get(id);
    if (known) this.#table(object).set(id, { ...known, modifiedAt: this.#now(), deleted: true });
  }

  fields(object: string, id: string): Fields {
    return { ...this.#table(object).get(id)?.fields };
  }

  /** Live records by id. */
  records(object: string): Map<string, Fields> {
    return new Map(
      [...this.#table(object)].filter(([, record]) => !record.deleted).map(([id, { fields }]) => [id, { ...fields }]),
    );
  }

  /** All that the CRM holds, object by object. */
  contents(): Record<string, Record<string, Fields>> {
    return Object.fromEntries(
      [...this.#objects.keys()].sort().map((object) => [object, Object.fromEntries([...this.records(object)].sort())]),
    );
  }

  /** Rows written from now on. */
  written(from = 0): WriteRow[] {
    return this.calls.slice(from).flatMap((call) => call.rows);
  }

  /** A record as the CRM tells of it now. */
  record(object: string, id: string, fields: readonly string[]): CrmRecord {
    const stored = this.#table(object).get(id);
    if (stored === undefined) throw new Error(`there is no ${object} ${id}`);
    return recordOf(object, stored, fields);
  }

  connector(): Connector {
    const orgId = `org of ${this.name}`;
    return {
      kind: this.kind,
      connection: this.name,
      batchSize: this.batchSize,
      listsDeleted: this.listsDeleted,
      check: async () => ({ orgId, name: this.name }),
      describe: async (object) => this.descriptions.get(object) ?? null,
      objects: async () => [...this.descriptions.keys(), ...this.undescribed],
      provision: async () => [],
      close: async () => undefined,
      read: (stream, cursor) =>
        this.#call({ call: 'read', object: stream.object, rows: [] }, () => this.#page(stream, cursor)),
      readByIds: (stream, ids) =>
        this.#call({ call: 'readByIds', object: stream.object, rows: [] }, () =>
          [...new Set(ids)].flatMap((id) => {
            const stored = this.#table(stream.object).get(id);
            return stored ? [recordOf(stream.object, stored, stream.fields)] : [];
          }),
        ),
      readByKey: (stream, keyField, keys) =>
        this.#call({ call: 'readByKey', object: stream.object, rows: [] }, () =>
          [...this.#table(stream.object).values()]
            .filter((stored) => !stored.deleted && keys.includes(String(stored.fields[keyField])))
            .map((stored) => recordOf(stream.object, stored, [...stream.fields, keyField])),
        ),
      write: async (object, rows, onBatch) => {
        const outcomes: Outcome[] = [];
        for (let start = 0; start < rows.length; start += this.batchSize) {
          const batch = rows.slice(start, start + this.batchSize);
          const answered = await this.#call({ call: 'write', object, rows: batch }, () =>
            batch.map((row) => this.#write(object, row)),
          );
          outcomes.push(...answered);
          await onBatch?.(answered);
        }
        return outcomes;
      },
    };
  }

  /** The error of a call that stops the connection. */
  stop(code: string, message: string, about: { retryAfterMs?: number; hint?: string } = {}): ConnectorError {
    return new ConnectorError(message, { action: 'stop', connection: this.name, code, ...about });
  }

  #table(object: string): Map<string, Stored> {
    const table = this.#objects.get(object) ?? new Map<string, Stored>();
    this.#objects.set(object, table);
    return table;
  }

  async #call<T>(call: FakeCall, answer: () => T): Promise<T> {
    await this.boundary(call, 'before');
    this.calls.push(call);
    const answered = answer();
    await this.boundary(call, 'after');
    return answered;
  }

  #page(stream: StreamSpec, cursor: Cursor | null): Page {
    const requestedAt = new Date(this.#now()).toISOString();
    const since = Number(cursor?.since ?? 0);
    // Within a pass the id decides among records of one instant; a new pass begins with that instant once more.
    const after = cursor?.after ?? null;
    const waiting = [...this.#table(stream.object).values()]
      .filter((stored) => (stream.deleted ? stored.deleted : !this.listsDeleted || !stored.deleted))
      .filter(
        ({ id, modifiedAt }) => modifiedAt > since || (modifiedAt === since && (after === null || id > String(after))),
      )
      .sort((a, b) => a.modifiedAt - b.modifiedAt || (a.id < b.id ? -1 : 1));
    const some = waiting.slice(0, this.pageSize);
    const last = some.at(-1);
    const done = some.length === waiting.length;
    return {
      records: some.map((stored) => recordOf(stream.object, stored, stream.fields)),
      cursor: { since: last?.modifiedAt ?? since, after: done ? null : (last?.id ?? null) },
      done,
      requestedAt,
      pageSize: this.pageSize,
    };
  }

  #write(object: string, row: WriteRow): Outcome {
    const { key } = row;
    const ruling = this.ruling(object, row);
    if (ruling?.status === 'reject') return { key, ...ruling, fields: Object.keys(row.fields) };
    if (ruling?.status === 'retry') return { key, ...ruling };
    const outcome = ruling?.written === false ? null : this.#save(object, row);
    if (ruling === null && outcome) return outcome;
    return { key, status: 'unknown', code: 'LOST_ANSWER', message: 'the connection broke' };
  }

  #save(object: string, row: WriteRow): Outcome {
    const { key, externalId } = row;
    const table = this.#table(object);
    const byKey = externalId && [...table.values()].find((each) => each.fields[externalId.field] === externalId.value);
    const known = row.id === undefined ? byKey : table.get(row.id);
    if (row.id !== undefined && (known === undefined || known.deleted)) {
      return { key, status: 'reject', code: 'ENTITY_IS_DELETED', message: 'entity is deleted', fields: [], gone: true };
    }
    const taken = this.#takenKey(object, known?.id, row.fields);
    if (taken !== null) {
      return {
        key,
        status: 'reject',
        code: 'DUPLICATE_VALUE',
        message: `duplicate value found: ${taken}`,
        fields: [taken],
      };
    }
    // Like a CRM's, an id says nothing of its record; it only never comes twice.
    const id = known?.id ?? `${object.slice(0, 3)}${String(++this.#made).padStart(6, '0')}`;
    const named = externalId ? { [externalId.field]: externalId.value } : {};
    this.put(object, id, { ...named, ...row.fields });
    return { key, status: 'ok', id, created: known === undefined };
  }

  /** The unique field whose value another record of the object has. */
  #takenKey(object: string, id: string | undefined, fields: Readonly<Fields>): string | null {
    const unique = this.descriptions.get(object)?.fields.filter((field) => field.unique) ?? [];
    for (const { name } of unique) {
      const value = fields[name] ?? null;
      if (value === null) continue;
      if ([...this.#table(object).values()].some((each) => each.id !== id && each.fields[name] === value)) return name;
    }
    return null;
  }
}

function recordOf(object: string, stored: Stored, fields: readonly string[]): CrmRecord {
  return {
    object,
    id: stored.id,
    fields: Object.fromEntries(fields.map((field) => [field, stored.fields[field] ?? null])),
    modifiedAt: new Date(stored.modifiedAt).toISOString(),
    deleted: stored.deleted,
  };
}
