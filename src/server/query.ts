import { z } from 'zod';
import { GRADES, LEAD_STATES } from '../model/lead.ts';
import { type LeadQuery, type LeadSort, SORT_COLUMNS } from './api.ts';

/** A request that cannot be answered as it was put: told to the sender with status 400. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

const sorts = SORT_COLUMNS.flatMap((column): LeadSort[] => [column, `-${column}`]);

/** Digits only: Number('') is 0 and Number('1e3') is 1000, neither of which anybody meant. */
const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum, `must be at least ${minimum}`).max(maximum, `must be at most ${maximum}`));

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `must be one of: ${values.join(', ')}`).optional();

const text = (maximum: number) =>
  z
    .string('must be given once')
    .trim()
    .max(maximum, `must have at most ${maximum} characters`)
    .refine((value) => !value.includes('\u0000'), 'must hold no NUL character');

const leadQuerySchema = z.strictObject({
  state: oneOf(LEAD_STATES),
  grade: oneOf(GRADES),
  partner: text(100).optional(),
  q: text(200).optional(),
  sort: z.enum(sorts, `must be one of: ${sorts.join(', ')}`).default('-score'),
  offset: wholeNumber(0, 100_000_000).default(0),
  limit: wholeNumber(1, 200).default(50),
});

const runsQuerySchema = z.strictObject({ limit: wholeNumber(1, 200).default(20) });

/** Query parameters of GET /api/leads as a query, with the defaults filled in; throws BadRequest naming each wrong parameter. */
export function leadQuery(parameters: unknown): LeadQuery {
  const { state, grade, partner, q, sort, offset, limit } = parse(leadQuerySchema, parameters);
  return {
    ...(state && { state }),
    ...(grade && { grade }),
    ...(partner && { partner }),
    ...(q && { q }),
    sort,
    offset,
    limit,
  };
}

/** The `limit` of GET /api/runs (1-200, 20 unless given); throws BadRequest. */
export function runsLimit(parameters: unknown): number {
  return parse(runsQuerySchema, parameters).limit;
}

const poolQuerySchema = z.strictObject({ partner: text(100).optional(), limit: wholeNumber(1, 1_000).default(100) });

/** The parameters of GET /api/pool; throws BadRequest. */
export function poolQuery(parameters: unknown): { readonly partner?: string; readonly limit: number } {
  const { partner, limit } = parse(poolQuerySchema, parameters);
  return { ...(partner && { partner }), limit };
}

function parse<T>(schema: z.ZodType<T>, parameters: unknown): T {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  throw new BadRequest(result.error.issues.map(describe).join('; '));
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown query parameter: ${issue.keys.join(', ')}`;
  return `query parameter "${issue.path.join('.')}" ${issue.message}`;
}
