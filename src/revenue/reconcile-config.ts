import { z } from 'zod';
import { readYamlFile } from '../mapping/yaml-file.ts';
import { ConfigError } from '../model/config-error.ts';

const probability = z.number().min(0).max(1);
const times = z.number().positive().max(1000);

const evidenceSchema = z.strictObject({
  company: z
    .strictObject({ account: times.default(0.5), domain: times.default(0.4), name: times.default(0.2) })
    .default({ account: 0.5, domain: 0.4, name: 0.2 })
    .describe('What the odds begin with: how the company of the lead and that of the deal are known to be one.'),
  acceptedBefore: z
    .array(z.strictObject({ days: z.number().int().positive().max(3650), times }))
    .default([
      { days: 30, times: 6 },
      { days: 90, times: 4 },
      { days: 180, times: 2 },
      { days: 365, times: 0.7 },
    ])
    .describe('How many days before the deal was made a partner accepted the lead; the first line that fits counts.'),
  acceptedEarlier: times.default(0.2).describe('Accepted longer ago than all of these.'),
  acceptedMeanwhile: times.default(0.5).describe('Accepted after the deal was made, before it closed.'),
  notAccepted: times.default(0.3).describe('Accepted by no partner, or only after the close.'),
  partnerAtWork: times.default(2).describe('The partner touched or reported the lead before the close.'),
  partnerSaidWon: times.default(8),
  partnerSaidLost: times.default(0.2),
  sameProduct: times.default(2).describe('The lead asked for what the deal sells.'),
  otherProduct: times.default(0.4),
  sameValue: times.default(4).describe('The amount is within 10 % of the value that the partner reported.'),
  nearValue: times.default(1.5).describe('The amount is between a half and the double of it.'),
  otherValue: times.default(0.5),
  otherPeople: times.default(0.5).describe("The deal names people, and the lead's person is not among them."),
  otherPartner: times.default(0.2).describe('The deal names a partner, and it is not the one that accepted the lead.'),
});

const twinsSchema = z.strictObject({
  company: z
    .strictObject({ domain: times.default(0.5), name: times.default(0.3) })
    .default({ domain: 0.5, name: 0.3 })
    .describe('What the odds begin with: how the accounts of the two deals are known to be one company.'),
  sameName: times.default(20),
  otherName: times.default(0.2),
  sameAmount: times.default(6),
  otherAmount: times.default(0.05).describe('Another amount, or another currency.'),
  sameClose: times.default(4).describe('The close dates are the same day.'),
  nearClose: times.default(2).describe('They are up to 7 days apart.'),
  otherClose: times.default(0.2),
  otherEnd: times.default(0.3).describe('One is won and the other one is not.'),
});

const name = z.string().min(1);
const othersSchema = z.strictObject({ families: z.array(name).default([]), products: z.array(name).default([]) });

export const reconcileSchema = z.strictObject({
  zones: z
    .strictObject({ same: probability.default(0.9), review: probability.default(0.4) })
    .default({ same: 0.9, review: 0.4 })
    .describe(
      'From which probability a deal counts as come of a lead (or as the same as one of another CRM), and from which a person looks.',
    ),
  evidence: evidenceSchema
    .default(evidenceSchema.parse({}))
    .describe('By how much each piece of evidence multiplies the odds that a deal came of a lead.'),
  othersKit: othersSchema
    .default(othersSchema.parse({}))
    .describe("Product families and products of the CRM that are not the vendor's own."),
  twins: twinsSchema
    .default(twinsSchema.parse({}))
    .describe('By how much each piece of evidence multiplies the odds that two CRMs hold the same deal.'),
});

/** What `config/reconcile.yaml` says, and the connections in the order of sluice.yaml: of two that hold a deal the first counts. */
export type ReconcileRules = z.infer<typeof reconcileSchema> & { readonly order: readonly string[] };

/** The rules where there is no file. */
export const DEFAULT_RECONCILE: ReconcileRules = { ...reconcileSchema.parse({}), order: [] };

/** Checks the text of `reconcile.yaml`. Throws a ConfigError naming file, line, column and the wrong word. */
export function compileReconcile(file: string, text: string, order: readonly string[] = []): ReconcileRules {
  const yaml = readYamlFile(file, text, reconcileSchema);
  const { zones, evidence } = yaml.value;
  const problems = [
    ...(zones.review > zones.same
      ? [
          yaml.problemAt(
            ['zones', 'review'],
            `${zones.review} is above "same" (${zones.same}): nothing would ever wait`,
          ),
        ]
      : []),
    ...evidence.acceptedBefore.flatMap(({ days }, place, lines) =>
      place > 0 && days <= (lines[place - 1]?.days ?? 0)
        ? [
            yaml.problemAt(
              ['evidence', 'acceptedBefore', place, 'days'],
              `${days} days are not more than those of the line before, so this line never counts`,
            ),
          ]
        : [],
    ),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...yaml.value, order };
}
