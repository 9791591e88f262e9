import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { walkAfter } from '../../../bench/sla/minute-walk.ts';
import { type Deadline, deadlinesOf, nextMoment, type OfferFacts } from '../../../src/leads/sla/clock.ts';
import type { Policy } from '../../../src/leads/sla/compile-policies.ts';
import { type PauseReason, withOffer } from '../../../src/leads/sla/sla.ts';
import { iso } from '../../../src/model/clock.ts';
import { at, calendar, HOUR, MINUTE, twoCalendars } from './calendars.ts';
import { slaOf } from './files.ts';

const office = calendar('Europe/Berlin', ['09:00-17:00']);
const withLunch = calendar('Europe/Berlin', ['09:00-12:00', '13:00-17:00']);
const policyOf = (deadlines: string): Policy => {
  const policy = slaOf(`  standard: { ${deadlines} }`).policies.get('standard');
  if (policy === undefined) throw new Error('no policy');
  return policy;
};

/** Monday to Friday of one week are 2026-11-23 to 27; all times are of Berlin in winter. */
const time = (text: string) => at(`2026-${text}+01:00`);
const monday = time('11-23T10:00');
const offered: OfferFacts = {
  ...{ offeredAt: monday, answer: null, firstTouchAt: null, reports: [], pauses: [], extensions: [], closedAt: null },
};
const accepted: OfferFacts = { ...offered, answer: { at: time('11-23T12:00'), accepted: true } };
const reasons = new Map<string, PauseReason>([
  ['vendor-owes-answer', { name: 'vendor-owes-answer', text: 'the vendor owes an answer', atMost: null }],
  [
    'short',
    {
      ...{ name: 'short', text: 'a day at most' },
      atMost: { unit: 'time', counting: 'elapsed', ms: 24 * HOUR, text: '24h' },
    },
  ],
]);
const paused = (from: string, to: string | null, reason = 'vendor-owes-answer') => ({
  ...{ from: time(from), to: to === null ? null : time(to), reason },
});

const ask = (facts: OfferFacts, deadlines: string, now: string, by = office) =>
  deadlinesOf(facts, policyOf(deadlines), by, reasons, time(now));
