/** Keeps which deals are deals of another CRM, so that each counts once. */
import { sql } from 'kysely';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { ReconcileRules } from '../reconcile-config.ts';
import { type Twin, type TwinAnswer, type TwinCandidate, type TwinDeal, twinOf } from '../twins.ts';
import { amountOf, type OpportunityFacts } from './apply.ts';
import { askAbout } from './deal-reviews.ts';

/**
 * Settles anew which deals the given ones, and those that may be one with them, are in other CRMs. Returns every deal that has
 * to be reconciled for it: the given ones, those whose standing changed, and those that count in their place.
 */
export async function settleTwins(
  tx: Queryable,
  dealIds: readonly string[],
  rules: ReconcileRules,
  at: string,
): Promise<string[]> {
  const span = await sql<{ first: string | null; last: string | null }>`
    select min(connection) as first, max(connection) as last from opportunities`.execute(tx);
  // With deals of one CRM only there is nothing to compare.
  if (dealIds.length === 0 || span.rows[0]?.first === span.rows[0]?.last) return [...dealIds];
  const near = await nearDeals(tx, dealIds);
  const asked = [...new Set([...dealIds, ...near.map(({ b }) => b)])].sort();
  const all = await nearDeals(tx, asked);
  const pairs = Map.groupBy(all, ({ a }) => a);
  const deals = await loadDeals(tx, [...new Set([...asked, ...all.map(({ b }) => b)])]);
  const answers = await answersOf(tx, asked);
  const known = await tx.selectFrom('deal_twins').selectAll().where(among('opportunity_id', asked)).execute();
  const before = new Map(known.map((row) => [row.opportunity_id, row.twin_of]));
  const found = new Map<string, Twin>();
  for (const id of asked) {
    const deal = deals.get(id);
    if (deal === undefined) continue;
    found.set(id, twinOf(deal, candidatesOf(pairs.get(id) ?? [], deals), answers.get(id) ?? null, rules));
  }
  const rows = [...found].flatMap(([id, twin]) =>
    twin.twinOf === null ? [] : [{ opportunity_id: id, twin_of: twin.twinOf, reason: twin.reason }],
  );
  await tx.deleteFrom('deal_twins').where(among('opportunity_id', asked)).execute();
  await upsert(tx, 'deal_twins', rows, ['opportunity_id']);
  await askAbout(tx, 'deal-twin', asked, questions(found, deals), at);
  const moved = asked.filter((id) => (before.get(id) ?? null) !== (found.get(id)?.twinOf ?? null));
  // What another CRM says of a deal is news of the one that counts.
  const instead = [...moved, ...dealIds].flatMap((id) => [before.get(id) ?? [], found.get(id)?.twinOf ?? []].flat());
  return [...new Set([...dealIds, ...moved, ...instead])].sort();
}

/** What the given deals are in other CRMs: the deal that counts in their place, and why. */
export async function loadTwins(
  tx: Queryable,
  dealIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly twinOf: string; readonly reason: string }>> {
  const rows = await tx.selectFrom('deal_twins').selectAll().where(among('opportunity_id', dealIds)).execute();
  return new Map(rows.map((row) => [row.opportunity_id, { twinOf: row.twin_of, reason: row.reason }]));
}

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly how: 'id' | 'domain' | 'name';
}

