/** Lets time act on funds. Costs two look-ups by index where nothing is due. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import type { Queryable } from '../../store/database.ts';
import { dueClaim, dueRequest } from '../due.ts';
import { dayOf } from '../outcome.ts';
import type { FundRules } from '../rules.ts';
import { type FundChange, keep, loadBook, lockTrees } from './fund-store.ts';

/** Requests expire and go on to the next approver, in the caller's transaction; answers how many. */
export async function fundsDue(tx: Queryable, rules: FundRules, now: number): Promise<number> {
  const least = Math.min(...rules.approval.flatMap(({ withinDays }) => withinDays ?? []));
  const before = Number.isFinite(least) ? iso(now - least * 86_400_000) : null;
  const steps = rules.approval.length - 1;
  const { rows } = await sql<{ budget: string; id: string }>`
    select budget_id as budget, id from fund_requests
      where status in ('approved', 'claimed') and connection is null and claim_by < ${dayOf(now)}
    union select budget_id, id from fund_requests
      where status = 'submitted' and connection is null and submitted_at <= ${before}::timestamptz and escalated < ${steps}
    union select r.budget_id, c.id from fund_claims c join fund_requests r on r.id = c.request_id
      where c.status = 'submitted' and c.connection is null and c.submitted_at <= ${before}::timestamptz and c.escalated < ${steps}`.execute(
    tx,
  );
  if (rows.length === 0) return 0;
  const ids = new Set(rows.map(({ id }) => id));
  const tree = await lockTrees(
    tx,
    rows.map(({ budget }) => budget),
  );
  const book = await loadBook(tx, dayOf(now), tree);
  const managers = await managersOf(tx);
  const changes: FundChange[] = [];
  for (const request of book.all('request')) {
    const manager = managers.get(request.partnerId ?? '') ?? null;
    const due = ids.has(request.id) ? dueRequest(request, manager, rules, now) : null;
    // What gives money back breaks no rule.
    if (due) changes.push({ item: { kind: 'request', value: due.next }, type: due.type, who: 'sluice', why: due.why });
    for (const claim of book.under('claim', request.id)) {
      const waited = ids.has(claim.id) ? dueClaim(claim, manager, rules, now) : null;
      if (waited)
        changes.push({
          item: { kind: 'claim', value: waited.next },
          type: waited.type,
          who: 'sluice',
          why: waited.why,
        });
    }
  }
  await keep(tx, changes, iso(now));
  return changes.length;
}

/** The channel managers of partners, by partner. */
async function managersOf(tx: Queryable): Promise<Map<string, string | null>> {
  const partners = await tx.selectFrom('partners').select(['id', 'facts']).execute();
  return new Map(partners.map(({ id, facts }) => [id, partnerFacts(facts as Partial<PartnerFacts>).managerEmail]));
}
