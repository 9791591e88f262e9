/** Co-marketing money, to read: GET /api/funds all of it, /api/funds/check what does not hold or waits, /api/funds/ID one item. */
import express, { type Router } from 'express';
import type { FundCheck, FundItemView, FundsView } from '../funds/service/views.ts';
import { NotFound } from './routes.ts';

export interface FundsPort {
  all(): Promise<FundsView>;
  check(): Promise<FundCheck>;
  one(id: string): Promise<FundItemView | null>;
}

/** All answer what `sluice fund list`, `check` and `show` do with `--json`. */
export function fundRoutes(port: FundsPort): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.get('/', async (_request, response) => {
    response.json(await port.all());
  });
  router.get('/check', async (_request, response) => {
    response.json(await port.check());
  });
  router.get('/:id', async (request, response) => {
    // A NUL is in no id, and PostgreSQL takes none.
    const id = request.params.id.replaceAll('\u0000', '\ufffd');
    const item = await port.one(id);
    if (item === null) throw new NotFound(`There is no fund item "${id}".`);
    response.json(item);
  });
  return router;
}
