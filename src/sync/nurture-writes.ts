/**
 * What the record of a person is set to when its lead is handed back to marketing: once, in two steps where a field moves forward
 * only (HubSpot drops a lifecycle stage that goes back, unless it was cleared before). After that the fields are marketing's again.
 */
import { sql } from 'kysely';
import { nurtureStep } from '../leads/feedback/nurture.ts';
import { loadPeople } from '../leads/service/facts.ts';
import { loadLeads } from '../leads/service/lead-store.ts';
import { markNurtures, openNurtures } from '../leads/service/nurtures.ts';
import { refreshFacts } from '../leads/service/people.ts';
import { sameValue } from '../mapping/canonical.ts';
import type { FieldValue } from '../mapping/described.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { upsert } from '../store/bulk.ts';
import type { Queryable } from '../store/database.ts';
import { type Connection, type Environment, kindOf, type Stream } from './environment.ts';
import { peoplePorts } from './people-ports.ts';

type Fields = Readonly<Record<string, FieldValue>>;

/** Which records of a lead that is with marketing were set already: `connection object record`. */
export type NurtureProgress = ReadonlyMap<string, { readonly offerId: string; readonly done: ReadonlySet<string> }>;

/** What is under way, by lead; a lead that rests or came back is left out. */
export async function nurtureProgress(tx: Queryable, leadIds: readonly string[]): Promise<NurtureProgress> {
  if (leadIds.length === 0) return new Map();
  const { rows } = await sql<{ lead: string; offer: string; done: string[] }>`
    select n.lead_id as lead, n.offer_id as offer,
      coalesce(array_agg(w.connection || ' ' || w.object || ' ' || w.record_id) filter (where w.offer_id is not null), '{}') as done
    from nurtures n join leads d on d.id = n.lead_id and d.state = 'Nurture'
    left join nurture_writes w on w.offer_id = n.offer_id
    where n.lead_id = any(${leadIds}::text[]) and n.returned_at is null group by n.lead_id, n.offer_id`.execute(tx);
  return new Map(rows.map(({ lead, offer, done }) => [lead, { offerId: offer, done: new Set(done) }]));
}

/** What is to be written next to a record, by what it holds; nothing: it is as it should be. */
export function nurtureStepOf(mapping: Mapping, stream: Stream, shadow: Fields): Record<string, FieldValue> {
  const differs = (field: string, value: FieldValue) => !sameValue(value, shadow[field] ?? null, kindOf(stream, field));
  const open = mapping.nurture.filter(({ field, set }) => differs(field, set));
  const toClear = open.filter(({ field, clearFirst }) => clearFirst && differs(field, null));
  if (toClear.length > 0) return Object.fromEntries(toClear.map(({ field }) => [field, null]));
  return Object.fromEntries(open.map(({ field, set }) => [field, set]));
}

/** Remembers that records were set, so that marketing may change them again. */
export async function keepNurtured(
  tx: Queryable,
  done: readonly {
    readonly offerId: string;
    readonly connection: string;
    readonly object: string;
    readonly recordId: string;
  }[],
): Promise<void> {
  await upsert(
    tx,
    'nurture_writes',
    done.map(({ offerId, connection, object, recordId }) => ({
      offer_id: offerId,
      connection,
      object,
      record_id: recordId,
    })),
    ['offer_id', 'connection', 'object', 'record_id'],
    [],
  );
}

/**
 * After confirmed writes: records that were set tell of it, for our own write coming back is no change. @returns the links of the records of
 * which a field was cleared and the next step is still to come
 */
export async function nurturesWritten(
  env: Environment,
  tx: Queryable,
  connection: Connection,
  object: string,
  written: readonly { readonly rowKey: string; readonly id: string; readonly fields: Fields }[],
  at: string,
): Promise<ReadonlySet<string>> {
  const steered = connection.mappings.filter((each) => each.object === object).flatMap(({ nurture }) => nurture);
  if (steered.length === 0) return new Set();
  const cleared = written.filter(({ fields }) =>
    steered.some(({ field, clearFirst }) => clearFirst && field in fields && fields[field] === null),
  );
  const open = new Set(cleared.map(({ rowKey }) => rowKey));
  const set = written.filter(({ rowKey, fields }) => !open.has(rowKey) && steered.some(({ field }) => field in fields));
  if (set.length === 0) return open;
  const { rows } = await sql<{ offer: string; record: string; person: string }>`
    select n.offer_id as offer, l.record_id as record, d.person_id as person
    from links l join leads d on d.person_id = l.entity_id join nurtures n on n.lead_id = d.id and n.returned_at is null
    where l.entity = 'person' and l.connection = ${connection.name} and l.object = ${object}
      and l.record_id = any(${set.map(({ id }) => id)}::text[])`.execute(tx);
  await keepNurtured(
    tx,
    rows.map(({ offer, record }) => ({ offerId: offer, connection: connection.name, object, recordId: record })),
  );
  const persons = [...new Set(rows.map(({ person }) => person))];
  await refreshFacts(tx, persons, peoplePorts(env), at);
  await noteRest(env, tx, persons, at);
  return open;
}

/** Who is unreleased by now has rested; marketing may release anybody again before the next decision looks. */
async function noteRest(env: Environment, tx: Queryable, persons: readonly string[], at: string): Promise<void> {
  const facts = await loadPeople(tx, persons);
  const leads = await loadLeads(tx, 'person_id', persons);
  const stays = await openNurtures(
    tx,
    leads.map(({ lead }) => lead.id),
  );
  const rested = leads.flatMap(({ lead }) => {
    const stay = stays.get(lead.id);
    const step = stay && nurtureStep(stay, facts.get(lead.personId)?.stage ?? null, env.rules.intake.stages);
    return stay && step === 'rests' ? stay.offerId : [];
  });
  await markNurtures(tx, rested, 'rested_at', at);
}
