/** Lets what the clock asks for happen: reminders, decisions that were not made in time, warnings, the ends of windows. Once each. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { Queryable } from '../../store/database.ts';
import { write } from '../../store/write-behind.ts';
import { approveByRule, BY_RULE, expire, type Happened, type Moved, reject } from '../registration.ts';
import { byDue, type DealTimer, type DealTimerKind } from '../timers.ts';
import { claimsOn } from './claims.ts';
import { type Change, type DealPorts, keepChanges, type Partners } from './deal-desk.ts';
import { byIds, loadRegistrations, type StoredRegistration } from './rows.ts';
import { askedOf, situationOf } from './situation.ts';

/** So many are let fire at once; more of them wait for the next round. */
const A_BATCH = 1_000;

/** Fires the timers that are due, in the caller's transaction, which holds the decision lock. Returns how many fired. */
export async function fireTimers(tx: Queryable, ports: DealPorts, partners: Partners, now: number): Promise<number> {
  const at = iso(now);
  const { rows } = await sql<{ registration_id: string; kind: DealTimerKind; key: string; due_at: string }>`
    select registration_id, kind, key, due_at from registration_timers
    where fired_at is null and due_at <= ${at}::timestamptz
    order by due_at, registration_id, kind, key limit ${A_BATCH} for update`.execute(tx);
  if (rows.length === 0) return 0;
  const due = rows
    .map(
      ({ registration_id, kind, key, due_at }): DealTimer => ({
        registrationId: registration_id,
        kind,
        key,
        dueAt: due_at,
      }),
    )
    .sort(byDue);
  await write(
    tx,
    sql`update registration_timers t set fired_at = ${at}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(due)}::jsonb) as r("registrationId" text, kind text, key text)
      where t.registration_id = r."registrationId" and t.kind = r.kind and t.key = r.key`,
  );
  const loaded = await loadRegistrations(tx, byIds([...new Set(due.map(({ registrationId }) => registrationId))]));
  const changes = new Map<string, Change>();
  // Ends come first, whatever else is due: what has ended keeps nobody out.
  for (const timer of [...due].sort((a, b) => rank(a) - rank(b))) {
    const before = loaded.find(({ registration }) => registration.id === timer.registrationId);
    if (before === undefined) continue;
    const change = changes.get(timer.registrationId) ?? { before, after: before, happened: [] };
    const came = await cameTo(tx, timer, change.after, ports, partners, now);
    if (came === null) continue;
    changes.set(timer.registrationId, {
      ...change,
      after: { ...change.after, registration: came.registration },
      happened: [...change.happened, came.happened],
    });
  }
  await keepChanges(tx, [...changes.values()], partners, ports, now);
  return due.length;
}

function rank({ kind }: DealTimer): number {
  return kind === 'expire' ? 0 : 1;
}

/** What a timer comes to; null where nothing is to be done or told any more. */
async function cameTo(
  tx: Queryable,
  timer: DealTimer,
  { registration }: StoredRegistration,
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<Moved | null> {
  const { state, decideBy, protectedUntil } = registration;
  const tell = (kind: Happened['kind']): Moved => ({
    registration,
    happened: { kind, by: BY_RULE, detail: { key: timer.key, dueAt: timer.dueAt } },
  });
  switch (timer.kind) {
    case 'expire':
      return expire(registration, now);
    case 'expiring':
      // A machine that stood still does not warn of what is over.
      return state === 'Approved' && now < Date.parse(protectedUntil ?? '') ? tell('expiring') : null;
    case 'remind':
      return state === 'Pending' && now < Date.parse(decideBy ?? '') ? tell('reminded') : null;
    case 'missed': {
      if (state !== 'Pending') return null;
      const { missed } = ports.rules;
      if (missed === 'reject') {
        const rejected = reject(registration, `nobody decided it by ${decideBy}`, BY_RULE, now);
        return 'refused' in rejected ? null : rejected;
      }
      const partner = partners.get(registration.partnerId);
      if (missed === 'approve' && partner?.active === true && partner.facts.status !== 'Terminated') {
        const claims = await claimsOn(tx, [registration.account], ports, partners, now);
        const situation = situationOf(askedOf(registration), claims, ports, partners, now);
        const { amount, product, account, source, verdict, opportunityId } = registration;
        const facts = { amount, product, country: account.country, source, verdict, partner: partner.facts };
        const approved = approveByRule(
          registration,
          { ...facts, hasOpportunity: opportunityId !== null },
          situation,
          'missed',
        );
        if (approved) return approved;
      }
      return tell('escalated');
    }
  }
}
