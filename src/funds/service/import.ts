/** Takes in a file of budgets, allocations, requests and claims: each row as the book has it then, or refused with why. */

import { iso } from '../../model/clock.ts';
import type { FundKind } from '../../model/fund.ts';
import { idOf } from '../../model/ids.ts';
import type { Database, Queryable } from '../../store/database.ts';
import type { FundBook, FundItem } from '../book.ts';
import { dayOf } from '../outcome.ts';
import type { FundRow } from '../read-import.ts';
import { claimByOf } from '../request.ts';
import { campaignFinder, type Finder, fundFinder, partnerFinder } from './find.ts';
import { type DeskOptions, FundRefused } from './fund-desk.ts';
import { type CampaignRecord, contentsOf, type FundChange, keep, loadBook, lockTrees } from './fund-store.ts';

export interface ImportedRow {
  readonly line: number;
  readonly result: 'added' | 'changed' | 'repeat' | 'refused';
  readonly id: string | null;
  readonly problem: string | null;
}

const PREFIX: Readonly<Record<FundKind, string>> = { budget: 'fb', allocation: 'fa', request: 'fr', claim: 'fc' };
const ORDER: readonly FundKind[] = ['budget', 'allocation', 'request', 'claim'];

/**
 * Takes rows in, all that can be in one transaction. What others refer to comes first, whatever the order in the file. A budget or an
 * allocation of a known key is changed; a request or a claim is not: what was decided on it stands. With `dryRun` nothing is kept.
 */
export async function importFunds(
  db: Database,
  rows: readonly FundRow[],
  options: DeskOptions & { readonly dryRun: boolean },
): Promise<ImportedRow[]> {
  return db.transaction().execute(async (tx) => {
    const all = await tx.selectFrom('fund_budgets').select('id').execute();
    await lockTrees(
      tx,
      all.map(({ id }) => id),
    );
    const intake = await Intake.of(tx, rows, options);
    const results = inOrder(rows).map((row) => circle(rows, row) ?? intake.take(row));
    if (!options.dryRun) await keep(tx, intake.changes, iso(options.now));
    return results.sort((a, b) => a.line - b.line);
  });
}

/** Budgets before what hangs on them, a parent before its parts. */
function inOrder(rows: readonly FundRow[]): FundRow[] {
  const byKey = new Map(rows.map((row) => [`${row.kind} ${row.key}`, row]));
  const depth = (row: FundRow, seen: ReadonlySet<FundRow> = new Set()): number => {
    const parent = row.parent === null ? undefined : byKey.get(`budget ${row.parent}`);
    return parent === undefined || seen.has(row) ? 0 : 1 + depth(parent, new Set([...seen, row]));
  };
  const rank = new Map(
    rows.map((row) => [row, ORDER.indexOf(row.kind) * 1_000 + (row.kind === 'budget' ? depth(row) : 0)]),
  );
  return [...rows].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0) || a.line - b.line);
}

/** A budget that is a part of itself by what the file says; null for any other row. */
function circle(rows: readonly FundRow[], row: FundRow): ImportedRow | null {
  if (row.kind !== 'budget') return null;
  const parents = new Map(rows.flatMap(({ kind, key, parent }) => (kind === 'budget' ? [[key, parent] as const] : [])));
  const way = [row.key];
  for (let next = row.parent; next !== null && way.length <= rows.length; next = parents.get(next) ?? null) {
    if (next === row.key) {
      const problem = `"${row.name}" is a part of itself: ${[...way, next].join(', which is in ')}. Take one of them out of the other.`;
      return { line: row.line, result: 'refused', id: null, problem };
    }
    way.push(next);
  }
  return null;
}

interface Finders {
  readonly partner: Finder;
  readonly campaign: Finder;
  readonly budget: Finder;
  readonly allocation: Finder;
}

class Intake {
  readonly changes: FundChange[] = [];
  readonly #book: FundBook;
  readonly #find: Finders;
  readonly #contents: ReadonlyMap<string, string>;
  readonly #options: DeskOptions;

  static async of(tx: Queryable, rows: readonly FundRow[], options: DeskOptions): Promise<Intake> {
    const find = {
      partner: await partnerFinder(tx),
      campaign: await campaignFinder(tx),
      budget: await fundFinder(tx, 'budget'),
      allocation: await fundFinder(tx, 'allocation'),
    };
    const ids = rows.map(({ kind, key }) => idFor(kind, key));
    return new Intake(await loadBook(tx, dayOf(options.now), null), find, await contentsOf(tx, ids), options);
  }

  private constructor(book: FundBook, find: Finders, contents: ReadonlyMap<string, string>, options: DeskOptions) {
    this.#book = book;
    this.#find = find;
    this.#contents = contents;
    this.#options = options;
  }

