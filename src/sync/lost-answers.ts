/** Settles writes whose answer was lost: by a broken connection, or by the end of the process that sent them. */
import { iso } from '../model/clock.ts';
import { resolve } from '../store/errors.ts';
import { emit, type NewEvent } from '../store/events.ts';
import { type Lease, underLease } from '../store/lease.ts';
import { applyPages } from './apply.ts';
import type { Connection, Environment } from './environment.ts';
import { checkAnew, creatingIn } from './merge-creates.ts';
import { tieFound } from './merge-match.ts';
import { lookAtShared } from './merge-project.ts';
import { keepMembers, offerOfMember } from './nurture-members.ts';
import { linkOffers } from './offer-links.ts';
import { markLostAnswers, type OutboxRow, outboxStates, removeRows, unknownRows } from './outbox.ts';

/**
 * Reads back what was perhaps written and applies it like any other read. Nothing is sent again from memory: each record is
 * looked at anew, so that what is missing still is written, what is out of date by now is not, an edit made meanwhile
 * survives, and a create is not repeated.
 */
export async function settleLostAnswers(env: Environment, connection: Connection, lease: Lease): Promise<void> {
  const states = await outboxStates(env.db, connection.name);
  if (!states.has('sent') && !states.has('unknown')) return;
  await underLease(env.db, lease, (tx) => markLostAnswers(tx, connection.name));
  const rows = await unknownRows(env.db, connection.name);
  for (const [object, mine] of Map.groupBy(rows, (row) => row.object)) {
    const stream = connection.streams.find((each) => each.spec.object === object && !each.spec.deleted);
    const requestedAt = iso(env.clock.now());
    // Of an object that no mapping writes any more nothing is to be sent either.
    const found = stream ? await readBack(connection, stream.spec, mine) : [];
    await underLease(env.db, lease, (tx) => tieFound(tx, creatingIn(connection), object, found));
    if (stream) {
      const page = { records: found, cursor: {}, done: true, requestedAt, pageSize: found.length || 1 };
      await applyPages(env, [{ connection, stream, page, from: null, movesCursor: false }], lease);
    }
    await underLease(env.db, lease, async (tx) => {
      await linkOffers(tx, connection, object, found);
      await keepMembers(tx, connection, object, found);
      await removeRows(tx, connection.name, object, mine);
      // An older refusal of these rows is over: what the CRM refuses of them after this is reported anew.
      await resolve(
        tx,
        'write',
        mine.flatMap((row) =>
          [row.rowKey, row.recordId ?? row.rowKey].map((recordId) => ({
            connection: connection.name,
            object,
            recordId,
          })),
        ),
        iso(env.clock.now()),
      );
      await checkAnew(
        tx,
        mine.map((row) => row.rowKey),
      );
      await lookAtShared(tx, connection.name, object, mine);
      await emit(
        tx,
        mine.map((row) => lookAgain(connection, row)),
        iso(env.clock.now()),
      );
    });
  }
}

async function readBack(
  connection: Connection,
  spec: Parameters<Connection['connector']['readByIds']>[0],
  rows: readonly OutboxRow[],
) {
  const { connector } = connection;
  const found = await connector.readByIds(
    spec,
    rows.flatMap((row) => row.recordId ?? []),
  );
  const creates = rows.flatMap((row) => (row.recordId === null && row.external !== null ? [row.external] : []));
  for (const [field, group] of Map.groupBy(creates, (external) => external.field)) {
    found.push(
      ...(await connector.readByKey(
        spec,
        field,
        group.map((external) => external.value),
      )),
    );
  }
  return found;
}

/** What Sluice wants of the record is worked out anew. */
export function lookAgain(connection: Connection, row: OutboxRow): NewEvent {
  const member = offerOfMember(row.rowKey);
  const data = {
    connection: connection.name,
    object: row.object,
    record: row.recordId,
    offer: row.recordId === null ? (member ?? row.rowKey) : null,
    ...(member === null ? {} : { ofLead: true }),
  };
  return { type: 'owned.edited', entity: row.rowKey, data };
}
