/**
 * What channel teams type into one text field of a partner's record: certifications with the day they end, periods in
 * which the partner takes no leads, its time zone. Each is read here into one plain form, and from that into the model.
 */
import type { Certification, DatePeriod } from '../model/partner.ts';
import { dateOf } from './dates.ts';

/** The plain form of an entry, or what is wrong with it, to be said after the entry itself. */
export type EntryText = { readonly text: string } | { readonly wrong: string };

/** "Vault Expert until 2027-03-31", or a name alone for one that does not end. */
export function certificationText(text: string): EntryText {
  const read = certificationOf(text);
  if (typeof read === 'string') return { wrong: read };
  return { text: read.expires === null ? read.name : `${read.name} until ${read.expires}` };
}

/** "2026-12-24..2027-01-02", or one day alone. */
export function periodText(text: string): EntryText {
  const read = periodOf(text);
  return typeof read === 'string' ? { wrong: read } : { text: `${read.from}..${read.to}` };
}

/** The certifications that `certificationText` made. */
export function certificationsOf(texts: readonly string[]): Certification[] {
  return texts.flatMap((text) => {
    const read = certificationOf(text);
    return typeof read === 'string' ? [] : [read];
  });
}

/** The periods that `periodText` made. */
export function periodsOf(texts: readonly string[]): DatePeriod[] {
  return texts.flatMap((text) => {
    const read = periodOf(text);
    return typeof read === 'string' ? [] : [read];
  });
}

/** The name of a time zone as IANA writes it, or null; an offset is none, for it knows no daylight saving time. */
export function zoneName(text: string): string | null {
  if (!/^[A-Za-z]/.test(text)) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

function certificationOf(text: string): Certification | string {
  const dated = /^(.*?)\s*\buntil\b\s*(.*)$/i.exec(text.trim());
  if (!dated) return { name: text.trim(), expires: null };
  const [, name = '', day = ''] = dated;
  const expires = dateOf(day);
  if (name === '') return 'names no certification: write "Name until 2027-03-31"';
  if (expires === null) return 'ends on no date: write "Name until 2027-03-31"';
  return { name, expires };
}

function periodOf(text: string): DatePeriod | string {
  const [first = '', last = first, ...more] = text.split('..').map((part) => part.trim());
  const [from, to] = [dateOf(first), dateOf(last)];
  if (from === null || to === null || more.length > 0) return 'is no period: write "2026-12-24..2027-01-02"';
  if (to < from) return 'ends before it begins';
  return { from, to };
}
