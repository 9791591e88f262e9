import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CompactDecision } from '../../src/leads/decision.ts';
import { type LeadEvent, leadAfter } from '../../src/leads/lead-after.ts';
import { LEAD_STATES, type Lead, type LeadState } from '../../src/model/lead.ts';
import type { Offer } from '../../src/model/offer.ts';

const fresh: Lead = {
  id: 'ld_1',
  personId: 'pe_1',
  state: 'New',
  reason: 'Released to sales: stage mql',
  score: null,
  partnerId: null,
  offerId: null,
  releasedAt: '2026-03-01T00:00:00.000Z',
  acceptBy: null,
};
const offer: Offer = {
  id: 'of_1',
  leadId: 'ld_1',
  partnerId: 'pt_1',
  status: 'Open',
  round: 1,
  offeredAt: '2026-03-01T00:00:00.000Z',
  acceptBy: '2026-03-03T00:00:00.000Z',
  closedAt: null,
  response: null,
  responseReason: null,
};
const decision = (outcome: CompactDecision['outcome']): CompactDecision => ({
  leadId: 'ld_1',
  outcome,
  cause: 'route',
  route: null,
  partnerId: outcome === 'offer' ? 'pt_1' : null,
  acceptWithinMs: null,
  points: null,
  runnersUp: [],
  dropped: {},
  sentence: `Decided: ${outcome}`,
});
const offered = leadAfter(fresh, { kind: 'decided', decision: decision('offer'), offer });
const by = { offer, partner: 'Nordwind' };

describe('a lead', () => {
  test('that is offered carries the partner, the offer and the deadline', () => {
    expect(offered).toMatchObject({
      state: 'Offered',
      partnerId: 'pt_1',
      offerId: 'of_1',
      acceptBy: offer.acceptBy,
      reason: 'Decided: offer',
    });
  });

  test.each([
    ['direct', 'Direct'],
    ['pool', 'In pool'],
    ['nurture', 'Nurture'],
    ['unroutable', 'Unroutable'],
  ] as const)('decided as %s becomes %s, with nobody holding it', (outcome, state) => {
    expect(leadAfter(fresh, { kind: 'decided', decision: decision(outcome), offer: null })).toMatchObject({
      state,
      partnerId: null,
    });
  });

  test('stays with the partner that accepts', () => {
    expect(leadAfter(offered, { kind: 'accepted', ...by })).toMatchObject({
      state: 'Accepted',
      partnerId: 'pt_1',
      offerId: 'of_1',
      acceptBy: null,
    });
  });

  test('is free to be routed again after a rejection or an expiry, and says why', () => {
    const rejected = leadAfter(offered, {
      kind: 'rejected',
      partner: 'Nordwind',
      offer: { ...offer, responseReason: 'No budget' },
    });
    expect(rejected).toMatchObject({
      state: 'New',
      partnerId: null,
      offerId: null,
      reason: 'Rejected by Nordwind: No budget; to be routed again',
    });
    expect(leadAfter(offered, { kind: 'expired', ...by })).toMatchObject({ state: 'New', partnerId: null });
  });

  test('does not change by what concerns an offer that is no longer its own', () => {
    const elsewhere = { offer: { ...offer, id: 'of_2' }, partner: 'X' };
    for (const kind of ['accepted', 'rejected', 'expired'] as const)
      expect(leadAfter(offered, { kind, ...elsewhere })).toBe(offered);
    expect(leadAfter(fresh, { kind: 'accepted', ...by })).toBe(fresh);
  });

  test('goes to review when its partner contradicts itself, and from there back', () => {
    const accepted = leadAfter(offered, { kind: 'accepted', ...by });
    const review = leadAfter(accepted, { kind: 'contradicted', ...by, why: 'rejected later' });
    expect(review).toMatchObject({ state: 'Review', partnerId: 'pt_1' });
    expect(leadAfter(review, { kind: 'decided', decision: decision('offer'), offer })).toBe(review);
    expect(leadAfter(review, { kind: 'released', reason: 'Reviewed' })).toMatchObject({
      state: 'New',
      partnerId: null,
    });
  });

  test('is withheld from whoever has it when consent goes, and new when it comes back', () => {
    const accepted = leadAfter(offered, { kind: 'accepted', ...by });
    const withheld = leadAfter(accepted, { kind: 'restrained', state: 'Withheld', reason: 'opted out' });
    expect(withheld).toMatchObject({ state: 'Withheld', partnerId: null, offerId: null });
    expect(leadAfter(withheld, { kind: 'released', reason: 'Consent given' }).state).toBe('New');
  });

  test('is not held for missing data once somebody has it', () => {
    expect(leadAfter(offered, { kind: 'restrained', state: 'Held', reason: 'no country' })).toBe(offered);
    expect(leadAfter(fresh, { kind: 'restrained', state: 'Held', reason: 'no country' }).state).toBe('Held');
  });

  test('goes from accepted over working and qualified to won, and changes with its deal', () => {
    let lead = leadAfter(offered, { kind: 'accepted', ...by });
    lead = leadAfter(lead, { kind: 'working', by: 'Nordwind' });
    expect(lead.state).toBe('Working');
    lead = leadAfter(lead, { kind: 'converted', by: 'Nordwind' });
    expect(lead.state).toBe('Qualified');
    lead = leadAfter(lead, { kind: 'won', deal: 'Vault for Acme' });
    expect(lead).toMatchObject({ state: 'Won', reason: 'Won: Vault for Acme', partnerId: 'pt_1' });
    expect(leadAfter(lead, { kind: 'working', by: 'x' })).toBe(lead);
    expect(leadAfter(lead, { kind: 'lost', deal: 'Vault for Acme' }).state).toBe('Lost');
    expect(leadAfter(lead, { kind: 'undecided', deal: 'Vault for Acme' }).state).toBe('No decision');
  });

  test('whatever happens, the same event again is no change and the reason fits a field', () => {
    const events: LeadEvent[] = [
      { kind: 'decided', decision: decision('pool'), offer: null },
      { kind: 'accepted', ...by },
      { kind: 'rejected', ...by },
      { kind: 'expired', offer, partner: 'x'.repeat(300) },
      { kind: 'recalled', ...by, why: 'reassigned' },
      { kind: 'contradicted', ...by, why: 'x' },
      { kind: 'restrained', state: 'Withheld', reason: 'opted out' },
      { kind: 'restrained', state: 'Held', reason: 'no country' },
      { kind: 'released', reason: 'free' },
      { kind: 'working', by: 'x' },
      { kind: 'converted', by: 'x' },
      { kind: 'won', deal: 'x' },
    ];
    const lead = fc.constantFrom<LeadState>(...LEAD_STATES).map((state): Lead => ({ ...offered, state }));
    fc.assert(
      fc.property(lead, fc.constantFrom(...events), (given, event) => {
        const once = leadAfter(given, event);
        expect(leadAfter(once, event)).toBe(once);
        expect(once.reason.length).toBeGreaterThan(0);
        expect(once.reason.length).toBeLessThanOrEqual(255);
        if (once.state === 'Offered') expect(once.partnerId).not.toBeNull();
      }),
    );
  });
});
