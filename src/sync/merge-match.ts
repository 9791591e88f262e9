/** Asks a CRM for the records that leads may have there already, before any is made for them. */
import type { CrmRecord } from '../../connectors/connector.ts';
import { loadLeads } from '../leads/service/lead-store.ts';
import type { FieldValue } from '../mapping/described.ts';
import { inverted, whyNotInvertible } from '../mapping/invert.ts';
import { keyOf, type SourceField } from '../mapping/mapping.ts';
import { appliesTo, readEntity, readSource } from '../mapping/read.ts';
import { iso } from '../model/clock.ts';
import { among } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { askReview, type RecordError, type Review, report } from '../store/errors.ts';
import { type Lease, underLease } from '../store/lease.ts';
import { applyPages } from './apply.ts';
import type { Connection, Environment, Stream } from './environment.ts';
import { type Creating, type Creation, creatingIn, factsOf, linkFound, tieCreated } from './merge-creates.ts';
import { linkedPersons, matchReview } from './merge-match-ask.ts';
import { project } from './project.ts';

/** Leads asked about at a time. */
const LEADS_A_BATCH = 1_000;

/** A record that may be a lead's. */
interface Hit {
  readonly stream: Stream;
  readonly record: CrmRecord;
  /** A lead that was converted is left alone, but its person is known here. */
  readonly isConverted: boolean;
}

/** Settles what is to be made in a connection: what is there already is tied, what is doubtful asked, the rest may be made. */
export async function settleCreations(env: Environment, connection: Connection, lease: Lease): Promise<void> {
  for (const creating of creatingIn(connection)) {
    await readLinked(env, creating, lease);
    for (;;) {
      const rows = await creationsOf(env.db, creating, 'wanted', LEADS_A_BATCH);
      if (rows.length === 0) break;
      await settleBatch(env, creating, rows, lease);
      await lease.renew();
      if (rows.length < LEADS_A_BATCH) break;
    }
    await readLinked(env, creating, lease);
  }
}

async function creationsOf(
  db: Queryable,
  { connection, stream }: Creating,
  state: Creation['state'],
  limit: number,
): Promise<Creation[]> {
  const rows = await db
    .selectFrom('creations')
    .selectAll()
    .where('connection', '=', connection.name)
    .where('object', '=', stream.spec.object)
    .where('state', '=', state)
    .orderBy('link_id')
    .limit(limit)
    .execute();
  return rows as unknown as Creation[];
}

async function settleBatch(
  env: Environment,
  creating: Creating,
  rows: readonly Creation[],
  lease: Lease,
): Promise<void> {
  const { connection, stream, mapping } = creating;
  const facts = await factsOf(
    env.db,
    rows.map((row) => row.person_id),
  );
  const key = keyOf(mapping)?.field ?? '';
  const made = await connection.connector.readByKey(
    stream.spec,
    key,
    rows.map((row) => row.link_id),
  );
  const byLink = new Map(made.filter(({ deleted }) => !deleted).map((record) => [String(record.fields[key]), record]));
  const open = rows.filter((row) => !byLink.has(row.link_id));
  const hits = await hitsOf(creating, open, facts);
  const known = await linkedPersons(
    env.db,
    connection.name,
    [...hits.values()].flat().map(({ record }) => record.id),
  );
  const at = iso(env.clock.now());
  const free: Creation[] = [];
  const reviews: Review[] = [];
  const errors: RecordError[] = [];
  const linked: { row: Creation; object: string; id: string }[] = [...byLink].flatMap(([linkId, { id }]) =>
    rows.filter((row) => row.link_id === linkId).map((row) => ({ row, object: stream.spec.object, id })),
  );
  for (const row of open) {
    const mine = hits.get(row.link_id);
    const [only] = mine ?? [];
    if (mine === undefined) errors.push(noKey(creating, row));
    else if (only === undefined) free.push(row);
    else if (mine.length === 1 && !only.isConverted && !known.has(`${only.record.object} ${only.record.id}`))
      linked.push({ row, object: only.record.object, id: only.record.id });
    else
      reviews.push(
        matchReview(
          creating,
          row,
          mine.map(({ record }) => record),
        ),
      );
  }
  await underLease(env.db, lease, async (tx) => {
    for (const { row, object, id } of linked) {
      await linkFound(tx, connection.name, row.person_id, row.link_id, { object, id }, at);
    }
    await setState(tx, free, 'checked');
    await setState(
      tx,
      rows.filter((row) => reviews.some(({ subject }) => subject.creation === row.link_id)),
      'review',
    );
    await setState(
      tx,
      rows.filter((row) => errors.some(({ recordId }) => recordId === row.link_id)),
      'review',
    );
    await askReview(tx, reviews, at);
    await report(tx, errors, at);
    const leads = await loadLeads(
      tx,
      'person_id',
      free.map((row) => row.person_id),
    );
    await project(env, tx, leads, [], at);
  });
}

/**
 * The records that agree with each person in a match key, in every object of people that the connection has. A person of whom
 * no match key is known has no entry.
 */
