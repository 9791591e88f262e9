import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { editorSchemas } from '../../tools/schemas.ts';

/** `UPDATE_SCHEMAS=1 npm test -- test/tools/schemas && npm run format` writes them anew. */
test.each(Object.entries(editorSchemas()))('config/schemas/%s is what Sluice checks by', (name, text) => {
  const file = join('config', 'schemas', name);
  if (process.env.UPDATE_SCHEMAS) writeFileSync(file, text);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(text));
});
