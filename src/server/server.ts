/**
 * The HTTP side of Sluice: a JSON API under /api, webhooks of CRMs under /webhooks, and the built console on every other path.
 * It knows what it answers (api.ts) and how HTTP is spoken; where the answers come from is the port's matter.
 */
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { type AnswerLinkOptions, answerLinkRoutes } from './answer-links.ts';
import type { ApiError, ConsolePort } from './api.ts';
import { consoleFiles } from './console-files.ts';
import { type DealPort, dealRoutes } from './deals.ts';
import { type FeedbackPort, feedbackRoutes } from './feedback.ts';
import { type FundsPort, fundRoutes } from './funds.ts';
import { onlyHosts } from './hosts.ts';
import { type ClockPort, offerRoutes } from './offers.ts';
import { type PoolPort, poolRoutes } from './pool.ts';
import { BadRequest } from './query.ts';
import { type ReconcilePort, reconcileRoutes } from './reconcile.ts';
import { type ReportPort, reportRoutes } from './reports.ts';
import { apiRoutes, Conflict, NotFound } from './routes.ts';
import { type WebhookOptions, webhookRoutes } from './webhooks.ts';

export interface ServerOptions {
  /** Folder of the built console (index.html and assets/). */
  readonly consoleDir: string;
  /** Host names it answers under besides localhost, 127.0.0.1 and [::1]; without a port. */
  readonly hosts?: readonly string[];
  /** Requests a minute and client address; 1,200 unless given. */
  readonly requestsPerMinute?: number;
  /** What CRMs may tell of their own accord, under /webhooks; left out, nothing is taken in. */
  readonly webhooks?: WebhookOptions;
  /** The clocks of offers, under /api/offers; left out, nobody can move them here. */
  readonly clocks?: ClockPort;
  /** What reconciliation leaves to people, under /api/reconcile; left out, nobody is asked here. */
  readonly reconciliation?: ReconcilePort;
  /** The shared pool and claims of its leads, under /api/pool; left out, nobody claims here. */
  readonly pool?: PoolPort;
  /** Deal registrations, under /api/deals; left out, there are none here. */
  readonly deals?: DealPort;
  /** Reports, under /api/reports; left out, there are none. */
  readonly reports?: ReportPort;
  /** Takes in what partners state of leads, under /api/feedback; left out, nothing is. */
  readonly feedback?: FeedbackPort;
  /** Co-marketing money, under /api/funds; left out, it is not shown here. */
  readonly funds?: FundsPort;
  /** The pages by which partners answer offers, under /answer; left out, there are none. */
  readonly answers?: AnswerLinkOptions;
  /** Told of every failure that is Sluice's own, which the client sees only as status 500. */
  readonly onError?: (error: unknown, request: { readonly method: string; readonly path: string }) => void;
}

export interface ConsoleServer {
  readonly app: Express;
  /**
   * Starts to listen; `host` is loopback and `port` any free one unless given. Rejects with a message for people where
   * the address cannot be had.
   */
  listen(host?: string, port?: number): Promise<Listening>;
}

export interface Listening {
  /** "http://127.0.0.1:4400" */
  readonly url: string;
  /** Stops at once: connections that browsers keep open are cut. */
  close(): Promise<void>;
}

/** The console's server over a port; it does nothing until `listen`. */
export function createServer(port: ConsolePort, options: ServerOptions): ConsoleServer {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(securityHeaders());
  // A CRM calls under whatever name it was given, and proves itself by its signature.
  if (options.webhooks) app.use('/webhooks', webhookRoutes(options.webhooks));
  // Partners come by the public name, with a signed link as their right.
  if (options.answers) app.use('/answer', answerLinkRoutes(options.answers));
  app.use(onlyHosts(options.hosts ?? []), limiter(options.requestsPerMinute ?? 1_200));
  if (options.clocks) app.use('/api/offers', offerRoutes(options.clocks));
  if (options.reconciliation) app.use('/api/reconcile', reconcileRoutes(options.reconciliation));
  if (options.pool) app.use('/api/pool', poolRoutes(options.pool));
  if (options.deals) app.use('/api/deals', dealRoutes(options.deals));
  if (options.reports) app.use('/api/reports', reportRoutes(options.reports));
  if (options.feedback) app.use('/api/feedback', feedbackRoutes(options.feedback));
  if (options.funds) app.use('/api/funds', fundRoutes(options.funds));
  app.use('/api', apiRoutes(port));
  app.use(consoleFiles(options.consoleDir));
  app.use(errors(options.onError));
  return { app, listen: (host = '127.0.0.1', tcpPort = 0) => listen(createHttpServer(app), host, tcpPort) };
}

/** Everything comes from this origin. Mantine writes its theme into style tags, hence the one exception. No HSTS: this is plain HTTP. */
function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
}

function limiter(perMinute: number) {
  const body: ApiError = { error: { message: 'Too many requests from this address; wait a minute and try again.' } };
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    message: body,
  });
}

function errors(onError: ServerOptions['onError']): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    if (status >= 500) onError?.(error, { method: request.method, path: request.path });
    const message =
      status < 500 && error instanceof Error
        ? error.message
        : `Sluice could not answer ${request.method} ${request.path}. The log of the server says why; try again.`;
    const body: ApiError = { error: { message } };
    response.status(status).json(body);
  };
}

/** Express and its parts put a status on errors that are the client's fault, such as a path that does not decode. */
function statusOf(error: unknown): number {
  if (error instanceof BadRequest) return 400;
  if (error instanceof NotFound) return 404;
  if (error instanceof Conflict) return 409;
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') {
    if (error.status >= 400 && error.status < 500) return error.status;
  }
  return 500;
}

async function listen(server: Server, host: string, port: number): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(cannotListen(error, host, port), { cause: error })),
    );
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port, exclusive: true }, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} of ${host} is taken by another program. Choose another port, or stop that program.`;
  if (error.code === 'EACCES') return `This user may not listen on port ${port} of ${host}. Choose a port above 1023.`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return `${host} is no address of this machine. Use 127.0.0.1, or an address it has.`;
  return `Cannot listen on ${host} port ${port}: ${error.message}`;
}
