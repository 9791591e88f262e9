import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CompactDecision } from '../../src/leads/decision.ts';
import { answerOffer, expireOffer, openOffer, recallOffer } from '../../src/leads/offers.ts';
import { iso } from '../../src/model/clock.ts';
import type { Answer, Offer } from '../../src/model/offer.ts';

const start = Date.parse('2026-03-02T09:00:00.000Z');
const hour = 3_600_000;
const decision: CompactDecision = {
  leadId: 'ld_1',
  outcome: 'offer',
  cause: 'best-fit',
  route: 'all',
  partnerId: 'pt_1',
  acceptWithinMs: 48 * hour,
  points: 12,
  runnersUp: [],
  dropped: {},
  sentence: 'Offered to Nordwind',
};
const opened = openOffer({ id: 'ld_1' }, decision, start, 1);
const answer = (response: Answer['response'], hours = 5, reason: string | null = null): Answer => ({
  offerId: opened.id,
  response,
  reason,
  at: iso(start + hours * hour),
  via: 'salesforce',
});

describe('an offer', () => {
  test('opens with a deadline and an id that a repeated run gives again', () => {
    expect(opened).toMatchObject({ status: 'Open', acceptBy: '2026-03-04T09:00:00.000Z', round: 1, partnerId: 'pt_1' });
    expect(openOffer({ id: 'ld_1' }, decision, start + 99, 1).id).toBe(opened.id);
    expect(openOffer({ id: 'ld_1' }, decision, start, 2).id).not.toBe(opened.id);
  });

  test('is not made where the decision names nobody', () => {
    expect(() => openOffer({ id: 'ld_1' }, { ...decision, outcome: 'pool', partnerId: null }, start, 1)).toThrow(
      /nobody/,
    );
  });

  test('is closed by the first answer, at the time the CRM recorded it', () => {
    const result = answerOffer(opened, answer('Rejected', 5, 'No budget'));
    expect(result).toMatchObject({
      kind: 'answered',
      effect: 'rejected',
      offer: { status: 'Rejected', response: 'Rejected', responseReason: 'No budget', closedAt: iso(start + 5 * hour) },
    });
  });

  test('takes the same answer twice as one, the opposite one as a contradiction that changes nothing', () => {
    const { offer } = answerOffer(opened, answer('Accepted'));
    expect(answerOffer(offer, answer('Accepted', 9))).toEqual({ kind: 'repeat', offer });
    const second = answerOffer(offer, answer('Rejected', 9));
    expect(second).toMatchObject({ kind: 'contradiction', why: expect.stringContaining('but accepted before') });
    expect(second.offer).toBe(offer);
  });

  test('keeps an answer after the deadline as late, whether or not it was expired by then', () => {
    expect(answerOffer(opened, answer('Accepted', 49)).kind).toBe('late');
    const expired = expireOffer(opened, start + 60 * hour);
    expect(answerOffer(expired, answer('Accepted', 49)).kind).toBe('late');
    expect(answerOffer(opened, answer('Accepted', 48)).kind).toBe('answered');
  });

  test('keeps an answer after a recall as late', () => {
    const recalled = recallOffer(opened, start + hour);
    expect(recalled).toMatchObject({ status: 'Recalled', closedAt: iso(start + hour) });
    expect(answerOffer(recalled, answer('Accepted')).kind).toBe('late');
  });

  test('expires after its deadline, not at it, and counts as closed then', () => {
    expect(expireOffer(opened, start + 48 * hour)).toBe(opened);
    expect(expireOffer(opened, start + 90 * hour)).toMatchObject({ status: 'Expired', closedAt: opened.acceptBy });
  });

  test('does not take an answer to another offer', () => {
    expect(() => answerOffer(opened, { ...answer('Accepted'), offerId: 'of_other' })).toThrow(/of_other/);
  });

  test('whatever happens in whatever order: it closes once, and only a recall changes it after that', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constantFrom('Accepted' as const, 'Rejected' as const), at: fc.nat(100) }),
      fc.record({ do: fc.constantFrom('expire' as const, 'recall' as const), at: fc.nat(100) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        let offer: Offer = opened;
        for (const { do: what, at } of steps) {
          const before: Offer = offer;
          if (what === 'expire') offer = expireOffer(offer, start + at * hour);
          else if (what === 'recall') offer = recallOffer(offer, start + at * hour);
          else offer = answerOffer(offer, answer(what, at)).offer;
          const mayChange = before.status === 'Open' || (before.status === 'Accepted' && what === 'recall');
          if (!mayChange) expect(offer).toBe(before);
          expect((offer.status === 'Open') === (offer.closedAt === null)).toBe(true);
          if (offer.status === 'Accepted' || offer.status === 'Rejected') expect(offer.response).toBe(offer.status);
        }
      }),
    );
  });
});