/** The deals of other connections that may be one with the given ones, in both directions. */
async function nearDeals(tx: Queryable, dealIds: readonly string[]): Promise<Pair[]> {
  const kind = (connection: string) =>
    sql`coalesce((select c.kind from connections c where c.name = ${sql.ref(connection)}), ${sql.ref(connection)})`;
  const { rows } = await sql<Pair>`
    with mine as (select o.id, o.connection, o.record_id, a.domain, a.name_key from opportunities o
      left join accounts a on a.connection = o.connection and a.record_id = o.account_record
      where o.id = any(${dealIds}::text[]))
    select distinct p.a, p.b, p.how from (
      select m.id as a, o.id as b, 'id' as how from mine m join deal_names n on n.opportunity_id = m.id
        join opportunities o on o.record_id = n.record_id and o.connection <> m.connection and n.crm = ${kind('o.connection')}
      union all
      select m.id, n.opportunity_id, 'id' from mine m
        join deal_names n on n.record_id = m.record_id and n.crm = ${kind('m.connection')}
        join opportunities o on o.id = n.opportunity_id and o.connection <> m.connection
      union all
      select m.id, o.id, 'domain' from mine m join accounts b on b.domain = m.domain and b.connection <> m.connection
        join opportunities o on o.connection = b.connection and o.account_record = b.record_id
      union all
      select m.id, o.id, 'name' from mine m
        join accounts b on b.name_key = m.name_key and m.name_key <> '' and b.connection <> m.connection
        join opportunities o on o.connection = b.connection and o.account_record = b.record_id) p
    order by p.a, p.b, p.how`.execute(tx);
  return rows;
}

function candidatesOf(pairs: readonly Pair[], deals: ReadonlyMap<string, TwinDeal>): TwinCandidate[] {
  return [...Map.groupBy(pairs, ({ b }) => b)].flatMap(([id, mine]) => {
    const deal = deals.get(id);
    if (deal === undefined) return [];
    const hows = mine.map(({ how }) => how);
    return [
      {
        deal,
        byId: hows.includes('id'),
        company: hows.includes('domain') ? ('domain' as const) : hows.includes('name') ? ('name' as const) : null,
      },
    ];
  });
}

async function loadDeals(tx: Queryable, dealIds: readonly string[]): Promise<ReadonlyMap<string, TwinDeal>> {
  const rows = await tx.selectFrom('opportunities').selectAll().where(among('id', dealIds)).execute();
  return new Map(
    rows.map(({ id, connection, facts }) => {
      const { name, amount, currency, closeDate, isWon } = facts as OpportunityFacts;
      return [id, { id, connection, name, closeDate, isWon, amount: amountOf({ amount, currency }) }];
    }),
  );
}

/** What a question about twins holds. */
interface TwinQuestion {
  readonly opportunity: string;
  readonly name: string;
  readonly candidates: readonly {
    readonly opportunity: string;
    readonly name: string;
    readonly connection: string;
    readonly probability: number;
    readonly reasons: readonly string[];
  }[];
}

function questions(found: ReadonlyMap<string, Twin>, deals: ReadonlyMap<string, TwinDeal>) {
  return [...found].flatMap(([id, { ask, reason }]) => {
    const deal = deals.get(id);
    if (ask.length === 0 || deal === undefined) return [];
    const subject: TwinQuestion = {
      opportunity: id,
      name: deal.name,
      candidates: ask.map((twin) => ({
        opportunity: twin.id,
        name: deals.get(twin.id)?.name ?? twin.id,
        connection: deals.get(twin.id)?.connection ?? '',
        probability: twin.probability,
        reasons: twin.evidence.map(({ text, times }) => `${text} (x ${times})`),
      })),
    };
    return [{ deal: id, key: ask.map((twin) => twin.id).sort(), subject, why: `${deal.name}: ${reason}` }];
  });
}

async function answersOf(tx: Queryable, dealIds: readonly string[]): Promise<ReadonlyMap<string, TwinAnswer>> {
  const { rows } = await sql<{ deal: string; subject: TwinQuestion; answer: string }>`
    select subject->>'opportunity' as deal, subject, answer from reviews
    where kind = 'deal-twin' and answer is not null and subject->>'opportunity' = any(${dealIds}::text[])
    order by resolved_at, id`.execute(tx);
  const answers = new Map<string, TwinAnswer>();
  for (const { deal, subject, answer } of rows) {
    const shown = subject.candidates.map(({ opportunity }) => opportunity);
    const chosen = answer.startsWith('same') ? (answer.split(' ')[1] ?? shown[0] ?? null) : null;
    answers.set(deal, { twinOf: chosen, shown: [...(answers.get(deal)?.shown ?? []), ...shown] });
  }
  return answers;
}
