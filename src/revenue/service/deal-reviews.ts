/** Questions to a person about which lead a deal came of, and the answers. */
import { sql } from 'kysely';
import { idOf } from '../../model/ids.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { Match, MatchAnswer, ShownLead } from '../match.ts';
import type { ReconcileRules } from '../reconcile-config.ts';
import type { DealRow } from './deal-row.ts';

/** What a question about a deal holds. */
export interface DealQuestion {
  readonly opportunity: string;
  readonly name: string;
  /** The likeliest. */
  readonly lead: string;
  /** The leads that it may have come of, the likeliest first. */
  readonly candidates: readonly ShownLead[];
}

/** A question about a deal; another `key` is another question. */
export interface AskedDeal {
  readonly deal: string;
  readonly key: readonly string[];
  readonly subject: object;
  readonly why: string;
}

/** Asks what the matches leave to a person. */
export async function askOfDeals(
  tx: Queryable,
  deals: readonly DealRow[],
  matches: ReadonlyMap<string, Match>,
  { zones }: ReconcileRules,
  at: string,
): Promise<void> {
  const asked = deals.flatMap(({ id, facts }): AskedDeal[] => {
    const match = matches.get(id);
    // A deal that was lost or deleted brings nothing that could be anybody's.
    const isMoot = facts.deleted || (facts.isClosed && !facts.isWon);
    const [first] = match?.ask ?? [];
    if (match === undefined || first === undefined || isMoot) return [];
    const subject: DealQuestion = { opportunity: id, name: facts.name, lead: first.leadId, candidates: match.ask };
    const why = match.against.length > 0 ? match.against.join(' ') : match.reason;
    return [{ deal: id, key: keyOf(match.ask, zones.same), subject, why: `${facts.name}: ${why}` }];
  });
  const ids = deals.map(({ id }) => id);
  await askAbout(tx, 'deal-match', ids, asked, at);
}

/** Keeps the questions of a kind about these deals as they are now: open ones that are no more are taken back, answered ones stay. */
export async function askAbout(
  tx: Queryable,
  kind: 'deal-match' | 'deal-twin',
  dealIds: readonly string[],
  questions: readonly AskedDeal[],
  at: string,
): Promise<void> {
  const asked = questions.map(({ deal, key, subject, why }) => ({
    id: idOf('rv', kind, deal, ...key),
    kind,
    subject,
    why,
  }));
  const wanted = asked.map(({ id }) => id);
  await sql`update reviews set resolved_at = ${at}::timestamptz
    where kind = ${kind} and subject->>'opportunity' = any(${dealIds}::text[]) and resolved_at is null
      and not id = any(${wanted}::text[])`.execute(tx);
  if (asked.length === 0) return;
  const answered = await tx
    .selectFrom('reviews')
    .select('id')
    .where(among('id', wanted))
    .where('answer', 'is not', null)
    .execute();
  const done = new Set(answered.map(({ id }) => id));
  await upsert(
    tx,
    'reviews',
    asked.filter(({ id }) => !done.has(id)).map((row) => ({ ...row, created_at: at, resolved_at: null })),
    ['id'],
    ['subject', 'why', 'resolved_at'],
  );
}

/** Another question wherever other leads are shown, or something else names one of them. */
function keyOf(shown: readonly ShownLead[], same: number): string[] {
  return shown
    .map(({ leadId, by, probability }) => `${leadId} ${by ?? (probability >= same ? 'sure' : 'likely')}`)
    .sort();
}

/** The answers about deals, by deal. A lead whose person became another one is that one's lead now. */
export async function answersOfDeals(tx: Queryable, dealIds: readonly string[]): Promise<Map<string, MatchAnswer>> {
  const { rows } = await sql<{ deal: string; subject: DealQuestion; answer: string; at: string }>`
    select subject->>'opportunity' as deal, subject, answer, resolved_at as at from reviews
    where kind = 'deal-match' and answer is not null and subject->>'opportunity' = any(${dealIds}::text[])
    order by resolved_at, id`.execute(tx);
  if (rows.length === 0) return new Map();
  const now = await leadsNow(
    tx,
    rows.flatMap(({ subject }) => subject.candidates.map(({ leadId }) => leadId)),
  );
  const answers = new Map<string, MatchAnswer>();
  for (const { deal, subject, answer, at } of rows) {
    const before = answers.get(deal)?.shown ?? [];
    const shown = subject.candidates.map((lead) => ({ ...lead, leadId: now.get(lead.leadId) ?? lead.leadId }));
    const chosen = answer.startsWith('same') ? (answer.split(' ')[1] ?? subject.lead) : null;
    answers.set(deal, {
      leadId: chosen === null ? null : (now.get(chosen) ?? chosen),
      shown: [...before.filter(({ leadId }) => !shown.some((lead) => lead.leadId === leadId)), ...shown],
      at,
    });
  }
  return answers;
}

async function leadsNow(tx: Queryable, leadIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ old: string; now: string }>`
    select d.id as old, n.id as now from leads d join people p on p.id = d.person_id
      join leads n on n.person_id = p.merged_into
    where d.id = any(${leadIds}::text[]) and p.merged_into is not null`.execute(tx);
  return new Map(rows.map((row) => [row.old, row.now]));
}
