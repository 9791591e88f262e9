/** What a transaction did to rows, told as changes of records: one change a record, however often it was written. */
import type { ObjectDef, Row, Value } from '../schema/types.ts';

/** One write of one row. `before` holds the old values of the fields that a change wrote. */
export interface RowWrite {
  readonly kind: 'insert' | 'change' | 'erase';
  readonly object: ObjectDef;
  readonly row: Row;
  readonly before?: Readonly<Record<string, Value>>;
}

export type ChangeType = 'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE';

/** What became of one record in one transaction. */
export interface RecordChange {
  readonly object: ObjectDef;
  readonly id: string;
  readonly type: ChangeType;
  /** The whole record of a CREATE or UNDELETE, the changed fields of an UPDATE, nothing of a DELETE. */
  readonly values: Readonly<Record<string, Value | undefined>>;
  /** Who did it. */
  readonly userId: string;
}

interface Story {
  readonly object: ObjectDef;
  readonly row: Row;
  created: boolean;
  erased: boolean;
  /** The values that the record had before the transaction, of the fields that were written. */
  readonly before: Record<string, Value>;
}

/** The changes of a transaction, in the order in which their records were first written. */
export function changesOf(writes: readonly RowWrite[]): RecordChange[] {
  const stories = new Map<string, Story>();
  for (const { kind, object, row, before } of writes) {
    let story = stories.get(row.Id);
    if (!story) {
      story = { object, row, created: kind === 'insert', erased: false, before: {} };
      stories.set(row.Id, story);
    }
    if (kind === 'erase') story.erased = true;
    for (const [name, value] of Object.entries(before ?? {})) {
      if (!(name in story.before)) story.before[name] = value;
    }
  }
  const changes: RecordChange[] = [];
  for (const story of stories.values()) {
    const change = changeOf(story);
    if (change) changes.push(change);
  }
  return changes;
}

/** Null where the record is after the transaction what it was before: made and gone again, or in the bin all along. */
function changeOf(story: Story): RecordChange | null {
  const { object, row, before } = story;
  const was = story.created ? 'absent' : (before.IsDeleted ?? row.IsDeleted) === true ? 'binned' : 'live';
  const is = story.erased ? 'absent' : row.IsDeleted === true ? 'binned' : 'live';
  const userId = String(row.LastModifiedById ?? '');
  const base = { object, id: row.Id, userId };
  if (is === 'live' && was === 'absent') return { ...base, type: 'CREATE', values: { ...row } };
  if (is === 'live' && was === 'binned') return { ...base, type: 'UNDELETE', values: { ...row } };
  if (is !== 'live') return was === 'live' ? { ...base, type: 'DELETE', values: {} } : null;
  const values: Record<string, Value> = {};
  for (const [name, old] of Object.entries(before)) {
    const value = row[name] ?? null;
    if (value !== old) values[name] = value;
  }
  return { ...base, type: 'UPDATE', values };
}
