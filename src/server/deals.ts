/**
 * Deal registrations: GET /api/deals lists them, GET /api/deals/ID shows one with its history; POST /api/deals registers, each row
 * answered by itself; POST /api/deals/ID/approve, reject, extend, withdraw or convert moves one.
 */
import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { type DealMove, DealRefused } from '../deals/service/move.ts';
import type { Brought, GivenDeal, RegisteredDeal } from '../deals/service/register.ts';
import type { DealDetail, DealFilter, DealView } from '../deals/service/view.ts';
import { COLUMNS } from '../deals/written.ts';
import { REGISTRATION_STATES } from '../model/registration.ts';
import { BadRequest } from './query.ts';
import { NotFound, ownPage } from './routes.ts';

export interface DealPort {
  register(rows: readonly GivenDeal[], brought: Brought): Promise<RegisteredDeal[]>;
  move(id: string, move: DealMove, by: string): Promise<DealDetail>;
  show(id: string): Promise<DealDetail | null>;
  list(filter: DealFilter): Promise<{
    readonly deals: readonly DealView[];
    readonly counts: Readonly<Record<string, number>>;
    readonly problem?: string;
  }>;
}

const BODY_LIMIT = 2_000_000;
const MOST = 1_000;

const who = z.string().trim().min(1).max(100).transform(idOf);
const rowSchema = z.strictObject(
  Object.fromEntries(COLUMNS.map((column) => [column, z.union([z.string(), z.number()]).optional()])),
);
const bodySchema = z.strictObject({
  source: who.default('api'),
  by: who.default('api'),
  dryRun: z.boolean().default(false),
  registrations: z.array(z.unknown()).min(1).max(MOST),
});
const text = z.string().max(1_000).transform(idOf);
const moves: Readonly<Record<string, z.ZodType<DealMove & { by?: string | undefined }>>> = {
  approve: z
    .strictObject({ by: who.optional(), as: text.optional(), despiteConflict: z.boolean().default(false) })
    .transform(({ by, as, despiteConflict }) => ({ by, kind: 'approve', step: as ?? null, despite: despiteConflict })),
  reject: z
    .strictObject({ by: who.optional(), reason: text })
    .transform(({ by, reason }) => ({ by, kind: 'reject', reason })),
  withdraw: z
    .strictObject({ by: who.optional(), reason: text.default('') })
    .transform(({ by, reason }) => ({ by, kind: 'withdraw', reason })),
  extend: z.strictObject({ by: who.optional() }).transform(({ by }) => ({ by, kind: 'extend' })),
  convert: z
    .strictObject({ by: who.optional(), opportunity: text })
    .transform(({ by, opportunity }) => ({ by, kind: 'convert', opportunity })),
};

/** All answer as the commands of `sluice deal` do with --json. Rows are written as the columns of a CSV file are. */
export function dealRoutes(port: DealPort): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.get('/', async (request, response) => {
    const found = await port.list(filterOf(request));
    if (found.problem !== undefined) throw new NotFound(`${found.problem}.`);
    response.json(found);
  });
  router.get('/:id', async (request, response) => {
    const id = idOf(request.params.id);
    const deal = await port.show(id);
    if (deal === null) throw new NotFound(`There is no registration "${id}".`);
    response.json(deal);
  });
  router.post('/', express.json({ limit: BODY_LIMIT }), async (request, response) => {
    ownPage(request);
    const body = bodySchema.safeParse(request.body ?? {});
    if (!body.success)
      throw new BadRequest(
        `Send {"source": ..., "by": ..., "dryRun": false, "registrations": [...]} with 1 to ${MOST} registrations. ${told(body.error)}`,
      );
    const { source, by, dryRun, registrations } = body.data;
    const good: GivenDeal[] = [];
    const refused: RegisteredDeal[] = [];
    for (const [n, given] of registrations.entries()) {
      const row = rowSchema.safeParse(given);
      const place = n + 1;
      if (row.success)
        good.push({
          place,
          written: Object.fromEntries(Object.entries(row.data).map(([name, value]) => [name, String(value ?? '')])),
        });
      else refused.push({ ...NOTHING, place, result: 'refused', problems: row.error.issues.map(issueText) });
    }
    const taken = good.length === 0 ? [] : await port.register(good, { source, by, dryRun });
    response.json({ source, dryRun, rows: [...taken, ...refused].sort((a, b) => a.place - b.place) });
  });
  router.post('/:id/:action', express.json({ limit: 16_384 }), async (request, response) => {
    ownPage(request);
    const { id, action } = request.params;
    const schema = Object.hasOwn(moves, action) ? moves[action] : undefined;
    if (schema === undefined) throw new BadRequest(`There is ${Object.keys(moves).join(', ')}, no "${action}".`);
    const read = schema.safeParse(request.body ?? {});
    if (!read.success) throw new BadRequest(told(read.error));
    const { by = 'api', ...move } = read.data;
    try {
      response.json(await port.move(idOf(id), move, by));
    } catch (error) {
      if (!(error instanceof DealRefused)) throw error;
      throw new BadRequest([error.message, error.hint].filter((part) => part !== undefined).join('. '));
    }
  });
  return router;
}

const NOTHING = { registration: null, partner: null, state: null, verdict: null, conflicts: [] };

function filterOf({ query }: Request): DealFilter {
  const { state, partner } = query as Record<string, unknown>;
  const found = REGISTRATION_STATES.find((each) => each === state);
  if (state !== undefined && found === undefined)
    throw new BadRequest(`state is one of ${REGISTRATION_STATES.join(', ')}.`);
  return {
    ...(found === undefined ? {} : { state: found }),
    ...(typeof partner === 'string' ? { partner: idOf(partner) } : {}),
  };
}

function told({ issues }: z.ZodError): string {
  return issues.map(issueText).join('; ');
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.') || 'the body'}: ${message}`;
}

/** A NUL is in no id, and PostgreSQL takes none. */
function idOf(value: string): string {
  return value.replaceAll('\u0000', '\ufffd');
}
