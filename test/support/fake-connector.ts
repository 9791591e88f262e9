/**
 * A CRM in memory and the connector to it, honest to `connectors/connector.ts`: pages by (modified time, id), a cursor that
 * includes the last instant read, one outcome a row, unique keys. A test scripts what the CRM refuses, which answers are lost
 * and what the CRM keeps to itself.
 */
import {
  type Connector,
  ConnectorError,
  type CrmRecord,
  type FieldDescription,
  type ObjectDescription,
  type Outcome,
  type StreamSpec,
  type WriteRow,
} from '../../connectors/connector.ts';
import { FakeChannel, receiveHints } from './fake-events.ts';
import { changesPage, type Fields, recordOf, type Stored, sweptPage } from './fake-records.ts';

/** What the CRM makes of a row besides writing it. */
export type Ruling =
  | {
      readonly status: 'reject';
      readonly code: string;
      readonly message: string;
      readonly gone?: boolean;
      readonly dangling?: boolean;
      readonly duplicateOf?: readonly string[];
    }
  | { readonly status: 'retry'; readonly code: string; readonly message: string; readonly afterMs?: number }
  /** The answer is lost on the way; `written` says whether the row itself arrived. */
  | { readonly status: 'unknown'; readonly written: boolean };

export interface FakeCall {
  readonly call: 'read' | 'sweep' | 'readByIds' | 'readByKey' | 'readAssociations' | 'write';
  readonly object: string;
  /** True: the deleted records of the object were asked for. */
  readonly deleted?: boolean;
  /** Rows of a write. */
  readonly rows: readonly WriteRow[];
}

/** The CRM itself: it outlives the process that talks to it. */
export class FakeCrm {
  readonly name: string;
  readonly kind: string;
  readonly descriptions: Map<string, ObjectDescription>;
  /** Every call made, in order. */
  readonly calls: FakeCall[] = [];
  /** Rules on a row before it is written; null: it is written. */
  ruling: (object: string, row: WriteRow) => Ruling | null = () => null;
  /** Told of every call before it is made and after it was, before its answer is heard; what it throws, the call throws. */
  boundary: (call: FakeCall, when: 'before' | 'after') => void | Promise<void> = () => undefined;
  pageSize = 100;
  batchSize = 200;
  /** Whether deleted records have a stream of their own: of all objects, of some, of none. */
  listsDeleted: boolean | ReadonlySet<string> = false;
  /** Objects that can be read but are not described, as HubSpot's campaigns. */
  undescribed: readonly string[] = [];
  /** How long a change is missing from the stream of changes, in milliseconds. */
  lagMs = 0;
  /** Objects of which the CRM can no longer tell all that happened: the next page says so, once. */
  readonly incomplete = new Set<string>();
  /** Ids that the list of deletions of an object names; its stream of changes tells of those that are still in the bin. */
  readonly named = new Map<string, readonly string[]>();
  /** Ids of records that pages of sweeps leave out though they are there. */
  readonly hideFromSweeps = new Set<string>();
  /** Whether it calls us with events, and whether its events can be fetched. */
  canReceive = false;
  canListen = false;
  readonly channel = new FakeChannel();
  readonly #now: () => number;
  readonly #objects = new Map<string, Map<string, Stored>>();
  #made = 0;

  constructor(name: string, kind: string, descriptions: readonly ObjectDescription[], now: () => number) {
    this.name = name;
    this.kind = kind;
    this.descriptions = new Map(descriptions.map((description) => [description.object, description]));
    this.#now = now;
  }

  /** An admin of the CRM changes what its fields are. */
  describe(object: string, change: (field: FieldDescription) => FieldDescription): void {
    const known = this.descriptions.get(object);
    if (known) this.descriptions.set(object, { ...known, fields: known.fields.map(change) });
  }

  addField(object: string, field: FieldDescription): void {
    const known = this.descriptions.get(object);
    if (known) this.descriptions.set(object, { ...known, fields: [...known.fields, field] });
  }

