/**
 * A store for one test file: `const store = await testStore(); afterAll(() => store.close())`. Embedded and in memory,
 * from a template that a machine makes once; where SLUICE_TEST_DATABASE_URL is set, a schema of its own on that server.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, sql } from 'kysely';
import { openStore, type Store } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import type { Tables } from '../../src/store/tables.ts';

/** An empty store with all tables. Closing it removes all that it held. */
export async function testStore(): Promise<Store> {
  const url = process.env.SLUICE_TEST_DATABASE_URL;
  if (url) return onServer(url);
  return openStore({ embedded: null, template: await template() });
}

async function onServer(url: string): Promise<Store> {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const store = await openStore({ url, schema });
  return {
    ...store,
    close: async () => {
      await sql`drop schema ${sql.id(schema)} cascade`.execute(store.db);
      await store.close();
    },
  };
}

/** A migrated, empty database as PGlite dumps it: loading it is several times quicker than making one. */
async function template(): Promise<Blob> {
  const require = createRequire(import.meta.url);
  const { version } = JSON.parse(
    readFileSync(join(require.resolve('@electric-sql/pglite'), '../../package.json'), 'utf8'),
  );
  const key = createHash('sha256')
    .update(JSON.stringify([version, migrations]))
    .digest('hex')
    .slice(0, 16);
  const file = join(tmpdir(), `sluice-test-store-${key}.tar`);
  if (!existsSync(file)) {
    const pglite = await PGlite.create();
    const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
    await migrate(db);
    const dump = Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer());
    await db.destroy();
    // Several workers may be at it at once: each writes a file of its own, the last one to finish names the template.
    const mine = `${file}.${randomUUID()}`;
    writeFileSync(mine, dump);
    renameSync(mine, file);
  }
  return new Blob([readFileSync(file)]);
}
