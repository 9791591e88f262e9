/** What happens to records beside being saved and deleted: merge, undelete, emptying the recycle bin, and its purge by time. */
import { badRequest } from '../errors.ts';
import { canonicalId } from '../ids.ts';
import type { FieldDef, ObjectDef, Row, Value } from '../schema/types.ts';
import type { Input } from './input.ts';
import type { Caller, Org } from './org.ts';
import { updateRecord } from './write.ts';

const BIN_MS = 15 * 86_400_000;
const MINUTE_MS = 60_000;
const MERGEABLE = new Set(['Account', 'Contact', 'Lead']);
const MAX_LOSERS = 2;

export interface Merged {
  readonly id: string;
  readonly mergedIds: readonly string[];
  readonly relatedIds: readonly string[];
}

/**
 * Merges one or two records into another: they go to the bin with MasterRecordId, and what hung on them hangs on the master.
 * @param input fields of the master to change at the same time
 * @throws SalesforceError, nothing changed
 */
export function mergeRecords(
  org: Org,
  caller: Caller,
  object: ObjectDef,
  masterId: unknown,
  loserIds: readonly unknown[],
  input: Input,
): Merged {
  if (!MERGEABLE.has(object.name)) {
    throw badRequest('INVALID_TYPE_FOR_OPERATION', `entity type ${object.name} does not support merge`);
  }
  if (loserIds.length === 0 || loserIds.length > MAX_LOSERS) {
    throw badRequest('EXCEEDED_ID_LIMIT', `A merge takes 1 to ${MAX_LOSERS} records besides the master`);
  }
  return org.atomically(() => {
    const master = live(org, object, masterId);
    const losers = loserIds.map((id) => live(org, object, id));
    if (losers.includes(master)) throw badRequest('INVALID_OPERATION', 'A record cannot be merged into itself');
    const relatedIds = losers.flatMap((loser) => moveChildren(org, object, loser, master));
    for (const loser of losers) {
      org.table(object).recordDeletion(loser.Id, org.now());
      org.touch(object, loser, { IsDeleted: true, MasterRecordId: master.Id }, caller.userId);
    }
    if (Object.keys(input).length > 0) updateRecord(org, caller, object, master, input);
    else org.touch(object, master, {}, caller.userId);
    return { id: master.Id, mergedIds: losers.map((loser) => loser.Id), relatedIds };
  });
}

function live(org: Org, object: ObjectDef, raw: unknown): Row {
  const found = known(org, raw);
  if (found.object !== object) throw badRequest('INVALID_ID_FIELD', `id value of incorrect type: ${String(raw)}`);
  if (found.row.IsDeleted === true) throw badRequest('ENTITY_IS_DELETED', 'entity is deleted');
  if (found.row.IsConverted === true) {
    throw badRequest('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
  }
  return found.row;
}

function known(org: Org, raw: unknown): { object: ObjectDef; row: Row } {
  const id = canonicalId(raw);
  if (id === undefined) throw badRequest('MALFORMED_ID', `malformed id ${String(raw)}`);
  const found = org.row(id);
  if (!found) throw badRequest('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  return found;
}

/** Everything that named the loser names the master, by the platform's own hand: users have not changed it. */
function moveChildren(org: Org, object: ObjectDef, loser: Row, master: Row): string[] {
  const moved: string[] = [];
  for (const { child, field } of org.schema.childrenOf(object)) {
    if (field.read || field.name === 'MasterRecordId') continue;
    for (const row of org.childRows(child, field, loser.Id)) {
      if (child.name === 'CampaignMember' && isMember(org, field, row, master)) {
        const members = org.table(child);
        members.recordDeletion(row.Id, org.now());
        members.erase(row);
        continue;
      }
      org.touchBySystem(child, row, { [field.name]: row === master ? null : master.Id });
      moved.push(row.Id);
    }
  }
  return moved;
}

/** Whether the master is a member of the campaign already: nobody is twice in one. */
function isMember(org: Org, field: FieldDef, member: Row, master: Row): boolean {
  return org.children('CampaignMember', field.name, master.Id).some((other) => other.CampaignId === member.CampaignId);
}

/** Takes a record out of the bin, with the children that were deleted along with it.  @throws UNDELETE_FAILED and others */
export function undelete(org: Org, caller: Caller, raw: unknown): string {
  const { object, row } = known(org, raw);
  if (row.IsDeleted !== true) throw badRequest('UNDELETE_FAILED', 'Entity is not in the recycle bin');
  return org.atomically(() => {
    for (const field of object.fields.values()) {
      const value: Value = row[field.name] ?? null;
      if (!field.unique || value === null) continue;
      for (const other of org.table(object).idsWhere(field, value)) {
        if (org.table(object).rows.get(other)?.IsDeleted === true) continue;
        throw badRequest(
          'DUPLICATE_VALUE',
          `duplicate value found: ${field.name} duplicates value on record with id: ${other}`,
        );
      }
    }
    for (const one of along(org, object, row)) restore(org, caller, one.object, one.row);
    return row.Id;
  });
}

function restore(org: Org, caller: Caller, object: ObjectDef, row: Row): void {
  org.table(object).forgetDeletion(row.Id);
  const changes: Record<string, Value> = { IsDeleted: false };
  if (object.fields.has('masterrecordid')) changes.MasterRecordId = null;
  org.touch(object, row, changes, caller.userId);
}

/** The record and what is in the bin because of it. */
function along(org: Org, object: ObjectDef, row: Row): { object: ObjectDef; row: Row }[] {
  const found = [{ object, row }];
  for (const { child, field } of org.schema.childrenOf(object)) {
    if (field.onDelete !== 'Cascade' || field.read) continue;
    const table = org.table(child);
    for (const id of table.idsWhere(field, row.Id)) {
      const one = table.rows.get(id);
      if (one?.IsDeleted === true && one.SystemModstamp === row.SystemModstamp) found.push(...along(org, child, one));
    }
  }
  return found;
}

/** Removes a record of the bin for good; /deleted goes on to name it.  @throws where it is not in the bin */
export function emptyFromBin(org: Org, raw: unknown): string {
  const { object, row } = known(org, raw);
  if (row.IsDeleted !== true) throw badRequest('INVALID_ID_FIELD', `Record ${row.Id} is not in the recycle bin`);
  org.atomically(() => {
    for (const one of along(org, object, row)) org.table(one.object).erase(one.row);
  });
  return row.Id;
}

/** Removes what has been in the bin for fifteen days. Asked before each request; looks once a minute of the org's clock. */
export class Purge {
  readonly #org: Org;
  #purgedUntil = 0;

  constructor(org: Org) {
    this.#org = org;
  }

  run(): void {
    const due = this.#org.clock.now() - BIN_MS;
    if (due < this.#purgedUntil + MINUTE_MS) return;
    for (const object of this.#org.schema.objects) {
      const table = this.#org.table(object);
      for (const { id, at } of table.deletions) {
        if (at > due) break;
        const row = at > this.#purgedUntil ? table.rows.get(id) : undefined;
        if (row?.IsDeleted === true) table.erase(row);
      }
    }
    this.#purgedUntil = due;
  }
}
