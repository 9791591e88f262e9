/** Reports over HTTP: GET /api/reports lists them, GET /api/reports/NAME makes one; `format=csv` or `xlsx` downloads it. */
import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { type ReportAsked, ReportRefused } from '../insight/service/reports/run-report.ts';
import type { Report } from '../model/report.ts';
import { toJson } from '../revenue/render.ts';
import type { ReportList, ReportView } from './api.ts';
import { BadRequest } from './query.ts';
import { NotFound } from './routes.ts';

export interface ReportPort {
  list(): Promise<ReportList>;
  /** Throws ReportRefused where it cannot be made as asked. */
  make(
    name: string,
    asked: ReportAsked,
  ): Promise<{ readonly title: string; readonly about: string; readonly report: Report }>;
  /** The same as a file. */
  write(report: Report, format: 'csv' | 'xlsx'): Promise<string | Uint8Array>;
}

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

const word = z
  .string('must be given once')
  .max(200)
  .refine((text) => !text.includes('\u0000'), 'must hold no NUL character');
const parameters = z.strictObject({
  format: z.enum(['json', 'csv', 'xlsx'], 'must be json, csv or xlsx').default('json'),
  period: word.optional(),
  from: word.optional(),
  to: word.optional(),
  partner: word.optional(),
  campaign: word.optional(),
  model: word.optional(),
  drill: z.enum(['1', 'true'], 'is 1 or left out').optional(),
});

export function reportRoutes(port: ReportPort): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.get('/', async (_request, response) => {
    response.json(await port.list());
  });
  router.get('/:name', async (request, response) => {
    const name = String(request.params.name);
    const { format, asked } = askedBy(request);
    if (!(await port.list()).reports.some((each) => each.name === name))
      throw new NotFound(`There is no report "${name}".`);
    try {
      const made = await port.make(name, asked);
      if (format === 'json') {
        response.json(viewOf(name, made));
        return;
      }
      const body = await port.write(made.report, format);
      response.set('content-type', TYPES[format]);
      response.set('content-disposition', `attachment; filename="${name}.${format}"`);
      response.send(Buffer.from(body));
    } catch (error) {
      if (error instanceof ReportRefused) throw new BadRequest(error.message);
      throw error;
    }
  });
  return router;
}

function askedBy(request: Request): { readonly format: 'json' | 'csv' | 'xlsx'; readonly asked: ReportAsked } {
  const parsed = parameters.safeParse(request.query);
  if (!parsed.success)
    throw new BadRequest(
      parsed.error.issues
        .map((issue) =>
          issue.code === 'unrecognized_keys'
            ? `unknown query parameter: ${issue.keys.join(', ')}`
            : `query parameter "${issue.path.join('.')}" ${issue.message}`,
        )
        .join('; '),
    );
  const { format, period, from, to, partner, campaign, model, drill } = parsed.data;
  const given = (text: string | undefined) => text?.trim() || null;
  return {
    format,
    asked: {
      period: given(period),
      from: given(from),
      to: given(to),
      partner: given(partner),
      campaign: given(campaign),
      models: given(model)?.split(',') ?? null,
      drill: drill !== undefined,
    },
  };
}

function viewOf(name: string, { title, about, report }: { title: string; about: string; report: Report }): ReportView {
  const tables = toJson(report);
  return {
    name,
    title,
    about,
    tables: report.tables.flatMap((table) => {
      const made = tables[table.name];
      return made === undefined || typeof made === 'string' ? [] : [{ ...made, name: table.name, title: table.title }];
    }),
  };
}
