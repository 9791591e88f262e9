import { ConnectorError, type Cursor } from '../connector.ts';

/**
 * A place in a stream of one portal.
 *
 * The full pass walks the list (`after` is HubSpot's own page mark). From then on a pass walks the search by keyset on
 * the record id, over everything modified `since`. Either way the pass remembers when it began, by HubSpot's clock: what is
 * modified while it runs may stand behind the place it has reached, so that the next pass looks back to that time.
 */
export type Place =
  | { readonly phase: 'list'; readonly after: string | null; readonly passStartedAt: string }
  | {
      readonly phase: 'changes';
      readonly since: string;
      readonly lastId: string | null;
      readonly passStartedAt: string;
    };

/** Rejects a cursor that was made in another portal. */
export function checkPortal(cursor: Cursor, portal: string, connection: string): void {
  if (cursor.org === portal) return;
  throw new ConnectorError(
    `HubSpot connection "${connection}" now leads to portal ${portal}, not to ${String(cursor.org)}`,
    {
      action: 'stop',
      connection,
      code: 'WRONG_ORG',
      hint: 'Point the connection back to the portal it was set up with, or give the other portal a connection of its own.',
    },
  );
}

/** The error about a cursor that is none of this stream. */
export function badCursor(object: string, connection: string): ConnectorError {
  return new ConnectorError(`HubSpot connection "${connection}": this cursor is not one of ${object}`, {
    action: 'reject',
    connection,
    code: 'BAD_CURSOR',
    hint: 'Run a full sync of this stream.',
  });
}

/** The cursor that stands for `place`. */
export function toCursor(portal: string, object: string, place: Place): Cursor {
  return { org: portal, object, ...place };
}

/** The place a cursor stands for, or null where it is none of `object`. */
export function toPlace(cursor: Cursor, object: string): Place | null {
  const { phase, after, since, lastId, passStartedAt } = cursor;
  if (cursor.object !== object || typeof passStartedAt !== 'string') return null;
  if (phase === 'list') return { phase, after: typeof after === 'string' ? after : null, passStartedAt };
  if (phase !== 'changes' || typeof since !== 'string') return null;
  return { phase, since, lastId: typeof lastId === 'string' ? lastId : null, passStartedAt };
}

/**
 * The place after a page.
 *
 * @param now ISO instant by HubSpot's clock before which this page was not made; a pass without a page so far begins then
 * @param next the mark of the next page: HubSpot's own in a list, the last id in a search; null after the last page
 * @param overlapMs how far the next pass looks back behind the start of this one
 */
export function advance(place: Place, now: string, next: string | null, overlapMs: number): Place {
  const begun = isBegun(place) ? place.passStartedAt : now;
  if (next === null) {
    const since = new Date(Date.parse(begun) - overlapMs).toISOString();
    return { phase: 'changes', since, lastId: null, passStartedAt: begun };
  }
  if (place.phase === 'list') return { phase: 'list', after: next, passStartedAt: begun };
  return { phase: 'changes', since: place.since, lastId: next, passStartedAt: begun };
}

function isBegun(place: Place): boolean {
  return place.phase === 'list' ? place.after !== null : place.lastId !== null;
}
