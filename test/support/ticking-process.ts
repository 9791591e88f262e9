/**
 * A process that keeps a desk: from the tick it finds in the store to the one it is told, it does what is due, and says each
 * that it has done. It is killed by whoever started it.
 */
import { sql } from 'kysely';
import { openStore } from '../../src/store/database.ts';
import { tick } from './ticking.ts';

const [folder = '', ...instants] = process.argv.slice(2);
const store = await openStore({ embedded: folder });
await sql`create table if not exists ticks_done (at bigint primary key)`.execute(store.db);
const { rows } = await sql<{ at: string }>`select at from ticks_done`.execute(store.db);
const done = new Set(rows.map(({ at }) => Number(at)));
for (const now of instants.map(Number)) {
  if (done.has(now)) continue;
  process.stdout.write(`begins ${now}\n`);
  await tick(store.db, now, () => undefined, 40);
  await sql`insert into ticks_done values (${now})`.execute(store.db);
}
process.stdout.write('all done\n');
await store.close();
