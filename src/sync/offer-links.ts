import type { EntityName } from '../mapping/entities.ts';
import { keyOf } from '../mapping/mapping.ts';
import { idOf } from '../model/ids.ts';
import { upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import type { Fields } from './compare.ts';
import type { Connection } from './environment.ts';

/** What Sluice makes records of by itself. */
const OWN: ReadonlySet<EntityName> = new Set(['offer', 'registration', 'fundRequest', 'fundClaim']);

/** Ties the records of what is Sluice's own to it: from now on answers, decisions and edits find home. */
export async function linkOffers(
  tx: Queryable,
  connection: Connection,
  object: string,
  records: readonly { readonly id: string; readonly fields: Fields }[],
): Promise<void> {
  const mapping = connection.mappings.find(
    (each) => OWN.has(each.entity) && each.writes.length > 0 && each.object === object,
  );
  const key = mapping && keyOf(mapping)?.field;
  if (mapping === undefined || key === undefined) return;
  const rows = records.flatMap((record) => {
    const id = record.fields[key];
    if (typeof id !== 'string') return [];
    return [
      {
        connection: connection.name,
        object,
        record_id: record.id,
        entity: mapping.entity,
        entity_id: id,
        role: mapping.entity,
        link_id: idOf('ln', connection.name, object, record.id),
        retired: false,
      },
    ];
  });
  await upsert(tx, 'links', rows, ['connection', 'object', 'record_id'], []);
}
