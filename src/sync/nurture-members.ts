/**
 * A lead that is handed back to marketing becomes a member of a campaign, where the mapping of memberships names one under
 * `nurture`: once a stay. What marketing makes of the member after that stands, also where it takes it out again.
 */
import { sql } from 'kysely';
import type { LeadRecord } from '../leads/service/lead-store.ts';
import { keyOf, type Mapping } from '../mapping/mapping.ts';
import { readEntity } from '../mapping/read.ts';
import type { Queryable } from '../store/database.ts';
import type { Fields } from './compare.ts';
import type { Connection, Environment } from './environment.ts';
import { keepNurtured, nurtureProgress } from './nurture-writes.ts';
import type { DesiredWrite } from './outbox.ts';

/** A mapping by which members are made. */
interface Joining {
  readonly connection: Connection;
  readonly mapping: Mapping;
  readonly key: string;
  /** The fields that name the person. */
  readonly lead: string | null;
  readonly contact: string | null;
}

/** The members that are to be made of leads which are with marketing. */
export async function memberWrites(
  env: Environment,
  tx: Queryable,
  leads: readonly LeadRecord[],
): Promise<DesiredWrite[]> {
  const joinings = env.connections.flatMap(joiningsOf);
  const away = leads.flatMap(({ lead }) => (lead.state === 'Nurture' ? [lead] : []));
  if (joinings.length === 0 || away.length === 0) return [];
  const progress = await nurtureProgress(
    tx,
    away.map(({ id }) => id),
  );
  const writes: DesiredWrite[] = [];
  for (const joining of joinings) {
    const { connection, mapping, key } = joining;
    const wanting = away.flatMap(({ id, personId }) => {
      const stay = progress.get(id);
      const rowKey = memberKey(stay?.offerId ?? '');
      return stay && !stay.done.has(`${connection.name} ${mapping.object} ${rowKey}`) ? [{ personId, rowKey }] : [];
    });
    const records = await recordsOf(
      tx,
      joining,
      wanting.map(({ personId }) => personId),
    );
    for (const { personId, rowKey } of wanting) {
      const person = records.get(personId);
      if (person === undefined) continue;
      writes.push({
        ...{ connection: connection.name, object: mapping.object, rowKey, recordId: null },
        external: { field: key, value: rowKey },
        fields: { ...person, ...Object.fromEntries(mapping.nurture.map(({ field, set }) => [field, set])) },
      });
    }
  }
  return writes;
}

/** Remembers the members that are there: they are not made again in the same stay. */
export async function keepMembers(
  tx: Queryable,
  connection: Connection,
  object: string,
  records: readonly { readonly fields: Fields }[],
): Promise<void> {
  const joining = joiningsOf(connection).find(({ mapping }) => mapping.object === object);
  if (joining === undefined) return;
  const keys = records.flatMap(({ fields }) => {
    const key = fields[joining.key];
    return typeof key === 'string' ? [key] : [];
  });
  await keepNurtured(
    tx,
    keys.flatMap((key) => {
      const offerId = offerOfMember(key);
      return offerId === null ? [] : [{ offerId, connection: connection.name, object, recordId: key }];
    }),
  );
}

/** Whether a CRM refused to make a member because the person is one already, which is all that is wanted. */
export function isMemberAlready(connection: Connection, object: string, code: string): boolean {
  return code === 'DUPLICATE_VALUE' && joiningsOf(connection).some(({ mapping }) => mapping.object === object);
}

const PREFIX = 'cm_';

function memberKey(offerId: string): string {
  return `${PREFIX}${offerId}`;
}

/** The offer by whose end a lead came to marketing, of the key of its member; null for any other key. */
export function offerOfMember(key: string): string | null {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : null;
}

function joiningsOf(connection: Connection): Joining[] {
  return connection.mappings.flatMap((mapping): Joining[] => {
    const key = keyOf(mapping)?.field;
    if (mapping.entity !== 'membership' || mapping.nurture.length === 0 || key === undefined) return [];
    const field = (property: string) =>
      mapping.sources.find((source) => source.property === property)?.fields[0] ?? null;
    return [{ connection, mapping, key, lead: field('lead'), contact: field('contact') }];
  });
}

/** Of each person the field that names its record, and the record: an open lead before a contact. */
async function recordsOf(
  tx: Queryable,
  { connection, lead, contact }: Joining,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, Fields>> {
  if (personIds.length === 0) return new Map();
  const { rows } = await sql<{ person: string; role: string; object: string; id: string; fields: Fields }>`
    select l.entity_id as person, l.role, l.object, r.id, r.fields from links l
    join records r on r.connection = l.connection and r.object = l.object and r.id = l.record_id and not r.deleted
    where l.entity = 'person' and not l.retired and l.connection = ${connection.name} and l.entity_id = any(${personIds}::text[])
    order by l.role desc, l.record_id desc`.execute(tx);
  const found = new Map<string, Fields>();
  // The last one counts: leads come after contacts here, and the elder record last.
  for (const { person, role, object, id, fields } of [...rows].sort((a, b) => rank(a.role) - rank(b.role))) {
    const field = role === 'lead' ? lead : contact;
    const mapping = connection.mappings.find((each) => each.entity === 'person' && each.object === object);
    const isOver = mapping?.converted != null && readEntity(mapping, { object, id, fields }).converted !== null;
    if (field !== null && !isOver) found.set(person, { [field]: id });
  }
  return found;
}

function rank(role: string): number {
  return role === 'lead' ? 1 : 0;
}
