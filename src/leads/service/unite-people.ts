/** What a merge of records in a CRM says of persons: those of the loser and of the survivor are one, for certain. */
import { sql } from 'kysely';
import { idOf } from '../../model/ids.ts';
import type { LeadState } from '../../model/lead.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { askReview, type Review } from '../../store/errors.ts';
import { type LeadStanding, leadThatGoesOn } from '../merged-leads.ts';
import { forgetApart } from './kept-merges.ts';
import { mergePeople, mergeReview } from './merge-people.ts';
import { type PeoplePorts, refKey, refreshFacts } from './people.ts';

/** One record of a CRM became part of another of the same object. */
export interface MergedRecord {
  readonly connection: string;
  readonly object: string;
  readonly loser: string;
  readonly survivor: string;
}

/**
 * Makes one person of those of each loser and its survivor, in the caller's transaction. A survivor that was never seen is
 * tied to the loser's person before its first read. Two leads become one (`leadThatGoesOn`); where two partners are at work
 * a review asks, and the persons stay two.
 */
export async function unitePeople(
  tx: Queryable,
  merges: readonly MergedRecord[],
  ports: PeoplePorts,
  at: string,
): Promise<void> {
  if (merges.length === 0) return;
  const known = await Known.load(tx, merges);
  const tied: NewTie[] = [];
  const reviews: Review[] = [];
  const changed = new Set<string>();
  for (const merge of merges) {
    const loser = known.link(merge, merge.loser);
    if (loser === null) continue;
    const survivor = known.link(merge, merge.survivor);
    if (survivor === null) {
      tied.push(known.tie(merge, loser));
      continue;
    }
    if (survivor.person === loser.person) continue;
    const [a, b] = [known.lead(loser.person), known.lead(survivor.person)];
    const goesOn = a && b ? leadThatGoesOn(a, b) : null;
    if (a && b && goesOn === null) {
      reviews.push(mergeReview(survivor.person, loser.person));
      continue;
    }
    const [into, from] =
      goesOn === null
        ? known.elder(survivor.person, loser.person)
        : goesOn === a
          ? [loser.person, survivor.person]
          : [survivor.person, loser.person];
    const yields = goesOn === null ? null : { lead: (goesOn === a ? b : a)?.id ?? '', to: goesOn.id };
    await forgetApart(tx, into, from);
    const why = `${merge.connection} made one ${merge.object} of ${merge.loser} and ${merge.survivor}`;
    await mergePeople(tx, into, from, ports, at, { how: 'crm', why }, yields);
    known.merge(into, from);
    changed.add(into);
    changed.delete(from);
  }
  await upsert(
    tx,
    'links',
    tied.map((tie) => ({ ...tie, entity_id: known.survivor(tie.entity_id), entity: 'person', retired: true })),
    ['connection', 'object', 'record_id'],
    [],
  );
  await askReview(tx, reviews, at);
  await refreshFacts(tx, [...changed], ports, at);
}

interface KnownLink {
  readonly person: string;
  readonly role: string;
}

/** A link of a record that was not read yet: retired until it is. */
interface NewTie {
  readonly connection: string;
  readonly object: string;
  readonly record_id: string;
  readonly entity_id: string;
  readonly role: string;
  readonly link_id: string;
}

/** Links, persons and leads that the merges concern, kept up to date in memory while one merge follows the other. */
class Known {
  readonly #links = new Map<string, KnownLink>();
  readonly #createdAt = new Map<string, string>();
  readonly #leads = new Map<string, LeadStanding>();
  readonly #became = new Map<string, string>();

  static async load(tx: Queryable, merges: readonly MergedRecord[]): Promise<Known> {
    const known = new Known();
    const ids = merges.flatMap(({ loser, survivor }) => [loser, survivor]);
    const links = await sql<{ connection: string; object: string; id: string; person: string; role: string }>`
      select connection, object, record_id as id, entity_id as person, role from links
      where record_id = any(${ids}::text[]) and entity = 'person'`.execute(tx);
    for (const row of links.rows) known.#links.set(refKey(row), { person: row.person, role: row.role });
    const people = [...new Set(links.rows.map((row) => row.person))];
    const rows = await tx.selectFrom('people').select(['id', 'created_at']).where(among('id', people)).execute();
    for (const row of rows) known.#createdAt.set(row.id, row.created_at);
    const leads = await tx
      .selectFrom('leads')
      .select(['id', 'person_id', 'state', 'partner_id', 'released_at'])
      .where(among('person_id', people))
      .execute();
    for (const lead of leads) {
      known.#leads.set(lead.person_id, {
        id: lead.id,
        state: lead.state as LeadState,
        partnerId: lead.partner_id,
        releasedAt: lead.released_at,
      });
    }
    return known;
  }

  link({ connection, object }: MergedRecord, id: string): KnownLink | null {
    const link = this.#links.get(refKey({ connection, object, id }));
    return link ? { ...link, person: this.survivor(link.person) } : null;
  }

  lead(person: string): LeadStanding | undefined {
    return this.#leads.get(person);
  }

  /** The two persons, the one known longer first. */
  elder(a: string, b: string): [string, string] {
    const [first, second] = [this.#createdAt.get(a) ?? '', this.#createdAt.get(b) ?? ''];
    return first < second || (first === second && a < b) ? [a, b] : [b, a];
  }

  merge(into: string, from: string): void {
    this.#became.set(from, into);
    const lead = this.#leads.get(into) ?? this.#leads.get(from);
    this.#leads.delete(from);
    if (lead) this.#leads.set(into, lead);
  }

  /** A link by which the survivor is recognised when it is read for the first time. */
  tie({ connection, object, survivor }: MergedRecord, { person, role }: KnownLink): NewTie {
    this.#links.set(refKey({ connection, object, id: survivor }), { person, role });
    return {
      connection,
      object,
      record_id: survivor,
      entity_id: person,
      role,
      link_id: idOf('ln', connection, object, survivor),
    };
  }

  /** The person that a merged one has become. */
  survivor(person: string): string {
    let at = person;
    for (let next = this.#became.get(at); next !== undefined; next = this.#became.get(at)) at = next;
    return at;
  }
}
