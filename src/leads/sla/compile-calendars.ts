import { suggestion, type YamlPath } from '../../mapping/yaml-file.ts';
import type { RuleFile } from '../rule-file.ts';
import { type Calendar, type Hours, isKnown, type SpecialDays } from './calendar.ts';
import { dayOf } from './holiday-rule.ts';
import { type HolidaySets, holidayOf, holidaySet, hoursOf } from './holiday-sets.ts';
import { inheritance } from './inheritance.ts';
import type { SlaConfig } from './sla-schema.ts';
import { isZone } from './zone.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const NO_DAYS: readonly Hours[] = DAYS.map(() => []);

/** The longest closure, in days: more is no closure but the end of a calendar. */
const LONGEST_CLOSURE = 366;

type CalendarConfig = SlaConfig['calendars'][string];

/** Compiles the calendars of sla.yaml; what is wrong becomes problems of the file. */
export function compileCalendars(source: RuleFile<SlaConfig>, sets: HolidaySets): Map<string, Calendar> {
  const { calendars } = source.value;
  const compiled = new Map<string, Calendar>();
  for (const [name, base] of inheritance(source, 'calendars', calendars)) {
    const own = calendars[name];
    if (own === undefined) continue;
    const under = base === null ? undefined : compiled.get(base);
    let isRead = true;
    const noting: RuleFile<SlaConfig> = {
      ...source,
      problem: (...problem) => {
        isRead = false;
        source.problem(...problem);
      },
    };
    const calendar = calendarOf(noting, ['calendars', name], name, own, under, sets);
    // Hours that could not be read are told already.
    if (isRead && calendar.week.every((hours) => hours.length === 0))
      source.problem(
        ['calendars', name, ...(own.hours ? ['hours'] : [])],
        `calendar "${name}" has no working hour`,
        'as in hours: { mon-fri: ["09:00-17:00"] }',
      );
    compiled.set(name, calendar);
  }
  return compiled;
}

function calendarOf(
  source: RuleFile<SlaConfig>,
  at: YamlPath,
  name: string,
  own: CalendarConfig,
  under: Calendar | undefined,
  sets: HolidaySets,
): Calendar {
  const zone = own.zone ?? under?.zone;
  if (zone === undefined) source.problem(at, `calendar "${name}" names no time zone`, 'as in zone: Europe/Berlin');
  else if (own.zone !== undefined && !isZone(zone))
    source.problem([...at, 'zone'], `there is no time zone "${zone}"`, zoneHint(zone));
  const holidays = own.holidays?.flatMap((each, n) =>
    typeof each === 'string'
      ? holidaySet(source, [...at, 'holidays', n], each, sets)
      : [holidayOf(source, [...at, 'holidays', n], each)],
  );
  const special = [...closuresOf(source, at, own), ...openingsOf(source, at, own)];
  return {
    name,
    zone: zone !== undefined && isZone(zone) ? zone : 'UTC',
    week: own.hours === undefined ? (under?.week ?? NO_DAYS) : weekOf(source, [...at, 'hours'], own.hours),
    holidays: holidays ?? under?.holidays ?? [],
    special: own.closures || own.openings ? special : (under?.special ?? []),
  };
}

/** What to write in place of a zone that is none. Intl leaves some names out of its list, such as UTC. */
function zoneHint(zone: string): string {
  return suggestion(zone, [...Intl.supportedValuesOf('timeZone'), 'UTC']) ?? 'as in Europe/Berlin or America/New_York';
}

function weekOf(
  source: RuleFile<SlaConfig>,
  at: YamlPath,
  config: Readonly<Record<string, readonly string[]>>,
): Hours[] {
  const week: Hours[] = [...NO_DAYS];
  const named = new Set<number>();
  for (const [key, texts] of Object.entries(config)) {
    const days = daysOf(key);
    if (days === null) {
      source.problem(
        [...at, key],
        `"${key}" is no weekday`,
        suggestion(key, [...DAYS, 'mon-fri']) ?? 'as in mon or mon-fri',
      );
      continue;
    }
    const hours = hoursOf(source, [...at, key], texts);
    for (const day of days) {
      if (named.has(day)) source.problem([...at, key], `${DAYS[day]} is named twice`);
      named.add(day);
      week[day] = hours;
    }
  }
  return week;
}

/** The weekdays of "tue" or "mon-fri" (also "sat-mon"), or null. */
function daysOf(key: string): number[] | null {
  const [from = '', to = from, ...rest] = key.toLowerCase().split('-');
  const [first, last] = [DAYS.indexOf(from), DAYS.indexOf(to)];
  if (first < 0 || last < 0 || rest.length > 0) return null;
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, n) => (first + n) % 7);
}

function closuresOf(source: RuleFile<SlaConfig>, at: YamlPath, { closures = [] }: CalendarConfig): SpecialDays[] {
  return closures.flatMap(({ name, from, to }, n) => {
    const place = [...at, 'closures', n];
    const first = dateOf(source, [...place, 'from'], from);
    const last = to === undefined ? first : dateOf(source, [...place, 'to'], to);
    if (first === null || last === null) return [];
    if (last < first) source.problem([...place, 'to'], `"${name}" ends on ${to}, before it begins on ${from}`);
    if (last - first >= LONGEST_CLOSURE)
      source.problem([...place, 'to'], `"${name}" is longer than a year`, 'leave the days out of "hours" instead');
    return [{ name, first, last, hours: [] }];
  });
}

function openingsOf(source: RuleFile<SlaConfig>, at: YamlPath, { openings = [] }: CalendarConfig): SpecialDays[] {
  return openings.flatMap(({ name, on, hours }, n) => {
    const place = [...at, 'openings', n];
    const day = dateOf(source, [...place, 'on'], on);
    const read = hoursOf(source, [...place, 'hours'], hours);
    return day === null ? [] : [{ name, first: day, last: day, hours: read }];
  });
}

function dateOf(source: RuleFile<SlaConfig>, at: YamlPath, text: string): number | null {
  const day = dayOf(text);
  if (day !== null && isKnown(day)) return day;
  source.problem(at, `"${text}" is no date`, 'dates are written 2026-12-24');
  return null;
}
