/**
 * The API budget: one an org or portal, shared by all processes through the database. Calls are reserved in blocks, so that
 * a busy connection pays one statement for many calls; what a block did not use is given back with the next one.
 */
import { sql } from 'kysely';
import PQueue from 'p-queue';
import {
  type BudgetRules,
  type BudgetState,
  block,
  blockedFor,
  type DayCount,
  day,
  emptyBudget,
  type Grant,
  giveBack,
  hear,
  reserve,
  type StopReason,
  standing,
} from './budget-math.ts';
import type { Database } from './database.ts';

export type Standing = ReturnType<typeof standing>;

/** The day's calls are used up, or nearly so and retries yield to new work, or the CRM has said that it takes no more. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  readonly why: StopReason;
  readonly resumesInMs: number;
  /** What was known of the day. */
  readonly day: Standing;
  constructor(why: BudgetSpent['why'], resumesInMs: number, day: Standing) {
    super(`the API budget of the day is spent (${why})`);
    this.why = why;
    this.resumesInMs = resumesInMs;
    this.day = day;
  }
}

export interface BudgetKeeper {
  /** Waits until a call may be made. Rejects with BudgetSpent where the day has none left for it. */
  take(allowance: string, isRetry: boolean): Promise<void>;
  /** Rejects with BudgetSpent while the CRM is asked nothing because it refused calls. Takes none. */
  ready(): Promise<void>;
  /**
   * The CRM refused a call because those of the day are used up; saved at once, for all processes. Answers with the
   * milliseconds until it is asked again. @param resumesAt epoch milliseconds, where the CRM names a time
   */
  refused(resumesAt: number | null): Promise<number>;
  /** What the CRM says of its own count; saved with the next block. */
  observe(said: DayCount): void;
  /** What is known of the day, this process's unsaved part included. */
  standing(): Promise<Standing>;
  /** Gives back what was reserved and not used. */
  close(): Promise<void>;
}

/** Where the state is kept: the database, or for a while the memory of this process. */
export interface BudgetShelf {
  load(name: string): Promise<{ readonly state: BudgetState; readonly version: string }>;
  /** Saves where nobody else has since `version`; answers with the new version, or null. */
  save(name: string, state: BudgetState, version: string): Promise<string | null>;
}

/** The most calls that are reserved at once. */
const BLOCK = 50;
/** A block is at most this part of what is left of the day, so that processes end together. */
const PART_OF_REST = 20;

/** The name of an org's budget. */
export function orgBudget(kind: string, orgId: string): string {
  return `${kind} ${orgId}`;
}

/** The shelf of all processes. */
export function sharedShelf(db: Database): BudgetShelf {
  return {
    async load(name) {
      const row = await db.selectFrom('budgets').selectAll().where('name', '=', name).executeTakeFirst();
      return row ? { state: row.state as BudgetState, version: row.version } : { state: emptyBudget, version: '0' };
    },
    async save(name, state, version) {
      const text = JSON.stringify(state);
      const saved =
        version === '0'
          ? await sql`insert into budgets (name, state, version) values (${name}, ${text}::jsonb, 1) on conflict do nothing`.execute(
              db,
            )
          : await sql`update budgets set state = ${text}::jsonb, version = version + 1 where name = ${name} and version = ${version}::bigint`.execute(
              db,
            );
      return saved.numAffectedRows === 1n ? String(BigInt(version) + 1n) : null;
    },
  };
}

/** Calls of one allowance that this process has reserved. */
interface Lane {
  readonly gate: PQueue;
  grant: Grant | null;
  left: number;
  /** How many to reserve next: more where the last block was used up within its time, fewer where it was not. */
  wanted: number;
}

/** Whose budget it is. Not settled while a connection has not yet learnt, at its first check, which org it leads to. */
export interface BudgetName {
  readonly name: string;
  readonly settled: boolean;
}

/** The budget of one connection's org; connections that have the same name for it share it. */
export function budgetKeeper(options: {
  readonly shelf: BudgetShelf;
  readonly name: () => Promise<BudgetName>;
  readonly rules: BudgetRules;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}): BudgetKeeper {
  return new Keeper(options);
}

class Keeper implements BudgetKeeper {
  readonly #options: Parameters<typeof budgetKeeper>[0];
  readonly #lanes = new Map<string, Lane>();
  /** One change of the state at a time: lanes must not overtake each other. */
  readonly #writing = new PQueue({ concurrency: 1 });
  #said: DayCount | null = null;
  #named: BudgetName | null = null;
  #state: BudgetState = emptyBudget;
  #version: string | null = null;

  constructor(options: Parameters<typeof budgetKeeper>[0]) {
    this.#options = options;
  }

