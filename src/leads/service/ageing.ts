import { iso } from '../../model/clock.ts';
import type { LeadState } from '../../model/lead.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit, type NewEvent } from '../../store/events.ts';
import type { Scoring } from '../scoring.ts';
import { loadPeople } from './facts.ts';
import { scorePeople } from './score-people.ts';

/** States in which another grade may send the lead elsewhere: no partner has it. */
const OPEN: readonly LeadState[] = ['New', 'Held', 'Review', 'In pool', 'Nurture', 'Unroutable'];

/**
 * Looks once a day (UTC) at the leads that no partner has: whose grade has changed by the mere passing of time, or since
 * another score was learned, of those it says that they changed. Grades alone count, so that no CRM hears of every point
 * that fades. Looks at up to `limit` leads; true where it is through for today. The first day has nothing to look at: all
 * were just scored.
 * @param now epoch milliseconds
 */
export async function scoreAged(tx: Queryable, scoring: Scoring, now: number, limit: number): Promise<boolean> {
  if (!scoring.ages) return true;
  const day = iso(now).slice(0, 10);
  const before = await tx.selectFrom('score_checks').selectAll().where('name', '=', 'ageing').executeTakeFirst();
  if (before === undefined) {
    await place(tx, day, null);
    return true;
  }
  const today = before.day === day;
  if (today && before.through === null) return true;
  const leads = await tx
    .selectFrom('leads')
    .select(['id', 'person_id', 'grade'])
    .where('id', '>', (today && before.through) || '')
    .where('state', 'in', OPEN)
    .orderBy('id')
    .limit(limit)
    .execute();
  const personIds = leads.map(({ person_id }) => person_id);
  const scores = await scorePeople(tx, await loadPeople(tx, personIds), scoring, now);
  const changed = leads.filter(({ person_id, grade }) => {
    const score = scores.get(person_id);
    return score !== undefined && score.grade !== grade;
  });
  await emit(
    tx,
    changed.map(({ person_id }): NewEvent => ({ type: 'person.changed', entity: person_id })),
    iso(now),
  );
  const through = leads.length < limit ? null : (leads.at(-1)?.id ?? null);
  await place(tx, day, through);
  return through === null;
}

async function place(tx: Queryable, day: string, through: string | null): Promise<void> {
  await upsert(tx, 'score_checks', [{ name: 'ageing', day, through }], ['name']);
}
