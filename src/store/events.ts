import { sql } from 'kysely';
import { upsert } from './bulk.ts';
import type { Queryable } from './database.ts';
import { write } from './write-behind.ts';

/** What happened to an entity. Consumers react to events in order, each idempotent by event id. */
export type EventType =
  /** Facts of a person changed, or a record was tied to it. entity: person */
  | 'person.changed'
  /** A person became part of another. entity: the one that went; data: into, and where both were leads yields and to */
  | 'person.merged'
  /** A merge of persons was undone. entity: the one that had gone; data: into, and where its lead had given way lead */
  | 'person.unmerged'
  /** A touch appeared or changed. entity: person */
  | 'touch.changed'
  /** A partner answered an offer. entity: offer; data: response, reason, at, and where: connection, object, record, or via */
  | 'offer.answered'
  /** The clock of an offer was stopped, started again or moved (see offer_marks). entity: offer */
  | 'offer.clock'
  /** A partner stated something about an offer beside its answer. entity: offer; data.statement */
  | 'feedback.given'
  /** The channel manager said what is to become of a lead that was recalled. entity: lead; data: answer */
  | 'recall.answered'
  /** A partner claimed a lead of the pool. entity: lead; data: offer */
  | 'lead.claimed'
  /** A record shows that a partner is at work with a lead. entity: the record; data: connection, object, record, at */
  | 'lead.worked'
  /** A Salesforce Lead became a Contact. entity: person; data.opportunity */
  | 'lead.converted'
  /** entity: opportunity */
  | 'opportunity.changed'
  /** An exchange rate became known or other than it was. entity: the source */
  | 'rates.changed'
  /** A month of the ledger closed, and all before it. entity: the month, YYYY-MM; data: by */
  | 'period.closed'
  /** entity: campaign */
  | 'campaign.changed'
  /** A field that Sluice owns was edited by somebody else. entity: the link's lead or offer */
  | 'owned.edited'
  /** A partner's facts changed. entity: partner */
  | 'partner.changed'
  /** A deal of a lead was matched or moved. entity: lead; data: opportunity, name, isClosed, isWon */
  | 'deal.moved'
  /** A budget, allocation, request or claim of co-marketing money changed. entity: its id; data: kind, campaign */
  | 'fund.changed'
  /** The CRM record of a deal registration is new or says something else. entity: the record; data: connection, object, record, told */
  | 'registration.told'
  /** A registration was made, decided, moved or ended. entity: registration; data: from, to */
  | 'registration.changed'
  /** A lead changed its state. entity: lead; data: from, to, why */
  | 'lead.state';

export interface NewEvent {
  readonly type: EventType;
  readonly entity: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface StoredEvent {
  readonly id: string;
  readonly type: EventType;
  readonly entity: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export async function emit(tx: Queryable, events: readonly NewEvent[], at: string): Promise<void> {
  await upsert(
    tx,
    'events',
    events.map((event) => ({ type: event.type, entity_id: event.entity, at, data: event.data ?? {} })),
    [],
  );
}

/** The next events of the given types after the consumer's place, oldest first. */
export async function eventsFor(
  tx: Queryable,
  consumer: string,
  types: readonly EventType[],
  limit: number,
): Promise<StoredEvent[]> {
  const found = await sql<{
    id: string;
    type: EventType;
    entity_id: string;
    at: string;
    data: Record<string, unknown>;
  }>`
    select id, type, entity_id, at, data from events
    where id > coalesce((select last_event from consumers where name = ${consumer}), 0)
      and type in (${sql.join(types)})
    order by id limit ${limit}`.execute(tx);
  return found.rows.map((row) => ({ id: row.id, type: row.type, entity: row.entity_id, at: row.at, data: row.data }));
}

/** Remembers, in the caller's transaction, that the consumer has dealt with everything up to `lastEvent`. */
export async function consumed(tx: Queryable, consumer: string, lastEvent: string): Promise<void> {
  await write(
    tx,
    sql`insert into consumers (name, last_event) values (${consumer}, ${lastEvent})
    on conflict (name) do update set last_event = excluded.last_event`,
  );
}