async function hitsOf(
  { connection, mapping }: Creating,
  rows: readonly Creation[],
  facts: ReadonlyMap<string, Readonly<Record<string, FieldValue>>>,
): Promise<Map<string, Hit[]>> {
  const hits = new Map<string, Map<string, Hit>>();
  for (const { property } of mapping.creates?.match ?? []) {
    const wanted = rows.flatMap((row) => {
      const value = facts.get(row.person_id)?.[property] ?? null;
      if (value === null || value === '') return [];
      if (!hits.has(row.link_id)) hits.set(row.link_id, new Map());
      return [{ row, value }];
    });
    for (const { stream, source } of sourcesOf(connection, property)) {
      const [field = ''] = source.fields;
      const described = stream.description?.fields.find((each) => each.name === field);
      const keys = wanted.flatMap(({ value }) => {
        const result = inverted(source, value, described);
        return 'value' in result && result.value !== null ? [String(result.value)] : [];
      });
      if (keys.length === 0) continue;
      const found = await connection.connector.readByKey(stream.spec, field, [...new Set(keys)]);
      const byValue = Map.groupBy(
        found.filter((record) => !record.deleted),
        (record) => String(readSource(source, record, [])),
      );
      for (const { row, value } of wanted) {
        for (const record of byValue.get(String(value)) ?? []) {
          const reader = stream.mappings.find((each) => each.entity === 'person' && appliesTo(each, record));
          if (reader === undefined) continue;
          const isConverted = readEntity(reader, record).converted !== null;
          hits.get(row.link_id)?.set(`${record.object} ${record.id}`, { stream, record, isConverted });
        }
      }
    }
  }
  return new Map([...hits].map(([linkId, mine]) => [linkId, [...mine.values()]]));
}

function sourcesOf(connection: Connection, property: string): { stream: Stream; source: SourceField }[] {
  return connection.streams.flatMap((stream) =>
    stream.spec.deleted
      ? []
      : stream.mappings
          .filter((mapping) => mapping.entity === 'person')
          .flatMap((mapping) => mapping.sources)
          .filter((source) => source.property === property && whyNotInvertible(source) === null)
          .map((source) => ({ stream, source })),
  );
}

function noKey({ connection, stream, mapping }: Creating, row: Creation): RecordError {
  const keys = mapping.creates?.match.map(({ property }) => property).join(', ') ?? '';
  return {
    connection: connection.name,
    object: stream.spec.object,
    recordId: row.link_id,
    stage: 'match',
    code: 'NO_MATCH_KEY',
    message: `No ${stream.spec.object} is made for ${row.person_id}: nothing is known of ${keys}, so it might be there already.`,
    hint: `Complete ${keys} in the other CRM, or name another property under "match" of ${mapping.file}.`,
  };
}

async function setState(tx: Queryable, rows: readonly Creation[], state: Creation['state']): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .updateTable('creations')
    .set({ state })
    .where(
      among(
        'link_id',
        rows.map((row) => row.link_id),
      ),
    )
    .execute();
}

/** Reads the records that were found, so that they take part in everything from now on; then their creation is over. */
async function readLinked(env: Environment, creating: Creating, lease: Lease): Promise<void> {
  const { connection } = creating;
  const rows = await creationsOf(env.db, creating, 'linked', LEADS_A_BATCH);
  if (rows.length === 0) return;
  const linkIds = rows.map((row) => row.link_id);
  const links = await env.db
    .selectFrom('links')
    .select(['object', 'record_id', 'link_id'])
    .where(among('link_id', linkIds))
    .execute();
  for (const [object, mine] of Map.groupBy(links, (link) => link.object)) {
    const stream = connection.streams.find((each) => each.spec.object === object && !each.spec.deleted);
    if (stream === undefined) continue;
    const requestedAt = iso(env.clock.now());
    const records = await connection.connector.readByIds(
      stream.spec,
      mine.map((link) => link.record_id),
    );
    const page = { records, cursor: {}, done: true, requestedAt, pageSize: records.length || 1 };
    await applyPages(env, [{ connection, stream, page, from: null, movesCursor: false }], lease);
  }
  await underLease(env.db, lease, async (tx) => {
    await tx.deleteFrom('creations').where(among('link_id', linkIds)).execute();
    const leads = await loadLeads(
      tx,
      'person_id',
      rows.map((row) => row.person_id),
    );
    await project(env, tx, leads, [], iso(env.clock.now()));
  });
}

/** Ties records that a lost answer left behind, by the key they were made with. */
export async function tieFound(
  tx: Queryable,
  creating: readonly Creating[],
  object: string,
  records: readonly CrmRecord[],
): Promise<void> {
  const mine = creating.find(({ stream }) => stream.spec.object === object);
  const key = mine && keyOf(mine.mapping)?.field;
  if (mine === undefined || key === undefined) return;
  const made = records.flatMap((record) => {
    const linkId = record.fields[key];
    return typeof linkId === 'string' ? [{ linkId, id: record.id }] : [];
  });
  await tieCreated(tx, mine.connection, object, made);
}
