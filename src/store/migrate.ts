import { sql } from 'kysely';
import type { Database } from './database.ts';
import { migrations } from './migrations/index.ts';

/** Key of the advisory lock under which one process at a time migrates a server. */
const MIGRATION_LOCK = 7_583_421;

/** Runs the migrations that this database has not seen, in order, in one transaction. */
export async function migrate(db: Database): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(tx);
    await sql`create table if not exists migrations (number int primary key, name text not null, applied_at timestamptz not null default now())`.execute(
      tx,
    );
    const done = await sql<{ number: number }>`select number from migrations`.execute(tx);
    const known = new Set(done.rows.map((row) => row.number));
    for (const migration of migrations) {
      if (known.has(migration.number)) continue;
      for (const statement of migration.statements) await sql.raw(statement).execute(tx);
      await sql`insert into migrations (number, name) values (${migration.number}, ${migration.name})`.execute(tx);
    }
  });
}
