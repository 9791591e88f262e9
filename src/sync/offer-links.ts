import { keyOf } from '../mapping/mapping.ts';
import { idOf } from '../model/ids.ts';
import { upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import type { Fields } from './compare.ts';
import type { Connection } from './environment.ts';

/** Ties the records of offers to them: from now on their answers and edits find home. */
export async function linkOffers(
  tx: Queryable,
  connection: Connection,
  object: string,
  records: readonly { readonly id: string; readonly fields: Fields }[],
): Promise<void> {
  const mapping = connection.mappings.find((each) => each.entity === 'offer' && each.object === object);
  const key = mapping ? keyOf(mapping)?.field : undefined;
  if (key === undefined) return;
  const rows = records.flatMap((record) => {
    const offerId = record.fields[key];
    if (typeof offerId !== 'string') return [];
    return [
      {
        connection: connection.name,
        object,
        record_id: record.id,
        entity: 'offer',
        entity_id: offerId,
        role: 'offer',
        link_id: idOf('ln', connection.name, object, record.id),
        retired: false,
      },
    ];
  });
  await upsert(tx, 'links', rows, ['connection', 'object', 'record_id'], []);
}
