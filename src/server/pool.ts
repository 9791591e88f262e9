/** The shared pool: GET /api/pool?partner=ID shows what a partner may claim, POST /api/pool/LEAD/claim claims a lead for one. */
import express, { type Router } from 'express';
import { z } from 'zod';
import type { Claimed } from '../leads/service/claim.ts';
import type { PoolLead, PoolLeadOfAll } from '../leads/service/pool.ts';
import type { Offer } from '../model/offer.ts';
import { BadRequest, poolQuery } from './query.ts';
import { Conflict, NotFound, ownPage } from './routes.ts';

export interface PoolPort {
  pool(limit: number): Promise<readonly PoolLeadOfAll[]>;
  poolFor(partnerId: string, limit: number): Promise<readonly PoolLead[] | null>;
  claim(leadId: string, partnerId: string): Promise<Claimed>;
}

const BODY_LIMIT = 4_096;
const bodySchema = z.strictObject({ partner: z.string().min(1).max(100) });

/** What a claim answers. */
export interface ClaimAnswer {
  /** The partner had claimed it before: nothing has changed. */
  readonly again: boolean;
  readonly offer: Offer;
}

/** Without `partner` all leads of the pool are shown, each with those who may claim it. A claim that is refused has status 409. */
export function poolRoutes(port: PoolPort): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.get('/', async (request, response) => {
    const { partner, limit } = poolQuery(request.query);
    const leads = partner === undefined ? await port.pool(limit) : await port.poolFor(partner, limit);
    if (leads === null) throw new NotFound(`There is no partner "${partner}".`);
    response.json({ leads });
  });
  router.post('/:lead/claim', express.json({ limit: BODY_LIMIT }), async (request, response) => {
    ownPage(request);
    const body = bodySchema.safeParse(request.body ?? {});
    if (!body.success) throw new BadRequest('Send {"partner": the id of the partner that claims the lead}.');
    const { lead } = request.params;
    const claimed = await port.claim(withoutNul(lead), withoutNul(body.data.partner));
    if (claimed.kind === 'refused') throw new Conflict(`The claim is refused: ${claimed.why}.`);
    const answer: ClaimAnswer = { again: claimed.again, offer: claimed.offer };
    response.json(answer);
  });
  return router;
}

/** A NUL is in no id, and PostgreSQL takes none. */
function withoutNul(id: string): string {
  return id.replaceAll('\u0000', '\ufffd');
}
