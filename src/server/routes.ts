import { type Request, type Response, Router } from 'express';
import type { ConsolePort, Health } from './api.ts';
import { leadQuery, runsLimit } from './query.ts';

/** A thing asked for by id that is not there: told with status 404. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** The routes below /api. All answer JSON and none is kept by caches: they hold people's names. */
export function apiRoutes(port: ConsolePort): Router {
  const router = Router();
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  const get = (path: string, answer: (request: Request) => Promise<unknown>) =>
    router.get(path, async (request: Request, response: Response) => {
      response.json(await answer(request));
    });

  get('/health', async (): Promise<Health> => ({ status: 'ok' }));
  get('/overview', () => port.overview());
  get('/leads', (request) => port.leads(leadQuery(request.query)));
  get('/leads/:id', async (request) => {
    const id = String(request.params.id);
    // A NUL is in no id, and PostgreSQL takes none.
    const lead = id.includes('\u0000') ? null : await port.lead(id);
    if (!lead) throw new NotFound(`There is no lead "${id}". It may have been merged into another one.`);
    return lead;
  });
  get('/roi', () => port.roi());
  get('/runs', (request) => port.runs(runsLimit(request.query)));

  router.use((request) => {
    throw new NotFound(`There is no ${request.method} ${request.baseUrl}${request.path} in this API.`);
  });
  return router;
}
