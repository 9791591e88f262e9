/** The journal in the store: lines are only added, by one writer at a time, the one that holds the lease of runs. */
import { sql } from 'kysely';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { chain, type Head, type Line, type LineKind, type NewLine, NO_LINES, openingLine } from '../journal.ts';
import { loadEntries } from './entries.ts';

/** Adds lines and answers with them, numbered. Two writers at once collide on the number, and one of them is refused whole. */
export async function appendLines(tx: Queryable, lines: readonly NewLine[], at: string): Promise<Line[]> {
  if (lines.length === 0) return [];
  const head = await headOf(tx);
  const opening = head.seq === 0 ? await openingLines(tx) : [];
  const numbered = chain([...opening, ...lines], head, at);
  await upsert(
    tx,
    'journal',
    numbered.map(({ seq, at: instant, kind, subject, body, hash }) => ({
      seq,
      at: instant,
      kind,
      subject,
      body,
      hash,
    })),
    [],
  );
  return numbered.slice(opening.length);
}

/** What was booked before there was a journal, as it stands. */
async function openingLines(tx: Queryable): Promise<NewLine[]> {
  const entries = Map.groupBy(await loadEntries(tx, null), (entry) => entry.opportunityId);
  return [...entries].map(([id, mine]) => openingLine(id, mine));
}

export async function headOf(tx: Queryable): Promise<Head> {
  const found = await sql<{ seq: string; hash: string }>`
    select seq, hash from journal order by seq desc limit 1`.execute(tx);
  const row = found.rows[0];
  return row === undefined ? NO_LINES : { seq: Number(row.seq), hash: row.hash };
}

/** The last line of a kind about a subject; null where there is none. */
export async function lastLine(tx: Queryable, kind: LineKind, subject: string): Promise<string | null> {
  const row = await tx
    .selectFrom('journal')
    .select('body')
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.body ?? null;
}

/** All lines, in order. */
export async function loadJournal(tx: Queryable): Promise<Line[]> {
  const rows = await tx.selectFrom('journal').selectAll().orderBy('seq').execute();
  return rows.map((row) => ({ ...row, seq: Number(row.seq), kind: row.kind as LineKind }));
}
