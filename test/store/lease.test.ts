import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Store } from '../../src/store/database.ts';
import { checkLease, type Lease, LeaseLost, repeatable, takeLease, underLease } from '../../src/store/lease.ts';
import { processIdentity } from '../../src/store/process-identity.ts';
import { testStore } from '../support/store.ts';

let store: Store;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.db.deleteFrom('leases').execute();
});

async function take(command = 'sync', renewEveryMs: number | null = null): Promise<Lease> {
  const taken = await takeLease(store.db, 'sync', command, renewEveryMs);
  if ('holder' in taken) throw new Error(`held by ${taken.holder.command}`);
  return taken;
}

/** As if another process had taken the lease: `holder` names it, `seconds` is how long it still lasts. */
async function heldBy(holder: object, seconds: number): Promise<void> {
  await sql`insert into leases (name, holder, fence, expires_at)
    values ('sync', ${JSON.stringify(holder)}, 7, now() + ${seconds} * interval '1 second')`.execute(store.db);
}

const me = { ...processIdentity(process.pid), host: hostname(), command: 'sync' };

describe('taking the lease', () => {
  test('a free one is taken', async () => {
    expect(await take()).toMatchObject({ name: 'sync' });
  });

  test('every taking has a higher fence', async () => {
    const first = await take();
    await first.release();
    const second = await take();
    expect(BigInt(second.fence)).toBeGreaterThan(BigInt(first.fence));
  });

  test('one that another run holds is told with the holder, and stays with it', async () => {
    const first = await take('serve');
    expect(await takeLease(store.db, 'sync', 'sync')).toMatchObject({
      holder: { command: 'serve', pid: process.pid, host: hostname() },
    });
    await expect(checkLease(store.db, first)).resolves.toBeUndefined();
  });

  test('leases of different names do not hinder each other', async () => {
    await take();
    expect(await takeLease(store.db, 'backup', 'sync')).not.toHaveProperty('holder');
  });

  test('one that ran out is taken over, also while its process lives', async () => {
    await heldBy(me, -1);
    expect(await take()).toMatchObject({ fence: '8' });
  });

  test('one whose process on this machine is gone is taken over at once', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await heldBy({ ...me, pid, started: '1' }, 60);
    expect(await take()).toMatchObject({ fence: '8' });
  });

  test('one whose process id was given to another process since is taken over', async () => {
    await heldBy({ ...me, started: 'another time' }, 60);
    expect(await take()).toMatchObject({ fence: '8' });
  });

  test('one of a process on another machine is waited for until it runs out: nobody here can see it', async () => {
    await heldBy({ ...me, pid: 2 ** 22 + 1, started: '1', host: 'elsewhere' }, 60);
    expect(await takeLease(store.db, 'sync', 'sync')).toMatchObject({ holder: { host: 'elsewhere' } });
  });

  test('of many at once exactly one gets it', async () => {
    const taken = await Promise.all(Array.from({ length: 6 }, () => takeLease(store.db, 'sync', 'sync')));
    expect(taken.filter((each) => !('holder' in each))).toHaveLength(1);
  });
});

describe('the fence', () => {
  test('lets the holder go on', async () => {
    const lease = await take();
    await store.db.transaction().execute((tx) => checkLease(tx, lease));
  });

  test('stops a run whose lease was taken over, and its transaction leaves nothing', async () => {
    const stale = await take();
    await sql`update leases set expires_at = now() - interval '1 second'`.execute(store.db);
    await take();
    await expect(
      store.db.transaction().execute(async (tx) => {
        await tx
          .insertInto('runs')
          .values({
            id: 'run_x',
            started_at: '2026-03-02T08:00:00Z',
            finished_at: null,
            status: 'running',
            summary: '{}',
          })
          .execute();
        await checkLease(tx, stale);
      }),
    ).rejects.toThrow(LeaseLost);
    expect(await store.db.selectFrom('runs').selectAll().execute()).toEqual([]);
  });

  test('says what happened and what stands', async () => {
    const stale = await take();
    await stale.release();
    await take();
    await expect(checkLease(store.db, stale)).rejects.toThrow(
      'another run has taken the lease "sync"; this one stops here, what it committed stands',
    );
  });
});

