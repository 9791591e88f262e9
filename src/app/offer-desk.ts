/** What goes between the desk and people outside: notices, signed links, claims, and the clocks that they ask to be moved. */

import { readToken, signToken } from '../leads/notify/answer-token.ts';
import { answerByLink, type LinkStanding, lookAtOffer } from '../leads/service/answer-links.ts';
import { type Claimed, claimLead } from '../leads/service/claim.ts';
import { type ClockMove, moveClock, type OfferView, viewOffer } from '../leads/service/offer-clock.ts';
import { type PoolLead, type PoolLeadOfAll, poolFor, poolOfAll } from '../leads/service/pool.ts';
import type { OfferResponse } from '../model/offer.ts';
import { type Core, tellTime } from './core.ts';
import { type Post, postOf } from './post.ts';
import type { Reports } from './reports.ts';
import { sendLetters } from './send-letters.ts';
import { sendNotices } from './send-notices.ts';
import { sendReports } from './send-reports.ts';

const DAY = 86_400_000;

/** How a link stands. */
export type LinkView = Exclude<LinkStanding, { kind: 'unknown' }> | { readonly kind: 'forged' | 'expired' };

export interface AnswerLinks {
  readonly reasons: readonly string[];
  look(token: string): Promise<LinkView>;
  answer(token: string, response: OfferResponse, reason: string | null): Promise<LinkView>;
}

export class OfferDesk {
  readonly #core: Core;
  readonly #reports: Reports;
  #post: Post | null = null;

  constructor(core: Core, reports: Reports) {
    this.#core = core;
    this.#reports = reports;
  }

  /** Does something that decides, then sends what it decided to tell. What cannot be sent is no failure of what was done. */
  async telling<T>(work: () => Promise<T>): Promise<T> {
    const done = await work();
    const { config, rules, store, clock, ending, log } = this.#core;
    const schedules = rules.reports?.schedule ?? [];
    if ((rules.notices === undefined && schedules.length === 0) || ending.aborted) return done;
    this.#post ??= postOf(config);
    try {
      const common = { db: store.db, now: () => clock.now(), vendor: config.vendor.name, post: this.#post, ending };
      if (schedules.length > 0) await sendReports({ ...common, schedules, reports: this.#reports });
    } catch (error) {
      log('error', `scheduled reports were not sent: ${error instanceof Error ? error.message : String(error)}`);
    }
    try {
      const telling = {
        db: store.db,
        now: () => clock.now(),
        vendor: config.vendor.name,
        post: this.#post,
        manager: config.mail?.manager ?? null,
        linkTo: (offerId: string) => this.#linkTo(offerId),
        ending,
      };
      await sendNotices(telling);
      await sendLetters(telling);
    } catch (error) {
      log('error', `notices were not sent: ${error instanceof Error ? error.message : String(error)}`);
    }
    return done;
  }

  answerLinks(): AnswerLinks | null {
    const { links } = this.#core.config;
    if (links === undefined) return null;
    const opened = async (token: string, act: (offerId: string) => Promise<LinkStanding>): Promise<LinkView> => {
      const read = readToken(token, links.secret);
      if (read === null) return { kind: 'forged' };
      await tellTime(this.#core);
      if (this.#core.clock.now() > read.expiresAt) return { kind: 'expired' };
      const standing = await act(read.offerId);
      return standing.kind === 'unknown' ? { kind: 'forged' } : standing;
    };
    const { store, rules, clock } = this.#core;
    return {
      reasons: (rules.feedback?.reasons ?? []).map(({ text }) => text),
      look: (token) => opened(token, (id) => lookAtOffer(store.db, id, clock.now(), rules.sla)),
      answer: (token, response, reason) =>
        opened(token, (id) => answerByLink(store.db, id, { response, reason }, clock.now(), rules.sla)),
    };
  }

  async offer(id: string): Promise<OfferView | null> {
    await tellTime(this.#core);
    return viewOffer(this.#core.store.db, id, this.#core.clock.now(), this.#core.rules.sla);
  }

  async moveClock(id: string, move: ClockMove): Promise<OfferView> {
    await tellTime(this.#core);
    return moveClock(this.#core.store.db, id, move, this.#core.clock.now(), this.#core.rules.sla);
  }

  async pool(limit: number): Promise<PoolLeadOfAll[]> {
    const { store, rules, clock } = this.#core;
    await tellTime(this.#core);
    return poolOfAll(store.db, rules.routing, rules.sla ?? null, clock.now(), limit);
  }

  async poolFor(partnerId: string, limit: number): Promise<PoolLead[] | null> {
    const { store, rules, clock } = this.#core;
    await tellTime(this.#core);
    return poolFor(store.db, partnerId, rules.routing, rules.sla ?? null, clock.now(), limit);
  }

  async claim(leadId: string, partnerId: string): Promise<Claimed> {
    const { store, rules, clock } = this.#core;
    await tellTime(this.#core);
    return store.db
      .transaction()
      .execute((tx) => claimLead(tx, leadId, partnerId, rules.routing, rules.sla ?? null, clock.now()));
  }

  close(): void {
    this.#post?.close();
  }

  #linkTo(offerId: string): string | null {
    const { config, clock } = this.#core;
    if (config.links === undefined || config.server.publicUrl === undefined) return null;
    const token = signToken({ offerId, expiresAt: clock.now() + config.links.days * DAY }, config.links.secret);
    return `${config.server.publicUrl.replace(/\/+$/, '')}/answer/${token}`;
  }
}
