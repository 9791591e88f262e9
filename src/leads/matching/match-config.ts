import { z } from 'zod';
import { readYamlFile } from '../../mapping/yaml-file.ts';
import { ConfigError } from '../../model/config-error.ts';

const share = z.number().gt(0).lt(1);

/** config/matching.yaml. */
export const matchingSchema = z.strictObject({
  version: z.literal(1),
  zones: z
    .strictObject({
      same: share.describe('From this probability on two records are one without anybody asked.'),
      review: share.describe('From this probability on a person is asked; below, the two are different.'),
    })
    .describe('Between the two a person looks.'),
  alwaysReview: z
    .strictObject({
      places: z.boolean().default(true).describe('Names that differ in a place: "Acme France" and "Acme Italia".'),
      numbers: z.boolean().default(true).describe('Names that differ in a number: "Fund 1" and "Fund 2".'),
      parts: z.boolean().default(true).describe('A parent and its part: "Acme" and "Acme Holding".'),
    })
    .prefault({}),
  clusters: z
    .strictObject({
      threshold: share
        .default(0.4)
        .describe('The mean probability over all pairs of two groups from which they are one.'),
      largest: z.number().int().min(2).default(500).describe('No group grows over this many different spellings.'),
    })
    .prefault({}),
});

export type MatchRules = z.infer<typeof matchingSchema>;

/** Reads config/matching.yaml; throws a ConfigError with every problem and its place. */
export function compileMatching(file: string, text: string): MatchRules {
  const yaml = readYamlFile(file, text, matchingSchema);
  const { zones } = yaml.value;
  if (zones.review < zones.same) return yaml.value;
  throw new ConfigError([
    yaml.problemAt(['zones', 'review'], `review (${zones.review}) is not under same (${zones.same})`, {
      hint: 'between the two a person looks, so there must be something between them',
    }),
  ]);
}
