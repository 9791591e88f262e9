import { describe, expect, test } from '@jest/globals';
import { ruleContext, withPartner } from '../../../src/leads/rule-scope.ts';
import { calendarFor, overruledOffer, policyFor } from '../../../src/leads/sla/sla.ts';
import { iso } from '../../../src/model/clock.ts';
import { lead, partner, problemsOf } from '../fixtures.ts';
import { at, HOUR } from './calendars.ts';
import { shippedSla, slaOf } from './files.ts';

const STANDARD = '  standard: { accept: { within: 48h, missed: pool } }';
const calendars = (lines: string, of = '{ otherwise: office }') => `calendars:\n${lines}\ncalendarOf: ${of}`;
const OFFICE = '  office: { zone: Europe/Berlin, hours: { mon-fri: ["09:00-17:00"] } }';
const accept = (text: string) => problemsOf(() => slaOf(`  standard: { accept: { ${text} } }`));
const office = (text: string) => problemsOf(() => slaOf(STANDARD, calendars(`  office: { ${text} }`)));

describe('the SLA as shipped', () => {
  const sla = shippedSla();
  const context = (grade: 'A' | 'C') =>
    withPartner(ruleContext({ person: lead().person, lead: { score: 1, grade } }), partner('pt_1'));

  test('asks for more with an A lead', () => {
    expect(policyFor(sla, context('A')).name).toBe('hot');
    expect(policyFor(sla, context('C')).name).toBe('standard');
  });

  test('leaves the time to accept and the rounds to routing.yaml, so that what a vendor wrote there goes on to hold', () => {
    expect(overruledOffer(sla)).toBeNull();
    for (const policy of sla.policies.values())
      expect([policy.rounds, policy.deadlines.accept?.within]).toEqual([null, null]);
  });

  test('counts by the calendar of the partner', () => {
    const policy = policyFor(sla, context('C'));
    const zoneOf = (country: string | null, zone: string | null) => {
      const { name, zone: own } = calendarFor(sla, policy, { country, zone }).calendar;
      return `${name} ${own}`;
    };
    expect(zoneOf('DE', null)).toBe('office-de Europe/Berlin');
    expect(zoneOf('JP', null)).toBe('office America/New_York');
    expect(zoneOf('JP', 'Asia/Tokyo')).toBe('office Asia/Tokyo');
    expect(zoneOf(null, 'somewhere')).toBe('office America/New_York');
  });
});