  /** A user of the CRM makes a record, or changes fields of one. */
  put(object: string, id: string, fields: Fields): void {
    const known = this.#table(object).get(id);
    const now = this.#now();
    this.#table(object).set(id, {
      ...known,
      id,
      fields: { ...known?.fields, ...fields },
      modifiedAt: now,
      deleted: false,
      hiddenUntil: now + this.lagMs,
    });
  }

  delete(object: string, id: string): void {
    const known = this.#table(object).get(id);
    if (known) this.#table(object).set(id, { ...known, modifiedAt: this.#now(), deleted: true });
  }

  /** The CRM computes fields anew, which moves no stamp. */
  recompute(object: string, id: string, fields: Fields): void {
    const stored = this.#known(object, id);
    stored.fields = { ...stored.fields, ...fields };
  }

  /** Ties records, primary first, which moves no stamp. */
  associate(object: string, id: string, toObject: string, ids: readonly string[]): void {
    const stored = this.#known(object, id);
    stored.associations = { ...stored.associations, [toObject]: ids };
  }

  /** Removes a record without a trace: nothing tells of it, and nobody knows its id any more. */
  purge(object: string, id: string): void {
    this.#table(object).delete(id);
  }

  /** One record becomes part of another; the loser is deleted and says what it became. */
  merge(object: string, loser: string, survivor: string): void {
    this.delete(object, loser);
    this.#known(object, loser).mergedInto = survivor;
    this.put(object, survivor, {});
  }

  /** Records become one, which says what it absorbed; they are known no more. A `survivor` that none of them is is a new record. */
  fuse(object: string, ids: readonly string[], survivor: string): void {
    const gone = ids.filter((id) => id !== survivor);
    const known = ids.map((id) => this.#known(object, id));
    this.put(object, survivor, Object.assign({}, ...known.map((stored) => stored.fields).reverse()));
    const stored = this.#known(object, survivor);
    stored.absorbed = [...(stored.absorbed ?? []), ...gone];
    for (const id of gone) this.purge(object, id);
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
    return recordOf(object, this.#known(object, id), fields);
  }

  connector(): Connector {
    const orgId = `org of ${this.name}`;
    return {
      kind: this.kind,
      connection: this.name,
      batchSize: this.batchSize,
      listsDeleted: (object) => this.#listsDeleted(object),
      check: async () => ({ orgId, name: this.name }),
      describe: async (object) => this.descriptions.get(object) ?? null,
      objects: async () => [...this.descriptions.keys(), ...this.undescribed],
      provision: async () => [],
      close: async () => undefined,
      read: (stream, cursor) =>
        this.#call(reading('read', stream), () => ({
          ...changesPage(
            this.#table(stream.object).values(),
            this.#asked(stream, cursor),
            this.#listsDeleted(stream.object) && !this.named.has(stream.object),
          ),
          ...(stream.deleted && this.named.has(stream.object)
            ? { records: [], named: this.named.get(stream.object) ?? [] }
            : {}),
          ...(this.incomplete.delete(stream.object) ? { incomplete: true } : {}),
        })),
      sweep: (stream, cursor) =>
        this.#call(reading('sweep', stream), () =>
          sweptPage(
            [...this.#table(stream.object).values()].filter(({ id }) => !this.hideFromSweeps.has(id)),
            this.#asked(stream, cursor),
          ),
        ),
      readByIds: (stream, ids) =>
        this.#call(reading('readByIds', stream), () =>
          [...new Set(ids)].flatMap((id) => {
            const stored = this.#table(stream.object).get(id);
            return stored ? [recordOf(stream.object, stored, stream.fields)] : [];
          }),
        ),
      readByKey: (stream, keyField, keys) =>
        this.#call(reading('readByKey', stream), () =>
          [...this.#table(stream.object).values()]
            .filter((stored) => !stored.deleted && keys.includes(String(stored.fields[keyField])))
            .map((stored) => recordOf(stream.object, stored, [...stream.fields, keyField])),
        ),
      readAssociations: (object, toObject, ids) =>
        this.#call(reading('readAssociations', { object }), () => {
          const tied = ids.map((id): [string, string[]] => [
            id,
            [...(this.#table(object).get(id)?.associations?.[toObject] ?? [])],
          ]);
          return new Map(tied.filter(([, to]) => to.length > 0));
        }),
      ...(this.canReceive ? { receive: receiveHints } : {}),
      ...(this.canListen ? { listen: this.channel.listen } : {}),
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

  #listsDeleted(object: string): boolean {
    return typeof this.listsDeleted === 'boolean' ? this.listsDeleted : this.listsDeleted.has(object);
  }

  #asked(stream: StreamSpec, cursor: Parameters<Connector['read']>[1]) {
    return { stream, cursor, now: this.#now(), pageSize: this.pageSize };
  }

  #known(object: string, id: string): Stored {
    const stored = this.#table(object).get(id);
    if (stored === undefined) throw new Error(`there is no ${object} ${id}`);
    return stored;
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
    if (row.id === undefined && externalId === undefined) {
      return { key, status: 'reject', code: 'NO_IDENTITY', message: 'neither an id nor an external id', fields: [] };
    }
    const described = this.descriptions.get(object)?.fields;
    const stranger = Object.keys(row.fields).find((field) => described?.every(({ name }) => name !== field));
    if (stranger !== undefined) {
      return {
        key,
        status: 'reject',
        code: 'INVALID_FIELD',
        message: `No such column '${stranger}'`,
        fields: [stranger],
      };
    }
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

function reading(call: FakeCall['call'], stream: { readonly object: string; readonly deleted?: boolean }): FakeCall {
  return { call, object: stream.object, rows: [], ...(stream.deleted ? { deleted: true } : {}) };
}
