/** sla.yaml for tests: the policies given, on a calendar of office hours in Berlin. */
import { readdirSync, readFileSync } from 'node:fs';
import { compileHolidays, type HolidaySets } from '../../../src/leads/sla/holiday-sets.ts';
import { compileSla, type Sla } from '../../../src/leads/sla/sla.ts';

const folder = new URL('../../../config/', import.meta.url);

/** The holidays that Sluice brings along. */
export const holidays: HolidaySets = compileHolidays(
  readdirSync(new URL('holidays/', folder)).map((file) => ({
    ...{ name: file.replace('.yaml', ''), file: `config/holidays/${file}` },
    text: readFileSync(new URL(`holidays/${file}`, folder), 'utf8'),
  })),
);

export const shippedSla = (): Sla =>
  compileSla('config/sla.yaml', readFileSync(new URL('sla.yaml', folder), 'utf8'), holidays);

const CALENDARS = `calendars:
  office: { zone: Europe/Berlin, hours: { mon-fri: ["09:00-17:00"] } }
calendarOf: { otherwise: office }`;

/** A file with these policies, one a line, of which `use` names the first that is called standard. */
function slaText(policies: string, calendars = CALENDARS, rest = 'use: [{ policy: standard }]'): string {
  return `version: 1\n${calendars}\npolicies:\n${policies}\n${rest}\n`;
}

export function slaOf(policies: string, calendars?: string, rest?: string): Sla {
  return compileSla('sla.yaml', slaText(policies, calendars, rest), holidays);
}
