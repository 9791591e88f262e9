/** Ties CRM records to persons and keeps what is known of each person up to date. */
import { sql } from 'kysely';
import type { EntityValue, PersonRole } from '../../mapping/entities.ts';
import { idOf } from '../../model/ids.ts';
import { type PersonFacts, storedPerson } from '../../model/person.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { askReview, type Review } from '../../store/errors.ts';
import { emit, type NewEvent } from '../../store/events.ts';
import { write } from '../../store/write-behind.ts';
import { domainOf, type Identity, identify, nameKey, normaliseEmail } from '../identity.ts';
import { admit, type Intake } from '../intake.ts';
import { type PersonSource, personFacts } from '../person-facts.ts';
import { type IdentityKey, KeyIndex } from './key-index.ts';
import { type MergePorts, mergePeople, mergeReview } from './merge-people.ts';

export interface RecordRef {
  readonly connection: string;
  readonly object: string;
  readonly id: string;
}

/** What a record says of a person. */
export interface PersonStatement {
  /** Null where the record was deleted. */
  readonly value: EntityValue<'person'> | null;
  /** The company record's facts, where the record names one. */
  readonly company: EntityValue<'company'> | null;
  /** This record's own address and those of other records of the same person: `salesforce.Lead:00Q...`. */
  readonly addresses: readonly string[];
}

/** A changed record of a person. */
export interface PersonRecord extends RecordRef, PersonStatement {
  readonly role: PersonRole;
  /** What it said before; null where it is new. */
  readonly before: PersonStatement | null;
}

export interface PeoplePorts extends MergePorts {
  /** Reads what each of these records says now; records that are gone are left out. */
  sources(tx: Queryable, refs: readonly RecordRef[]): Promise<Map<string, PersonSource>>;
}

