/** Whether the ledger is what the journal says, balances, and is what the deals are worth: all of it reckoned from zero. */
import { sql } from 'kysely';
import type { Entry } from '../../model/revenue.ts';
import type { Queryable } from '../../store/database.ts';
import { snapshot } from '../../store/snapshot.ts';
import { type Replayed, replay } from '../journal.ts';
import { settle } from '../ledger.ts';
import type { LedgerRules } from '../ledger-config.ts';
import { type Posting, postingsOf } from '../postings.ts';
import type { Rate } from '../rates.ts';
import type { OpportunityFacts } from './apply.ts';
import { openBooks } from './book.ts';
import { loadEntries } from './entries.ts';
import { loadJournal } from './journal.ts';
import { allRates } from './rates.ts';
import { opportunityOf } from './reconcile.ts';
import { loadTwins } from './twins.ts';

export interface LedgerCheck {
  readonly entries: number;
  readonly deals: number;
  readonly journalLines: number;
  /** The hash of the journal's last line. */
  readonly seal: string;
  /** Changes of deals that were read and are not booked yet; what they concern is not compared. */
  readonly waiting: number;
  /** Sums of all postings by currency and by reporting currency: each is zero. */
  readonly balances: readonly { readonly currency: string; readonly reporting: boolean; readonly minor: string }[];
  /** In words, with the deal or line; at most so many as asked for. */
  readonly problems: readonly string[];
  readonly problemCount: number;
}

/** Checks the ledger as it is at one moment. `show`: how many problems to name. */
export async function checkLedger(db: Queryable, rules: LedgerRules, at: string, show: number): Promise<LedgerCheck> {
  return snapshot(db, async (tx) => {
    const lines = await loadJournal(tx);
    const replayed = replay(lines);
    const stored = await loadEntries(tx, null);
    const balances = await balancesOf(tx);
    const waiting = await waitingDeals(tx);
    const problems = [
      ...replayed.problems,
      ...entryProblems(stored, replayed),
      ...postingProblems(stored, await loadPostings(tx)),
      ...balances.flatMap(({ currency, reporting, minor }) =>
        minor === '0'
          ? []
          : [`postings in ${currency}${reporting ? ' as reporting currency' : ''} add up to ${minor}, not 0`],
      ),
      ...(await periodProblems(tx, replayed)),
      ...rateProblems(await allRates(tx), replayed.rates),
      ...(await dealProblems(tx, stored, rules, at, waiting)),
      ...(await creditProblems(tx)),
    ];
    return {
      entries: stored.length,
      deals: new Set(stored.map((entry) => entry.opportunityId)).size,
      journalLines: lines.length,
      seal: replayed.head.hash,
      waiting: waiting.size,
      balances,
      problems: problems.slice(0, show),
      problemCount: problems.length,
    };
  });
}

/** An entry as one text: equal texts are equal entries, to the byte. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? each.toString() : each));
}

/** Keys in one order, whoever made the entry. */
function plain(entry: Entry): unknown {
  return Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1));
}

function entryProblems(stored: readonly Entry[], { entries }: Replayed): string[] {
  const problems: string[] = [];
  const remade = new Map([...entries.values()].flat().map((entry) => [entry.id, entry]));
  for (const entry of stored) {
    const again = remade.get(entry.id);
    remade.delete(entry.id);
    if (!again)
      problems.push(`entry ${entry.id} of deal ${entry.opportunityId}: nothing in the journal brings it about`);
    else if (textOf(plain(again)) !== textOf(plain(entry)))
      problems.push(`entry ${entry.id} of deal ${entry.opportunityId}: replayed from the journal it is another one`);
  }
  for (const entry of remade.values())
    problems.push(`entry ${entry.id} of deal ${entry.opportunityId}: the journal brings it about, but it is not there`);
  return problems;
}

async function loadPostings(tx: Queryable): Promise<Posting[]> {
  const rows = await tx.selectFrom('postings').selectAll().execute();
  return rows.map((row) => ({
    entryId: row.entry_id,
    side: row.side as 1 | 2,
    account: row.account,
    amount: { minor: BigInt(row.amount_minor), currency: row.currency },
    reporting: { minor: BigInt(row.reporting_minor), currency: row.reporting_currency },
  }));
}

