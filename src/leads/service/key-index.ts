import { sql } from 'kysely';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { Candidate, IdentityLookup } from '../identity.ts';

/** Something a record can be recognised by. */
export interface IdentityKey {
  readonly kind: 'cross' | 'email' | 'name';
  readonly key: string;
}

interface KnownPerson extends Candidate {
  readonly createdAt: string;
}

/**
 * Who stands behind each key, for the records of one page: loaded once, kept up to date in memory while the page's
 * records are identified one after the other.
 */
export class KeyIndex implements IdentityLookup {
  readonly #people = new Map<string, KnownPerson>();
  /** key -> record -> person */
  readonly #keys = new Map<string, Map<string, string>>();
  readonly #keysOfRecord = new Map<string, string[]>();
  readonly #personOfRecord = new Map<string, string>();
  readonly #leads = new Set<string>();
  readonly #mergedInto = new Map<string, string>();
  /** Who is known not to be whom. */
  readonly #apart = new Map<string, Set<string>>();

  static async load(tx: Queryable, keys: readonly IdentityKey[], personIds: readonly string[]): Promise<KeyIndex> {
    const index = new KeyIndex();
    if (keys.length === 0 && personIds.length === 0) return index;
    const found = await sql<{
      kind: IdentityKey['kind'];
      key: string;
      connection: string;
      object: string;
      record_id: string;
      person_id: string;
    }>`select * from person_keys where key = any(${[...new Set(keys.map(({ key }) => key))]}::text[])`.execute(tx);
    const ids = [...new Set([...personIds, ...found.rows.map((row) => row.person_id)])];
    const people = await tx
      .selectFrom('people')
      .select(['id', 'facts', 'created_at'])
      .where(among('id', ids))
      .execute();
    const leads = await tx.selectFrom('leads').select('person_id').where(among('person_id', ids)).execute();
    for (const lead of leads) index.#leads.add(lead.person_id);
    const apart = await tx.selectFrom('people_apart').select(['person', 'other']).where(among('person', ids)).execute();
    for (const { person, other } of apart) index.#keepApart(person, other);
    for (const person of people) index.addPerson(person.id, person.facts as Candidate, person.created_at);
    for (const row of found.rows) {
      index.#put(`${row.connection} ${row.object} ${row.record_id}`, row.person_id, row.kind, row.key);
    }
    return index;
  }

  byCrossId(address: string): Candidate[] {
    return this.#behind('cross', address);
  }

  byEmail(email: string): Candidate[] {
    return this.#behind('email', email);
  }

  byNameKey(key: string): Candidate[] {
    return this.#behind('name', key);
  }

  addPerson(id: string, facts: { firstName: string | null; lastName: string | null }, createdAt: string): void {
    this.#people.set(id, { personId: id, firstName: facts.firstName, lastName: facts.lastName, createdAt });
  }

  /** Drops the keys of a record, which is about to be read anew. */
  forget(record: string): void {
    for (const key of this.#keysOfRecord.get(record) ?? []) this.#keys.get(key)?.delete(record);
    this.#keysOfRecord.delete(record);
  }

  remember(record: string, personId: string, keys: readonly IdentityKey[]): void {
    this.#personOfRecord.set(record, personId);
    for (const key of keys) this.#put(record, personId, key.kind, key.key);
  }

  personOf(record: string): string | null {
    const person = this.#personOfRecord.get(record);
    return person === undefined ? null : this.survivor(person);
  }

  /** The person that a merged one has become. */
  survivor(personId: string): string {
    let at = personId;
    for (let next = this.#mergedInto.get(at); next !== undefined; next = this.#mergedInto.get(at)) at = next;
    return at;
  }

  isLead(personId: string): boolean {
    return this.#leads.has(personId);
  }

  merge(into: string, from: string): void {
    this.#mergedInto.set(from, into);
    if (this.#leads.delete(from)) this.#leads.add(into);
    for (const other of this.#apart.get(from) ?? []) {
      this.#keepApart(into, other);
      this.#keepApart(other, into);
    }
  }

  /** Whether two persons are known not to be one. */
  areApart(a: string, b: string): boolean {
    return [...(this.#apart.get(a) ?? [])].some((other) => this.survivor(other) === b);
  }

  /** The two persons, the one known longer first. */
  elder(a: string, b: string): [string, string] {
    const [first, second] = [this.#people.get(a), this.#people.get(b)];
    const isFirst =
      (first?.createdAt ?? '') < (second?.createdAt ?? '') || (first?.createdAt === second?.createdAt && a < b);
    return isFirst ? [a, b] : [b, a];
  }

  #keepApart(person: string, other: string): void {
    const others = this.#apart.get(person) ?? new Set<string>();
    others.add(other);
    this.#apart.set(person, others);
  }

  #put(record: string, personId: string, kind: string, key: string): void {
    const name = `${kind} ${key}`;
    const holders = this.#keys.get(name) ?? new Map<string, string>();
    holders.set(record, personId);
    this.#keys.set(name, holders);
    this.#keysOfRecord.set(record, [...(this.#keysOfRecord.get(record) ?? []), name]);
  }

  #behind(kind: string, key: string): Candidate[] {
    const ids = new Set([...(this.#keys.get(`${kind} ${key}`)?.values() ?? [])].map((id) => this.survivor(id)));
    return [...ids].flatMap((id) => this.#people.get(id) ?? []);
  }
}
