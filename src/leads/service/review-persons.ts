/** Whom a question to a person is about: names and records, so that it can be answered without looking ids up. */
import { sql } from 'kysely';
import type { PersonFacts } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import type { OpenReview } from '../../store/reviews.ts';
import { personName } from './person-name.ts';

export interface ReviewRecord {
  readonly connection: string;
  readonly object: string;
  readonly record: string;
}

export interface ReviewPerson {
  readonly id: string;
  readonly name: string;
  readonly company: string | null;
  readonly email: string | null;
  readonly records: readonly ReviewRecord[];
}

/** What a question names. */
interface Named {
  readonly review: string;
  readonly people: readonly string[];
  readonly lead: string | null;
  readonly records: readonly ReviewRecord[];
}

/** The persons of each question by its id, whom it asks about first; those of records that it only names are among them. */
export async function personsOf(
  db: Queryable,
  reviews: readonly OpenReview[],
): Promise<ReadonlyMap<string, readonly ReviewPerson[]>> {
  const named = reviews.map(namedBy);
  const owners = await ownersOf(db, named);
  const idsOf = ({ people, lead, records }: Named) => [
    ...new Set([
      ...people,
      ...(lead === null ? [] : (owners.leads.get(lead) ?? [])),
      ...records.flatMap((record) => owners.records.get(keyOf(record)) ?? []),
    ]),
  ];
  const known = await personsById(db, [...new Set(named.flatMap(idsOf))]);
  return new Map(named.map((each) => [each.review, idsOf(each).flatMap((id) => known.get(id) ?? [])]));
}

const keyOf = ({ connection, object, record }: ReviewRecord) => `${connection} ${object} ${record}`;

function namedBy({ id, kind, subject }: OpenReview): Named {
  const texts = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
  const person = typeof subject.person === 'string' ? [subject.person] : [];
  const candidates = kind === 'match' && Array.isArray(subject.candidates) ? subject.candidates : [];
  return {
    review: id,
    people: [...person, ...texts(subject.people), ...texts(subject.candidates)],
    lead: typeof subject.lead === 'string' ? subject.lead : null,
    records: (candidates as readonly { readonly object: string; readonly id: string }[]).map((candidate) => ({
      connection: String(subject.connection),
      object: candidate.object,
      record: candidate.id,
    })),
  };
}

async function ownersOf(db: Queryable, named: readonly Named[]) {
  const leads = await sql<{ id: string; person: string }>`select id, person_id as person from leads
    where id = any(${named.flatMap(({ lead }) => lead ?? [])}::text[])`.execute(db);
  const links = await sql<ReviewRecord & { person: string }>`
    select connection, object, record_id as record, entity_id as person from links
    where entity = 'person' and record_id = any(${named.flatMap(({ records }) => records.map(({ record }) => record))}::text[])`.execute(
    db,
  );
  return {
    leads: new Map(leads.rows.map(({ id, person }) => [id, [person]])),
    records: new Map(links.rows.map((row) => [keyOf(row), [row.person]])),
  };
}

/** Persons by their ids. */
export async function personsById(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, ReviewPerson>> {
  const { rows } = await sql<{ id: string; facts: PersonFacts; records: ReviewRecord[] }>`
    select p.id, p.facts, coalesce((select jsonb_agg(jsonb_build_object('connection', l.connection, 'object', l.object,
        'record', l.record_id) order by l.connection, l.object, l.record_id)
      from links l where l.entity = 'person' and l.entity_id = p.id and not l.retired), '[]') as records
    from people p where p.id = any(${ids}::text[])`.execute(db);
  return new Map(
    rows.map(({ id, facts, records }) => [
      id,
      { id, name: personName(facts), company: facts.companyName, email: facts.email, records },
    ]),
  );
}
