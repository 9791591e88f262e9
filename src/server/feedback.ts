/** What partners state of leads: POST /api/feedback takes statements in and answers each by itself. */
import express, { type Router } from 'express';
import { z } from 'zod';
import { readWritten } from '../leads/feedback/statement.ts';
import type { GivenRow, TakenRow } from '../leads/service/take-feedback.ts';
import { BadRequest } from './query.ts';
import { ownPage } from './routes.ts';

export interface FeedbackPort {
  take(rows: readonly GivenRow[], brought: { readonly via: string; readonly dryRun?: boolean }): Promise<TakenRow[]>;
}

const BODY_LIMIT = 2_000_000;
const MOST = 1_000;

const bodySchema = z.strictObject({
  source: z.string().trim().min(1).max(100).default('api'),
  dryRun: z.boolean().default(false),
  statements: z.array(z.unknown()).min(1).max(MOST),
});

/** The statements are written as the columns of a CSV file are; `place` in the answer counts them from 1. */
export function feedbackRoutes(port: FeedbackPort): Router {
  const router = express.Router();
  router.post('/', express.json({ limit: BODY_LIMIT }), async (request, response) => {
    ownPage(request);
    const body = bodySchema.safeParse(request.body ?? {});
    if (!body.success)
      throw new BadRequest(
        `Send {"source": ..., "dryRun": false, "statements": [...]} with 1 to ${MOST} statements. ${body.error.issues
          .map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`)
          .join('; ')}`,
      );
    const { source, dryRun, statements } = body.data;
    const good: GivenRow[] = [];
    const refused: TakenRow[] = [];
    for (const [n, given] of statements.entries()) {
      const read = readWritten(given);
      const place = n + 1;
      if ('written' in read) good.push({ place, written: read.written });
      else refused.push({ place, result: 'refused', offer: null, partner: null, problems: read.problems });
    }
    const taken = await port.take(good, { via: source, dryRun });
    response.set('cache-control', 'no-store');
    response.json({ source, dryRun, rows: [...taken, ...refused].sort((a, b) => a.place - b.place) });
  });
  return router;
}
