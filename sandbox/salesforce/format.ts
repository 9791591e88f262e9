import type { FieldDef, Shown, Value } from './schema/types.ts';

let lastInstant = Number.NaN;
let lastShown = '';

/** An instant as answers show it: 2026-01-02T03:04:05.000+0000. */
export function showDatetime(ms: number): string {
  // Rows of a page mostly share their stamps.
  if (ms !== lastInstant) {
    lastShown = `${new Date(ms).toISOString().slice(0, -1)}+0000`;
    lastInstant = ms;
  }
  return lastShown;
}

/** A stored value as JSON answers show it. */
export function show(field: FieldDef, value: Shown | undefined): Shown {
  if (value === undefined || value === null) return field.type === 'boolean' ? false : null;
  return field.type === 'datetime' && typeof value === 'number' ? showDatetime(value) : value;
}

/** The UTC day of an instant. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The day if the text is a calendar date that exists and that the platform can hold (1700 to 4000). */
export function parseDay(text: string): string | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const year = Number(match[1]);
  const ms = Date.UTC(year, Number(match[2]) - 1, Number(match[3]));
  return year >= 1700 && year <= 4000 && dayOf(ms) === text ? text : undefined;
}

const DATETIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** Epoch milliseconds of an ISO 8601 instant (no offset means UTC), or undefined. */
export function parseInstant(text: string): number | undefined {
  const match = DATETIME.exec(text);
  const day = match?.[1] && parseDay(match[1]);
  if (!match || !day) return undefined;
  const [hour, minute, second] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = Number(`${match[5] ?? ''}000`.slice(0, 3));
  const zone = match[6]?.toUpperCase() ?? 'Z';
  let offset = 0;
  if (zone !== 'Z') {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
    offset = zone.startsWith('-') ? -minutes : minutes;
  }
  return Date.parse(`${day}T00:00:00.000Z`) + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction;
}

/** The value as text for messages. */
export function asText(value: Value): string {
  return value === null ? '' : String(value);
}
