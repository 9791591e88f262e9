import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RequestHandler, Router, static as serveStatic } from 'express';

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sluice</title></head>
<body>
<h1>The console is not built yet</h1>
<p>Run <code>npm run build</code> in the folder of Sluice, then load this page again. The API under <a href="/api/overview">/api</a> answers already.</p>
</body>
</html>
`;

/**
 * Serves the built console from `folder`: hashed assets for ever, everything else afresh, and index.html for every
 * page of the console (they are drawn in the browser). Without a build it says how to make one.
 */
export function consoleFiles(folder: string): Router {
  const router = Router();
  const index = join(folder, 'index.html');
  router.use('/assets', serveStatic(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false }), missing);
  router.use(
    serveStatic(folder, { index: false, cacheControl: false, setHeaders: (r) => r.set('cache-control', 'no-cache') }),
  );
  router.use((request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    // Looked up at each request, so that a build made while the server runs is found.
    if (!existsSync(index)) return void response.status(503).type('html').send(NOT_BUILT);
    response.sendFile(index, { cacheControl: false, headers: { 'cache-control': 'no-cache' } });
  });
  return router;
}

/** A missing asset must not be answered with a page: the browser would try to run it. */
const missing: RequestHandler = (_request, response) => {
  response.status(404).type('text').send('No such file. The console was built anew: load the page again.');
};
