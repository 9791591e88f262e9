/** Funds in the CRMs: what changed records say of them, and what they are to be told of requests and claims that were made here. */
import { sql } from 'kysely';
import { committedOf } from '../funds/balances.ts';
import type { FundBook } from '../funds/book.ts';
import { dayOf } from '../funds/outcome.ts';
import type { FundRecordChange, FundRecords, UnusableFund } from '../funds/service/apply.ts';
import { loadBook, takeUntold, tellCrms } from '../funds/service/fund-store.ts';
import { sameValue } from '../mapping/canonical.ts';
import type { FieldValue } from '../mapping/described.ts';
import type { EntityName, EntityValue, WriteName } from '../mapping/entities.ts';
import { keyOf, type Mapping } from '../mapping/mapping.ts';
import type { EntityRead } from '../mapping/read.ts';
import { writeFields } from '../mapping/write.ts';
import type { FundClaim, FundRequest } from '../model/fund.ts';
import { decimalOf } from '../model/money.ts';
import type { Queryable } from '../store/database.ts';
import type { RecordError } from '../store/errors.ts';
import type { Change } from './compare.ts';
import { type Connection, type Environment, kindOf, type Stream } from './environment.ts';
import { type DesiredWrite, enqueue } from './outbox.ts';

/** A changed record as a mapping reads it. */
interface FundReading {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly change: Change;
  readonly read: EntityRead | null;
}

/** The records of the four kinds among what was read. */
export function fundRecords(of: (entity: EntityName) => readonly FundReading[]): FundRecords {
  const changed = <E extends EntityName>(entity: E): FundRecordChange<EntityValue<E>>[] =>
    of(entity).map(({ connection, stream, change, read }) => {
      const own = read?.written.fundId;
      return {
        connection: connection.name,
        object: stream.spec.object,
        id: change.record.id,
        modifiedAt: change.record.modifiedAt,
        ownId: typeof own === 'string' && own !== '' ? own : null,
        value: read?.entity === entity ? (read.value as EntityValue<E>) : null,
      };
    });
  return {
    budgets: changed('fundBudget'),
    allocations: changed('fundAllocation'),
    requests: changed('fundRequest'),
    claims: changed('fundClaim'),
  };
}

