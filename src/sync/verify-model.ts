/**
 * Holds what Sluice wants against what it believes the CRMs to hold: all leads and offers are projected once more, in a
 * scratch whose outbox was emptied. What then stands in it should have stood in the real one.
 */
import { sql } from 'kysely';
import type { FieldValue } from '../../connectors/connector.ts';
import { loadPartnerScores } from '../insight/service/partner-scores.ts';
import { loadLeads, loadOffers } from '../leads/service/lead-store.ts';
import { LEAD_EVENTS } from '../leads/service/react.ts';
import { iso } from '../model/clock.ts';
import type { Database, Store } from '../store/database.ts';
import { eventsFor } from '../store/events.ts';
import type { Environment } from './environment.ts';
import { project } from './project.ts';
import { projectPartners } from './project-partners.ts';
import type { Cause, Findings } from './verify.ts';
import { isHeldAs } from './verify-crm.ts';

const BATCH = 1_000;

export async function verifyModel(
  env: Environment,
  store: Store,
  findings: Findings,
  only: string | undefined,
): Promise<void> {
  await store.scratch(async (scratch) => {
    await sql`create temporary table real_outbox on commit drop as
      select connection, object, row_key, fields, state from outbox`.execute(scratch);
    await sql`create index on real_outbox (row_key)`.execute(scratch);
    await sql`delete from outbox`.execute(scratch);
    const undecided = (await eventsFor(scratch, 'leads', LEAD_EVENTS, 1)).length > 0;
    await findStanding(scratch, findings, only);
    const scratchEnv = { ...env, db: scratch };
    await projectPartners(scratchEnv, scratch, await loadPartnerScores(scratch), iso(env.clock.now()));
    await compare(env, scratch, findings, undecided, only);
    for await (const batch of batches(scratch)) {
      const leads = await loadLeads(scratch, 'id', batch.leads);
      const offers = await loadOffers(scratch, 'lead_id', batch.leads);
      await project(scratchEnv, scratch, leads, offers, iso(env.clock.now()), batch.people);
      await compare(env, scratch, findings, undecided, only);
    }
  });
}

/** Leads with their offers, then persons who are no leads and share values. */
async function* batches(db: Database): AsyncGenerator<{ leads: readonly string[]; people: readonly string[] }> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string }>`select id from leads where id > ${after}::text collate "C"
      order by id collate "C" limit ${sql.lit(BATCH)}`.execute(db);
    const last = rows.at(-1);
    if (last === undefined) break;
    yield { leads: rows.map(({ id }) => id), people: [] };
    after = last.id;
  }
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string }>`select person_id as id from shared_values
      where person_id > ${after}::text collate "C" and person_id not in (select person_id from leads)
      order by person_id collate "C" limit ${sql.lit(BATCH)}`.execute(db);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield { leads: [], people: rows.map(({ id }) => id) };
    after = last.id;
  }
}

type Fields = Readonly<Record<string, FieldValue>>;

/** Takes what was projected out of the scratch's outbox and says why it is not written. */
async function compare(
  env: Environment,
  db: Database,
  findings: Findings,
  undecided: boolean,
  only: string | undefined,
): Promise<void> {
  const streams = new Map(
    env.connections.flatMap(({ name, streams: theirs }) =>
      theirs.filter(({ spec }) => !spec.deleted).map((stream) => [`${name} ${stream.spec.object}`, stream] as const),
    ),
  );
  const { rows } = await sql<{
    connection: string;
    object: string;
    row_key: string;
    record_id: string | null;
    fields: Fields;
    shadow: Fields | null;
    queued: Fields | null;
    state: string | null;
  }>`select o.connection, o.object, o.row_key, o.record_id, o.fields, r.fields as shadow, q.fields as queued, q.state
    from outbox o
    left join records r on r.connection = o.connection and r.object = o.object and r.id = o.record_id
    left join real_outbox q on q.connection = o.connection and q.object = o.object and q.row_key = o.row_key
    order by o.connection, o.object, o.row_key`.execute(db);
  for (const row of rows) {
    if (only !== undefined && row.object !== only) continue;
    const { connection, object } = row;
    const stream = streams.get(`${connection} ${object}`);
    for (const [field, model] of Object.entries(row.fields)) {
      const waits = row.queued !== null && field in row.queued ? row.state : null;
      const cause: Cause =
        waits === 'rejected' ? 'rejected' : waits !== null ? 'write pending' : undecided ? 'not decided' : 'unwritten';
      const crm = row.shadow?.[field];
      if (crm !== undefined && stream && isHeldAs(stream, field, model, crm)) continue;
      findings.add({
        connection,
        object,
        record: row.record_id ?? row.row_key,
        field,
        cause,
        ...(crm === undefined ? {} : { crm }),
        model,
      });
    }
  }
  await sql`delete from outbox`.execute(db);
}

/** Differences that are known and left to stand: contested fields, and values that a person has to choose between. */
async function findStanding(db: Database, findings: Findings, only: string | undefined): Promise<void> {
  const contested = await sql<{
    connection: string;
    object: string;
    record: string;
    field: string;
    crm: FieldValue;
    model: FieldValue;
  }>`select connection, object, record_id as record, field, theirs as crm, ours as model from contests
    where contested_at is not null order by connection, object, record_id, field`.execute(db);
  const held = await sql<{
    connection: string;
    object: string;
    record: string;
    field: string;
    crm: FieldValue;
    model: FieldValue;
  }>`select subject->>'connection' as connection, subject->>'object' as object, subject->>'record' as record,
      subject->>'field' as field, subject->'crm' as crm, subject->'channel' as model
    from reviews where kind = 'field-conflict' and resolved_at is null order by id`.execute(db);
  const wanted = (row: { object: string }) => only === undefined || row.object === only;
  for (const row of contested.rows.filter(wanted)) findings.add({ ...row, cause: 'contested' });
  for (const row of held.rows.filter(wanted)) findings.add({ ...row, cause: 'held for review' });
}
