/**
 * Tests that only a PostgreSQL server can run, such as those of several processes: `const { url, onServer } = needsServer('what')`.
 * Where none is named they are skipped, which is said aloud, with how to run them.
 */
import { describe, test } from '@jest/globals';

interface ServerTests {
  readonly url: string;
  readonly onServer: typeof test | typeof test.skip;
  readonly describeOnServer: typeof describe | typeof describe.skip;
}

/** @param subject what then goes untested, as in 'claims from several processes' */
export function needsServer(subject: string): ServerTests {
  const url = process.env.SLUICE_TEST_DATABASE_URL ?? '';
  if (url !== '') return { url, onServer: test, describeOnServer: describe };
  console.warn(
    `SKIPPED: ${subject}. To run them name a PostgreSQL database: SLUICE_TEST_DATABASE_URL=postgres://user@127.0.0.1:5432/db npm test`,
  );
  return { url, onServer: test.skip, describeOnServer: describe.skip };
}
