/** What is told of a record of the CRM rather than of a lead: a conversion, an edit of a field that Sluice owns. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import type { StoredEvent } from '../../store/events.ts';
import type { Desk } from './desk.ts';
import { type LeadRecord, loadOffers } from './lead-store.ts';

/** The CRM made a deal of the person: the lead is qualified. */
export async function leadsConverted(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
  nameOf: (id: string | null) => string,
): Promise<void> {
  for (const [leadId, record] of await holdByRecords(tx, desk, events)) {
    desk.happen(leadId, { kind: 'converted', by: nameOf(record.lead.partnerId) });
    desk.touchLead(leadId);
  }
}

/** A partner took a lead out of the pool: its records are to show it. */
export async function leadsClaimed(desk: Desk, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  await desk.load(
    'id',
    events.map(({ entity }) => entity),
  );
  for (const { entity, data } of events) {
    desk.touchLead(entity);
    desk.touchOffer(String(data.offer));
  }
}

/** Somebody edited a field that Sluice owns: the record is looked at again, and the field set back where it differs. */
export async function ownedEdited(tx: Queryable, desk: Desk, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  for (const [leadId] of await holdByRecords(tx, desk, events)) desk.touchLead(leadId);
  const { rows } = await sql<{ id: string }>`
    select l.entity_id as id from jsonb_to_recordset(${refsOf(events)}::jsonb) as r(connection text, object text, record text)
    join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.record and l.entity = 'offer'`.execute(
    tx,
  );
  // An offer that has no record yet is named by its own id.
  const named = events.flatMap(({ data }) => (typeof data.offer === 'string' ? [data.offer] : []));
  const edited = await loadOffers(tx, 'id', [...rows.map(({ id }) => id), ...named]);
  desk.hold([], edited);
  for (const { offer } of edited) desk.touchOffer(offer.id);
  // What is made of the lead itself is named by the offer that it came from.
  const ofLeads = new Set(events.flatMap(({ data }) => (data.ofLead === true ? [String(data.offer)] : [])));
  const leadIds = edited.flatMap(({ offer }) => (ofLeads.has(offer.id) ? [offer.leadId] : []));
  for (const { lead } of leadIds.length === 0 ? [] : await desk.load('id', leadIds)) desk.touchLead(lead.id);
}

function refsOf(events: readonly StoredEvent[]): string {
  return JSON.stringify(
    events.map(({ data }) => ({ connection: data.connection, object: data.object, record: data.record })),
  );
}

/** The leads of the persons whose records the events name. */
async function holdByRecords(
  tx: Queryable,
  desk: Desk,
  events: readonly StoredEvent[],
): Promise<Map<string, LeadRecord>> {
  if (events.length === 0) return new Map();
  const found = await sql<{ person: string }>`
    select distinct l.entity_id as person from jsonb_to_recordset(${refsOf(events)}::jsonb) as r(connection text, object text, record text)
    join links l on l.connection = r.connection and l.object = r.object and l.record_id = r.record and l.entity in ('person', 'deal')`.execute(
    tx,
  );
  const leads = await desk.load(
    'person_id',
    found.rows.map((row) => row.person),
  );
  return new Map(leads.map((record) => [record.lead.id, desk.lead(record.lead.id) ?? record]));
}
