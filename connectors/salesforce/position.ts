import type { Position } from './soql.ts';

/** What is known when a page of changes has come. */
export interface PageEnd {
  /** Where the page started, null at the very beginning. */
  readonly from: Position | null;
  /** The last record of the page, null where it was empty. */
  readonly last: { readonly modifiedAt: string; readonly id: string } | null;
  /** Epoch milliseconds by Salesforce's clock before which the query cannot have run; null where unknown. */
  readonly servedAt: number | null;
  /** How long after its stamp a row may still become visible. */
  readonly overlapMs: number;
  /** The line that an earlier page of this pass has drawn. */
  readonly line: string | null;
}

/**
 * The earliest instant of a pass before which all rows could be seen when it was read. A row gets the stamp of its write and
 * becomes visible when its transaction ends, so that a page which reaches nearer to its own time than the overlap may lack
 * rows; the first such page draws the line. Null: no page came so near.
 */
export function lineAfter({ from, last, servedAt, overlapMs, line }: PageEnd): string | null {
  const end = last ?? from;
  if (line !== null || servedAt === null || end === null) return line;
  // Stamps are whole seconds, and the second in which the query ran may not have been over.
  const settled = Math.floor((servedAt - overlapMs) / 1000) * 1000 - 1000;
  if (Date.parse(end.modifiedAt) < settled) return null;
  // What lies before this pass was settled by the one before it.
  const start = from === null ? settled : Math.max(settled, Date.parse(from.modifiedAt));
  return new Date(start).toISOString();
}

/**
 * Where the run after a finished pass starts: right after the last record, or inclusively at the line, so that rows which
 * were not visible yet are found at the price of reading a few again. Null: there was nothing at all.
 */
export function afterPass(page: PageEnd): Position | null {
  const end: Position | null = page.last ?? page.from;
  if (end === null) return null;
  if (page.servedAt !== null) {
    const line = lineAfter(page);
    return line === null ? end : { modifiedAt: line, id: null };
  }
  // Nobody told the time: the newest stamp stands for it. Going back from nothing new would widen the window at each run.
  const back = page.last === null && end.id === null ? 0 : page.overlapMs;
  return { modifiedAt: new Date(Date.parse(end.modifiedAt) - back).toISOString(), id: null };
}
