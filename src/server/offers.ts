/** The clocks of offers: GET /api/offers/ID shows one; POST /api/offers/ID/extend, pause or resume moves it. */
import express, { type Router } from 'express';
import { type ClockMove, ClockRefused, type OfferView } from '../leads/service/offer-clock.ts';
import { BadRequest } from './query.ts';
import { NotFound, ownPage } from './routes.ts';

export interface ClockPort {
  offer(id: string): Promise<OfferView | null>;
  move(id: string, move: ClockMove): Promise<OfferView>;
}

const BODY_LIMIT = 4_096;

/** All answer the offer as `sluice offer show --json` does. */
export function offerRoutes(port: ClockPort): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.get('/:id', async (request, response) => {
    const view = await port.offer(idOf(request.params.id));
    if (view === null) throw new NotFound(`There is no offer "${idOf(request.params.id)}".`);
    response.json(view);
  });
  router.post('/:id/:action', express.json({ limit: BODY_LIMIT }), async (request, response) => {
    ownPage(request);
    const { id, action } = request.params;
    try {
      response.json(await port.move(idOf(id), moveOf(action, request.body)));
    } catch (error) {
      if (!(error instanceof ClockRefused)) throw error;
      throw new BadRequest([error.message, error.hint].filter((part) => part !== undefined).join('. '));
    }
  });
  return router;
}

function moveOf(action: string, body: unknown): ClockMove {
  const { deadline, reason } = (body ?? {}) as Record<string, unknown>;
  if (action === 'extend' && typeof deadline === 'string') return { kind: 'extend', deadline };
  if ((action === 'pause' || action === 'resume') && typeof reason === 'string') return { kind: action, reason };
  throw new BadRequest('Send {"deadline": ...} to extend, {"reason": ...} to pause or resume.');
}

/** A NUL is in no id, and PostgreSQL takes none. */
function idOf(text: string): string {
  return text.replaceAll('\u0000', '\ufffd');
}