  take(allowance: string, isRetry: boolean): Promise<void> {
    const lane = this.#lane(allowance);
    return lane.gate.add(async () => {
      const { rules, now } = this.#options;
      this.#stopWhereRefused();
      if (isRetry) {
        const today = day(this.#state, rules, now(), true);
        if ('kind' in today) throw this.#spent(today);
      }
      if (lane.left === 0 || !isOpen(lane.grant, now())) await this.#refill(allowance, lane, isRetry);
      lane.left -= 1;
    });
  }

  async ready(): Promise<void> {
    if (this.#version === null) await this.#writing.add(async () => void (await this.#load(await this.#name())));
    this.#stopWhereRefused();
  }

  refused(resumesAt: number | null): Promise<number> {
    const { rules, now } = this.#options;
    return this.#change((state) => {
      const blocked = block(state, rules, now(), resumesAt);
      return { state: blocked, result: blockedFor(blocked, now()) };
    });
  }

  observe(said: DayCount): void {
    this.#said = said;
  }

  async standing(): Promise<Standing> {
    const { rules, now } = this.#options;
    await this.#change((state) => ({ state, result: undefined }));
    return standing(this.#state, rules, now());
  }

  async close(): Promise<void> {
    for (const [allowance, lane] of this.#lanes) {
      await lane.gate.add(async () => {
        const { grant, left } = lane;
        lane.grant = null;
        lane.left = 0;
        if (grant === null || left === 0) return;
        await this.#change((state) => ({
          state: giveBack(state, this.#options.rules, allowance, grant, left),
          result: undefined,
        }));
      });
    }
    // What was heard last is worth a statement: the next process begins with it.
    if (this.#said !== null) await this.#change((state) => ({ state, result: undefined }));
  }

  #lane(allowance: string): Lane {
    const known = this.#lanes.get(allowance);
    if (known) return known;
    const lane: Lane = { gate: new PQueue({ concurrency: 1 }), grant: null, left: 0, wanted: 0 };
    this.#lanes.set(allowance, lane);
    return lane;
  }

  /** What this process has reserved is not to be called either. */
  #stopWhereRefused(): void {
    const resumesInMs = blockedFor(this.#state, this.#options.now());
    if (resumesInMs > 0) throw this.#spent({ why: 'refused', resumesInMs });
  }

  #spent(stop: { readonly why: BudgetSpent['why']; readonly resumesInMs: number }): BudgetSpent {
    const { rules, now } = this.#options;
    return new BudgetSpent(stop.why, stop.resumesInMs, standing(this.#state, rules, now()));
  }

  async #refill(allowance: string, lane: Lane, isRetry: boolean): Promise<void> {
    const { rules, now, sleep } = this.#options;
    const { grant: old, left: unused } = lane;
    // A block used up at once asks for a larger one; one that ran out of time for one of the size that was used.
    lane.wanted =
      unused === 0 ? Math.min(BLOCK, Math.max(1, lane.wanted * 2)) : Math.max(1, (old?.calls ?? 1) - unused);
    let returned = old === null || unused === 0;
    for (;;) {
      const answer = await this.#change((state) => {
        const at = now();
        const before = returned || old === null ? state : giveBack(state, rules, allowance, old, unused);
        const today = day(before, rules, at, isRetry);
        const rest = 'left' in today ? Math.max(1, Math.floor(today.left / PART_OF_REST)) : 1;
        const found = reserve(before, rules, at, { allowance, wanted: Math.min(lane.wanted, rest), isRetry });
        return { state: found.kind === 'granted' ? found.state : before, result: found };
      });
      returned = true;
      lane.grant = null;
      lane.left = 0;
      if (answer.kind === 'stop') throw this.#spent(answer);
      if (answer.kind === 'wait') {
        await sleep(answer.ms);
        continue;
      }
      lane.grant = answer.grant;
      lane.left = answer.grant.calls;
      return;
    }
  }

  async #name(): Promise<string> {
    if (this.#named?.settled) return this.#named.name;
    const found = await this.#options.name();
    if (found.name !== this.#named?.name) this.#version = null;
    this.#named = found;
    return found.name;
  }

  async #load(name: string): Promise<string> {
    const { state, version } = await this.#options.shelf.load(name);
    this.#state = state;
    this.#version = version;
    return version;
  }

  /** Changes the state where nobody else has meanwhile, else begins again with theirs. */
  #change<T>(change: (state: BudgetState) => { readonly state: BudgetState; readonly result: T }): Promise<T> {
    const { shelf, rules, now } = this.#options;
    return this.#writing.add(async () => {
      const name = await this.#name();
      for (;;) {
        const version = this.#version ?? (await this.#load(name));
        const said = this.#said;
        const heard = said === null ? this.#state : hear(this.#state, rules, now(), said);
        const { state, result } = change(heard);
        this.#version = await shelf.save(name, state, version);
        if (this.#version === null) continue;
        this.#state = state;
        if (this.#said === said) this.#said = null;
        return result;
      }
    });
  }
}

/** Whether calls of a grant may still be made. */
function isOpen(grant: Grant | null, now: number): boolean {
  return grant !== null && (grant.until === null || (now < grant.until && now >= grant.grantedAt));
}
