import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dateText, dayOf, readHolidayRule, weekdayOf } from '../../../src/leads/sla/holiday-rule.ts';
import { compileHolidays } from '../../../src/leads/sla/holiday-sets.ts';
import { problemsOf } from '../fixtures.ts';
import { holidays } from './files.ts';

const datesOf = (rule: string, year: number) => {
  const dates = readHolidayRule(rule);
  return 'message' in dates ? `${dates.message} (${dates.hint})` : dates(year).map(dateText);
};

describe('a rule', () => {
  test.each([
    ['12-25', 2026, ['2026-12-25']],
    ['2022-09-19', 2022, ['2022-09-19']],
    ['2022-09-19', 2023, []],
    ['02-29', 2028, ['2028-02-29']],
    ['02-29', 2027, []],
    ['easter', 2026, ['2026-04-05']],
    ['easter -2', 2024, ['2024-03-29']],
    ['easter +39', 2025, ['2025-05-29']],
    ['orthodox', 2024, ['2024-05-05']],
    ['orthodox +1', 2026, ['2026-04-13']],
    ['1st monday in september', 2026, ['2026-09-07']],
    ['3rd Monday in January', 2026, ['2026-01-19']],
    ['4th thursday in november', 2026, ['2026-11-26']],
    ['last monday in may', 2026, ['2026-05-25']],
    ['last monday in december', 2029, ['2029-12-31']],
    ['monday before 05-25', 2026, ['2026-05-18']],
    ['monday on or before 05-25', 2026, ['2026-05-25']],
    ['friday after 06-19', 2026, ['2026-06-26']],
    ['friday on or after 06-19', 2026, ['2026-06-19']],
    ['12-25 if saturday then next monday', 2027, ['2027-12-27']],
    ['12-25 if saturday then next monday', 2026, ['2026-12-25']],
    ['12-25 and if saturday, sunday then next tuesday', 2027, ['2027-12-25', '2027-12-28']],
    ['01-01 and if saturday then previous friday and if sunday then next monday', 2022, ['2022-01-01', '2021-12-31']],
    ['01-01 if saturday then previous friday if sunday then next monday', 2023, ['2023-01-02']],
  ])('%s in %i', (rule, year, dates) => {
    expect(datesOf(rule, year)).toEqual(dates);
  });

  test.each([
    ['13-45', '"13-45" is no date (dates are written 12-25 or 2026-12-25)'],
    ['02-30', '"02-30" is no date (dates are written 12-25 or 2026-12-25)'],
    ['2026-02-29', '"2026-02-29" is no date (dates are written 12-25 or 2026-12-25)'],
    ['3rd mondy in january', 'unknown weekday "mondy" (did you mean "monday"?)'],
    ['3rd monday in janury', 'unknown month "janury" (did you mean "january"?)'],
    ['5th monday in january', 'unknown place "5th" (did you mean "4th"?)'],
    [
      '12-25 if saturday then monday',
      '"if saturday then monday" says nothing of where the day goes (as in "if sunday then next monday")',
    ],
    ['12-25 if sturday then next monday', 'unknown weekday "sturday" (did you mean "saturday"?)'],
    ['monday before 02-29', '"02-29" is no date of every year (dates are written 12-25)'],
    [
      'christmas',
      '"christmas" is no rule for a holiday (such as 12-25, 2026-12-24, easter -2, 3rd monday in january, monday before 05-25)',
    ],
  ])('refuses %s', (rule, told) => {
    expect(datesOf(rule, 2026)).toBe(told);
  });

  test('for the 1st to 4th weekday of a month names the one on which so many have been', () => {
    const months = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august'];
    const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
    const any = [fc.integer({ min: 1970, max: 2199 }), fc.nat(7), fc.nat(6), fc.nat(3)] as const;
    fc.assert(
      fc.property(...any, (year, month, weekday, place) => {
        const rule = `${['1st', '2nd', '3rd', '4th'][place]} ${days[weekday]} in ${months[month]}`;
        const found: string[] = [];
        const first = Date.UTC(year, month, 1) / 86_400_000;
        for (let day = first; day < first + 31; day++) if (weekdayOf(day) === weekday) found.push(dateText(day));
        expect(datesOf(rule, year)).toEqual(found.slice(place, place + 1));
      }),
    );
  });

  test('gives Easter a Sunday between 22 March and 25 April', () => {
    const rule = readHolidayRule('easter');
    for (let year = 1970; year < 2200; year++) {
      const [day = Number.NaN] = 'message' in rule ? [] : rule(year);
      expect(weekdayOf(day)).toBe(0);
      const [low, high] = [dayOf(`${year}-03-22`), dayOf(`${year}-04-25`)];
      expect(day >= Number(low) && day <= Number(high)).toBe(true);
    }
  });
});

describe('the holidays that Sluice brings along', () => {
  const inYear = (name: string, year: number) =>
    (holidays.get(name) ?? [])
      .flatMap(({ dates }) => [year - 1, year, year + 1].flatMap((each) => dates(each)))
      .map(dateText)
      .filter((date) => date.startsWith(String(year)))
      .map((date) => date.slice(5))
      .sort()
      .join(' ');

  test.each([
    ['US', 2026, '01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25'],
    ['US', 2021, '01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31'],
    ['GB-EAW', 2022, '01-01 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-25 12-26 12-27'],
    ['GB-EAW', 2026, '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28'],
    ['GB-EAW', 2027, '01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28'],
    ['DE', 2026, '01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26'],
    ['AT', 2026, '01-01 01-06 04-06 05-01 05-14 05-25 06-04 08-15 10-26 11-01 12-08 12-25 12-26'],
    ['FR', 2026, '01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25'],
    ['ES', 2026, '01-01 01-06 04-03 05-01 08-15 10-12 11-01 12-06 12-08 12-25'],
    ['BE', 2026, '01-01 04-06 05-01 05-14 05-25 07-21 08-15 11-01 11-11 12-25'],
    ['CA', 2026, '01-01 04-03 05-18 07-01 09-07 09-30 10-12 11-11 12-25 12-26'],
  ])('%s in %i', (name, year, dates) => {
    expect(inYear(name, year)).toBe(dates);
  });

  test('say what is wrong with a file, and where', () => {
    const text =
      'name: Here\nholidays:\n  - { rule: 3rd mondy in may, name: A }\n  - { rule: 05-01, name: B, since: 2020, until: 2019 }\n';
    expect(problemsOf(() => compileHolidays([{ name: 'XX', file: 'holidays/XX.yaml', text }]))).toEqual([
      'holidays/XX.yaml:3:13: unknown weekday "mondy" (did you mean "monday"?)',
      'holidays/XX.yaml:4:49: "B" ends in 2019, before it begins in 2020',
    ]);
  });
});
