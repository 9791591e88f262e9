/** What the CRMs should show of leads and offers: the fields that Sluice owns, wherever they differ from the shadow. */
import { sql } from 'kysely';
import type { LeadRecord, OfferRecord } from '../leads/service/lead-store.ts';
import { sameValue } from '../mapping/canonical.ts';
import { sharedSources } from '../mapping/compile-shared.ts';
import type { FieldValue } from '../mapping/described.ts';
import type { WriteName } from '../mapping/entities.ts';
import { keyOf, type Mapping } from '../mapping/mapping.ts';
import { writeFields } from '../mapping/write.ts';
import { idOf } from '../model/ids.ts';
import type { Lead } from '../model/lead.ts';
import type { Offer } from '../model/offer.ts';
import { FOLLOWED } from '../revenue/match.ts';
import { upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { holdBack } from './drift-hold.ts';
import { type Connection, type Environment, kindOf, type Stream } from './environment.ts';
import { withoutContested } from './merge-contests.ts';
import { createWrites } from './merge-creates.ts';
import { type SharedWrites, sharedWrites } from './merge-project.ts';
import { memberWrites } from './nurture-members.ts';
import { keepNurtured, nurtureProgress, nurtureStepOf } from './nurture-writes.ts';
import { type DesiredWrite, enqueue } from './outbox.ts';
import { type PartnerRecord, registrationWrites, standingsOn } from './project-deals.ts';

type Fields = Record<string, FieldValue>;
type Values = Partial<Record<WriteName, FieldValue>>;

/**
 * Puts into the outbox what has to change in the CRMs for these leads and offers, in the caller's transaction. `people`: persons
 * who are no leads, and whose records may lack a value that they share. `registrations`: deal registrations that changed.
 */
export async function project(
  env: Environment,
  tx: Queryable,
  leads: readonly LeadRecord[],
  offers: readonly OfferRecord[],
  at: string,
  people: readonly string[] = [],
  registrations: readonly string[] = [],
): Promise<void> {
  if (leads.length + offers.length + people.length + registrations.length === 0) return;
  const writes: DesiredWrite[] = [];
  const settled: DesiredWrite[] = [];
  const partners = await partnerRecords(tx);
  await tieDeals(
    env,
    tx,
    leads.map(({ lead }) => lead.id),
  );
  const shared = await sharedWrites(env, tx, [...leads.map(({ lead }) => lead.personId), ...people]);
  const wants = [
    ...(await recordWrites(env, tx, leads, people, partners, shared)),
    ...(await offerWrites(env, tx, offers, partners)),
    ...(await registrationWrites(env, tx, registrations, partners)),
    ...(await memberWrites(env, tx, leads)),
    ...(await createWrites(
      env,
      tx,
      leads,
      (lead, linkId, connection) => leadValues(lead, linkId, connection, partners),
      at,
    )),
  ];
  for (const wanted of await holdBack(env, tx, await withoutContested(env, tx, wants, at), shared, at)) {
    (Object.keys(wanted.fields).length > 0 ? writes : settled).push(wanted);
  }
  await enqueue(tx, writes, settled, at);
}

async function partnerRecords(tx: Queryable): Promise<Map<string, PartnerRecord>> {
  const { rows } = await sql<{ id: string; connection: string; record_id: string; name: string }>`
    select id, connection, record_id, facts->>'name' as name from partners`.execute(tx);
  return new Map(rows.map((row) => [row.id, { connection: row.connection, recordId: row.record_id, name: row.name }]));
}

/** Ties the deals that follow a lead's course to it, so that they carry the same fields. */
async function tieDeals(env: Environment, tx: Queryable, leadIds: readonly string[]): Promise<void> {
  const deals = await sql<{ connection: string; record_id: string; person_id: string }>`
    select o.connection, o.record_id, d.person_id from leads d join matches m on m.lead_id = d.id and m.how in (${sql.join(FOLLOWED)})
    join opportunities o on o.id = m.opportunity_id
    where d.id = any(${leadIds}::text[])`.execute(tx);
  const rows = deals.rows.flatMap((deal) => {
    const connection = env.connections.find((each) => each.name === deal.connection);
    const object = connection?.mappings.find((mapping) => mapping.entity === 'opportunity')?.object;
    if (object === undefined) return [];
    return [
      {
        connection: deal.connection,
        object,
        record_id: deal.record_id,
        entity: 'deal',
        entity_id: deal.person_id,
        role: 'opportunity',
        link_id: idOf('ln', deal.connection, object, deal.record_id),
        retired: false,
      },
    ];
  });
  await upsert(tx, 'links', rows, ['connection', 'object', 'record_id'], ['entity_id']);
}

interface LinkRow {
  readonly connection: string;
  readonly object: string;
  readonly record_id: string;
  readonly person: string;
  readonly link_id: string;
  readonly fields: Fields;
}

async function recordWrites(
  env: Environment,
  tx: Queryable,
  leads: readonly LeadRecord[],
  people: readonly string[],
  partners: ReadonlyMap<string, PartnerRecord>,
  shared: SharedWrites,
): Promise<DesiredWrite[]> {
  const leadOf = new Map(leads.map(({ lead }) => [lead.personId, lead]));
  const personIds = [...leadOf.keys(), ...people];
  const links = await sql<LinkRow>`
    select l.connection, l.object, l.record_id, l.entity_id as person, l.link_id, r.fields
    from links l cross join ${recordOf('l')} r
    where l.entity in ('person', 'deal') and not l.retired
      and l.entity_id = any(${personIds}::text[])
    order by l.connection, l.object, l.record_id`.execute(tx);
  const progress = await nurtureProgress(
    tx,
    leads.flatMap(({ lead }) => (lead.state === 'Nurture' ? lead.id : [])),
  );
  const nurtured: Parameters<typeof keepNurtured>[1][number][] = [];
  const standings = await dealStandings(env, tx, links.rows, partners);
  const writes = links.rows.flatMap((row) => {
    const found = writable(env, row.connection, row.object, ['person', 'opportunity']);
    if (found === null) return [];
    const { connection, stream, mapping } = found;
    const lead = leadOf.get(row.person);
    // After conversion the story goes on at the Contact and the Opportunity; the Lead is left alone.
    const isConverted = mapping.converted !== null && row.fields[mapping.converted.when] === true;
    const stay = lead && progress.get(lead.id);
    const place = `${row.connection} ${row.object} ${row.record_id}`;
    const isToSet = stay !== undefined && !isConverted && mapping.nurture.length > 0 && !stay.done.has(place);
    const back = isToSet ? nurtureStepOf(mapping, stream, row.fields) : {};
    if (isToSet && Object.keys(back).length === 0)
      nurtured.push({ offerId: stay.offerId, connection: row.connection, object: row.object, recordId: row.record_id });
    const owned =
      lead &&
      writeFields(
        mapping,
        {
          ...leadValues(lead, row.link_id, connection, partners),
          ...standings.get(`${row.connection} ${row.record_id}`),
        },
        stream.description,
      );
    return [
      {
        connection: connection.name,
        object: row.object,
        rowKey: row.link_id,
        recordId: row.record_id,
        external: null,
        fields: isConverted
          ? {}
          : { ...shared.of(row), ...(owned ? different(stream, owned, row.fields) : {}), ...back },
      },
    ];
  });
  await keepNurtured(tx, nurtured);
  return writes;
}

/** What the deals among these records show of their registrations, by connection and record. */
async function dealStandings(
  env: Environment,
  tx: Queryable,
  rows: readonly LinkRow[],
  partners: ReadonlyMap<string, PartnerRecord>,
): Promise<Map<string, Values>> {
  const found = new Map<string, Values>();
  for (const connection of env.connections) {
    const object = connection.mappings.find(({ entity }) => entity === 'opportunity')?.object;
    const records = rows.filter((row) => row.connection === connection.name && row.object === object);
    const ids = records.map((row) => row.record_id);
    for (const [record, values] of await standingsOn(tx, connection, ids, partners))
      found.set(`${connection.name} ${record}`, values);
  }
  return found;
}

function leadValues(
  lead: Lead,
  linkId: string,
  connection: Connection,
  partners: ReadonlyMap<string, PartnerRecord>,
): Values {
  const partner = lead.partnerId === null ? undefined : partners.get(lead.partnerId);
  return {
    linkId,
    leadId: lead.id,
    score: lead.score?.score ?? null,
    grade: lead.score?.grade ?? null,
    partner: partner?.connection === connection.name ? partner.recordId : null,
    partnerName: partner?.name ?? null,
    status: lead.state,
    reason: lead.reason,
    acceptBy: lead.acceptBy,
    offerId: lead.offerId,
  };
}

async function offerWrites(
  env: Environment,
  tx: Queryable,
  records: readonly OfferRecord[],
  partners: ReadonlyMap<string, PartnerRecord>,
): Promise<DesiredWrite[]> {
  if (records.length === 0) return [];
  const people = await personRecords(
    tx,
    records.map(({ offer }) => offer.leadId),
  );
  const writes: DesiredWrite[] = [];
  for (const connection of env.connections) {
    const mapping = connection.mappings.find((each) => each.entity === 'offer');
    const stream = connection.streams.find((each) => each.spec.object === mapping?.object);
    const key = mapping ? keyOf(mapping) : null;
    if (!mapping || !stream || !key) continue;
    const known = await offerRecords(
      tx,
      connection.name,
      mapping.object,
      records.map(({ offer }) => offer.id),
    );
    for (const { offer } of records) {
      const mine = (people.get(offer.leadId) ?? []).filter((person) => person.connection === connection.name);
      const wanted = writeFields(mapping, offerValues(offer, mine, connection, partners), stream.description);
      const record = known.get(offer.id);
      const fields = different(stream, wanted, record?.fields ?? {});
      if (record) {
        // Whom the offer was made about stands as it was made: a conversion or a merge since does not move its look-ups.
        for (const write of mapping.writes) {
          if (write.property === 'lead' || write.property === 'contact') delete fields[write.field];
        }
      }
      writes.push({
        connection: connection.name,
        object: mapping.object,
        rowKey: offer.id,
        recordId: record?.id ?? null,
        external: { field: key.field, value: offer.id },
        fields,
      });
    }
  }
  return writes;
}

function offerValues(
  offer: Offer,
  people: readonly { role: string; recordId: string }[],
  connection: Connection,
  partners: ReadonlyMap<string, PartnerRecord>,
): Values {
  const partner = partners.get(offer.partnerId);
  return {
    offerId: offer.id,
    leadId: offer.leadId,
    lead: people.find((person) => person.role === 'lead')?.recordId ?? null,
    contact: people.find((person) => person.role === 'contact')?.recordId ?? null,
    partner: partner?.connection === connection.name ? partner.recordId : null,
    partnerName: partner?.name ?? null,
    status: offer.status,
    acceptBy: offer.acceptBy,
  };
}

async function personRecords(
  tx: Queryable,
  leadIds: readonly string[],
): Promise<Map<string, { connection: string; role: string; recordId: string }[]>> {
  const found = await sql<{ lead: string; connection: string; role: string; id: string }>`
    select d.id as lead, l.connection, l.role, l.record_id as id from leads d join links l on l.entity = 'person' and l.entity_id = d.person_id
    where not l.retired and d.id = any(${leadIds}::text[]) order by l.record_id`.execute(tx);
  const byLead = Map.groupBy(found.rows, (row) => row.lead);
  return new Map(
    [...byLead].map(([lead, rows]) => [
      lead,
      rows.map((row) => ({ connection: row.connection, role: row.role, recordId: row.id })),
    ]),
  );
}

async function offerRecords(
  tx: Queryable,
  connection: string,
  object: string,
  offerIds: readonly string[],
): Promise<Map<string, { id: string; fields: Fields }>> {
  const found = await sql<{ offer: string; id: string; fields: Fields }>`
    select l.entity_id as offer, l.record_id as id, r.fields from links l cross join ${recordOf('l')} r
    where l.entity = 'offer' and l.connection = ${connection} and l.object = ${object}
      and l.entity_id = any(${offerIds}::text[])`.execute(tx);
  return new Map(found.rows.map((row) => [row.offer, row]));
}

function writable(
  env: Environment,
  connectionName: string,
  object: string,
  entities: readonly string[],
): { connection: Connection; stream: Stream; mapping: Mapping } | null {
  const connection = env.connections.find((each) => each.name === connectionName);
  const stream = connection?.streams.find((each) => each.spec.object === object);
  const mapping = stream?.mappings.find(
    (each) => entities.includes(each.entity) && (each.writes.length > 0 || sharedSources(each).length > 0),
  );
  return connection && stream && mapping ? { connection, stream, mapping } : null;
}

/** The fields whose wanted value is not what the CRM is known to hold. */
export function different(stream: Stream, wanted: Readonly<Fields>, shadow: Readonly<Fields>): Fields {
  return Object.fromEntries(
    Object.entries(wanted).filter(([field, value]) => !sameValue(value, shadow[field] ?? null, kindOf(stream, field))),
  );
}

/**
 * The live record of a link, looked up one by one: as a plain join the planner, which knows nothing of new tables, would
 * read the whole of them.
 */
function recordOf(link: string) {
  const of = sql.raw(link);
  return sql`lateral (select fields from records
    where id = ${of}.record_id and object = ${of}.object and connection = ${of}.connection and not deleted offset 0)`;
}