const one = (facts: OfferFacts, deadlines: string, now: string, by = office): Deadline => {
  const [found, ...more] = ask(facts, deadlines, now, by);
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} deadlines`);
  return found;
};
const due = (deadline: Deadline) => (deadline.dueAt === null ? null : iso(deadline.dueAt));
const ISO = (text: string) => iso(time(text));

const ACCEPT = 'accept: { within: 8 working hours, missed: reassign }';

describe('a deadline', () => {
  test('runs from the offer until it is met, and to be on the very deadline is in time', () => {
    expect(one(offered, ACCEPT, '11-24T09:00')).toMatchObject({ state: 'running', remainingMs: HOUR, metAt: null });
    expect(due(one(offered, ACCEPT, '11-24T09:00'))).toBe(ISO('11-24T10:00'));
    const answeredAt = (answer: string) => ({ ...offered, answer: { at: time(answer), accepted: false } });
    expect(one(answeredAt('11-24T10:00'), ACCEPT, '11-26T10:00').state).toBe('met');
    expect(one(answeredAt('11-24T10:01'), ACCEPT, '11-26T10:00').state).toBe('missed');
  });

  test('is missed after it, not at it', () => {
    expect(one(offered, ACCEPT, '11-24T10:00')).toMatchObject({ state: 'running', remainingMs: 0 });
    expect(one(offered, ACCEPT, '11-24T10:01')).toMatchObject({ state: 'missed', remainingMs: 0 });
  });

  test('is over where the offer ended before it, and missed where it expired', () => {
    expect(one({ ...offered, closedAt: time('11-23T15:00') }, ACCEPT, '11-26T10:00').state).toBe('over');
    expect(one({ ...offered, closedAt: time('11-24T10:00') }, ACCEPT, '11-26T10:00').state).toBe('missed');
  });

  test('is not met by an answer after a recall: that is late feedback', () => {
    const recalled = { ...offered, closedAt: time('11-23T15:00'), answer: { at: time('11-23T16:00'), accepted: true } };
    expect(one(recalled, ACCEPT, '11-26T10:00')).toMatchObject({ state: 'over', metAt: null });
  });

  test('asked for an earlier time says what was known then', () => {
    expect(one(accepted, ACCEPT, '11-23T11:00')).toEqual(one(offered, ACCEPT, '11-23T11:00'));
  });

  test('of elapsed time counts nights and weekends', () => {
    const elapsed = one(
      { ...offered, offeredAt: time('11-27T15:00') },
      'accept: { within: 48h, missed: pool }',
      '11-27T16:00',
    );
    expect(due(elapsed)).toBe(ISO('11-29T15:00'));
    expect(elapsed.remainingMs).toBe(47 * HOUR);
  });
});

describe('each deadline has its start', () => {
  const ALL = [
    'accept: { within: 8 working hours, missed: reassign }',
    'first-touch: { within: 4 working hours, missed: recall }',
    'report-back: { within: 2 working days, missed: none }',
    'refresh: { within: 3 working days, missed: none }',
  ].join(', ');
  const told = (facts: OfferFacts, now: string) =>
    ask(facts, ALL, now).map(({ name, period, state, dueAt }) => [
      name,
      period,
      state,
      dueAt === null ? null : iso(dueAt),
    ]);

  test('those after the acceptance wait for it', () => {
    expect(told(offered, '11-23T11:00')).toEqual([
      ['accept', 1, 'running', ISO('11-24T10:00')],
      ['first-touch', 1, 'waiting', null],
      ['report-back', 1, 'waiting', null],
      ['refresh', 1, 'waiting', null],
    ]);
  });

  test('touch and report count from the acceptance, a refresh from the latest report', () => {
    const worked = {
      ...accepted,
      firstTouchAt: time('11-23T15:00'),
      reports: [time('11-25T11:00'), time('11-26T09:30')],
    };
    expect(told(worked, '11-27T11:00')).toEqual([
      ['accept', 1, 'met', ISO('11-24T10:00')],
      ['first-touch', 1, 'met', ISO('11-23T16:00')],
      ['report-back', 1, 'met', ISO('11-25T12:00')],
      ['refresh', 1, 'met', ISO('11-30T11:00')],
      ['refresh', 2, 'running', ISO('12-01T09:30')],
    ]);
  });

  test('a rejection meets the first and ends the others', () => {
    const rejected = {
      ...offered,
      answer: { at: time('11-23T15:00'), accepted: false },
      closedAt: time('11-23T15:00'),
    };
    expect(told(rejected, '11-27T11:00').map(([, , state]) => state)).toEqual(['met', 'over', 'over', 'over']);
  });

  test('without a first report to make, what is refreshed is the acceptance', () => {
    expect(due(one(accepted, 'refresh: { within: 1 working day, missed: none }', '11-23T13:00'))).toBe(
      ISO('11-24T12:00'),
    );
  });
});

describe('a pause', () => {
  test('stops the clock: what was left is left when it ends, in working time', () => {
    const waits = { ...offered, pauses: [paused('11-23T12:00', null)] };
    expect(one(waits, ACCEPT, '11-25T12:00')).toMatchObject({ state: 'paused', remainingMs: 6 * HOUR });
    const goesOn = { ...offered, pauses: [paused('11-23T12:00', '11-25T11:00')] };
    expect(one(goesOn, ACCEPT, '11-25T12:00')).toMatchObject({ state: 'running', remainingMs: 5 * HOUR });
    expect(due(one(goesOn, ACCEPT, '11-25T12:00'))).toBe(ISO('11-25T17:00'));
  });

  test('over a night or a weekend moves no deadline of working time, but one of elapsed time', () => {
    const overnight = { ...offered, pauses: [paused('11-23T17:00', '11-24T09:00')] };
    expect(due(one(overnight, ACCEPT, '11-24T09:30'))).toBe(ISO('11-24T10:00'));
    expect(due(one(overnight, 'accept: { within: 24h, missed: pool }', '11-24T09:30'))).toBe(ISO('11-25T02:00'));
  });

  test('that takes no working time away leaves a deadline in the lunch break where it is', () => {
    const inBreak = { ...offered, offeredAt: time('11-23T12:30') };
    const policy = 'accept: { within: 1 working day, missed: reassign }';
    const still = { ...inBreak, pauses: [paused('11-23T18:00', '11-24T08:00')] };
    expect(due(one(still, policy, '11-24T09:00', withLunch))).toBe(ISO('11-24T12:30'));
    const moved = { ...inBreak, pauses: [paused('11-23T16:00', '11-23T17:00')] };
    expect(due(one(moved, policy, '11-24T09:00', withLunch))).toBe(ISO('11-24T14:00'));
  });

  test('moves a deadline in working days by the working time it took', () => {
    const facts = { ...offered, pauses: [paused('11-23T15:00', '11-24T11:00')] };
    expect(due(one(facts, 'accept: { within: 2 working days, missed: pool }', '11-24T12:00'))).toBe(ISO('11-25T14:00'));
  });

  test('does not save a deadline that was over when it began', () => {
    const late = { ...offered, pauses: [paused('11-24T11:00', null)] };
    expect(one(late, ACCEPT, '11-24T12:00')).toMatchObject({ state: 'missed', remainingMs: 0 });
    expect(due(one(late, ACCEPT, '11-24T12:00'))).toBe(ISO('11-24T10:00'));
  });

  test('before the acceptance takes nothing from the first touch', () => {
    const facts = { ...accepted, pauses: [paused('11-23T10:30', '11-23T11:30')] };
    expect(due(one(facts, 'first-touch: { within: 4 working hours, missed: pool }', '11-23T13:00'))).toBe(
      ISO('11-23T16:00'),
    );
  });

  test('ends by itself where its reason allows no more', () => {
    const forgotten = { ...offered, pauses: [paused('11-23T12:00', null, 'short')] };
    expect(one(forgotten, ACCEPT, '11-24T11:00').state).toBe('paused');
    expect(one(forgotten, ACCEPT, '11-24T13:00')).toMatchObject({ state: 'running', remainingMs: 5 * HOUR });
    expect(due(one(forgotten, ACCEPT, '11-24T13:00'))).toBe(ISO('11-25T10:00'));
  });

  test('that overlaps another one counts once', () => {
    const both = { ...offered, pauses: [paused('11-23T12:00', '11-23T15:00'), paused('11-23T14:00', '11-23T16:00')] };
    expect(due(one(both, ACCEPT, '11-23T16:30'))).toBe(ISO('11-24T14:00'));
  });

  test('on random calendars leaves the deadline where a walk that skips it finds it', () => {
    const stretch = fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 1500 }));
    fc.assert(
      fc.property(
        twoCalendars,
        fc.integer({ min: 1, max: 900 }),
        fc.array(stretch, { maxLength: 4 }),
        ({ computed, walked, from }, minutes, stretches) => {
          const pauses = stretches.map(([start, length]) => ({
            ...{ from: from + start * MINUTE, to: from + (start + length) * MINUTE, reason: 'vendor-owes-answer' },
          }));
          const facts = { ...offered, offeredAt: from, pauses };
          const policy = policyOf(`accept: { within: ${minutes} working minutes, missed: pool }`);
          const [found] = deadlinesOf(facts, policy, computed, reasons, from + 10_000 * MINUTE);
          const stands = (instant: number) => pauses.some((pause) => pause.from <= instant && instant < pause.to);
          expect(iso(found?.dueAt ?? 0)).toBe(iso(walkAfter(walked, from, minutes, stands)));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('an extension', () => {
  const policy = `accept: { within: 8 working hours, missed: pool, extend: { times: 2, by: 4 working hours } }`;
  const asked = (...times: string[]) => ({
    ...offered,
    extensions: times.map((text) => ({ deadline: 'accept' as const, at: time(text) })),
  });

  test('moves the deadline by its time, as often as the policy allows', () => {
    const told = (...times: string[]) => {
      const deadline = one(asked(...times), policy, '11-26T16:00');
      return [due(deadline), deadline.extensions];
    };
    expect(told()).toEqual([ISO('11-24T10:00'), { granted: 0, left: 2 }]);
    expect(told('11-24T09:00')).toEqual([ISO('11-24T14:00'), { granted: 1, left: 1 }]);
    expect(told('11-24T09:00', '11-24T13:00')).toEqual([ISO('11-25T10:00'), { granted: 2, left: 0 }]);
    expect(told('11-24T09:00', '11-24T13:00', '11-25T09:00')).toEqual([ISO('11-25T10:00'), { granted: 2, left: 0 }]);
  });

  test('asked for when the deadline is over comes too late', () => {
    expect(due(one(asked('11-24T10:01'), policy, '11-26T16:00'))).toBe(ISO('11-24T10:00'));
    expect(one(asked('11-24T10:01'), policy, '11-26T16:00').extensions).toEqual({ granted: 0, left: 2 });
  });

  test('of one deadline moves no other, and none where the policy allows none', () => {
    const other = { ...offered, extensions: [{ deadline: 'refresh' as const, at: time('11-23T11:00') }] };
    expect(due(one(other, policy, '11-23T12:00'))).toBe(ISO('11-24T10:00'));
    expect(due(one(asked('11-23T11:00'), ACCEPT, '11-23T12:00'))).toBe(ISO('11-24T10:00'));
  });
});

describe('warnings and escalation', () => {
  const policy = (warn: string, escalate = '100%') =>
    `accept: { within: 8 working hours, warn: [${warn}], escalate: ${escalate}, missed: pool }`;

  test('come at a share of the time, so long after the start or before the deadline', () => {
    const { warnings, escalateAt } = one(offered, policy('50%, 6 working hours, 1 working hour before'), '11-23T11:00');
    expect(warnings.map(({ at: instant, text }) => [text, iso(instant)])).toEqual([
      ['50%', ISO('11-23T14:00')],
      ['6 working hours', ISO('11-23T16:00')],
      ['1 working hour before', ISO('11-23T17:00')],
    ]);
    expect(iso(escalateAt ?? 0)).toBe(ISO('11-24T10:00'));
  });

  test('move with the deadline when a pause lies before them', () => {
    const facts = { ...offered, pauses: [paused('11-23T15:00', '11-24T15:00')] };
    const { warnings } = one(facts, policy('50%, 75%'), '11-24T16:00');
    expect(warnings.map(({ at: instant }) => iso(instant))).toEqual([ISO('11-23T14:00'), ISO('11-24T16:00')]);
  });

  test('so many working days before the deadline keep its time of day, however long these days are', () => {
    const friday = calendar('Europe/Berlin', ['09:00-17:00'], {
      week: office.calendar.week.map((hours, day) => (day === 5 ? [[540, 720]] : hours)),
    });
    const text = 'accept: { within: 5 working days, warn: [2 working days before], missed: pool }';
    const deadline = one({ ...offered, offeredAt: time('11-24T11:00') }, text, '11-24T12:00', friday);
    expect([due(deadline), iso(deadline.warnings[0]?.at ?? 0)]).toEqual([ISO('12-01T11:00'), ISO('11-27T11:00')]);
  });

  test('that by this calendar would not come before the deadline are left out', () => {
    const text = 'accept: { within: 1 working day, warn: [20 working hours], missed: pool }';
    expect(one(offered, text, '11-23T11:00').warnings).toEqual([]);
  });

  test('the channel manager is told at the deadline, where the time for it would not come before', () => {
    const text = 'accept: { within: 1 working day, escalate: 20 working hours, missed: pool }';
    expect(iso(one(offered, text, '11-23T11:00').escalateAt ?? 0)).toBe(ISO('11-24T10:00'));
  });

  test('the next moment is the earliest that is still to come of a clock that runs', () => {
    const next = (facts: OfferFacts, now: string) => {
      const found = nextMoment(ask(facts, policy('50%'), now), time(now));
      return found === null ? null : iso(found);
    };
    expect(next(offered, '11-23T11:00')).toBe(ISO('11-23T14:00'));
    expect(next(offered, '11-23T14:00')).toBe(ISO('11-24T10:00'));
    expect(next(offered, '11-24T10:00')).toBeNull();
    expect(next({ ...offered, pauses: [paused('11-23T12:00', null)] }, '11-23T13:00')).toBeNull();
    expect(next(accepted, '11-23T13:00')).toBeNull();
  });
});

describe('what sla.yaml leaves to routing.yaml', () => {
  const offer = { acceptWithinMs: 48 * HOUR, rounds: 5 };

  test('is taken from the offer of the route', () => {
    const filled = withOffer(policyOf('accept: { warn: [50%], missed: nurture }'), offer);
    expect(filled.deadlines.accept).toMatchObject({ within: { ms: 48 * HOUR, text: '48h' }, missed: 'nurture' });
    expect(filled.rounds).toEqual({ atMost: 5, after: 'pool' });
    expect(withOffer(policyOf('refresh: { within: 9d, missed: none }'), offer).deadlines.accept).toMatchObject({
      ...{ within: { text: '48h' }, missed: 'reassign' },
    });
  });

  test('goes behind what sla.yaml says', () => {
    const policy = policyOf(`${ACCEPT}, rounds: { atMost: 2, after: nurture }`);
    expect(withOffer(policy, offer)).toEqual(policy);
  });

  test('is asked for by name where nobody filled it in', () => {
    expect(() => ask(offered, 'accept: { missed: pool }', '11-23T11:00')).toThrow(/accept.*routing\.yaml/);
  });
});

test('whatever happens in whatever order: a deadline that was met or missed stays so, and more pauses never bring it forward', () => {
  const policy = policyOf(`${ACCEPT}, first-touch: { within: 1 working day, warn: [50%], missed: recall }`);
  const minute = fc.integer({ min: 0, max: 6000 }).map((minutes) => monday + minutes * MINUTE);
  const anyFacts = fc.record({
    answer: fc.option(fc.record({ at: minute, accepted: fc.boolean() })),
    firstTouchAt: fc.option(minute),
    closedAt: fc.option(minute),
    pauses: fc.array(
      fc.record({ from: minute, to: fc.option(minute), reason: fc.constantFrom('vendor-owes-answer', 'short') }),
      { maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(anyFacts, minute, minute, (facts, one, two) => {
      const [early, late] = one < two ? [one, two] : [two, one];
      const ordered = facts.pauses.map((pause) => ({
        ...pause,
        to: pause.to === null ? null : Math.max(pause.from, pause.to),
      }));
      const all: OfferFacts = { ...offered, ...facts, pauses: ordered };
      const before = deadlinesOf(all, policy, office, reasons, early);
      const after = deadlinesOf(all, policy, office, reasons, late);
      const unpaused = deadlinesOf({ ...all, pauses: [] }, policy, office, reasons, late);
      for (const [n, { state, dueAt, warnings, remainingMs }] of before.entries()) {
        if (state === 'met' || state === 'over') expect(after[n]?.state).toBe(state);
        // Done too late stays missed; so does what nobody did.
        if (state === 'missed') expect(after[n]?.state).toBe('missed');
        expect(remainingMs).toBeGreaterThanOrEqual(0);
        expect(after[n]?.dueAt ?? 0).toBeGreaterThanOrEqual(unpaused[n]?.dueAt ?? 0);
        for (const warning of warnings) expect(warning.at).toBeLessThan(dueAt ?? 0);
      }
    }),
    { numRuns: 500 },
  );
});