/** Applies changed person records in the caller's transaction. `at` is the ISO instant of the change. */
export async function applyPeople(
  tx: Queryable,
  changed: readonly PersonRecord[],
  intake: Intake,
  ports: PeoplePorts,
  at: string,
): Promise<void> {
  if (changed.length === 0) return;
  const links = await linksOf(tx, changed);
  const affected = new Set<string>();
  // A record that is recognised by what it always was stays where it is; only its person's facts are read again.
  const records = changed.filter((record) => {
    const link = links.get(refKey(record));
    if (!link || link.retired || record.value === null || !sameKeys(record, intake)) return true;
    affected.add(link.entity_id);
    return false;
  });
  const keysByRecord = new Map(records.map((record) => [refKey(record), keysOf(record, intake)]));
  const index = await KeyIndex.load(
    tx,
    [...keysByRecord.values()].flat(),
    [...links.values()].map((link) => link.entity_id),
  );
  const newPeople: { id: string; facts: PersonFacts; created_at: string }[] = [];
  const newLinks: Record<string, unknown>[] = [];
  const merges: { into: string; from: string; why: string }[] = [];
  const reviews: Review[] = [];
  /** How many of these records tell of each person. */
  const tied = new Map<string, number>();
  /** Makes one person of two; where both are leads already a person must decide, and the first stays as it is. */
  const unite = (person: string, other: string, why: string): string => {
    const second = index.survivor(other);
    // Somebody has said that they are two, or undone that they were one: what their records have in common says nothing any more.
    if (second === person || index.areApart(person, second)) return person;
    const [into, from] = index.elder(person, second);
    if (index.isLead(into) && index.isLead(from)) {
      reviews.push(mergeReview(into, from));
      return person;
    }
    index.merge(into, from);
    merges.push({ into, from, why });
    return into;
  };

  for (const record of records) {
    const keys = keysByRecord.get(refKey(record)) ?? [];
    const link = links.get(refKey(record));
    const current = link ? index.survivor(link.entity_id) : null;
    if (record.value === null) {
      if (current !== null) {
        index.forget(refKey(record));
        affected.add(current);
      }
      continue;
    }
    const facts = personFacts([{ rank: 0, recordId: record.id, value: record.value, company: record.company }]);
    index.forget(refKey(record));
    const said = identify(
      {
        crossIds: record.addresses,
        emails: keys.filter((key) => key.kind === 'email').map((key) => key.key),
        nameKey: keys.find((key) => key.kind === 'name')?.key ?? null,
        firstName: facts.firstName,
        lastName: facts.lastName,
      },
      index,
      intake,
    );
    const verdict = current === null ? doubtWhereApart(said, index) : said;
    const why = verdict.kind === 'match' || verdict.kind === 'merge' ? `${refKey(record)}: the same ${verdict.by}` : '';
    let person: string;
    if (current !== null) {
      person = current;
      // A record that is tied already stays where it is; what it newly names can only bring persons together.
      const others = verdict.kind === 'match' ? [verdict.personId] : verdict.kind === 'merge' ? verdict.personIds : [];
      for (const other of others) person = unite(person, other, why);
    } else if (verdict.kind === 'match') {
      person = index.survivor(verdict.personId);
    } else if (verdict.kind === 'merge') {
      const [first = newPersonId(record), ...rest] = verdict.personIds.map((id) => index.survivor(id));
      person = rest.reduce((one, other) => unite(one, other, why), first);
    } else {
      person = newPersonId(record);
      newPeople.push({ id: person, facts, created_at: at });
      index.addPerson(person, facts, at);
      if (verdict.kind === 'review') {
        reviews.push({
          id: idOf('rv', 'identity', person),
          kind: 'identity',
          subject: {
            person,
            connection: record.connection,
            object: record.object,
            record: record.id,
            candidates: verdict.candidates,
          },
          why: verdict.why,
        });
      }
    }
    if (!link || link.retired) {
      newLinks.push({
        connection: record.connection,
        object: record.object,
        record_id: record.id,
        entity: 'person',
        entity_id: person,
        role: record.role,
        link_id: idOf('ln', record.connection, record.object, record.id),
        retired: false,
      });
    }
    index.remember(refKey(record), person, keys);
    tied.set(person, (tied.get(person) ?? 0) + 1);
    affected.add(person);
  }

  await upsert(
    tx,
    'people',
    newPeople.map(({ id, facts, created_at }) => ({ id, facts: storedPerson(facts), created_at, merged_into: null })),
    ['id'],
    [],
  );
  await upsert(tx, 'links', newLinks, ['connection', 'object', 'record_id'], ['retired']);
  await retire(
    tx,
    records.filter((record) => record.value === null && links.has(refKey(record))),
  );
  await saveKeys(tx, records, keysByRecord, index, links);
  for (const { into, from, why } of merges) await mergePeople(tx, into, from, ports, at, { how: 'identity', why });
  await askReview(tx, reviews, at);
  // Of a person that one record has just made known all is known that it says.
  const complete = new Set(
    newPeople.flatMap(({ id }) => (tied.get(id) === 1 && index.survivor(id) === id ? [id] : [])),
  );
  for (const { into } of merges) complete.delete(into);
  const stale = new Set([...affected].map((id) => index.survivor(id)).filter((id) => !complete.has(id)));
  // Nobody has to hear of somebody new who is not to become a lead.
  const heard = newPeople.filter(({ id, facts }) => complete.has(id) && admit(facts, intake).admitted);
  await emit(
    tx,
    heard.map(({ id }): NewEvent => ({ type: 'person.changed', entity: id })),
    at,
  );
  await refreshFacts(tx, [...stale], ports, at);
}

/** A new record that would belong to persons who are known not to be one belongs to one of them, which a person must say. */
function doubtWhereApart(said: Identity, index: KeyIndex): Identity {
  if (said.kind !== 'merge') return said;
  const people = said.personIds.map((id) => index.survivor(id));
  if (!people.some((a, n) => people.slice(n + 1).some((b) => index.areApart(a, b)))) return said;
  return {
    kind: 'review',
    candidates: said.personIds,
    why: `it ties together persons who are known not to be one (the same ${said.by})`,
  };
}

/** Reads again what is known of the given persons and tells who is interested where it changed or a record was tied. */
export async function refreshFacts(
  tx: Queryable,
  personIds: readonly string[],
  ports: PeoplePorts,
  at: string,
): Promise<void> {
  if (personIds.length === 0) return;
  const links = await tx
    .selectFrom('links')
    .select(['connection', 'object', 'record_id', 'entity_id'])
    .where(among('entity_id', personIds))
    .where('entity', '=', 'person')
    .where('retired', '=', false)
    .execute();
  const sources = await ports.sources(
    tx,
    links.map((link) => ({ connection: link.connection, object: link.object, id: link.record_id })),
  );
  const byPerson = Map.groupBy(links, (link) => link.entity_id);
  const rows: { id: string; facts: Partial<PersonFacts> }[] = [];
  const events: NewEvent[] = [];
  for (const id of personIds) {
    const mine = (byPerson.get(id) ?? []).flatMap((link) => {
      const source = sources.get(refKey({ connection: link.connection, object: link.object, id: link.record_id }));
      return source ? [source] : [];
    });
    // Nobody left to ask: what was known last stays, so that an offer that is under way still has a name.
    if (mine.length > 0) rows.push({ id, facts: storedPerson(personFacts(mine)) });
    events.push({ type: 'person.changed', entity: id });
  }
  await write(
    tx,
    sql`update people set facts = r.facts from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id text, facts jsonb)
    where people.id = r.id and people.facts is distinct from r.facts`,
  );
  await emit(tx, events, at);
}

