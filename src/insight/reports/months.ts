/**
 * The whole months of a period of calendar dates, both inclusive (null: without bound), from the first day of the first of them
 * up to, but without, the first day after the last. Null where there is none.
 */
export function monthsWithin(
  from: string | null,
  to: string | null,
): { readonly first: string | null; readonly end: string | null } | null {
  const first = from === null ? null : from.endsWith('-01') ? from : nextMonth(from);
  const end = to === null ? null : `${dayAfter(to).slice(0, 7)}-01`;
  return first !== null && end !== null && first >= end ? null : { first, end };
}

function nextMonth(date: string): string {
  const [year = 0, month = 0] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
