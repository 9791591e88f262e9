import { sql } from 'kysely';
import { gainWords } from '../leads/methods/assignment.ts';
import type { Queryable } from '../store/database.ts';
import { AGREED, type ConnectionRun, type RunSummary } from '../sync/run.ts';
import type { RunStatus, RunView } from './api.ts';

/** The newest `limit` runs, newest first. */
export async function runViews(tx: Queryable, limit: number): Promise<RunView[]> {
  const rows = await tx
    .selectFrom('runs')
    .selectAll()
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  const live = await liveRun(tx);
  return rows.map((row) => {
    const summary = row.summary as Partial<RunSummary>;
    const per = summary.connections ?? {};
    const each = (field: 'read' | 'calls') =>
      Object.fromEntries(Object.entries(per).map(([name, run]) => [name, run[field]]));
    const total = (field: 'changed' | 'written' | 'rejected') =>
      Object.values(per).reduce((sum: number, run: ConnectionRun) => sum + run[field], 0);
    const cutOff = row.status === 'running' && row.id !== live;
    const status: RunStatus = cutOff ? 'failed' : (row.status as RunStatus);
    return {
      id: row.id,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      status,
      read: each('read'),
      changed: total('changed'),
      written: total('written'),
      rejected: total('rejected'),
      offers: summary.offers ?? 0,
      calls: each('calls'),
      gain: summary.gain ? `Assigned as a whole: ${gainWords(summary.gain)}.` : null,
      message: cutOff ? CUT_OFF : summary.message === AGREED ? null : (summary.message ?? null),
    };
  });
}

const CUT_OFF = 'The process ended before the run did. What it had committed stands; the next run goes on from there.';

/** The run that is at work now: that of the lease that somebody holds; null where nobody runs. */
export async function liveRun(tx: Queryable): Promise<string | null> {
  const found = await sql<{ id: string }>`
    select r.id from leases l join runs r on r.status = 'running' and ltrim(substr(r.id, 5), '0') = l.fence::text
    where l.name = 'sync' and l.expires_at > now()`.execute(tx);
  return found.rows[0]?.id ?? null;
}
