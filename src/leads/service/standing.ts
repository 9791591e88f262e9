/** All that routing knows beside a lead, as it stood at a place in the common order: partners, results, who was given what. */
import { sql } from 'kysely';
import type { PartnerState } from '../../model/partner.ts';
import type { Queryable } from '../../store/database.ts';
import type { CompactDecision } from '../decision.ts';
import { foldDecision, foldMarket } from '../fold.ts';
import type { Given, Market, Refusal, Result } from '../market.ts';
import type { RoutableLead } from '../routable-lead.ts';
import type { Routing } from '../routing.ts';
import { loadPartners } from './facts.ts';

const DAY = 86_400_000;

export interface Standing {
  readonly partners: readonly PartnerState[];
  readonly market: Market;
  /** The UTC day that fairness counted back from. */
  readonly day: number;
  /** The last place in the common order that was given out when it was known. */
  readonly seq: string;
}

/**
 * The standing just before the place `before` in the common order; null: as it is now. Only what the rules ask for is read.
 * @param at epoch milliseconds of the decisions to be made
 */
export async function loadStanding(
  tx: Queryable,
  before: string | null,
  routing: Routing,
  at: number,
): Promise<Standing> {
  const seq = before ?? (await lastSeq(tx));
  const day = Math.floor(at / DAY);
  const partners = await loadPartners(tx, before);
  const recent = await loadRecent(tx, before, partners, at);
  const turns = routing.routes.some(({ stride }) => stride !== null) ? await loadTurns(tx, before) : new Map();
  const counted = routing.fairness ? await loadCounted(tx, before, routing, day) : null;
  return {
    partners: partners.map((partner) => ({
      ...partner,
      ...(recent.has(partner.id) ? { recent: recent.get(partner.id) } : {}),
      ...(turns.has(partner.id) ? { turns: turns.get(partner.id) } : {}),
      ...(counted?.best.has(partner.id) ? { best: counted.best.get(partner.id) } : {}),
    })),
    market: {
      results: routing.asks.results ? await loadResults(tx, before) : [],
      refusals: routing.asks.refusalDays > 0 ? await loadRefusals(tx, before, at, routing.asks.refusalDays) : [],
      given: counted?.given ?? { direct: 0, channel: 0 },
    },
    day,
    seq,
  };
}

/** Whether a standing still says what is: nothing that routing depends on came in between, and the window of fairness did not move. */
export async function isCurrent(tx: Queryable, standing: Standing, at: number): Promise<boolean> {
  return standing.day === Math.floor(at / DAY) && (await lastSeq(tx)) === standing.seq;
}

/** The standing after a decision; the same as if it were read again. */
export function foldStanding(
  standing: Standing,
  decision: CompactDecision,
  lead: RoutableLead,
  routing: Routing,
  seq: string,
): Standing {
  const { fairness } = routing;
  return {
    ...standing,
    partners: foldDecision(standing.partners, decision, Number(seq), lead, fairness),
    market: foldMarket(standing.market, decision, lead, fairness),
  };
}

async function lastSeq(tx: Queryable): Promise<string> {
  const { rows } = await sql<{ seq: string }>`select last_value::text as seq from seq`.execute(tx);
  return rows[0]?.seq ?? '0';
}

/** Offers up to a place, and those of which something had ended by then. */
const opened = (before: string | null) => (before === null ? sql`true` : sql`o.opened_seq < ${before}`);
const freed = (before: string | null) =>
  before === null ? sql`o.freed_seq is not null` : sql`o.freed_seq < ${before}`;

/** When partners that limit how many leads they take a day or a week were offered some in the last seven days. */
async function loadRecent(
  tx: Queryable,
  before: string | null,
  partners: readonly PartnerState[],
  at: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const limited = partners
    .filter(({ facts }) => facts.dailyCapacity !== null || facts.weeklyCapacity !== null)
    .map(({ id }) => id);
  if (limited.length === 0) return new Map();
  const since = new Date(at - 7 * DAY).toISOString();
  const { rows } = await sql<{ partner: string; at: string }>`
    select o.partner_id as partner, o.offered_at as at from offers o
    where o.partner_id = any(${limited}::text[]) and o.offered_at > ${since}::timestamptz and ${opened(before)}
    order by o.opened_seq`.execute(tx);
  const recent = new Map<string, number[]>();
  for (const row of rows) {
    const times = recent.get(row.partner) ?? [];
    times.push(Date.parse(row.at));
    recent.set(row.partner, times);
  }
  return recent;
}

async function loadTurns(
  tx: Queryable,
  before: string | null,
): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>> {
  const { rows } = await sql<{ partner: string; route: string; turn: number }>`
    select o.partner_id as partner, o.made->>'route' as route, max((o.made->>'turn')::double precision) as turn from offers o
    where o.made ? 'turn' and ${opened(before)} group by 1, 2`.execute(tx);
  const turns = new Map<string, Record<string, number>>();
  for (const { partner, route, turn } of rows) turns.set(partner, { ...turns.get(partner), [route]: Number(turn) });
  return turns;
}

async function loadResults(tx: Queryable, before: string | null): Promise<readonly Result[]> {
  const { rows } = await sql<Result & { partnerId: string }>`
    select o.partner_id as "partnerId", o.made->>'country' as country, o.made->>'product' as product,
      o.made->>'industry' as industry, o.made->>'grade' as grade,
      (count(*) filter (where o.outcome = 'won'))::int as won, count(*)::int as closed
    from offers o where o.outcome in ('won', 'lost', 'no decision') and o.made is not null and ${freed(before)}
    group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`.execute(tx);
  return rows;
}

async function loadRefusals(
  tx: Queryable,
  before: string | null,
  at: number,
  days: number,
): Promise<readonly Refusal[]> {
  const since = new Date(at - days * DAY).toISOString();
  const { rows } = await sql<Omit<Refusal, 'at'> & { at: string }>`
    select o.partner_id as "partnerId", o.made->>'country' as country, o.made->>'product' as product,
      o.made->>'industry' as industry, o.made->>'grade' as grade, o.closed_at as at
    from offers o where o.outcome = 'rejected' and o.made is not null and o.closed_at > ${since}::timestamptz
      and ${freed(before)} order by o.freed_seq`.execute(tx);
  return rows.map((row) => ({ ...row, at: Date.parse(row.at) }));
}

/** Who was given leads of the grades that fairness counts, since the beginning of the first day of its window. */
async function loadCounted(
  tx: Queryable,
  before: string | null,
  routing: Routing,
  day: number,
): Promise<{ readonly best: ReadonlyMap<string, number>; readonly given: Given }> {
  const { grades = new Set<string>(), windowDays = 0 } = routing.fairness ?? {};
  const since = new Date((day - windowDays) * DAY).toISOString();
  const { rows } = await sql<{ partner: string; offered: number; first: number }>`
    select o.partner_id as partner, count(*)::int as offered, (count(*) filter (where o.round = 1))::int as first
    from offers o where o.offered_at >= ${since}::timestamptz and o.made->>'grade' = any(${[...grades]}::text[])
      and ${opened(before)} group by 1`.execute(tx);
  const limit = before === null ? sql`true` : sql`seq < ${before}`;
  const direct = await sql<{ count: number }>`
    select count(*)::int as count from decisions
    where outcome = 'direct' and at >= ${since}::timestamptz and grade = any(${[...grades]}::text[]) and ${limit}`.execute(
    tx,
  );
  return {
    best: new Map(rows.map(({ partner, offered }) => [partner, offered])),
    given: { direct: direct.rows[0]?.count ?? 0, channel: rows.reduce((sum, { first }) => sum + first, 0) },
  };
}
