import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DealStanding, effectOf, type Said } from '../../../src/leads/feedback/effects.ts';
import { type Nurture, nurtureStep } from '../../../src/leads/feedback/nurture.ts';
import { leadAfter } from '../../../src/leads/lead-after.ts';
import { LEAD_STATES, type Lead, type LeadState } from '../../../src/model/lead.ts';
import type { Offer, OfferStatus } from '../../../src/model/offer.ts';
import { OFFER_STATUSES } from '../../../src/model/offer.ts';
import { STAGES, type Stage } from '../../../src/model/person.ts';

const offer = (status: OfferStatus): Offer => ({
  id: 'of_1',
  leadId: 'ld_1',
  partnerId: 'pt_1',
  status,
  round: 1,
  offeredAt: '2026-03-02T09:00:00.000Z',
  acceptBy: '2026-03-04T09:00:00.000Z',
  closedAt: null,
  response: null,
  responseReason: null,
});
const lead = (state: LeadState, offerId: string | null = 'of_1'): Lead => ({
  id: 'ld_1',
  personId: 'pe_1',
  state,
  reason: '',
  score: null,
  partnerId: 'pt_1',
  offerId,
  releasedAt: '2026-03-02T08:00:00.000Z',
  acceptBy: null,
});
const nothing: Said = { at: '2026-03-03T09:00:00.000Z', stage: null, outcome: null, nurture: null };
const won: Said = { ...nothing, outcome: { kind: 'won', competitor: null, value: null } };
const becomes = (said: Said, state: LeadState, deal: DealStanding = 'none') => {
  const effect = effectOf(said, offer('Accepted'), lead(state), deal, 'Alder');
  return effect.events.reduce(leadAfter, lead(state)).state;
};

describe('what a partner states', () => {
  test.each<[DealStanding, string, LeadState]>([
    ['none', 'taken', 'Won'],
    ['open', 'taken', 'Working'],
    ['won', 'taken', 'Working'],
    ['lost', 'contradiction', 'Working'],
  ])('as an outcome, beside a deal of standing "%s", is %s', (deal, kind, state) => {
    expect(effectOf(won, offer('Accepted'), lead('Working'), deal, 'Alder').kind).toBe(kind);
    expect(becomes(won, 'Working', deal)).toBe(state);
  });

  test('as no decision agrees with a deal that a CRM calls lost', () => {
    const said: Said = { ...nothing, outcome: { kind: 'no decision', competitor: null, value: null } };
    expect(effectOf(said, offer('Accepted'), lead('Lost'), 'lost', 'Alder').kind).toBe('taken');
  });

  test('of a stage takes the lead forward and never back', () => {
    const meeting: Said = { ...nothing, stage: { name: 'meeting', means: 'working' } };
    expect(becomes(meeting, 'Accepted')).toBe('Working');
    expect(becomes(meeting, 'Qualified')).toBe('Qualified');
    expect(becomes(meeting, 'Won')).toBe('Won');
  });

  test('moves nothing once the lead or the offer has gone on', () => {
    const said = fc.constantFrom<Said>(
      won,
      { ...nothing, nurture: 'too early' },
      { ...nothing, stage: { name: 'x', means: 'qualified' } },
    );
    fc.assert(
      fc.property(
        said,
        fc.constantFrom(...OFFER_STATUSES),
        fc.constantFrom(...LEAD_STATES),
        fc.boolean(),
        (what, status, state, mine) => {
          fc.pre(!mine || !['Open', 'Accepted'].includes(status));
          const effect = effectOf(what, offer(status), lead(state, mine ? 'of_1' : 'of_2'), 'none', 'Alder');
          expect(effect).toMatchObject({ kind: 'late', events: [], ends: null });
        },
      ),
    );
  });

  test('by handing back a lead that is closed moves nothing', () => {
    expect(becomes({ ...nothing, nurture: 'too early' }, 'Won')).toBe('Won');
    expect(becomes({ ...nothing, nurture: 'too early' }, 'Qualified')).toBe('Nurture');
  });
});

describe('a lead that is with marketing', () => {
  const stay: Nurture = {
    offerId: 'of_1',
    leadId: 'ld_1',
    partnerId: 'pt_1',
    why: 'too early',
    since: '2026-03-03T09:00:00.000Z',
    restedAt: null,
    returnedAt: null,
  };
  const released = new Set<Stage>(['mql', 'sql', 'opportunity']);

  test('does not come back by the stage that it was handed back with', () => {
    expect(nurtureStep(stay, 'mql', released)).toBe('stays');
    expect(nurtureStep(stay, 'lead', released)).toBe('rests');
    expect(nurtureStep({ ...stay, restedAt: stay.since }, 'mql', released)).toBe('returns');
  });

  test('that became a customer neither rests nor comes back', () => {
    expect(nurtureStep(stay, 'customer', released)).toBe('stays');
    expect(nurtureStep(stay, 'other', released)).toBe('stays');
  });

  test('comes back only after a rest, whatever the course of its stage', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Stage | null>(...STAGES, null), { maxLength: 12 }), (course) => {
        let now = stay;
        for (const stage of course) {
          const step = nurtureStep(now, stage, released);
          if (step === 'rests') now = { ...now, restedAt: stay.since };
          if (step === 'returns') {
            expect(now.restedAt).not.toBeNull();
            expect(stage !== null && released.has(stage)).toBe(true);
          }
        }
      }),
    );
  });
});
