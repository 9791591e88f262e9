import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { walkAfter, walkBetween, walkDays } from '../../../bench/sla/minute-walk.ts';
import { workingTime } from '../../../src/leads/sla/working-time.ts';
import { iso } from '../../../src/model/clock.ts';
import { at, calendar, HOUR, MINUTE, special, twoCalendars } from './calendars.ts';

const office = calendar('Europe/Berlin', ['09:00-17:00']);
const withLunch = calendar('Europe/Berlin', ['09:00-12:00', '13:00-17:00']);
const dueAfterHours = (time: ReturnType<typeof calendar>, from: string, hours: number) =>
  iso(time.after(at(from), hours * HOUR));
const dueAfterDays = (time: ReturnType<typeof calendar>, from: string, days: number) =>
  iso(time.afterDays(at(from), days));

describe('working hours', () => {
  test.each([
    ['within a day', '2026-11-23T09:30+01:00', 4, '2026-11-23T13:30+01:00'],
    ['go on the next morning', '2026-11-23T15:00+01:00', 4, '2026-11-24T11:00+01:00'],
    ['go on after the weekend', '2026-11-27T15:00+01:00', 8, '2026-11-30T15:00+01:00'],
    ['that start at night start in the morning', '2026-11-23T23:00+01:00', 1, '2026-11-24T10:00+01:00'],
    ['that start on a Saturday start on Monday', '2026-11-28T11:00+01:00', 8, '2026-11-30T17:00+01:00'],
    [
      'that fill a day end when it closes, not when the next one opens',
      '2026-11-23T09:00+01:00',
      8,
      '2026-11-23T17:00+01:00',
    ],
    ['run over the end of a year', '2026-12-31T16:00+01:00', 2, '2027-01-01T10:00+01:00'],
    ['count 29 February as any day', '2028-02-28T16:00+01:00', 2, '2028-02-29T10:00+01:00'],
  ])('%s', (_what, from, hours, due) => {
    expect(dueAfterHours(office, from, hours)).toBe(iso(at(due)));
  });

  test('leave out the lunch break', () => {
    expect(dueAfterHours(withLunch, '2026-11-23T11:00+01:00', 2)).toBe(iso(at('2026-11-23T14:00+01:00')));
    expect(withLunch.between(at('2026-11-23T11:30+01:00'), at('2026-11-23T13:30+01:00'))).toBe(HOUR);
  });

  test('none at all end where they start, even on a Sunday', () => {
    expect(dueAfterHours(office, '2026-11-29T12:00+01:00', 0)).toBe(iso(at('2026-11-29T12:00+01:00')));
  });

  test('leave out holidays and closures, and count an opening on a Saturday', () => {
    const december = calendar('Europe/Berlin', ['09:00-17:00'], {
      special: [special('2026-12-24'), special('2026-12-25'), special('2026-12-26', ['10:00-14:00'])],
    });
    expect(dueAfterHours(december, '2026-12-23T16:00+01:00', 6)).toBe(iso(at('2026-12-28T10:00+01:00')));
  });

  test('of two years and more are found without walking there', () => {
    expect(dueAfterHours(office, '2026-01-01T09:00+01:00', 8 * 261)).toBe(iso(at('2026-12-31T17:00+01:00')));
    expect(dueAfterHours(office, '2026-01-01T09:00+01:00', 8 * 261 * 3)).toBe(iso(at('2029-01-01T17:00+01:00')));
  });

  test('of a calendar that has closed for ever are refused, not sought for ever', () => {
    const never = workingTime({ ...office.calendar, week: office.calendar.week.map(() => []) });
    expect(() => never.after(at('2026-01-01T00:00Z'), HOUR)).toThrow(/"test".*1970 to 2199/);
    expect(() => never.afterDays(at('2026-01-01T00:00Z'), 1)).toThrow(/1970 to 2199/);
  });
});

