import { invalid } from './errors.ts';

/** A list in a query, repeated (`a=x&a=y`) or with commas (`a=x,y`). */
export function listParam(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** A whole number within bounds. Throws the vendor's 400. */
export function intParam(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const given = query.get(name);
  if (given === null || given === '') return otherwise;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1)
    throw invalid(`${name} must be a positive number, it is ${given}`, 'INVALID_PARAMETER', { [name]: [given] });
  if (value > most)
    throw invalid(`${name} must be at most ${most}, it is ${given}`, 'INVALID_PARAMETER', { [name]: [given] });
  return value;
}

export function flagParam(query: URLSearchParams, name: string): boolean {
  return query.get(name)?.toLowerCase() === 'true';
}

/** `paging` of an answer that has a next page: its token and a link that keeps the other parameters. */
export function paging(self: string, query: URLSearchParams, after: string): { next: { after: string; link: string } } {
  const next = new URLSearchParams(query);
  next.set('after', after);
  return { next: { after, link: `${self}?${next}` } };
}

/** An opaque page token around a number, and back; null for a token of somebody else. */
export const pageToken = (value: number): string => Buffer.from(String(value)).toString('base64url');

export function readPageToken(token: string): number | null {
  const decoded = Buffer.from(token, 'base64url').toString('utf8').trim();
  return /^\d+$/.test(decoded) ? Number(decoded) : /^\d+$/.test(token) ? Number(token) : null;
}