/** Persons whose company record is one of these. */
export async function peopleOfCompanies(
  tx: Queryable,
  connection: string,
  companyIds: readonly string[],
): Promise<string[]> {
  if (companyIds.length === 0) return [];
  const found = await tx
    .selectFrom('records')
    .innerJoin('links', (join) =>
      join
        .onRef('links.connection', '=', 'records.connection')
        .onRef('links.object', '=', 'records.object')
        .onRef('links.record_id', '=', 'records.id'),
    )
    .select('links.entity_id')
    .distinct()
    .where('records.connection', '=', connection)
    .where(among('records.company_id', companyIds))
    .where('links.entity', '=', 'person')
    .execute();
  return found.map((row) => row.entity_id);
}

export function refKey(ref: RecordRef): string {
  return `${ref.connection} ${ref.object} ${ref.id}`;
}

function newPersonId(record: RecordRef): string {
  return idOf('pe', record.connection, record.object, record.id);
}

function sameKeys(record: PersonRecord, intake: Intake): boolean {
  return (
    record.before !== null && JSON.stringify(keysOf(record, intake)) === JSON.stringify(keysOf(record.before, intake))
  );
}

/** Every key a record can be recognised by. */
function keysOf(record: PersonStatement, intake: Intake): IdentityKey[] {
  const { value } = record;
  if (value === null) return [];
  const emails = [value.email, ...value.emails].flatMap((text) => normaliseEmail(text) ?? []);
  const domain = value.domain ?? domainOf(value.email, intake) ?? record.company?.domain ?? null;
  const name = nameKey(value.firstName, value.lastName, domain);
  return [
    ...record.addresses.map((key) => ({ kind: 'cross' as const, key })),
    ...[...new Set(emails)].map((key) => ({ kind: 'email' as const, key })),
    ...(name === null ? [] : [{ kind: 'name' as const, key: name }]),
  ];
}

async function linksOf(
  tx: Queryable,
  records: readonly RecordRef[],
): Promise<Map<string, { entity_id: string; retired: boolean }>> {
  const found = await sql<{ connection: string; object: string; id: string; entity_id: string; retired: boolean }>`
    select connection, object, record_id as id, entity_id, retired from links
    where record_id = any(${records.map((record) => record.id)}::text[]) and entity = 'person'`.execute(tx);
  return new Map(found.rows.map((row) => [refKey(row), row]));
}

async function retire(tx: Queryable, records: readonly RecordRef[]): Promise<void> {
  if (records.length === 0) return;
  const refs = JSON.stringify(records.map(({ connection, object, id }) => ({ connection, object, id })));
  await write(
    tx,
    sql`update links set retired = true from jsonb_to_recordset(${refs}::jsonb) as r(connection text, object text, id text)
    where links.connection = r.connection and links.object = r.object and links.record_id = r.id`,
  );
}

async function saveKeys(
  tx: Queryable,
  records: readonly PersonRecord[],
  keysByRecord: ReadonlyMap<string, readonly IdentityKey[]>,
  index: KeyIndex,
  links: ReadonlyMap<string, unknown>,
): Promise<void> {
  // A record that was never tied to anybody has no keys yet.
  const known = records.filter((record) => links.has(refKey(record)));
  const streams = [...new Set(known.map(({ connection, object }) => `${connection} ${object}`))];
  if (known.length > 0) {
    await write(
      tx,
      sql`delete from person_keys where record_id = any(${known.map(({ id }) => id)}::text[])
        and connection || ' ' || object = any(${streams}::text[])`,
    );
  }
  const rows = new Map<string, Record<string, unknown>>();
  for (const record of records) {
    const person = index.personOf(refKey(record));
    if (person === null || record.value === null) continue;
    for (const key of keysByRecord.get(refKey(record)) ?? []) {
      rows.set(`${key.kind} ${key.key} ${refKey(record)}`, {
        kind: key.kind,
        key: key.key,
        connection: record.connection,
        object: record.object,
        record_id: record.id,
        person_id: person,
      });
    }
  }
  await upsert(tx, 'person_keys', [...rows.values()], []);
}
