import { type Request, type Response, Router } from 'express';
import type { ConsolePort, Health } from './api.ts';
import { BadRequest, leadQuery, runsLimit } from './query.ts';

/** A thing asked for by id that is not there: told with status 404. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** What was asked for cannot be as things stand: told with status 409. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
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
    const id = idOf(request);
    const lead = await port.lead(id);
    if (!lead) throw new NotFound(`There is no lead "${id}". It may have been merged into another one.`);
    return lead;
  });
  get('/roi', () => port.roi());
  get('/fairness', () => port.fairness());
  get('/runs', (request) => port.runs(runsLimit(request.query)));

  get('/errors', () => port.errors());
  get('/errors/:id', async (request) => foundError(await port.error(idOf(request))));
  router.post('/errors/:id/resend', async (request, response) => {
    ownPage(request);
    response.json(foundError(await port.resend(idOf(request))));
  });

  router.use((request) => {
    throw new NotFound(`There is no ${request.method} ${request.baseUrl}${request.path} in this API.`);
  });
  return router;
}

/** A NUL is in no id, and PostgreSQL takes none. */
function idOf(request: Request): string {
  return String(request.params.id).replaceAll('\u0000', '\ufffd');
}

function foundError<T>(found: T | null): T {
  if (found === null) throw new NotFound('Nothing open has this cause. It may have been mended meanwhile.');
  return found;
}

/**
 * Only the console's own page, or a program, may change anything: a page of somebody else can make a browser send a form
 * here, but neither this content type without asking first nor under this origin.
 */
export function ownPage(request: Request): void {
  const site = request.get('sec-fetch-site');
  if (request.is('application/json') && (site === undefined || site === 'same-origin')) return;
  throw new BadRequest('This changes something: send it as application/json, from the page of the console itself.');
}
