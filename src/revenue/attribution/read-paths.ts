/** Reads rows of paths from the columns of a file; what cannot be used is told by its line. */
import type { StatedPath } from './paths.ts';

/** A column of the file as text, row by row. */
export interface TextColumn {
  readonly name: string;
  readonly cells: readonly string[];
}

export interface BadPath {
  /** Place among the rows, from 0. */
  readonly row: number;
  readonly problem: string;
}

export interface ReadPaths {
  readonly paths: readonly StatedPath[];
  readonly bad: readonly BadPath[];
  readonly notes: readonly string[];
}

/** The columns, each with other names that such files have, without regard to case. */
export const PATH_COLUMNS = {
  path: ['path', 'paths', 'journey'],
  conversions: ['conversions', 'conversion', 'total_conversions'],
  value: ['value', 'conversion_value', 'total_conversion_value', 'revenue'],
  nulls: ['nulls', 'null', 'total_null', 'total_nulls'],
  days: ['days', 'day'],
  lead: ['lead'],
  deal: ['deal'],
} as const;
export type PathColumn = keyof typeof PATH_COLUMNS;

/** No file of paths states more of anything; beyond, sums would no longer be exact. */
const MOST = 1e12;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const DAY_MS = 86_400_000;

/** The column of each meaning that the file has. */
export function pathColumns(columns: readonly TextColumn[]): Partial<Record<PathColumn, readonly string[]>> {
  const found: Partial<Record<PathColumn, readonly string[]>> = {};
  for (const [meaning, names] of Object.entries(PATH_COLUMNS) as [PathColumn, readonly string[]][])
    for (const name of names) {
      const column = columns.find((each) => each.name.trim().toLowerCase() === name);
      if (column && found[meaning] === undefined) found[meaning] = column.cells;
    }
  return found;
}

/** @param needsDays whether the model cannot do without the days of the touches */
export function readPaths(
  columns: Partial<Record<PathColumn, readonly string[]>>,
  rows: number,
  needsDays: boolean,
): ReadPaths {
  const bad: BadPath[] = [];
  const paths: StatedPath[] = [];
  let empty = 0;
  for (let row = 0; row < rows; row++) {
    const cell = (name: PathColumn) => columns[name]?.[row]?.trim() ?? '';
    const read = readPath(cell, needsDays);
    if (typeof read === 'string') bad.push({ row, problem: read });
    else if (read.conversions + read.nulls === 0) empty++;
    else paths.push(read);
  }
  const notes =
    empty === 0
      ? []
      : [`${empty} ${empty === 1 ? 'row states' : 'rows state'} neither conversions nor nulls: left out`];
  return { paths, bad, notes };
}

function readPath(cell: (name: PathColumn) => string, needsDays: boolean): StatedPath | string {
  const path = channelsIn(cell('path'));
  if (typeof path === 'string') return path;
  const conversions = amount(cell('conversions'), 'conversions');
  if (typeof conversions === 'string') return conversions;
  // A path that stands there without a conversion was taken once at least, unless the file says that it was not.
  const nulls = cell('nulls') === '' ? (conversions === 0 ? 1 : 0) : amount(cell('nulls'), 'nulls');
  if (typeof nulls === 'string') return nulls;
  const value = amount(cell('value'), 'value');
  if (typeof value === 'string') return value;
  if (value > 0 && conversions === 0) return `a value of ${cell('value')} without a conversion`;
  const days = cell('days') === '' ? (needsDays ? 'the days are blank' : null) : daysIn(cell('days'), path.length);
  if (typeof days === 'string') return days;
  const lead = placeIn(cell('lead'), 'lead', path.length);
  if (typeof lead === 'string') return lead;
  const deal = placeIn(cell('deal'), 'deal', path.length);
  if (typeof deal === 'string') return deal;
  return { path, conversions, nulls, value, days, lead, deal };
}

/** "a > b" as its channels; signs in a row are one separator. */
function channelsIn(text: string): string[] | string {
  if (text === '') return 'the path is blank';
  const channels = text.split(/>+/).map((channel) => channel.trim());
  return channels.includes('') ? `the path "${shown(text)}" has a place without a channel` : channels;
}

function amount(text: string, name: string): number | string {
  if (text === '') return name === 'conversions' ? 'conversions are blank' : 0;
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) return `${name} "${shown(text)}" is no number`;
  if (value < 0) return `${name} ${text} is negative`;
  return value > MOST ? `${name} ${shown(text)} is beyond what can be true` : value;
}

/** Numbers or dates, as many as there are touches. */
function daysIn(text: string, touches: number): number[] | string {
  const parts = text.split(/>+/).map((part) => part.trim());
  const days = parts.map((part) => {
    if (NUMBER.test(part)) return Number(part);
    return /^\d{4}-\d{2}-\d{2}/.test(part) ? Date.parse(part) / DAY_MS : Number.NaN;
  });
  const wrong = days.findIndex((day) => !Number.isFinite(day) || Math.abs(day) > MOST);
  if (wrong >= 0)
    return `"${shown(parts[wrong] ?? '')}" is no day: days are numbers or dates, separated as the path is`;
  if (days.length !== touches) return `${days.length} days for ${touches} touches`;
  const back = days.findIndex((day, n) => n > 0 && day < (days[n - 1] ?? 0));
  return back < 0 ? days : `the days go back from ${parts[back - 1]} to ${parts[back]}`;
}

function placeIn(text: string, name: string, touches: number): number | string | null {
  if (text === '') return null;
  const place = /^\d+$/.test(text) ? Number(text) : 0;
  return place >= 1 && place <= touches ? place - 1 : `${name} "${shown(text)}" is no place from 1 to ${touches}`;
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
