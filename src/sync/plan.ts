/**
 * What a sync would do, found out by doing it: the same run, in a scratch that forgets all of it, on connectors that read for
 * real and write nowhere. Nothing is kept but tokens that the CRM replaced and the count of calls that were made.
 */
import { createHash, type Hash } from 'node:crypto';
import { sql } from 'kysely';
import type { WriteRow } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import type { Database } from '../store/database.ts';
import { takeLease } from '../store/lease.ts';
import type { Drift } from './drift.ts';
import type { Connection, Environment } from './environment.ts';
import { type Foreseen, foresee } from './foresee.ts';
import { planningConnector } from './plan-connector.ts';
import { addPlanned, makePlanned, type PlannedChange, plannedChanges, writeDigest } from './planned.ts';
import { type ConnectionRun, run } from './run.ts';

/** A refusal that can be foreseen, with how many records it concerns. */
export interface ForeseenRefusal extends Foreseen {
  readonly connection: string;
  readonly object: string;
  readonly count: number;
  /** Some of the records: their ids, or what they would be created for. */
  readonly examples: readonly string[];
}

/** What a sync would write of one object. */
export interface PlannedObject {
  readonly connection: string;
  readonly object: string;
  readonly creates: number;
  readonly updates: number;
  /** By field: how many records get another value. */
  readonly fields: Readonly<Record<string, number>>;
}

export interface Plan {
  /** Names this very plan, its moment included; null where a connection stopped and the plan is not whole. */
  readonly hash: string | null;
  /** The instant that the plan is made for. */
  readonly at: string;
  readonly creates: number;
  readonly updates: number;
  readonly objects: readonly PlannedObject[];
  /** Records that Sluice would no longer write, because they are gone. */
  readonly retired: readonly { readonly connection: string; readonly object: string; readonly recordId: string }[];
  /** Offers that would be taken back or expire. */
  readonly closed: readonly { readonly offer: string; readonly status: string }[];
  readonly refusals: readonly ForeseenRefusal[];
  /** Records that a CRM refused before and that would not be sent. */
  readonly stillRejected: number;
  /** What the CRMs changed about fields that Sluice uses; those that are paused take no part. */
  readonly drifts: readonly (Drift & { readonly connection: string })[];
  readonly problems: Readonly<Record<string, NonNullable<ConnectionRun['problem']>>>;
  /** The first changes; all of them where that was asked for. */
  readonly changes: readonly PlannedChange[];
}

export interface PlanOptions {
  /** Epoch milliseconds: the moment that all decisions of the plan take for now. */
  readonly at: number;
  /** How many changes to show. */
  readonly show: number;
  /** Keeps the caller's lease while the plan is made. */
  readonly renew: () => Promise<void>;
  readonly calls: (connection: string) => number;
  /** Told of each change, in order. */
  readonly onChange?: (change: PlannedChange) => void;
}

const EXAMPLES = 3;

/** Makes a plan in `scratch`; the environment's database is not used. */
export async function makePlan(env: Environment, scratch: Database, options: PlanOptions): Promise<Plan> {
  await makePlanned(scratch);
  await markStanding(scratch);
  const connections = env.connections.map((connection) => planning(connection, scratch));
  // A lease of its own: the scratch must not hold the row of the real one, which is renewed meanwhile.
  const lease = await takeLease(scratch, 'plan', 'plan', null);
  if ('holder' in lease) throw new Error('the lease of the plan is held, though nobody else can see it');
  const summary = await run(
    { ...env, db: scratch, connections, clock: { now: () => options.at } },
    { ...lease, renew: options.renew },
    { sleep: () => Promise.resolve(), calls: options.calls },
  );
  const stopped = Object.entries(summary.connections).flatMap(([name, mine]) =>
    mine.problem === null ? [] : [[name, mine.problem] as const],
  );
  const { retired, closed } = await fallen(scratch);
  const tally = new Tally(env.connections, options);
  for await (const change of plannedChanges(scratch)) tally.add(change);
  for (const refusal of await heldValues(scratch)) tally.refused(refusal);
  for (const each of retired) tally.also(['retired', each.connection, each.object, each.recordId]);
  const rejected = await sql<{ count: string }>`select count(*) from outbox where state = 'rejected'`.execute(scratch);
  return {
    hash: stopped.length === 0 ? tally.hash(options.at) : null,
    at: iso(options.at),
    ...tally.counts(),
    retired,
    closed,
    stillRejected: Number(rejected.rows[0]?.count ?? 0),
    drifts: env.connections.flatMap(({ name, drifts }) => drifts.map((drift) => ({ connection: name, ...drift }))),
    problems: Object.fromEntries(stopped),
  };
}

/** The instant that a plan's hash names; null where it is no hash of a plan. */
export function momentOf(hash: string): number | null {
  const found = /^([0-9a-z]{8,9})-[0-9a-f]{16}$/.exec(hash);
  return found === null ? null : Number.parseInt(found[1] ?? '', 36);
}

function planning(connection: Connection, scratch: Database): Connection {
  const recordIds = async (object: string, rows: readonly WriteRow[]) => {
    const found = await sql<{ row_key: string; record_id: string }>`select row_key, record_id from outbox
      where connection = ${connection.name} and object = ${object} and record_id is not null
        and row_key = any(${rows.map(({ key }) => key)}::text[])`.execute(scratch);
    return new Map(found.rows.map((row) => [row.row_key, row.record_id]));
  };
  return {
    ...connection,
    connector: planningConnector(connection.connector, recordIds, (writes) =>
      addPlanned(scratch, connection.name, writes),
    ),
  };
}

