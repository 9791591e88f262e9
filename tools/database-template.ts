/** Makes the template from which embedded databases are copied: an empty one with all tables. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { migrate } from '../src/store/migrate.ts';
import type { Tables } from '../src/store/tables.ts';
import { templateFile } from '../src/store/template.ts';

const pglite = await PGlite.create();
const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
await migrate(db);
const dump = await pglite.dumpDataDir('none');
const file = templateFile();
mkdirSync(dirname(file), { recursive: true });
// Under its own name only when it is whole.
writeFileSync(`${file}.part`, Buffer.from(await dump.arrayBuffer()));
renameSync(`${file}.part`, file);
await db.destroy();