describe('sla.yaml', () => {
  test('says which policy: the first whose condition is met', () => {
    const rest = `use:\n  - { policy: big, when: 'partner.tier == "Gold"' }\n  - { policy: standard }`;
    const sla = slaOf(`${STANDARD}\n  big: { refresh: { within: 5 working days, missed: none } }`, undefined, rest);
    const of = (tier: string | null) =>
      policyFor(sla, withPartner(ruleContext({ person: lead().person }), partner('pt_1', { tier })));
    expect([of('Gold').name, of('Silver').name, of(null).name]).toEqual(['big', 'standard', 'standard']);
  });

  test('says which calendar: the one a policy names, in its own zone; else that of the partner', () => {
    const sla = slaOf(
      `  standard: { calendar: ours, accept: { within: 48h, missed: pool } }\n  theirs: { like: standard, calendar: partner }`,
      calendars(`${OFFICE}\n  ours: { like: office, zone: UTC }`),
    );
    const name = (policy: string) => {
      const found = sla.policies.get(policy);
      return found && calendarFor(sla, found, { country: null, zone: 'Asia/Tokyo' }).calendar;
    };
    expect(name('standard')).toMatchObject({ name: 'ours', zone: 'UTC' });
    expect(name('theirs')).toMatchObject({ name: 'office', zone: 'Asia/Tokyo' });
  });

  test('reads no hours in the zone of the partner where it should not', () => {
    const sla = slaOf(STANDARD, calendars(OFFICE, '{ otherwise: office, partnerZone: false }'));
    const [policy] = [...sla.policies.values()];
    expect(policy && calendarFor(sla, policy, { country: null, zone: 'Asia/Tokyo' }).calendar.zone).toBe(
      'Europe/Berlin',
    );
  });

  test('lets a policy be like another one, and say what is different', () => {
    const rest = 'use: [{ policy: standard }]';
    const own =
      '  standard: { accept: { within: 48h, missed: pool }, refresh: { within: 9d, missed: none }, rounds: { atMost: 3, after: direct } }';
    const sla = slaOf(`  quick: { like: standard, accept: { within: 4h, missed: reassign } }\n${own}`, undefined, rest);
    expect(sla.policies.get('quick')).toMatchObject({
      deadlines: { accept: { within: { text: '4h' }, missed: 'reassign' }, refresh: { within: { text: '9d' } } },
      rounds: { atMost: 3, after: 'direct' },
    });
  });

  test('knows holidays, own lines with hours, closures and openings, the later before the earlier', () => {
    const lines = `  office:
    zone: Europe/Berlin
    hours: { mon-fri: ["09:00-12:00", "13:00-17:00"], sat: ["10:00-12:00"] }
    holidays: [DE, { rule: 12-24, name: Christmas Eve, hours: ["09:00-12:00"] }]
    closures: [{ from: 2026-12-28, to: 2026-12-31, name: Stocktaking }]
    openings: [{ on: 2026-12-29, hours: ["10:00-11:00"], name: Hotline }]`;
    const time = slaOf(STANDARD, calendars(lines)).calendar('office');
    const counted = time.days(at('2026-12-23T00:00+01:00'), at('2027-01-02T23:00+01:00'));
    expect(counted.map(({ ms, because }) => [ms / HOUR, because])).toEqual([
      [7, null],
      [3, 'Christmas Eve'],
      [0, '1. Weihnachtstag'],
      [0, '2. Weihnachtstag'],
      [0, null],
      [0, 'Stocktaking'],
      [1, 'Hotline'],
      [0, 'Stocktaking'],
      [0, 'Stocktaking'],
      [0, 'Neujahr'],
      [2, null],
    ]);
  });

  test('joins hours that touch', () => {
    const time = slaOf(
      STANDARD,
      calendars('  office: { zone: UTC, hours: { mon: ["12:00-17:00", "09:00-12:00"] } }'),
    ).calendar('office');
    expect(time.calendar.week[1]).toEqual([[540, 1020]]);
  });

  test('says what of routing.yaml it overrules', () => {
    const told = overruledOffer(
      slaOf('  standard: { accept: { within: 4h, missed: pool }, rounds: { atMost: 2, after: pool } }'),
    );
    expect(told).toBe(
      `sla.yaml overrules routing.yaml's offer.acceptWithin (by policy "standard") and offer.rounds (by policy "standard")`,
    );
  });
});