describe('where the clock changes', () => {
  const aroundTheClock = calendar('Europe/Berlin', ['00:00-24:00'], { everyDay: true });
  const night = calendar('Europe/Berlin', ['00:00-06:00'], { everyDay: true });

  test('a day of 24 working hours has 23 in spring and 25 in autumn', () => {
    const hoursOn = (from: string, to: string) => aroundTheClock.between(at(from), at(to)) / HOUR;
    expect(hoursOn('2026-03-29T00:00+01:00', '2026-03-30T00:00+02:00')).toBe(23);
    expect(hoursOn('2026-10-25T00:00+02:00', '2026-10-26T00:00+01:00')).toBe(25);
  });

  test('a night shift of six hours on the wall is five in spring and seven in autumn', () => {
    expect(night.between(at('2026-03-28T12:00Z'), at('2026-03-29T12:00Z'))).toBe(5 * HOUR);
    expect(night.between(at('2026-10-24T12:00Z'), at('2026-10-25T12:00Z'))).toBe(7 * HOUR);
  });

  test('hours that the clock skips are none, and the day is no working day', () => {
    const skipped = calendar('Europe/Berlin', ['02:00-03:00'], { everyDay: true });
    expect(skipped.between(at('2026-03-29T00:00Z'), at('2026-03-29T12:00Z'))).toBe(0);
    expect(dueAfterDays(skipped, '2026-03-28T02:30+01:00', 1)).toBe(iso(at('2026-03-30T02:30+02:00')));
  });

  test('hours that the clock shows twice count twice, and a shift that is over does not begin anew', () => {
    const doubled = calendar('Europe/Berlin', ['02:00-03:00'], { everyDay: true });
    const first = calendar('Europe/Berlin', ['02:00-02:30'], { everyDay: true });
    const rest = calendar('Europe/Berlin', ['02:30-03:00'], { everyDay: true });
    const counted = (time: typeof doubled) => time.between(at('2026-10-24T22:00Z'), at('2026-10-25T12:00Z')) / MINUTE;
    expect([counted(doubled), counted(first), counted(rest)]).toEqual([120, 30, 90]);
  });

  test('Lord Howe Island moves by half an hour', () => {
    const island = calendar('Australia/Lord_Howe', ['00:00-24:00'], { everyDay: true });
    expect(island.between(at('2026-04-05T00:00+11:00'), at('2026-04-06T00:00+10:30'))).toBe(24.5 * HOUR);
    expect(island.between(at('2026-10-04T00:00+10:30'), at('2026-10-05T00:00+11:00'))).toBe(23.5 * HOUR);
  });

  test('office hours in the south follow the wall, in April as in October', () => {
    const sydney = calendar('Australia/Sydney', ['09:00-17:00']);
    expect(dueAfterHours(sydney, '2026-04-03T16:00+11:00', 2)).toBe(iso(at('2026-04-06T10:00+10:00')));
    expect(dueAfterHours(sydney, '2026-10-02T16:00+10:00', 2)).toBe(iso(at('2026-10-05T10:00+11:00')));
  });

  test('Samoa had no 30 December 2011', () => {
    const samoa = calendar('Pacific/Apia', ['09:00-17:00']);
    expect(dueAfterHours(samoa, '2011-12-29T16:00-10:00', 2)).toBe(iso(at('2012-01-02T10:00+14:00')));
  });

  test('a zone without daylight saving has none', () => {
    const india = calendar('Asia/Kolkata', ['09:00-17:00']);
    expect(dueAfterHours(india, '2026-03-27T16:00+05:30', 2)).toBe(iso(at('2026-03-30T10:00+05:30')));
  });
});