/** What could not be used, as the error centre tells it. */
export function fundProblems(unusable: readonly UnusableFund[]): RecordError[] {
  return unusable.map(({ connection, object, id, field, message }) => ({
    connection,
    object,
    recordId: id,
    stage: 'map',
    code: 'BAD_VALUE',
    message: `It ${message}.`.replace(/^It "/, '"'),
    hint: 'Correct the record in the CRM; until then the fund is kept as it was known.',
    fields: [field],
  }));
}

type Fields = Record<string, FieldValue>;
type Values = Partial<Record<WriteName, FieldValue>>;

interface Place {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly mapping: Mapping;
}

/** Puts into the outbox what the CRMs are to be told of requests and claims that were made here, of funds that they hold. */
export async function projectFunds(env: Environment, tx: Queryable, at: string): Promise<void> {
  const placesOf = (entity: EntityName) =>
    env.connections.flatMap((connection): Place[] => {
      const mapping = connection.mappings.find((each) => each.entity === entity && each.writes.length > 0);
      const stream = connection.streams.find((each) => each.spec.object === mapping?.object && !each.spec.deleted);
      return mapping && stream ? [{ connection, stream, mapping }] : [];
    });
  const places = { request: placesOf('fundRequest'), claim: placesOf('fundClaim') };
  if (places.request.length === 0) return;
  const ids = await takeUntold(tx);
  if (ids.length === 0) return;
  const book = await loadBook(tx, dayOf(env.clock.now()), null);
  const requests = ids.flatMap((id) => book.get('request', id) ?? []);
  const claims = ids.flatMap((id) => book.get('claim', id) ?? []);
  const known = await recordsOf(tx, [...ids, ...claims.map(({ requestId }) => requestId)]);
  const partners = await tx.selectFrom('partners').select(['id', 'connection', 'record_id']).execute();
  const campaigns = await tx
    .selectFrom('campaign_records')
    .select(['connection', 'record_id', 'campaign_id'])
    .orderBy('record_id')
    .execute();
  const writes: DesiredWrite[] = [];
  for (const place of places.request) {
    const { name } = place.connection;
    for (const request of requests) {
      const budget = book.get('budget', request.budgetId)?.record;
      if (budget?.connection !== name) continue;
      const partner = partners.find(({ id, connection }) => id === request.partnerId && connection === name);
      const campaign = campaigns.find((each) => each.campaign_id === request.campaignId && each.connection === name);
      const allocation = request.allocationId === null ? null : book.get('allocation', request.allocationId);
      const values: Values = {
        ...requestValues(request, book),
        budget: budget.id,
        allocation: allocation?.record?.id ?? null,
        partner: partner?.record_id ?? null,
        campaign: campaign?.record_id ?? null,
      };
      writes.push(writeOf(place, request.id, values, known));
    }
  }
  const waiting: string[] = [];
  for (const place of places.claim) {
    for (const claim of claims) {
      const request = book.get('request', claim.requestId);
      if (request === null || book.get('budget', request.budgetId)?.record?.connection !== place.connection.name)
        continue;
      const record = known.get(`${place.connection.name} ${claim.requestId}`);
      // A claim points at its request, which must be there first.
      if (record === undefined) waiting.push(claim.id);
      else writes.push(writeOf(place, claim.id, { ...claimValues(claim), request: record.id }, known));
    }
  }
  await tellCrms(tx, waiting);
  await enqueue(
    tx,
    writes.filter(({ fields }) => Object.keys(fields).length > 0),
    writes.filter(({ fields }) => Object.keys(fields).length === 0),
    at,
  );
}

function requestValues(request: FundRequest, book: FundBook): Values {
  const { currency } = request;
  const isOver = request.status === 'expired' || request.status === 'withdrawn';
  const approved = isOver ? committedOf(request, book.under('claim', request.id)) : request.approved;
  return {
    fundId: request.id,
    title: request.title,
    activity: request.activity,
    status: request.status,
    requested: decimalOf({ minor: request.requested, currency }),
    approved: approved === null ? null : decimalOf({ minor: approved, currency }),
  };
}

function claimValues(claim: FundClaim): Values {
  return {
    fundId: claim.id,
    title: claim.title,
    status: claim.status,
    amount: decimalOf({ minor: claim.approved ?? claim.requested, currency: claim.currency }),
  };
}

interface KnownRecord {
  readonly id: string;
  readonly fields: Fields;
}

function writeOf(
  { connection, stream, mapping }: Place,
  id: string,
  values: Values,
  known: ReadonlyMap<string, KnownRecord>,
): DesiredWrite {
  const record = known.get(`${connection.name} ${id}`);
  const wanted = writeFields(mapping, values, stream.description);
  const key = keyOf(mapping)?.field ?? '';
  const differs = ([field, value]: [string, FieldValue]) =>
    !sameValue(value, record?.fields[field] ?? null, kindOf(stream, field));
  return {
    connection: connection.name,
    object: mapping.object,
    rowKey: id,
    recordId: record?.id ?? null,
    external: { field: key, value: id },
    fields: Object.fromEntries(
      Object.entries(wanted).filter(([field, value]) => !stream.paused.has(field) && differs([field, value])),
    ),
  };
}

/** The CRM records of requests and claims that were written before, by connection and id. */
async function recordsOf(tx: Queryable, ids: readonly string[]): Promise<Map<string, KnownRecord>> {
  const { rows } = await sql<{ connection: string; fund: string; id: string; fields: Fields }>`
    select l.connection, l.entity_id as fund, l.record_id as id, r.fields from links l
      cross join lateral (select fields from records
        where id = l.record_id and object = l.object and connection = l.connection and not deleted offset 0) r
    where l.entity in ('fundRequest', 'fundClaim') and not l.retired and l.entity_id = any(${ids}::text[])`.execute(tx);
  return new Map(rows.map(({ connection, fund, id, fields }) => [`${connection} ${fund}`, { id, fields }]));
}
