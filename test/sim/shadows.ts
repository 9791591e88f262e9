/** Whether what is known of each record is what its CRM holds. */
import type { Connector, CrmRecord, Cursor, StreamSpec } from '../../connectors/connector.ts';
import { sameValue } from '../../src/mapping/canonical.ts';
import type { Store } from '../../src/store/database.ts';
import { type Connection, kindOf, type Stream } from '../../src/sync/environment.ts';
import type { Finding, ShadowFinding } from './finding.ts';

/** Fields that a CRM fills with what a record is associated with, which moves no stamp. */
const DERIVED_FROM_TIES = new Set(['associatedcompanyid']);

interface Known {
  readonly deleted: boolean;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  readonly associations: Readonly<Record<string, readonly string[]>> | null;
}

export async function shadowsAgree(store: Store, connections: readonly Connection[]): Promise<Finding[]> {
  const wrong: Finding[] = [];
  for (const connection of connections) {
    for (const stream of connection.streams.filter(({ spec }) => !spec.deleted)) {
      const there = await readAll(connection.connector, stream.spec);
      const shadows = await store.db
        .selectFrom('records')
        .select(['id', 'fields', 'deleted', 'associations'])
        .where('connection', '=', connection.name)
        .where('object', '=', stream.spec.object)
        .execute();
      const byId = new Map(shadows.map((shadow) => [shadow.id, shadow]));
      const { object } = stream.spec;
      const find = (id: string, text: string, shadow: Omit<ShadowFinding, 'connection'>): Finding => ({
        text: `${connection.name} ${object} ${id} ${text}`,
        record: { object, id },
        shadow: { connection: connection.name, ...shadow },
      });
      for (const record of there.values()) {
        if (record.deleted) continue;
        for (const { text, ...how } of differences(stream, record, byId.get(record.id))) {
          wrong.push(find(record.id, text, { ...how, modifiedAt: record.modifiedAt }));
        }
      }
      const survivors = new Map([...there.values()].flatMap((each) => (each.absorbed ?? []).map((id) => [id, each])));
      for (const { id, deleted } of shadows) {
        const record = there.get(id);
        if (deleted || (record !== undefined && !record.deleted)) continue;
        const last = record ?? survivors.get(id);
        const modifiedAt = last?.modifiedAt ?? null;
        wrong.push(find(id, 'is gone, the shadow says it lives', { is: 'thought alive', modifiedAt }));
      }
    }
  }
  return wrong;
}

async function readAll(connector: Connector, spec: StreamSpec): Promise<Map<string, CrmRecord>> {
  const found = new Map<string, CrmRecord>();
  let cursor: Cursor | null = null;
  for (;;) {
    const page = await connector.read(spec, cursor);
    for (const record of page.records) found.set(record.id, record);
    if (page.done) return found;
    cursor = page.cursor;
  }
}

type Difference = Pick<ShadowFinding, 'is' | 'cleared'> & { readonly text: string };

function differences(stream: Stream, record: CrmRecord, shadow: Known | undefined): Difference[] {
  if (shadow === undefined) return [{ is: 'unseen', text: 'has no shadow' }];
  if (shadow.deleted) return [{ is: 'unseen', text: 'lives, the shadow says it is deleted' }];
  const fields = stream.spec.fields.flatMap((field): Difference[] => {
    const [theirs, ours] = [record.fields[field] ?? null, shadow.fields[field] ?? null];
    if (sameValue(theirs, ours, kindOf(stream, field))) return [];
    const text = `: ${field} is ${JSON.stringify(theirs)}, the shadow says ${JSON.stringify(ours)}`;
    const isCleared = theirs === null && kindOf(stream, field) === 'reference' && typeof ours === 'string';
    const is = DERIVED_FROM_TIES.has(field) ? 'tied otherwise' : 'behind';
    return [{ is, text, ...(isCleared ? { cleared: ours } : {}) }];
  });
  const ties = Object.entries(record.associations ?? {}).flatMap(([toObject, ids]): Difference[] => {
    const ours = shadow.associations?.[toObject] ?? [];
    // First the primary one; in which order the others stand means nothing.
    const told = ([first, ...rest]: readonly string[]) => JSON.stringify([first, ...rest.sort()]);
    if (told(ids) === told(ours)) return [];
    return [{ is: 'tied otherwise', text: `is tied to ${toObject} ${told(ids)}, the shadow says ${told(ours)}` }];
  });
  return [...fields, ...ties];
}
