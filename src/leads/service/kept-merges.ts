/** The merges of persons as they are kept, so that they can be undone, and the pairs of persons who are known not to be one. */
import { sql } from 'kysely';
import { idOf } from '../../model/ids.ts';
import type { LeadState } from '../../model/lead.ts';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { MergeRecord } from '../matching/merge-record.ts';

/** By what two persons were found to be one: a record, somebody's word, or a CRM that made one record of two. */
export interface MergeCause {
  readonly how: 'identity' | 'word' | 'crm';
  readonly why: string;
}

/** What became of the leads of two persons that were made one. */
export interface MergedLeads {
  /** The lead that went over with its person. */
  readonly moved: string | null;
  /** The lead that gave way, as it was. */
  readonly yielded: YieldedLead | null;
}

/** A lead before it gave way to another. */
export interface YieldedLead {
  readonly id: string;
  readonly state: LeadState;
  readonly partnerId: string | null;
  readonly offerId: string | null;
}

export interface KeptMerge extends MergeRecord, MergeCause {
  readonly seq: number;
  readonly lead: MergedLeads | null;
  /** As the port that unites what persons share gave it. */
  readonly shared: unknown;
  readonly askedAt: string | null;
  readonly undoneAt: string | null;
  /** Why it could not be undone, when that was tried last. */
  readonly problem: string | null;
}

/** A record's key among what persons hold. */
function recordKey(link: { readonly connection: string; readonly object: string; readonly record_id: string }): string {
  return `${link.connection} ${link.object} ${link.record_id}`;
}

/** What a merge is about to move away from a person. */
export async function beforeMerge(
  tx: Queryable,
  from: string,
  yields: { readonly lead: string } | null,
): Promise<{ readonly moved: string[]; readonly lead: MergedLeads | null }> {
  const moved = (await recordsOf(tx, [from])).map(({ key }) => key);
  const lead = await tx
    .selectFrom('leads')
    .select(['id', 'state', 'partner_id', 'offer_id'])
    .where('person_id', '=', from)
    .executeTakeFirst();
  if (lead === undefined) return { moved, lead: null };
  if (yields === null) return { moved, lead: { moved: lead.id, yielded: null } };
  const { id, state, partner_id: partnerId, offer_id: offerId } = lead;
  return { moved, lead: { moved: null, yielded: { id, state: state as LeadState, partnerId, offerId } } };
}

/** The records that are tied to persons, retired ones too, by key. */
export async function recordsOf(
  tx: Queryable,
  personIds: readonly string[],
): Promise<{ readonly key: string; readonly owner: string }[]> {
  const rows = await tx
    .selectFrom('links')
    .select(['connection', 'object', 'record_id', 'entity_id'])
    .where('entity', '=', 'person')
    .where(among('entity_id', personIds))
    .orderBy('connection')
    .orderBy('object')
    .orderBy('record_id')
    .execute();
  return rows.map((row) => ({ key: recordKey(row), owner: row.entity_id }));
}

/** Keeps a merge that was just made. Whoever was known not to be `from` is not `into` either. */
export async function keepMerge(
  tx: Queryable,
  merge: {
    readonly into: string;
    readonly from: string;
    readonly at: string;
    readonly cause: MergeCause;
    readonly moved: readonly string[];
    readonly lead: MergedLeads | null;
    readonly shared: unknown;
  },
): Promise<void> {
  const { into, from, at, cause } = merge;
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from person_merges
    where into_id = ${into} and from_id = ${from}`.execute(tx);
  const id = idOf('mg', into, from, String(rows[0]?.n ?? 0));
  await tx
    .insertInto('person_merges')
    .values({
      id,
      into_id: into,
      from_id: from,
      at,
      how: cause.how,
      why: cause.why,
      moved: JSON.stringify(merge.moved),
      lead: merge.lead === null ? null : JSON.stringify(merge.lead),
      shared: merge.shared === null ? null : JSON.stringify(merge.shared),
      asked_at: null,
      undone_at: null,
      problem: null,
    })
    .execute();
  await sql`insert into people_apart (person, other, by)
    select ${into}, other, ${id} from people_apart where person = ${from} and other <> ${into}
    union select other, ${into}, ${id} from people_apart where person = ${from} and other <> ${into}
    on conflict do nothing`.execute(tx);
}

/** Merges by their ids, or all that a person had a part in; in their order. */
export async function keptMerges(
  tx: Queryable,
  by: { readonly ids: readonly string[] } | { readonly people: readonly string[] },
): Promise<KeptMerge[]> {
  const condition =
    'ids' in by
      ? sql`id = any(${by.ids}::text[])`
      : sql`into_id = any(${by.people}::text[]) or from_id = any(${by.people}::text[])`;
  return load(tx, sql`where ${condition} order by seq`);
}

/** The merges made last that stand, the latest first. */
export async function latestMerges(tx: Queryable, limit: number): Promise<KeptMerge[]> {
  return load(tx, sql`where undone_at is null order by seq desc limit ${limit}`);
}

async function load(tx: Queryable, which: ReturnType<typeof sql>): Promise<KeptMerge[]> {
  const { rows } = await sql<Omit<KeptMerge, 'values' | 'seq'> & { seq: string }>`
    select id, seq::text as seq, into_id as into, from_id as from, at, how, why, moved, lead, shared, asked_at as "askedAt",
      undone_at as "undoneAt", problem
    from person_merges ${which}`.execute(tx);
  return rows.map((row) => ({ ...row, seq: Number(row.seq), values: [] }));
}

/** Remembers that two persons are not one. */
export async function keepApart(tx: Queryable, a: string, b: string): Promise<void> {
  await sql`insert into people_apart (person, other, by) values (${a}, ${b}, ''), (${b}, ${a}, '')
    on conflict do nothing`.execute(tx);
}

/** Somebody knows better: they are one. */
export async function forgetApart(tx: Queryable, a: string, b: string): Promise<void> {
  await sql`delete from people_apart where (person = ${a} and other = ${b}) or (person = ${b} and other = ${a})`.execute(
    tx,
  );
}

/** Erases what merges keep of persons of whom nothing is to be known any more; that they were merged stays. */
export async function eraseKeptMerges(tx: Queryable, personIds: readonly string[]): Promise<void> {
  await sql`update person_merges set shared = null, why = 'Erased with its records.'
    where into_id = any(${personIds}::text[]) or from_id = any(${personIds}::text[])`.execute(tx);
}
