import { z } from 'zod';
import { anyMappingSchema } from '../mapping/schema.ts';
import { sluiceSchema } from './schema.ts';

/**
 * The JSON Schemas that editors complete and check configuration files by: file name under config/schemas to content.
 * They are written from the same zod schemas that Sluice itself checks by.
 */
export function editorSchemas(): Record<string, string> {
  return {
    'mapping.schema.json': jsonSchema('A Sluice mapping file', anyMappingSchema()),
    'sluice.schema.json': jsonSchema('sluice.yaml', sluiceSchema),
  };
}

function jsonSchema(title: string, schema: z.ZodType): string {
  // As input: what has a default may be left out of the file.
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7', reused: 'ref' }) }, null, 2)}\n`;
}