describe('working days', () => {
  test.each([
    ['end at the same time of a later day', '2026-11-23T15:00+01:00', 2, '2026-11-25T15:00+01:00'],
    ['leave out the weekend', '2026-11-27T15:00+01:00', 2, '2026-12-01T15:00+01:00'],
    [
      'that start after closing count whole days and end at closing',
      '2026-11-27T18:30+01:00',
      1,
      '2026-11-30T17:00+01:00',
    ],
    ['that start at closing say the same as just after it', '2026-11-27T17:00+01:00', 1, '2026-11-30T17:00+01:00'],
    ['that start before opening count that day', '2026-11-23T07:00+01:00', 1, '2026-11-23T17:00+01:00'],
    ['keep their wall time when the clock changes', '2026-03-27T15:00+01:00', 1, '2026-03-30T15:00+02:00'],
    ['can go backwards', '2026-11-30T15:00+01:00', -2, '2026-11-26T15:00+01:00'],
  ])('%s', (_what, from, days, due) => {
    expect(dueAfterDays(office, from, days)).toBe(iso(at(due)));
  });

  test('that start in the lunch break end in a lunch break', () => {
    expect(dueAfterDays(withLunch, '2026-11-23T12:30+01:00', 1)).toBe(iso(at('2026-11-24T12:30+01:00')));
  });

  test('end within the hours of the day that they end on, and a short day is a whole one', () => {
    const shortTuesday = calendar('Europe/Berlin', ['09:00-17:00'], {
      special: [special('2026-11-24', ['10:00-13:00'])],
    });
    expect(dueAfterDays(shortTuesday, '2026-11-23T15:00+01:00', 1)).toBe(iso(at('2026-11-24T13:00+01:00')));
    expect(dueAfterDays(shortTuesday, '2026-11-23T09:15+01:00', 1)).toBe(iso(at('2026-11-24T10:00+01:00')));
    expect(dueAfterDays(shortTuesday, '2026-11-23T15:00+01:00', 2)).toBe(iso(at('2026-11-25T15:00+01:00')));
  });

  test('cross the years in both directions', () => {
    expect(dueAfterDays(office, '2026-12-31T15:00+01:00', 1)).toBe(iso(at('2027-01-01T15:00+01:00')));
    expect(dueAfterDays(office, '2027-01-01T15:00+01:00', -1)).toBe(iso(at('2026-12-31T15:00+01:00')));
  });
});

describe('on random calendars, holidays and zones', () => {
  test('a deadline in working minutes is where a walk minute by minute finds it', () => {
    fc.assert(
      fc.property(twoCalendars, fc.integer({ min: 1, max: 1200 }), ({ computed, walked, from }, minutes) => {
        expect(iso(computed.after(from, minutes * MINUTE))).toBe(iso(walkAfter(walked, from, minutes)));
      }),
      { numRuns: 100 },
    );
  });

  test('a deadline in working days is where a walk minute by minute finds it', () => {
    fc.assert(
      fc.property(twoCalendars, fc.integer({ min: 1, max: 3 }), ({ computed, walked, from }, days) => {
        expect(iso(computed.afterDays(from, days))).toBe(iso(walkDays(walked, from, days)));
      }),
      { numRuns: 60 },
    );
  });

  test('the working time between two instants is what a walk minute by minute counts', () => {
    fc.assert(
      fc.property(twoCalendars, fc.integer({ min: 0, max: 4 * 1440 }), ({ computed, walked, from }, minutes) => {
        const to = from + minutes * MINUTE;
        expect(computed.between(from, to)).toBe(walkBetween(walked, from, to) * MINUTE);
      }),
      { numRuns: 100 },
    );
  });

  test('adding and counting agree to the millisecond, and adding twice is adding the sum', () => {
    const ms = fc.integer({ min: 1, max: 400 * HOUR });
    fc.assert(
      fc.property(twoCalendars, ms, ms, fc.nat(MINUTE), ({ computed, from: minute }, one, two, past) => {
        const from = minute + past;
        const due = computed.after(from, one);
        expect(computed.between(from, due)).toBe(one);
        expect(computed.between(from, due - 1)).toBe(one - 1);
        expect(computed.after(due, two)).toBe(computed.after(from, one + two));
      }),
      { numRuns: 300 },
    );
  });

  test('the days of a stretch of time count all of its working time', () => {
    fc.assert(
      fc.property(twoCalendars, fc.nat(40 * 1440), ({ computed, from }, minutes) => {
        const to = from + minutes * MINUTE;
        const counted = computed.days(from, to).reduce((sum, { ms }) => sum + ms, 0);
        expect(counted).toBe(computed.between(from, to));
      }),
    );
  });
});
