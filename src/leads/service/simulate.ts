/** Runs new routing rules over the leads of the past; writes nothing. */
import { sql } from 'kysely';
import { personOf } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import type { CompactDecision } from '../decision.ts';
import type { RoutableLead } from '../routable-lead.ts';
import type { Routing } from '../routing.ts';
import { Simulation, type SimulationReport } from '../simulate.ts';
import type { PastDecision } from '../simulated-moves.ts';
import { loadSolver } from './solver.ts';
import { foldStanding, loadStanding, type Standing } from './standing.ts';

const PAGE = 1_000;
const DAY = 86_400_000;

export interface SimulationRange {
  /** ISO instants: leads first decided from `from` on and before `to`; null: without end. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface SimulatedPast extends SimulationReport, SimulationRange {
  /** Leads left out, as what they were decided by was erased. */
  readonly erased: number;
  /** What the answer cannot know. */
  readonly remarks: readonly string[];
}

/**
 * Decides the leads of a range anew from what the first decision on each was made from.
 * @param now epoch milliseconds, for what has come of leads up to now
 */
export async function simulateRouting(
  db: Queryable,
  routing: Routing,
  range: SimulationRange,
  now: number,
): Promise<SimulatedPast> {
  const valued = { ...routing, asks: { ...routing.asks, results: true } };
  const { results } = (await loadStanding(db, null, valued, now)).market;
  const simulation = new Simulation(routing, results);
  const span = await usualSpan(db);
  const stirs = await otherChanges(db, range);
  const asked = { accounts: false, hours: false };
  let erased = 0;
  let last: { readonly past: PastDecision; readonly standing: Standing } | null = null;
  let stir = 0;
  const standingBefore = async (past: PastDecision): Promise<Standing> => {
    let changed = false;
    for (; (stirs[stir] ?? Number.POSITIVE_INFINITY) < past.seq; stir++) changed = true;
    return last === null || changed || last.standing.day !== Math.floor(past.at / DAY)
      ? await loadStanding(db, String(past.seq), routing, past.at)
      : foldStanding(last.standing, last.past.result, last.past.lead, routing, String(last.past.seq));
  };
  const solve = routing.routes.some(({ method }) => method === 'batch-optimal') ? await loadSolver() : null;
  for await (const batch of atOneTime(
    firstDecisions(db, range, span, () => erased++),
    solve !== null,
  )) {
    const [first] = batch;
    if (first === undefined) continue;
    let standing = await standingBefore(first);
    for (const past of solve ? simulation.asWhole(batch, standing, solve) : batch) {
      if (past.seq !== first.seq) standing = await standingBefore(past);
      simulation.add(past, standing);
      asked.accounts ||= past.lead.account !== undefined;
      asked.hours ||= past.lead.closed !== undefined;
      last = { past, standing };
    }
  }
  return { ...range, ...simulation.report(), erased, remarks: remarksOn(routing, asked) };
}

/** What the rules ask for and no decision was stored with. */
function remarksOn(routing: Routing, asked: { readonly accounts: boolean; readonly hours: boolean }): string[] {
  return [
    ...(routing.asks.accounts && !asked.accounts
      ? ['the rules ask who holds the account of a lead, which no past decision knew: nobody did']
      : []),
    ...(routing.asks.hours && !asked.hours
      ? ['the rules ask for working hours, which no past decision knew: every office was open']
      : []),
    ...(routing.routes.some(({ method }) => method === 'batch-optimal')
      ? ['for batch-optimal routes, leads that were decided at one time are one batch']
      : []),
  ];
}

/** Decisions that were made at one time, together; or each by itself. */
async function* atOneTime(decisions: AsyncIterable<PastDecision>, together: boolean): AsyncGenerator<PastDecision[]> {
  let batch: PastDecision[] = [];
  for await (const past of decisions) {
    if (batch.length > 0 && (!together || batch[0]?.at !== past.at || batch.length >= PAGE)) {
      yield batch;
      batch = [];
    }
    batch.push(past);
  }
  if (batch.length > 0) yield batch;
}

/** The first decisions on leads in a range, in the order in which they were made. */
async function* firstDecisions(
  db: Queryable,
  range: SimulationRange,
  span: number | null,
  onErased: () => void,
): AsyncGenerator<PastDecision> {
  for (let after = '-1'; ; ) {
    const { rows } = await sql<{
      seq: string;
      at: string;
      result: CompactDecision;
      inputs: RoutableLead | { readonly person: null };
      offered: boolean;
      freed: string | null;
    }>`
      select d.seq::text as seq, d.at, d.result, d.inputs, o.id is not null as offered, o.freed_seq::text as freed
      from decisions d left join offers o on o.lead_id = d.lead_id and o.opened_seq = d.seq
      where d.seq > ${after} and ${isFirst(range)} order by d.seq limit ${PAGE}`.execute(db);
    for (const { seq, at, result, inputs, offered, freed } of rows) {
      if (inputs.person === null) {
        onErased();
        continue;
      }
      const place = Number(seq);
      const until = offered ? (freed === null ? null : Number(freed)) : span === null ? null : place + span;
      yield {
        lead: { ...inputs, person: personOf(inputs.person) },
        result,
        ...{ seq: place, at: inputs.at ?? Date.parse(at), until },
      };
    }
    const end = rows.at(-1)?.seq;
    if (end === undefined || rows.length < PAGE) return;
    after = end;
  }
}

/** Whether the decision `d` is the first one on its lead, and in the range. */
function isFirst({ from, to }: SimulationRange) {
  const since = from === null ? sql`true` : sql`d.at >= ${from}::timestamptz`;
  const before = to === null ? sql`true` : sql`d.at < ${to}::timestamptz`;
  return sql`not exists (select 1 from decisions e where e.lead_id = d.lead_id and e.seq < d.seq) and ${since} and ${before}`;
}

/**
 * The places of all else that changed what routing depends on: between two of them the standing follows from the decisions
 * alone. In order.
 */
async function otherChanges(db: Queryable, range: SimulationRange): Promise<readonly number[]> {
  const { rows } = await sql<{ seq: string }>`
    with firsts as (select d.seq from decisions d where json_typeof(d.inputs->'person') <> 'null' and ${isFirst(range)})
    select seq from (
      select seq from partner_versions
      union select freed_seq from offers where freed_seq is not null
      union select opened_seq from offers where opened_seq not in (select seq from firsts)
      union select seq from decisions where outcome = 'direct' and seq not in (select seq from firsts)
    ) changes order by seq`.execute(db);
  return rows.map(({ seq }) => Number(seq));
}

/** For how many places of the common order a partner has had a lead, in the middle; null: none has ended yet. */
async function usualSpan(db: Queryable): Promise<number | null> {
  const { rows } = await sql<{ span: string | null }>`
    select percentile_disc(0.5) within group (order by freed_seq - opened_seq)::text as span
    from offers where freed_seq is not null and round = 1`.execute(db);
  const span = rows[0]?.span ?? null;
  return span === null ? null : Number(span);
}
