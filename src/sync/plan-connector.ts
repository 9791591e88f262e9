/** A connector that reads for real and writes nowhere: what would be written is told, and stands in what is read afterwards. */
import type {
  Connector,
  CrmRecord,
  FieldValue,
  Outcome,
  Page,
  StreamSpec,
  WriteRow,
} from '../../connectors/connector.ts';
import { idOf } from '../model/ids.ts';

/** A row that would be sent. */
export interface PlannedWrite {
  readonly object: string;
  readonly key: string;
  /** Null: it would create the record. */
  readonly recordId: string | null;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

const PLANNED = 'planned';

/** The id that stands for a record which would be created. */
export function plannedId(connection: string, object: string, key: string): string {
  return idOf(PLANNED, connection, object, key);
}

const isPlanned = (id: string): boolean => id.startsWith(`${PLANNED}_`);

/**
 * @param recordIds finds the ids of the records that rows are about, by row key
 * @param planned is told what would be written
 */
export function planningConnector(
  connector: Connector,
  recordIds: (object: string, rows: readonly WriteRow[]) => Promise<ReadonlyMap<string, string>>,
  planned: (writes: readonly PlannedWrite[]) => Promise<void>,
): Connector {
  const { connection } = connector;
  /** The last page of each stream that was read to its end: what comes after it would be our own writes. */
  const ended = new Map<string, Page>();
  const created = new Map<string, CrmRecord>();
  const updated = new Map<string, Record<string, FieldValue>>();

  const streamOf = (spec: StreamSpec) => `${spec.object} ${spec.deleted === true}`;
  const placeOf = (object: string, id: string) => `${object} ${id}`;
  const shown = (record: CrmRecord): CrmRecord => {
    const over = updated.get(placeOf(record.object, record.id));
    if (over === undefined) return record;
    const known = Object.entries(over).filter(([field]) => field in record.fields);
    return { ...record, fields: { ...record.fields, ...Object.fromEntries(known) } };
  };
  const { readAssociations } = connector;

  return {
    ...connector,
    async read(stream, cursor) {
      const last = ended.get(streamOf(stream));
      if (last !== undefined) return { ...last, records: [], done: true };
      const page = await connector.read(stream, cursor);
      if (page.done) ended.set(streamOf(stream), page);
      return page;
    },
    async readByIds(stream, ids, held) {
      const real = ids.filter((id) => !isPlanned(id));
      const found = real.length > 0 ? (await connector.readByIds(stream, real, held)).map(shown) : [];
      return [...found, ...ids.flatMap((id) => created.get(placeOf(stream.object, id)) ?? [])];
    },
    ...(readAssociations === undefined
      ? {}
      : {
          async readAssociations(object: string, toObject: string, ids: readonly string[]) {
            const real = ids.filter((id) => !isPlanned(id));
            return real.length > 0 ? readAssociations.call(connector, object, toObject, real) : new Map();
          },
        }),
    async write(object, rows, onBatch) {
      const known = await recordIds(object, rows);
      const writes = rows.map((row): PlannedWrite => {
        const recordId = row.id ?? known.get(row.key) ?? null;
        const key = row.externalId ? { [row.externalId.field]: row.externalId.value } : {};
        return {
          object,
          key: row.key,
          recordId: recordId !== null && isPlanned(recordId) ? null : recordId,
          fields: recordId === null ? { ...key, ...row.fields } : row.fields,
        };
      });
      await planned(writes);
      const outcomes = writes.map((write): Outcome => {
        const id = write.recordId ?? plannedId(connection, object, write.key);
        const place = placeOf(object, id);
        if (write.recordId === null) {
          const before = created.get(place)?.fields ?? {};
          const fields = { ...before, ...write.fields };
          created.set(place, { object, id, fields, modifiedAt: new Date(0).toISOString(), deleted: false });
        } else updated.set(place, { ...updated.get(place), ...write.fields });
        return { key: write.key, status: 'ok', id, created: write.recordId === null };
      });
      await onBatch?.(outcomes);
      return outcomes;
    },
    provision: async () => [],
    close: async () => undefined,
  };
}
