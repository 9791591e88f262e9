/** What clocks ask for, whatever happened to their offers. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clockOf, deadlinesAt, type OfferMark, type OfferTerms } from '../../src/leads/offer-terms.ts';
import { compileSlaVersion } from '../../src/leads/service/terms.ts';
import { dueTo, timersOf } from '../../src/leads/timers.ts';
import type { Lead } from '../../src/model/lead.ts';
import type { Offer } from '../../src/model/offer.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-02T09:00:00Z');
const sla = compileSlaVersion({
  file: 'sla.yaml',
  holidays: [],
  text: `
version: 1
calendars: { office: { zone: Europe/Berlin, hours: { mon-fri: ["09:00-12:00", "13:00-17:00"] } } }
calendarOf: { otherwise: office }
pauses: [{ name: ours, text: ours, atMost: 2 working days }, { name: theirs, text: theirs }]
policies:
  standard:
    accept:
      { within: 6 working hours, warn: [50%], escalate: 90%, missed: reassign, extend: { times: 2, by: 2 working hours } }
    first-touch: { within: 2 working days, warn: [1 working day before], escalate: 100%, missed: reassign }
    report-back: { within: 3 working days, missed: none }
    refresh: { within: 2 working days, warn: [25%, 50%], missed: recall }
use: [{ policy: standard }]`,
});
const terms: OfferTerms = { sla: 's', policy: 'standard', country: null, zone: null, acceptWithinMs: HOUR, rounds: 3 };

const instant = fc.integer({ min: 0, max: 24 * 14 * 4 }).map((quarters) => START + (quarters * HOUR) / 4);
const mark = fc.record<OfferMark>({
  kind: fc.constantFrom('touch' as const, 'report' as const, 'pause' as const, 'resume' as const, 'extend' as const),
  about: fc.constantFrom('ours', 'theirs', 'accept'),
  at: instant,
});
const story = fc.record({
  marks: fc.array(mark, { maxLength: 8 }),
  acceptedAt: fc.option(instant),
});

function clockIn({ marks, acceptedAt }: { marks: readonly OfferMark[]; acceptedAt: number | null }, now: number) {
  const known = acceptedAt !== null && acceptedAt <= now;
  const offer: Offer = {
    ...{ id: 'of_1', leadId: 'ld_1', partnerId: 'pt_1', round: 1, responseReason: null },
    ...{ offeredAt: new Date(START).toISOString(), acceptBy: new Date(START).toISOString() },
    status: known ? 'Accepted' : 'Open',
    closedAt: known ? new Date(acceptedAt).toISOString() : null,
    response: known ? 'Accepted' : null,
  };
  const lead = { id: 'ld_1', offerId: 'of_1', state: known ? 'Accepted' : 'Offered' } as Lead;
  const soFar = marks.filter(({ at }) => at <= now);
  return clockOf(offer, terms, sla, soFar, lead);
}

const nameOf = (timer: { deadline: string; period: number; kind: string; key: string }) =>
  `${timer.deadline} ${timer.period} ${timer.kind} ${timer.key}`;

describe('the timers of an offer', () => {
  test('have names of their own', () => {
    fc.assert(
      fc.property(story, instant, (told, now) => {
        const names = timersOf(clockIn(told, now), now).map(nameOf);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  test('are set only where a clock runs or a pause ends by itself, and each can come to something once it is due', () => {
    fc.assert(
      fc.property(story, instant, (told, now) => {
        const clock = clockIn(told, now);
        const deadlines = deadlinesAt(clock, now);
        const timers = timersOf(clock, now);
        for (const timer of timers) {
          const of = deadlines.find(({ name, period }) => name === timer.deadline && period === timer.period);
          if (timer.kind !== 'wake') expect(['running', 'missed']).toContain(of?.state);
          const isDue = timer.kind === 'miss' ? timer.dueAt < now : timer.dueAt <= now;
          const verdict = dueTo(timer, deadlines, now);
          // What is due comes to something, what is not due comes to nothing: no timer is left over, and none fires early.
          expect(verdict !== null).toBe(timer.kind === 'wake' ? true : isDue);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('never say that a deadline was missed which was met in time, and warn of none that is over', () => {
    fc.assert(
      fc.property(story, instant, (told, now) => {
        const clock = clockIn(told, now);
        const deadlines = deadlinesAt(clock, now);
        for (const timer of timersOf(clock, now)) {
          const verdict = dueTo(timer, deadlines, now);
          if (verdict?.deadline == null) continue;
          const { state, dueAt, metAt } = verdict.deadline;
          if (timer.kind === 'miss') expect(state).toBe('missed');
          if (verdict.outcome === 'done') expect(metAt).toBeNull();
          if (timer.kind === 'warn' && verdict.outcome === 'sent') expect(now).toBeLessThanOrEqual(dueAt ?? 0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('come in the same number and order whatever the order in which the facts were heard of', () => {
    fc.assert(
      fc.property(story, instant, fc.infiniteStream(fc.nat()), (told, now, draws) => {
        // Two marks of one instant have no order but that in which they are kept.
        const marks = [...new Map(told.marks.map((each) => [each.at, each])).values()];
        const shuffled = marks
          .map((each) => [draws.next().value ?? 0, each] as const)
          .sort(([a], [b]) => a - b)
          .map(([, each]) => each);
        expect(timersOf(clockIn({ ...told, marks: shuffled }, now), now)).toEqual(
          timersOf(clockIn({ ...told, marks }, now), now),
        );
      }),
    );
  });
});