describe('letting go', () => {
  test('a released lease can be taken at once', async () => {
    await (await take()).release();
    await take();
  });

  test('a stale run that releases late does not take the lease from the new holder', async () => {
    const stale = await take();
    await sql`update leases set expires_at = now() - interval '1 second'`.execute(store.db);
    const current = await take();
    await stale.release();
    expect(await takeLease(store.db, 'sync', 'sync')).toHaveProperty('holder');
    await checkLease(store.db, current);
  });

  test('renewing soon after taking asks the database nothing', async () => {
    const lease = await take();
    await store.db.deleteFrom('leases').execute();
    await expect(lease.renew()).resolves.toBeUndefined();
  });
});

describe('while a run waits for a slow answer', () => {
  const secondsLeft = async (): Promise<number> => {
    const found = await sql<{ left: number }>`
      select extract(epoch from expires_at - now())::float as left from leases where name = 'sync'`.execute(store.db);
    return found.rows[0]?.left ?? 0;
  };
  const runsOut = () => sql`update leases set expires_at = now() + interval '1 second'`.execute(store.db);
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await turn();
  }

  test('its lease is renewed all by itself, again and again', async () => {
    const lease = await take('sync', 1);
    for (let time = 0; time < 3; time++) {
      await runsOut();
      await until(async () => (await secondsLeft()) > 50);
    }
    await lease.release();
  });

  test('a lease that was taken meanwhile is known to be lost before anything is asked again', async () => {
    const stale = await take('sync', 1);
    await sql`update leases set fence = fence + 1`.execute(store.db);
    await until(() =>
      stale.renew().then(
        () => false,
        (error: unknown) => error instanceof LeaseLost,
      ),
    );
    await runsOut();
    await expect(stale.renew()).rejects.toThrow('another run has taken the lease "sync"');
    expect(await secondsLeft()).toBeLessThan(2);
    await stale.release();
  });

  test('a database that cannot be asked ends nothing: the next renewal that comes through keeps the lease', async () => {
    const lease = await take('sync', 1);
    await sql`alter table leases rename to leases_away`.execute(store.db);
    for (let turns = 0; turns < 100; turns++) await turn();
    await sql`alter table leases_away rename to leases`.execute(store.db);
    await runsOut();
    await until(async () => (await secondsLeft()) > 50);
    await expect(lease.renew()).resolves.toBeUndefined();
    await lease.release();
  });

  test('a released lease stays released, though a renewal was on its way', async () => {
    for (let time = 0; time < 20; time++) {
      const lease = await take('sync', 1);
      await runsOut();
      await turn();
      await lease.release();
      for (let turns = 0; turns < 20; turns++) await turn();
      expect(await secondsLeft()).toBeLessThanOrEqual(0);
    }
  });
});

describe('a transaction under the lease', () => {
  const commits = async (under: typeof underLease) => {
    const lease = await take();
    const { rows } = await under(store.db, lease, (tx) =>
      sql<{ synchronous_commit: string }>`show synchronous_commit`.execute(tx),
    );
    return rows[0]?.synchronous_commit;
  };

  test('waits for the log on disk', async () => {
    expect(await commits(underLease)).toBe('on');
  });

  test('does not where its work can be repeated, and the next one does again', async () => {
    expect(await commits(repeatable)).toBe('off');
    expect((await sql`show synchronous_commit`.execute(store.db)).rows).toEqual([{ synchronous_commit: 'on' }]);
  });

  test.each([
    ['one that waits', underLease],
    ['one that does not', repeatable],
  ])('changes nothing once the lease was taken: %s', async (_, under) => {
    const lease = await take();
    await sql`update leases set fence = fence + 1`.execute(store.db);
    const lost = under(store.db, lease, (tx) => sql`delete from leases`.execute(tx));
    await expect(lost).rejects.toThrow(LeaseLost);
    expect(await store.db.selectFrom('leases').selectAll().execute()).toHaveLength(1);
  });
});