function postingProblems(entries: readonly Entry[], postings: readonly Posting[]): string[] {
  const left = new Map(postings.map((posting) => [`${posting.entryId} ${posting.side}`, textOf(posting)]));
  const problems: string[] = [];
  for (const posting of entries.flatMap(postingsOf)) {
    const key = `${posting.entryId} ${posting.side}`;
    if (left.get(key) !== textOf(posting))
      problems.push(`entry ${posting.entryId}: its posting ${posting.side} is not that of the entry`);
    left.delete(key);
  }
  return [...problems, ...[...left.keys()].map((key) => `posting ${key} belongs to no entry`)];
}

async function balancesOf(tx: Queryable): Promise<LedgerCheck['balances']> {
  const found = await sql<{ currency: string; reporting: boolean; minor: string }>`
    select currency, false as reporting, sum(amount_minor)::text as minor from postings group by 1
    union all select reporting_currency, true, sum(reporting_minor)::text from postings group by 1 order by 2, 1`.execute(
    tx,
  );
  return found.rows;
}

async function periodProblems(tx: Queryable, { closed }: Replayed): Promise<string[]> {
  const rows = await tx.selectFrom('closed_periods').selectAll().orderBy('month').execute();
  const stored = rows.map((row) => ({ month: row.month, by: row.closed_by, at: row.closed_at }));
  return textOf(stored) === textOf(closed) ? [] : ['the closed months are not those of the journal'];
}

function rateProblems(stored: readonly Rate[], replayed: readonly Rate[]): string[] {
  const told = ({ source, from, to, date, rate, isDated }: Rate) => [source, from, to, date, rate, isDated].join(' ');
  return textOf(stored.map(told).sort()) === textOf(replayed.map(told).sort())
    ? []
    : ['the exchange rates are not those of the journal'];
}

/** Deals of which news was read that is not booked yet. */
async function waitingDeals(tx: Queryable): Promise<ReadonlySet<string>> {
  const found = await sql<{ id: string }>`select distinct entity_id as id from events where type = 'opportunity.changed'
    and id > coalesce((select last_event from consumers where name = 'revenue'), 0)`.execute(tx);
  return new Set(found.rows.map((row) => row.id));
}

/** Whether every deal is booked for what it is worth now, and held where it must be. */
async function dealProblems(
  tx: Queryable,
  entries: readonly Entry[],
  rules: LedgerRules,
  at: string,
  waiting: ReadonlySet<string>,
): Promise<string[]> {
  const existing = Map.groupBy(entries, (entry) => entry.opportunityId);
  const rows = await tx.selectFrom('opportunities').selectAll().orderBy('id').execute();
  const twins = await loadTwins(
    tx,
    rows.map((row) => row.id),
  );
  const deals = rows
    .filter((row) => !waiting.has(row.id))
    .map((row) => {
      const deal = opportunityOf(row.id, row.account_record, row.connection, row.facts as OpportunityFacts);
      const twin = twins.get(row.id);
      return twin ? { ...deal, sameAs: twin.twinOf } : deal;
    });
  const books = await openBooks(tx, deals, rules, at);
  const held = new Set(
    (await tx.selectFrom('held_revenue').select('opportunity_id').execute()).map((row) => row.opportunity_id),
  );
  return deals.flatMap((deal) => {
    const settled = settle(deal, existing.get(deal.id) ?? [], books);
    if (settled.entries.length > 0)
      return [`deal ${deal.id}: the ledger is not what it is worth now: ${settled.entries[0]?.reason ?? ''}`];
    if ((settled.held !== null) !== held.has(deal.id))
      return [
        settled.held
          ? `deal ${deal.id}: it is to be held, but is not: ${settled.held.reason}`
          : `deal ${deal.id}: it is held without a reason`,
      ];
    return [];
  });
}

/** Credits of an entry that are not there, in another currency, or more than the entry under a model. */
async function creditProblems(tx: Queryable): Promise<string[]> {
  const found = await sql<{ entry_id: string; model: string }>`
    select c.entry_id, c.model from credits c left join entries e on e.id = c.entry_id
    group by c.entry_id, c.model, e.id, e.amount_minor, e.currency
    having e.id is null or bool_or(c.currency <> e.currency)
      or (sum(c.amount_minor) <> 0 and sum(c.amount_minor) not between least(e.amount_minor, 0) and greatest(e.amount_minor, 0))
    order by 1, 2`.execute(tx);
  return found.rows.map((row) => `entry ${row.entry_id}: its credits under "${row.model}" are not within it`);
}
