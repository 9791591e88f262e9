/**
 * Signed links by which partners answer offers without a log-in: GET /answer/TOKEN shows the offer and changes nothing, which
 * scanners of mail rely on; POST answers, once. The token is all the right there is, so there is no cookie that a page of
 * somebody else could make use of, and no referrer tells it.
 */
import express, { type Request, type Response, type Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import { type AnswerPage, answerPage } from './answer-page.ts';

/** How a link stands: forged ones do not tell whether the offer exists. */
export type LinkView =
  | { readonly kind: 'forged' | 'expired' | 'over' }
  | { readonly kind: 'answered'; readonly response: 'Accepted' | 'Rejected' }
  | {
      readonly kind: 'open';
      readonly partner: string;
      readonly essentials: readonly { readonly name: string; readonly value: string }[];
      /** Until when it can be answered, in words. */
      readonly until: string;
    };

export interface AnswerLinkOptions {
  readonly vendor: string;
  /** Why an offer may be rejected, in the vendor's words. */
  readonly reasons: readonly string[];
  readonly look: (token: string) => Promise<LinkView>;
  /** Answers; what comes back is how the link stood before, so `open` says that the answer was taken. */
  readonly answer: (token: string, response: 'Accepted' | 'Rejected', reason: string | null) => Promise<LinkView>;
}

/** People answer few offers a minute, though all of them may come by one proxy; who guesses signatures tries many. */
const REQUESTS_A_MINUTE = 300;
const BODY_LIMIT = 4_096;

const STATUS = { forged: 403, expired: 410, over: 410, answered: 409, open: 200 } as const;

export function answerLinkRoutes(options: AnswerLinkOptions): Router {
  const router = express.Router();
  const send = (response: Response, status: number, page: AnswerPage) =>
    response.status(status).type('html').send(answerPage(page, options));
  router.use((_request, response, next) => {
    // The address is the right to answer: nobody keeps it, and no search engine lists it.
    response.set({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex, nofollow' });
    next();
  });
  router.use(
    rateLimit({
      windowMs: 60_000,
      limit: REQUESTS_A_MINUTE,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      handler: (_request, response) => send(response, 429, { kind: 'often' }),
    }),
  );
  router.get('/:token', async (request, response) => {
    const view = await options.look(request.params.token);
    // To find an offer answered is no error of who looks at it.
    send(response, view.kind === 'answered' ? 200 : STATUS[view.kind], view);
  });
  router.post(
    '/:token',
    express.urlencoded({ extended: false, limit: BODY_LIMIT, parameterLimit: 8 }),
    async (request: Request<{ token: string }>, response) => {
      if (isForeign(request)) return void send(response, 403, { kind: 'foreign' });
      const { token } = request.params;
      const given = answerIn(request.body, options.reasons);
      if (given === null) {
        const view = await options.look(token);
        return void send(
          response,
          view.kind === 'open' ? 400 : STATUS[view.kind],
          view.kind === 'open' ? { ...view, problem: PROBLEM } : view,
        );
      }
      const before = await options.answer(token, given.response, given.reason);
      if (before.kind !== 'open') return void send(response, STATUS[before.kind], before);
      send(response, 200, { kind: 'taken', response: given.response });
    },
  );
  return router;
}

const PROBLEM = 'Choose to accept or to decline, and one of the reasons where you decline.';

/** A form on a page of somebody else: browsers say so, where they are new enough. */
function isForeign(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** The answer of a form; null where it is none. */
function answerIn(
  body: unknown,
  reasons: readonly string[],
): { response: 'Accepted' | 'Rejected'; reason: string | null } | null {
  const { answer, reason } = (body ?? {}) as Record<string, unknown>;
  if (answer === 'accept') return { response: 'Accepted', reason: null };
  if (answer !== 'decline') return null;
  if (reasons.length === 0) return { response: 'Rejected', reason: null };
  return typeof reason === 'string' && reasons.includes(reason) ? { response: 'Rejected', reason } : null;
}
