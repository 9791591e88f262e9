import { hostname } from 'node:os';
import { type RawBuilder, sql } from 'kysely';
import type { Database, Queryable } from './database.ts';
import { isAlive, type ProcessIdentity, processIdentity } from './process-identity.ts';

/** The right to run, held by one process. Every transaction checks its fence: who lost the lease can change nothing more. */
export interface Lease {
  readonly name: string;
  readonly fence: string;
  /** Makes sure that the lease is ours and lasts; throws LeaseLost where another process has taken it. */
  renew(): Promise<void>;
  /** Lets go, and ends the renewing. */
  release(): Promise<void>;
}

export interface LeaseHolder extends ProcessIdentity {
  readonly host: string;
  readonly command: string;
}

/** Another process has taken the lease: this run must stop without writing anything more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor(name: string) {
    super(`another run has taken the lease "${name}"; this one stops here, what it committed stands`);
  }
}

/** How long a lease outlives a process that does not renew it, on the database's own clock. */
const LEASE_SECONDS = 60;
/** A lease that was renewed less than this ago needs no renewal. */
const RENEW_AFTER_MS = 10_000;
/** A lease that is held is renewed this often, however long its run waits for an answer. */
const RENEW_EVERY_MS = (LEASE_SECONDS * 1000) / 3;

/**
 * Takes the lease, or says who holds it. A lease that ran out, or whose process on this machine is gone, is taken over.
 * @param renewEveryMs how often it is renewed by itself until it is released; null where `renew` alone does so
 */
export async function takeLease(
  db: Database,
  name: string,
  command: string,
  renewEveryMs: number | null = RENEW_EVERY_MS,
): Promise<Lease | { readonly holder: LeaseHolder }> {
  const me: LeaseHolder = {
    ...(processIdentity(process.pid) ?? { pid: process.pid, started: '' }),
    host: hostname(),
    command,
  };
  const nonce = JSON.stringify({ ...me, nonce: crypto.randomUUID() });
  const taken = await db.transaction().execute(async (tx) => {
    await sql`insert into leases (name, holder, fence, expires_at) values (${name}, '', 0, now() - interval '1 day') on conflict do nothing`.execute(
      tx,
    );
    const found = await sql<{ holder: string; fence: string; expired: boolean }>`
      select holder, fence, expires_at <= now() as expired from leases where name = ${name} for update`.execute(tx);
    const row = found.rows[0];
    if (row === undefined) throw new Error(`the lease "${name}" vanished while it was being taken`);
    if (!row.expired) {
      const holder = JSON.parse(row.holder) as LeaseHolder;
      if (holder.host !== me.host || isAlive(holder)) return { holder };
    }
    const fence = (BigInt(row.fence) + 1n).toString();
    await sql`update leases set holder = ${nonce}, fence = ${fence}, expires_at = now() + ${LEASE_SECONDS} * interval '1 second' where name = ${name}`.execute(
      tx,
    );
    return fence;
  });
  return typeof taken === 'string' ? leaseOn(db, name, taken, renewEveryMs) : taken;
}

function leaseOn(db: Database, name: string, fence: string, renewEveryMs: number | null): Lease {
  let renewedAt = performance.now();
  let isLost = false;
  let renewing: Promise<void> | null = null;
  const renewNow = async (): Promise<void> => {
    const done =
      await sql`update leases set expires_at = now() + ${LEASE_SECONDS} * interval '1 second' where name = ${name} and fence = ${fence}`.execute(
        db,
      );
    isLost = done.numAffectedRows !== 1n;
    renewedAt = performance.now();
  };
  /** One renewal at a time, whoever asks for it. */
  const renewOnce = (): Promise<void> => {
    renewing ??= renewNow().finally(() => {
      renewing = null;
    });
    return renewing;
  };
  // A database that cannot be asked says nothing about the lease: the next renewal that the run waits for tells the error.
  const beat = (): void => {
    if (isLost) clearInterval(timer);
    else renewOnce().catch(() => undefined);
  };
  const timer = renewEveryMs === null ? undefined : setInterval(beat, renewEveryMs).unref();
  return {
    name,
    fence,
    async renew() {
      if (!isLost && performance.now() - renewedAt >= RENEW_AFTER_MS) await renewOnce();
      if (isLost) throw new LeaseLost(name);
    },
    async release() {
      clearInterval(timer);
      // A renewal that is on its way must not prolong what was released.
      await renewing?.catch(() => undefined);
      await sql`update leases set expires_at = now() where name = ${name} and fence = ${fence}`.execute(db);
    },
  };
}

/** Throws LeaseLost unless the lease is still ours; keeps it from being taken until the transaction ends. */
export async function checkLease(tx: Queryable, lease: Lease): Promise<void> {
  await checkAnd(tx, lease, sql`1`);
}

async function checkAnd(tx: Queryable, lease: Lease, also: RawBuilder<unknown>): Promise<void> {
  const { name, fence } = lease;
  const found = await sql`select ${also} from leases where name = ${name} and fence = ${fence} for share`.execute(tx);
  if (found.rows.length === 0) throw new LeaseLost(name);
}

/** Runs `run` in a transaction that the lease must outlive; LeaseLost where another process has taken it. */
export function underLease<T>(db: Database, lease: Lease, run: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await checkLease(tx, lease);
    return run(tx);
  });
}

/**
 * As `underLease`, without waiting until the server has its log on disk. A server that breaks down within the second may forget
 * such transactions, the last ones first, so it is for work that is then simply done again, and nobody outside was told of:
 * the next transaction that is waited for secures all before it.
 */
export function repeatable<T>(db: Database, lease: Lease, run: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await checkAnd(tx, lease, sql`set_config('synchronous_commit', 'off', true)`);
    return run(tx);
  });
}
