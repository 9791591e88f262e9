/**
 * A new embedded database is copied from a template instead of being initialised, which takes ten times as long.
 * `npm ci` makes the template (tools/database-template.ts); without one everything works, only the first start is slower.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../config/files.ts';
import { migrations } from './migrations/index.ts';

/** Where the template of this very schema and PGlite lies, whether or not it was made. */
export function templateFile(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const { version } = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const schema = createHash('sha256')
    .update(JSON.stringify([version, migrations]))
    .digest('hex')
    .slice(0, 16);
  return join(packageRoot(), 'dist', `database-template-${schema}.tar`);
}
