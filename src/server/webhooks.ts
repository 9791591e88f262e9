/** What CRMs tell of their own accord: POST /webhooks/CONNECTION. A request is proven before anything of it is looked at. */
import express, { type Request, type Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { ApiError } from './api.ts';

/** A request as it arrived. */
export interface Delivery {
  readonly method: string;
  /** Full address as the sender knows it, query included. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** What became of it; null: no connection of this name takes such requests. */
export type Received =
  | { readonly status: 'accepted' }
  | { readonly status: 'refused'; readonly httpStatus: 400 | 401 | 413; readonly reason: string }
  | null;

export interface WebhookOptions {
  /** Takes a delivery in; once it is done the sender may forget the delivery. */
  readonly receive: (connection: string, delivery: Delivery) => Promise<Received>;
  /** Address under which CRMs reach this server, without a path of ours; else the Host that each request names. */
  readonly publicUrl?: string;
}

/** A delivery has 100 events at the most: some 50 KB. */
const BODY_LIMIT = 1_048_576;
/** A CRM sends from few addresses, and many at once. */
const REQUESTS_A_MINUTE = 6_000;

export function webhookRoutes(options: WebhookOptions): Router {
  const router = express.Router();
  router.use(
    rateLimit({
      windowMs: 60_000,
      limit: REQUESTS_A_MINUTE,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      message: refusal('Too many requests from this address; they are sent again later.'),
    }),
  );
  router.post('/:connection', async (request, response) => {
    const body = await bodyOf(request);
    if (body === null) {
      // What is still on its way is not waited for.
      response
        .status(413)
        .set('Connection', 'close')
        .json(refusal(`A delivery has ${BODY_LIMIT} bytes at the most.`));
      response.once('finish', () => request.destroy());
      return;
    }
    const delivery = deliveryOf(request, body, options.publicUrl);
    const received = await options.receive(request.params.connection, delivery);
    if (received === null) response.status(404).json(refusal('No connection of this name takes webhooks.'));
    else if (received.status === 'accepted') response.status(200).json({ status: 'ok' });
    else response.status(received.httpStatus).json(refusal(received.reason));
  });
  return router;
}

/** The bytes of a body as they came, since the signature is over them; null as soon as they are known to be too many. */
async function bodyOf(request: Request): Promise<Uint8Array | null> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return null;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= BODY_LIMIT) chunks.push(chunk);
        else {
          request.pause();
          resolve(null);
        }
      })
      .on('end', () => resolve(Buffer.concat(chunks)))
      .on('error', reject);
  });
}

function refusal(message: string): ApiError {
  return { error: { message } };
}

function deliveryOf(request: Request, body: Uint8Array, publicUrl: string | undefined): Delivery {
  const base = publicUrl?.replace(/\/+$/, '') ?? `${request.protocol}://${request.headers.host ?? ''}`;
  return {
    method: request.method,
    url: base + request.originalUrl,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    body,
  };
}
