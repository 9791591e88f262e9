import { z } from 'zod';
import { readYamlFile } from '../mapping/yaml-file.ts';
import { ConfigError } from '../model/config-error.ts';
import { MODELS } from '../model/revenue.ts';

export const attributionSchema = z.strictObject({
  models: z.array(z.enum(MODELS)).min(1, 'name at least one model'),
  window: z.strictObject({ days: z.number().int().positive().nullable() }).default({ days: null }),
});

/** What `config/attribution.yaml` says: the models to credit under, the first being the one shown first, and how far back touches count. */
export type AttributionConfig = z.infer<typeof attributionSchema>;

/** Checks the text of `attribution.yaml`. Throws a ConfigError naming file, line, column and the wrong word. */
export function compileAttribution(file: string, text: string): AttributionConfig {
  const yaml = readYamlFile(file, text, attributionSchema);
  const { models } = yaml.value;
  const twice = models.flatMap((model, index) =>
    models.indexOf(model) < index ? [yaml.problemAt(['models', index], `"${model}" is listed twice`)] : [],
  );
  if (twice.length > 0) throw new ConfigError(twice);
  return yaml.value;
}