  take(row: FundRow): ImportedRow {
    const id = idFor(row.kind, row.key);
    try {
      return { line: row.line, result: this.#took(row, id), id, problem: null };
    } catch (error) {
      if (!(error instanceof FundRefused)) throw error;
      return { line: row.line, result: 'refused', id: null, problem: `${error.message}. ${error.hint}` };
    }
  }

  #took(row: FundRow, id: string): ImportedRow['result'] {
    const { item, campaign } = this.#itemOf(row, id);
    const { line: _line, ...said } = row;
    const contents = told(said);
    const before = this.#book.get(row.kind, id);
    if (before !== null && (item.kind === 'request' || item.kind === 'claim')) {
      if (this.#contents.get(id) === contents) return 'repeat';
      throw new FundRefused(
        `${row.kind} "${row.key}" is known, and was something else`,
        'Give another key, or change it by `sluice fund`.',
      );
    }
    if (before !== null && told(before) === told(item.value)) return 'repeat';
    const [broken] = this.#book.take(item);
    if (broken !== undefined) throw new FundRefused(broken.message, broken.hint);
    const more = item.kind === 'request' || item.kind === 'claim' ? { contents, campaign } : {};
    this.changes.push({
      item,
      type: before === null ? 'imported' : 'changed',
      who: this.#options.who,
      why: null,
      ...more,
    });
    return before === null ? 'added' : 'changed';
  }

  #itemOf(row: FundRow, id: string): { item: FundItem; campaign: CampaignRecord | null } {
    const partnerId = row.partner === null ? null : this.#find.partner(row.partner).id;
    const base = { id, name: row.name, currency: row.currency, amount: row.amount, partnerId, record: null };
    if (row.kind === 'budget') {
      const parentId = row.parent === null ? null : this.#named('budget', row.parent);
      return {
        item: { kind: 'budget', value: { ...base, parentId, startsOn: row.starts, endsOn: row.ends } },
        campaign: null,
      };
    }
    if (row.kind === 'allocation') {
      const budgetId = this.#named('budget', row.budget ?? '');
      return {
        item: { kind: 'allocation', value: { ...base, budgetId, expiresOn: row.expires ?? row.ends } },
        campaign: null,
      };
    }
    return row.kind === 'request'
      ? this.#requestOf(row, id, partnerId)
      : { item: this.#claimOf(row, id), campaign: null };
  }

  #requestOf(row: FundRow, id: string, partnerId: string | null): { item: FundItem; campaign: CampaignRecord | null } {
    const allocationId = row.allocation === null ? null : this.#named('allocation', row.allocation);
    const allocation = allocationId === null ? null : this.#book.get('allocation', allocationId);
    const budgetId = row.budget === null ? (allocation?.budgetId ?? '') : this.#named('budget', row.budget);
    const campaign = row.campaign === null ? null : this.#find.campaign(row.campaign);
    const activity = row.activity === null ? null : this.#options.rules.activityOf(row.activity);
    if (row.activity !== null && activity === null)
      throw new FundRefused(
        `"${row.activity}" is no activity of funds.yaml`,
        `There are ${this.#options.rules.activities.map(({ name }) => name).join(', ')}.`,
      );
    const isOpen = ['draft', 'submitted', 'returned'].includes(row.requestStatus);
    if (isOpen && row.approved !== null)
      throw new FundRefused(
        `an amount is approved, and it is ${row.requestStatus}`,
        'Give its status, or take the amount out.',
      );
    if (!isOpen && row.approved === null && ['approved', 'claimed', 'paid'].includes(row.requestStatus))
      throw new FundRefused(`it is ${row.requestStatus}, and no amount is approved`, 'Fill in "approved".');
    return {
      item: {
        kind: 'request',
        value: {
          id,
          budgetId,
          allocationId,
          partnerId: partnerId ?? allocation?.partnerId ?? null,
          campaignId: campaign?.id ?? null,
          title: row.name,
          activity: activity?.name ?? null,
          currency: row.currency,
          requested: row.amount,
          approved: row.approved,
          status: row.requestStatus,
          startsOn: row.starts,
          endsOn: row.ends,
          claimBy: row.claimBy ?? claimByOf({ startsOn: row.starts, endsOn: row.ends }, this.#options.rules),
          requestedBy: null,
          submittedAt: row.requestStatus === 'submitted' ? iso(this.#options.now) : null,
          escalated: 0,
          record: null,
        },
      },
      campaign:
        campaign?.connection && campaign.record ? { connection: campaign.connection, record: campaign.record } : null,
    };
  }

  #claimOf(row: FundRow, id: string): FundItem {
    const requestId = this.#named('request', row.request ?? '');
    const request = this.#book.get('request', requestId);
    if (request === null) throw new FundRefused(`there is no request "${row.request}"`, 'Make the request first.');
    if (row.claimStatus === 'paid' && row.approved !== null && row.paid !== row.approved)
      throw new FundRefused(
        'it is paid with another amount than is approved',
        'Write "approved" where a part is still to be paid.',
      );
    const hasApproval = row.claimStatus === 'approved' || row.claimStatus === 'paid';
    return {
      kind: 'claim',
      value: {
        id,
        requestId,
        campaignId: request.campaignId,
        title: row.name,
        currency: row.currency,
        requested: row.amount,
        approved: row.approved ?? (hasApproval ? row.amount : null),
        paid: row.paid,
        paidOn: row.paidOn,
        payments:
          row.paid > 0n && row.paidOn !== null ? [{ reference: row.key, amount: row.paid, on: row.paidOn }] : [],
        proof: row.proof,
        status: row.claimStatus,
        reason: null,
        claimedBy: null,
        submittedAt: row.claimStatus === 'submitted' ? iso(this.#options.now) : null,
        escalated: 0,
        record: null,
      },
    };
  }

  /** The id of an item that is named by its key, its id or its name. */
  #named(kind: FundKind, written: string): string {
    const byKey = idFor(kind, written);
    if (this.#book.get(kind, byKey) !== null) return byKey;
    if (this.#book.get(kind, written) !== null) return written;
    if (kind === 'budget' || kind === 'allocation') return this.#find[kind](written).id;
    throw new FundRefused(`there is no ${kind} "${written}"`, `Name the ${kind} by its key or its id.`);
  }
}

/** The id of an item that a file names by its key. */
function idFor(kind: FundKind, key: string): string {
  return idOf(PREFIX[kind], 'file', key);
}

/** As one text, whatever the order in which its members stand. */
function told(value: object): string {
  return JSON.stringify(
    Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_key, each) => (typeof each === 'bigint' ? each.toString() : each),
  );
}
