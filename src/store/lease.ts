import { hostname } from 'node:os';
import { sql } from 'kysely';
import type { Database, Queryable } from './database.ts';
import { isAlive, type ProcessIdentity, processIdentity } from './process-identity.ts';

/** The right to run, held by one process. Every transaction checks its fence: who lost the lease can change nothing more. */
export interface Lease {
  readonly name: string;
  readonly fence: string;
  /** Prolongs the lease; throws LeaseLost where another process has taken it. */
  renew(): Promise<void>;
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

/** Takes the lease, or says who holds it. A lease that ran out, or whose process on this machine is gone, is taken over. */
export async function takeLease(
  db: Database,
  name: string,
  command: string,
): Promise<Lease | { readonly holder: LeaseHolder }> {
  const me: LeaseHolder = {
    ...(processIdentity(process.pid) ?? { pid: process.pid, started: '' }),
    host: hostname(),
    command,
  };
  const nonce = JSON.stringify({ ...me, nonce: crypto.randomUUID() });
  return db.transaction().execute(async (tx) => {
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
    return leaseOn(db, name, fence);
  });
}

function leaseOn(db: Database, name: string, fence: string): Lease {
  let renewedAt = performance.now();
  return {
    name,
    fence,
    async renew() {
      if (performance.now() - renewedAt < RENEW_AFTER_MS) return;
      const done =
        await sql`update leases set expires_at = now() + ${LEASE_SECONDS} * interval '1 second' where name = ${name} and fence = ${fence}`.execute(
          db,
        );
      if (done.numAffectedRows !== 1n) throw new LeaseLost(name);
      renewedAt = performance.now();
    },
    async release() {
      await sql`update leases set expires_at = now() where name = ${name} and fence = ${fence}`.execute(db);
    },
  };
}

/** Throws LeaseLost unless the lease is still ours; keeps it from being taken until the transaction ends. */
export async function checkLease(tx: Queryable, lease: Lease): Promise<void> {
  const found = await sql`select 1 from leases where name = ${lease.name} and fence = ${lease.fence} for share`.execute(
    tx,
  );
  if (found.rows.length === 0) throw new LeaseLost(lease.name);
}

/** Runs `run` in a transaction that the lease must outlive; LeaseLost where another process has taken it. */
export function underLease<T>(db: Database, lease: Lease, run: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await checkLease(tx, lease);
    return run(tx);
  });
}
