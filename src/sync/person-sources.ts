import { sql } from 'kysely';
import type { PersonSource } from '../leads/person-facts.ts';
import { type RecordRef, refKey } from '../leads/service/people.ts';
import type { EntityValue } from '../mapping/entities.ts';
import { appliesTo, readEntity } from '../mapping/read.ts';
import { among } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import type { SharedValues } from '../store/shared-values.ts';
import type { Connection, Environment } from './environment.ts';
import { sharedPlan } from './merge-plan.ts';

type Fields = Record<string, string | number | boolean | null>;

/** What the given records say of their persons now, each with its company's facts; deleted records are left out. */
export async function personSources(
  env: Environment,
  tx: Queryable,
  refs: readonly RecordRef[],
): Promise<Map<string, PersonSource>> {
  const found = await sql<{
    connection: string;
    object: string;
    id: string;
    fields: Fields;
    associations: Record<string, string[]> | null;
  }>`
    select connection, object, id, fields, associations from records
    where id = any(${refs.map((ref) => ref.id)}::text[]) and not deleted`.execute(tx);
  const sharedBy = await sharedOf(env, tx, refs);
  const sources = new Map<string, PersonSource>();
  for (const [place, connection] of env.connections.entries()) {
    const read = found.rows
      .filter((row) => row.connection === connection.name)
      .flatMap((row) => {
        const mapping = connection.mappings.find((each) => each.entity === 'person' && each.object === row.object);
        const entity = mapping ? readEntity(mapping, row, row.associations ?? {}) : null;
        return mapping && entity?.entity === 'person' ? [{ row, mapping, value: entity.value }] : [];
      });
    const companies = await companyValues(
      tx,
      connection,
      read.flatMap(({ value }) => (value.company === null ? [] : [value.company])),
    );
    for (const { row, mapping, value } of read) {
      sources.set(refKey(row), {
        rank: rankOf(place, mapping.role),
        recordId: row.id,
        // What records share is what the channel holds, whichever of them has it already.
        value: { ...value, ...sharedBy(row) },
        company: value.company === null ? null : (companies.get(value.company) ?? null),
        isConverted: mapping.converted !== null && row.fields[mapping.converted.when] === true,
      });
    }
  }
  return sources;
}

/** The shared values of the persons behind records, as far as the mapping of the record shares them. */
async function sharedOf(
  env: Environment,
  tx: Queryable,
  refs: readonly RecordRef[],
): Promise<(ref: RecordRef) => Readonly<Record<string, Fields[string]>>> {
  const plan = sharedPlan(env.connections);
  if (plan === null) return () => ({});
  const { rows } = await sql<RecordRef & { held: SharedValues }>`
    select l.connection, l.object, l.record_id as id, s.held from links l join shared_values s on s.person_id = l.entity_id
    where l.entity = 'person' and l.record_id = any(${refs.map((ref) => ref.id)}::text[])`.execute(tx);
  const byRecord = new Map(rows.map((row) => [refKey(row), row.held]));
  return (ref) => {
    const held = byRecord.get(refKey(ref));
    if (held === undefined) return {};
    const mine = plan.fieldsOf(ref.connection, ref.object).map(({ property }) => property);
    return Object.fromEntries(mine.flatMap((property) => (held[property] ? [[property, held[property].value]] : [])));
  };
}

/** Connections in the order of the configuration; a contact knows better than a lead of the same CRM. */
function rankOf(connection: number, role: string | null): number {
  return connection * 2 + (role === 'contact' ? 0 : 1);
}

/** The company records of a connection, by id; unknown and deleted ones are left out. */
export async function companyValues(
  tx: Queryable,
  connection: Pick<Connection, 'name' | 'mappings'>,
  ids: readonly string[],
): Promise<Map<string, EntityValue<'company'>>> {
  const mapping = connection.mappings.find((each) => each.entity === 'company');
  if (mapping === undefined || ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('records')
    .select(['id', 'object', 'fields'])
    .where('connection', '=', connection.name)
    .where('object', '=', mapping.object)
    .where('deleted', '=', false)
    .where(among('id', [...new Set(ids)]))
    .execute();
  return new Map(
    rows.flatMap((row) => {
      const read = appliesTo(mapping, row) ? readEntity(mapping, row) : null;
      return read?.entity === 'company' ? [[row.id, read.value] as const] : [];
    }),
  );
}
