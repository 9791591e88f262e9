/** What reconciliation leaves to people: GET /api/reconcile/reviews, POST /api/reconcile/reviews/ID, GET /api/reconcile/unrecorded. */
import express, { type Router } from 'express';
import { decimalOf } from '../model/money.ts';
import { AnswerRefused, type DealAnswer } from '../revenue/service/answer-deal.ts';
import type { Unrecorded } from '../revenue/unrecorded.ts';
import type { OpenReview } from '../store/reviews.ts';
import { BadRequest } from './query.ts';
import { ownPage } from './routes.ts';

export interface ReconcilePort {
  reviews(): Promise<readonly OpenReview[]>;
  /** Throws AnswerRefused. Returns the answer as it is kept. */
  answer(id: string, answer: DealAnswer): Promise<string>;
  unrecorded(): Promise<readonly Unrecorded[]>;
}

const BODY_LIMIT = 4_096;

/** All answer as the commands `sluice reconcile review` and `unrecorded` do with --json. */
export function reconcileRoutes(port: ReconcilePort): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.get('/reviews', async (_request, response) => {
    response.json({ open: await port.reviews() });
  });
  router.get('/unrecorded', async (_request, response) => {
    response.json({ deals: withPlainAmounts(await port.unrecorded()) });
  });
  router.post('/reviews/:id', express.json({ limit: BODY_LIMIT }), async (request, response) => {
    ownPage(request);
    const { answer, with: chosen } = (request.body ?? {}) as Record<string, unknown>;
    if (typeof answer !== 'string' || (chosen !== undefined && typeof chosen !== 'string'))
      throw new BadRequest('Send {"answer": "same", "with": ...} or {"answer": "different"}.');
    try {
      const id = String(request.params.id).replaceAll('\u0000', '\ufffd');
      response.json({ id, answer: await port.answer(id, { word: answer, with: chosen }) });
    } catch (error) {
      if (!(error instanceof AnswerRefused)) throw error;
      throw new BadRequest([error.message, error.hint].filter((part) => part !== undefined).join('. '));
    }
  });
  return router;
}

/** JSON has no bigint: amounts go as decimal text with their currency. */
export function withPlainAmounts(deals: readonly Unrecorded[]): unknown[] {
  return deals.map(({ amount, ...deal }) => ({
    ...deal,
    amount: amount === null ? null : decimalOf(amount),
    currency: amount?.currency ?? null,
  }));
}