describe('sla.yaml is refused, with file, line, column and what to write,', () => {
  test.each([
    [
      'with no working hour',
      office('zone: UTC, hours: {}'),
      'sla.yaml:3:31: calendar "office" has no working hour (as in hours: { mon-fri: ["09:00-17:00"] })',
    ],
    [
      'with no hours at all',
      office('zone: UTC'),
      'sla.yaml:3:11: calendar "office" has no working hour (as in hours: { mon-fri: ["09:00-17:00"] })',
    ],
    [
      'with a zone that is none',
      office('zone: Europe/Berln, hours: { mon: ["09:00-17:00"] }'),
      'sla.yaml:3:19: there is no time zone "Europe/Berln" (did you mean "Europe/Berlin"?)',
    ],
    [
      'with an offset for a zone',
      office('zone: "+02:00", hours: { mon: ["09:00-17:00"] }'),
      'sla.yaml:3:19: there is no time zone "+02:00"',
    ],
    [
      'without a zone',
      office('hours: { mon: ["09:00-17:00"] }'),
      'sla.yaml:3:11: calendar "office" names no time zone (as in zone: Europe/Berlin)',
    ],
    [
      'with unknown holidays',
      office('zone: UTC, hours: { mon: ["09:00-17:00"] }, holidays: [DEE]'),
      'sla.yaml:3:68: there are no holidays "DEE" (did you mean "DE"?)',
    ],
    [
      'with a holiday that falls on no day',
      office('zone: UTC, hours: { mon: ["09:00-17:00"] }, holidays: [{ rule: 02-30, name: Never }]'),
      'sla.yaml:3:76: "02-30" is no date (dates are written 12-25 or 2026-12-25)',
    ],
    [
      'with hours over midnight',
      office('zone: UTC, hours: { mon: ["22:00-06:00"] }'),
      'sla.yaml:3:39: "22:00-06:00" are no hours of one day (over midnight: write "22:00-24:00", and "00:00-06:00" on the next day)',
    ],
    [
      'with hours that no clock shows',
      office('zone: UTC, hours: { mon: ["09:00-25:00"] }'),
      'sla.yaml:3:39: "09:00-25:00" are no hours of one day (as in "09:00-12:30"; the day ends at 24:00)',
    ],
    [
      'with hours that overlap',
      office('zone: UTC, hours: { mon: ["09:00-12:00", "11:00-13:00"] }'),
      'sla.yaml:3:38: hours overlap: 09:00-12:00, 11:00-13:00',
    ],
    [
      'with a weekday that is none',
      office('zone: UTC, hours: { monday: ["09:00-12:00"] }'),
      'sla.yaml:3:41: "monday" is no weekday (did you mean "mon"?)',
    ],
    [
      'with a weekday named twice',
      office('zone: UTC, hours: { mon-fri: ["09:00-12:00"], wed: ["09:00-12:00"] }'),
      'sla.yaml:3:64: wed is named twice',
    ],
    [
      'with a closure that ends before it begins',
      office('zone: UTC, hours: { mon: ["09:00-17:00"] }, closures: [{ from: 2026-12-28, to: 2026-12-24, name: X }]'),
      'sla.yaml:3:92: "X" ends on 2026-12-24, before it begins on 2026-12-28',
    ],
    [
      'with a closure for ever',
      office('zone: UTC, hours: { mon: ["09:00-17:00"] }, closures: [{ from: 2026-01-01, to: 2099-12-31, name: X }]'),
      'sla.yaml:3:92: "X" is longer than a year (leave the days out of "hours" instead)',
    ],
    [
      'with a day that is none',
      office(
        'zone: UTC, hours: { mon: ["09:00-17:00"] }, openings: [{ on: 2026-02-29, hours: ["09:00-10:00"], name: X }]',
      ),
      'sla.yaml:3:74: "2026-02-29" is no date (dates are written 2026-12-24)',
    ],
  ])('a calendar %s', (_what, told, problem) => {
    expect(told[0]).toContain(problem);
  });

  test.each([
    ['that leaves no time', 'within: 0h, missed: pool', 'sla.yaml:6:33: a deadline must leave some time'],
    ['longer than two years', 'within: 900d, missed: pool', 'sla.yaml:6:33: "900d" is longer than two years'],
    [
      'of working days longer than two years',
      'within: 600 working days, missed: pool',
      'sla.yaml:6:33: "600 working days" is longer than two years',
    ],
    [
      'that is no time',
      'within: soon, missed: pool',
      'sla.yaml:6:33: "soon" is no time (a time looks like 48h, 30m, 2d, 8 working hours or 2 working days)',
    ],
    [
      'with a warning after it',
      'within: 4h, warn: [50%, 5h], missed: pool',
      'sla.yaml:6:49: a warning must come before the deadline',
    ],
    [
      'with a warning at it',
      'within: 4h, warn: [100%], missed: pool',
      'sla.yaml:6:44: a warning must come before the deadline',
    ],
    [
      'with a warning before the start',
      'within: 4h, warn: [5h before], missed: pool',
      'sla.yaml:6:44: "5h before" is not within "4h"',
    ],
    [
      'with a warning that counts other time',
      'within: 4h, warn: [1 working hour before], missed: pool',
      'sla.yaml:6:44: the deadline counts time as it passes, and "1 working hour before" working time',
    ],
    [
      'with the same warning twice',
      'within: 4h, warn: [50%, 50%], missed: pool',
      'sla.yaml:6:43: a second warning at "50%"',
    ],
    [
      'with a warning that says no time',
      'within: 4h, warn: [early], missed: pool',
      'sla.yaml:6:44: "early" is no time of a warning',
    ],
    [
      'of routing.yaml with a warning that may come after it',
      'warn: [20h], missed: pool',
      'sla.yaml:6:32: "20h" needs a "within" beside it; without one write a share, as in 50%',
    ],
    [
      'with an escalation after it',
      'within: 4h, escalate: 110%, missed: pool',
      'sla.yaml:6:47: a warning must come before the deadline',
    ],
    [
      'with an extension that counts other time',
      'within: 4h, missed: pool, extend: { times: 1, by: 1 working day }',
      'sla.yaml:6:75: "1 working day" does not count the same time as the deadline it extends (as in 24h)',
    ],
    [
      'with a consequence that is none',
      'within: 4h, missed: poll',
      'sla.yaml:6:45: "poll" is not allowed here (did you mean "pool"?)',
    ],
    [
      'with a key that is none',
      'within: 4h, missed: pool, wan: [50%]',
      'sla.yaml:6:51: unknown key "wan" (did you mean "warn"?)',
    ],
  ])('a deadline %s', (_what, text, problem) => {
    expect(accept(text)[0]).toContain(problem);
  });

  test.each([
    [
      'calendars in a circle',
      [STANDARD, calendars('  office: { like: berlin }\n  berlin: { like: office }')],
      'circular fall-back: office is like berlin is like office (one of them must say all by itself)',
    ],
    [
      'a calendar like itself',
      [STANDARD, calendars('  office: { like: office, zone: UTC }')],
      'sla.yaml:3:19: circular fall-back: office is like office',
    ],
    [
      'policies in a circle',
      [`  standard: { like: a }\n  a: { like: b, refresh: { within: 9d, missed: none } }\n  b: { like: a }`],
      'circular fall-back: a is like b is like a',
    ],
    [
      'a policy like an unknown one',
      [`${STANDARD}\n  a: { like: standrd }`],
      'sla.yaml:7:14: there is nothing called "standrd" in policies (did you mean "standard"?)',
    ],
    [
      'a policy without a deadline',
      [`${STANDARD}\n  a: { calendar: partner }`],
      'sla.yaml:7:6: policy "a" sets no deadline (it can set accept, first-touch, report-back, refresh)',
    ],
    [
      'a policy with an unknown calendar',
      ['  standard: { calendar: offce, refresh: { within: 9d, missed: none } }'],
      'sla.yaml:6:25: there is no calendar "offce" (did you mean "office"?)',
    ],
    [
      'a country with an unknown calendar',
      [STANDARD, calendars(OFFICE, '{ otherwise: office, country: { DE: offce } }')],
      'sla.yaml:4:49: there is no calendar "offce" (did you mean "office"?)',
    ],
    [
      'a use of an unknown policy',
      [STANDARD, undefined, 'use: [{ policy: standart }]'],
      'sla.yaml:7:17: there is no policy "standart" (did you mean "standard"?)',
    ],
    [
      'a policy in the shadow of another',
      [STANDARD, undefined, 'use: [{ policy: standard }, { policy: standard }]'],
      'sla.yaml:7:17: no offer ever gets past "standard" (give it a `when` or put it last)',
    ],
    [
      'a last policy that does not hold for all',
      [STANDARD, undefined, `use: [{ policy: standard, when: 'lead.grade == "A"' }]`],
      'sla.yaml:7:33: the last policy must hold for every offer (leave its `when` out)',
    ],
    [
      'a condition that is wrong',
      [STANDARD, undefined, `use: [{ policy: standard, when: 'lead.grad == "A"' }, { policy: standard }]`],
      'sla.yaml:7:39: "lead" has no field "grad" (did you mean "grade"?)',
    ],
    [
      'a reason named twice',
      [STANDARD, undefined, 'use: [{ policy: standard }]\npauses: [{ name: a, text: A }, { name: a, text: B }]'],
      'sla.yaml:8:40: a second reason is called "a"',
    ],
  ])('%s', (_what, [policies, calendar, rest], problem) => {
    const told = problemsOf(() => slaOf(policies ?? '', calendar, rest));
    expect(told.join('\n')).toContain(problem);
  });

  test('with everything that is wrong at once', () => {
    expect(accept('within: 0h, missed: pool, warn: [x]')).toHaveLength(2);
  });
});

test('a calendar is laid out once for each zone', () => {
  const sla = shippedSla();
  expect(sla.calendar('office', 'Asia/Tokyo')).toBe(sla.calendar('office', 'Asia/Tokyo'));
  expect(sla.calendar('office')).not.toBe(sla.calendar('office', 'Asia/Tokyo'));
  expect(iso(sla.calendar('office').after(at('2026-11-25T16:00-05:00'), 2 * HOUR))).toBe(
    iso(at('2026-11-27T10:00-05:00')),
  );
});
