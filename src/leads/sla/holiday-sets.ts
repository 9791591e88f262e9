import { suggestion, type YamlPath } from '../../mapping/yaml-file.ts';
import { type RuleFile, readRuleFile } from '../rule-file.ts';
import { type Holiday, type Hours, orderedHours, readHours } from './calendar.ts';
import { readHolidayRule } from './holiday-rule.ts';
import { type HolidayLine, holidaySetSchema } from './sla-schema.ts';

/** The holidays of a country, under the name that calendars use ("US"). */
export type HolidaySets = ReadonlyMap<string, readonly Holiday[]>;

/** A file of config/holidays; its name without `.yaml` is the calendar's. */
export interface HolidayText {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** Reads the files of config/holidays; throws a ConfigError with every problem of the first that has any. */
export function compileHolidays(files: readonly HolidayText[]): HolidaySets {
  return new Map(
    files.map(({ name, file, text }) => {
      const source = readRuleFile(file, text, holidaySetSchema);
      const holidays = source.value.holidays.map((line, n) => holidayOf(source, ['holidays', n], line));
      source.done();
      return [name, holidays];
    }),
  );
}

/** One line of a holiday calendar; what is wrong with it becomes a problem of the file. */
export function holidayOf(source: RuleFile<unknown>, at: YamlPath, line: HolidayLine): Holiday {
  const { rule, name, since, until, except = [], hours } = line;
  const dates = readHolidayRule(rule);
  if ('message' in dates) source.problem([...at, 'rule'], dates.message, dates.hint);
  if (since !== undefined && until !== undefined && until < since)
    source.problem([...at, 'until'], `"${name}" ends in ${until}, before it begins in ${since}`);
  const inForce = (year: number) =>
    (since === undefined || year >= since) && (until === undefined || year <= until) && !except.includes(year);
  return {
    name,
    dates: (year) => ('message' in dates || !inForce(year) ? [] : dates(year)),
    hours: hours === undefined ? [] : hoursOf(source, [...at, 'hours'], hours),
  };
}

/** Hours as they are written; what is wrong with them becomes a problem of the file. */
export function hoursOf(source: RuleFile<unknown>, at: YamlPath, texts: readonly string[]): Hours {
  const hours: (readonly [number, number])[] = [];
  for (const [n, text] of texts.entries()) {
    const read = readHours(text);
    if (read) hours.push(read);
    else source.problem([...at, n], `"${text}" are no hours of one day`, hoursHint(text));
  }
  const ordered = orderedHours(hours);
  if (ordered === null) source.problem(at, `hours overlap: ${texts.join(', ')}`);
  return ordered ?? hours;
}

function hoursHint(text: string): string {
  const [, from, to] = /^(\d\d:\d\d) ?- ?(\d\d:\d\d)$/.exec(text.trim()) ?? [];
  if (from !== undefined && to !== undefined && from > to && from < '24:00')
    return `over midnight: write "${from}-24:00", and "00:00-${to}" on the next day`;
  return 'as in "09:00-12:30"; the day ends at 24:00';
}

/** A calendar of config/holidays by its name, or nothing and a problem. */
export function holidaySet(
  source: RuleFile<unknown>,
  at: YamlPath,
  name: string,
  sets: HolidaySets,
): readonly Holiday[] {
  const found = sets.get(name);
  if (found === undefined)
    source.problem(at, `there are no holidays "${name}"`, suggestion(name, [...sets.keys()]) ?? 'see config/holidays');
  return found ?? [];
}
