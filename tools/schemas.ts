import { z } from 'zod';
import { sluiceSchema } from '../src/config/schema.ts';
import { dealsSchema } from '../src/deals/deals-schema.ts';
import { fundsSchema } from '../src/funds/funds-schema.ts';
import { reportsSchema } from '../src/insight/reports/custom.ts';
import { scorecardSchema } from '../src/insight/scorecard-config.ts';
import { feedbackSchema } from '../src/leads/feedback/feedback-schema.ts';
import { intakeSchema } from '../src/leads/intake.ts';
import { matchingSchema } from '../src/leads/matching/match-config.ts';
import { programmesSchema } from '../src/leads/partners/programmes-schema.ts';
import { routingSchema } from '../src/leads/routing-schema.ts';
import { scoringSchema } from '../src/leads/scoring-schema.ts';
import { holidaySetSchema, slaSchema } from '../src/leads/sla/sla-schema.ts';
import { anyMappingSchema } from '../src/mapping/schema.ts';
import { attributionSchema } from '../src/revenue/attribution/config-schema.ts';
import { ledgerSchema } from '../src/revenue/ledger-config.ts';
import { reconcileSchema } from '../src/revenue/reconcile-config.ts';

/**
 * The JSON Schemas that editors complete and check configuration files by: file name under config/schemas to content.
 * They are written from the same zod schemas that Sluice itself checks by. What a schema cannot say (does a condition
 * compile, is a group named) Sluice says when it reads the file.
 */
export function editorSchemas(): Record<string, string> {
  return {
    'attribution.schema.json': jsonSchema('attribution.yaml', attributionSchema),
    'deals.schema.json': jsonSchema('deals.yaml', dealsSchema),
    'feedback.schema.json': jsonSchema('feedback.yaml', feedbackSchema),
    'holidays.schema.json': jsonSchema('A file of holidays', holidaySetSchema),
    'intake.schema.json': jsonSchema('intake.yaml', intakeSchema),
    'ledger.schema.json': jsonSchema('ledger.yaml', ledgerSchema),
    'mapping.schema.json': jsonSchema('A Sluice mapping file', anyMappingSchema()),
    'matching.schema.json': jsonSchema('matching.yaml', matchingSchema),
    'funds.schema.json': jsonSchema('funds.yaml', fundsSchema),
    'programmes.schema.json': jsonSchema('programmes.yaml', programmesSchema),
    'reconcile.schema.json': jsonSchema('reconcile.yaml', reconcileSchema),
    'reports.schema.json': jsonSchema('reports.yaml', reportsSchema),
    'routing.schema.json': jsonSchema('routing.yaml', routingSchema),
    'scorecard.schema.json': jsonSchema('scorecard.yaml', scorecardSchema),
    'scoring.schema.json': jsonSchema('scoring.yaml', scoringSchema),
    'sla.schema.json': jsonSchema('sla.yaml', slaSchema),
    'sluice.schema.json': jsonSchema('sluice.yaml', sluiceSchema),
  };
}

function jsonSchema(title: string, schema: z.ZodType): string {
  // As input: what has a default may be left out of the file.
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7', reused: 'ref' }) }, null, 2)}\n`;
}
