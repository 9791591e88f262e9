/** Before all tests: the template of the embedded database is made where migrations have changed since the last one. */
import { existsSync } from 'node:fs';
import { templateFile } from '../../src/store/template.ts';

export default async function makeTemplate(): Promise<void> {
  if (!process.env.SLUICE_TEST_DATABASE_URL && !existsSync(templateFile()))
    await import('../../tools/database-template.ts');
}
