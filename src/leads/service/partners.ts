import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { EntityValue } from '../../mapping/entities.ts';
import { certificationsOf, periodsOf } from '../../mapping/partner-texts.ts';
import { idOf } from '../../model/ids.ts';
import { EMPTY_PARTNER, type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit, type NewEvent } from '../../store/events.ts';
import type { RecordRef } from './people.ts';

/** A changed record of a partner; `value` is null where it was deleted or is a partner no more. */
export interface PartnerRecord extends RecordRef {
  readonly value: EntityValue<'partner'> | null;
}

/**
 * Applies changed partner records. Every change makes a new version under the next number of the common order, so that
 * the partners as they stood before any decision can be rebuilt.
 */
export async function applyPartners(tx: Queryable, records: readonly PartnerRecord[], at: string): Promise<void> {
  if (records.length === 0) return;
  const ids = records.map((record) => partnerId(record));
  const known = await tx.selectFrom('partners').selectAll().where(among('id', ids)).execute();
  const before = new Map(known.map((row) => [row.id, row]));
  const rows: { id: string; connection: string; record_id: string; facts: unknown; active: boolean }[] = [];
  for (const record of records) {
    const id = partnerId(record);
    const old = before.get(id);
    if (record.value === null && (old === undefined || !old.active)) continue;
    const facts = record.value === null ? old?.facts : factsOf(record.value);
    rows.push({ id, connection: record.connection, record_id: record.id, facts, active: record.value !== null });
  }
  const changed = rows.filter((row) => {
    const old = before.get(row.id);
    return old === undefined || old.active !== row.active || !sameFacts(old.facts, row.facts);
  });
  if (changed.length === 0) return;
  await upsert(tx, 'partners', changed, ['id']);
  await upsert(
    tx,
    'links',
    changed.map((row) => ({
      connection: row.connection,
      object: records.find((record) => partnerId(record) === row.id)?.object ?? '',
      record_id: row.record_id,
      entity: 'partner',
      entity_id: row.id,
      role: 'partner',
      link_id: idOf('ln', row.connection, 'partner', row.record_id),
      retired: !row.active,
    })),
    ['connection', 'object', 'record_id'],
    ['retired'],
  );
  const { rows: numbers } = await sql<{
    seq: string;
  }>`select nextval('seq') as seq from generate_series(1, ${changed.length})`.execute(tx);
  await upsert(
    tx,
    'partner_versions',
    changed.map((row, place) => ({
      partner_id: row.id,
      seq: numbers[place]?.seq,
      facts: row.facts,
      active: row.active,
    })),
    ['partner_id', 'seq'],
  );
  await emit(
    tx,
    changed.map((row): NewEvent => ({ type: 'partner.changed', entity: row.id })),
    at,
  );
}

export function partnerId(record: RecordRef): string {
  return idOf('pt', record.connection, record.id);
}

function factsOf(value: EntityValue<'partner'>): PartnerFacts {
  return {
    name: value.name ?? EMPTY_PARTNER.name,
    status: value.status ?? EMPTY_PARTNER.status,
    territories: [...value.territories].sort(),
    competencies: [...value.competencies].sort(),
    tier: value.tier,
    capacity: value.capacity,
    category: value.category,
    certifications: certificationsOf(value.certifications).sort((a, b) => (a.name < b.name ? -1 : 1)),
    languages: [...value.languages].sort(),
    country: value.country,
    timeZone: value.timeZone,
    dailyCapacity: value.dailyCapacity,
    weeklyCapacity: value.weeklyCapacity,
    minimumScore: value.minimumScore,
    blackouts: periodsOf(value.blackouts).sort((a, b) => (a.from < b.from ? -1 : 1)),
    latitude: value.latitude,
    longitude: value.longitude,
    email: value.email,
    dailyDigest: value.dailyDigest ?? false,
    managerEmail: value.managerEmail,
    programmes: [...value.programmes].sort(),
  };
}

/** What was stored before a fact was known of says nothing else than that it is not stated. */
function sameFacts(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(partnerFacts(a as Partial<PartnerFacts>), partnerFacts(b as Partial<PartnerFacts>));
}