/** Remembers which links lead nowhere and which offers are open before the run. */
async function markStanding(db: Database): Promise<void> {
  await sql`create temporary table retired_before on commit drop as select link_id from links where retired`.execute(
    db,
  );
  await sql`create temporary table open_before on commit drop as select id from offers where status = 'Open'`.execute(
    db,
  );
}

/** The links and offers that came to their end in the run. */
async function fallen(db: Database): Promise<Pick<Plan, 'retired' | 'closed'>> {
  const links = await sql<Plan['retired'][number]>`select connection, object, record_id as "recordId" from links
    where retired and link_id not in (select link_id from retired_before)
    order by connection collate "C", object collate "C", record_id collate "C"`.execute(db);
  const offers = await sql<Plan['closed'][number]>`select id as offer, status from offers
    where status <> 'Open' and id in (select id from open_before) order by id collate "C"`.execute(db);
  return { retired: links.rows, closed: offers.rows };
}

/** Values that lists of the CRMs lack or fields cannot hold, and that would not be sent. */
async function heldValues(db: Database): Promise<ForeseenRefusal[]> {
  const { rows } = await sql<{
    connection: string;
    object: string;
    field: string;
    cannot: boolean;
    said: string;
    count: string;
    examples: string[];
  }>`select connection, object, fields->>0 as field, code like 'CANNOT_BE_HELD:%' as cannot, min(message) as said, count(*) as count, (array_agg(record_id order by record_id))[1:${sql.lit(EXAMPLES)}] as examples
    from errors where stage = 'value' and resolved_at is null
    group by 1, 2, 3, 4 order by 1, 2, 3, 4`.execute(db);
  return rows.map(({ count, cannot, said, ...row }) => ({
    ...row,
    code: cannot ? 'CANNOT_BE_HELD' : 'NOT_A_VALUE',
    message: cannot
      ? said
      : `${row.field} of ${row.object} takes only the values of its list, and what Sluice would write is none of them: it is held back`,
    count: Number(count),
  }));
}

/** Counts the changes of a plan and takes their hash. */
class Tally {
  readonly #digest: Hash = createHash('sha256');
  readonly #objects = new Map<
    string,
    PlannedObject & { creates: number; updates: number; fields: Record<string, number> }
  >();
  readonly #refusals = new Map<string, ForeseenRefusal & { count: number; examples: string[] }>();
  readonly #changes: PlannedChange[] = [];
  readonly #connections: readonly Connection[];
  readonly #options: PlanOptions;

  constructor(connections: readonly Connection[], options: PlanOptions) {
    this.#connections = connections;
    this.#options = options;
  }

  add(change: PlannedChange): void {
    const { connection, object, key, recordId } = change;
    const values = Object.fromEntries(Object.entries(change.fields).map(([name, { after }]) => [name, after]));
    this.also(['write', connection, object, key, recordId, Object.entries(values)]);
    this.#options.onChange?.(change);
    if (this.#changes.length < this.#options.show) this.#changes.push(change);
    const place = `${connection} ${object}`;
    const mine = this.#objects.get(place) ?? { connection, object, creates: 0, updates: 0, fields: {} };
    this.#objects.set(place, mine);
    if (recordId === null) mine.creates += 1;
    else mine.updates += 1;
    for (const name of Object.keys(values)) mine.fields[name] = (mine.fields[name] ?? 0) + 1;
    const stream = this.#connections
      .find((each) => each.name === connection)
      ?.streams.find((each) => each.spec.object === object && !each.spec.deleted);
    for (const foreseen of foresee(stream?.description ?? null, values, recordId === null)) {
      const cause = `${place} ${foreseen.code} ${foreseen.field}`;
      const known = this.#refusals.get(cause) ?? { ...foreseen, connection, object, count: 0, examples: [] };
      this.#refusals.set(cause, known);
      known.count += 1;
      if (known.examples.length < EXAMPLES) known.examples.push(recordId ?? key);
    }
  }

  refused(refusal: ForeseenRefusal): void {
    this.#refusals.set(JSON.stringify([refusal.connection, refusal.object, refusal.code, refusal.field]), {
      ...refusal,
      examples: [...refusal.examples],
    });
  }

  /** Something more that is part of the plan. */
  also(what: readonly unknown[]): void {
    this.#digest.update(`${JSON.stringify(what)}\n`);
  }

  hash(at: number): string {
    return `${at.toString(36)}-${this.#digest.digest('hex').slice(0, 16)}`;
  }

  counts() {
    const objects = [...this.#objects.values()];
    return {
      creates: objects.reduce((sum, each) => sum + each.creates, 0),
      updates: objects.reduce((sum, each) => sum + each.updates, 0),
      objects,
      refusals: [...this.#refusals.values()].sort((a, b) => b.count - a.count),
      changes: this.#changes,
    };
  }
}

/** The digests of a change's fields, by field. */
export function digestsOf(change: PlannedChange): [field: string, digest: number][] {
  return Object.entries(change.fields).map(([field, { after }]) => [
    field,
    writeDigest(change.connection, change.object, change.key, field, after),
  ]);
}
