import { z } from 'zod';
import type { Hint } from '../connector.ts';

/** An id as HubSpot writes it, as a number or as its digits. */
const id = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,20}$/)], 'no id of HubSpot');
const word = z.string().max(200);

/** What every event has. Those of a kind that is of no use here are not looked at any further. */
const anyEvent = z.object({
  subscriptionType: word,
  portalId: id,
  /** Epoch milliseconds; what lies beyond the year 9999 is no time of an event. */
  occurredAt: z
    .int()
    .min(0)
    .max(Date.UTC(9999, 11, 31)),
});

/** An event that says what to read. */
const usedEvent = anyEvent.extend({
  objectId: id.nullish(),
  objectTypeId: word.nullish(),
  propertyName: z.string().max(1_000).nullish(),
  changeSource: word.nullish(),
  sourceId: z.string().max(1_000).nullish(),
  primaryObjectId: id.nullish(),
  /** HubSpot merges a record some 250 times at the most. */
  mergedObjectIds: z.array(id).max(1_000).nullish(),
  newObjectId: id.nullish(),
  associationType: word.nullish(),
  fromObjectId: id.nullish(),
  toObjectId: id.nullish(),
  fromObjectTypeId: word.nullish(),
  toObjectTypeId: word.nullish(),
});

/** One event of a delivery, as far as it is used. */
type HubSpotEvent = z.output<typeof usedEvent>;

/** The events of a delivery of which Sluice makes something, or why it is no list of HubSpot's events. */
export function readEvents(body: unknown): { readonly events: HubSpotEvent[] } | { readonly problem: string } {
  if (!Array.isArray(body)) return { problem: 'the body is no JSON list of HubSpot events' };
  const events: HubSpotEvent[] = [];
  for (const [place, each] of body.entries()) {
    const head = anyEvent.safeParse(each);
    const event = head.success && kindOf(head.data) !== undefined ? usedEvent.safeParse(each) : head;
    if (!event.success) {
      const [issue] = event.error.issues;
      const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
      return { problem: `event ${place + 1} of the list is none of HubSpot's: ${issue?.message}${where}` };
    }
    if (head.success && event !== head) events.push(event.data);
  }
  return { events };
}

const OBJECTS: ReadonlyMap<string, string> = new Map([
  ['contact', 'contacts'],
  ['company', 'companies'],
  ['deal', 'deals'],
  ['lead', 'leads'],
  ['0-1', 'contacts'],
  ['0-2', 'companies'],
  ['0-3', 'deals'],
  ['0-136', 'leads'],
]);

const WHAT: ReadonlyMap<string, Hint['what']> = new Map([
  ['creation', 'changed'],
  ['propertyChange', 'changed'],
  ['restore', 'changed'],
  ['deletion', 'deleted'],
  ['privacyDeletion', 'deleted'],
  ['merge', 'merged'],
  ['associationChange', 'associated'],
]);

/** What an event of this type asks to be read; undefined for types that are of no use here. */
function kindOf({ subscriptionType }: Pick<HubSpotEvent, 'subscriptionType'>): Hint['what'] | undefined {
  const [, kind = ''] = subscriptionType.split('.');
  return WHAT.get(kind);
}

/**
 * What a delivery says is to be read, one hint a record and kind of event. Events come twice and out of order and their
 * id is not unique: an event is known by portal, object, type, time and property.
 *
 * @param appId the app whose writes are ours: what they caused gives no hints. Merges and deletions always do, for
 *   Sluice makes none.
 */
export function hintsOf(events: readonly HubSpotEvent[], appId?: number): Hint[] {
  const seen = new Set<string>();
  const hints = new Map<string, { object: string; ids: Set<string>; at: number; what: Hint['what'] }>();
  const note = (
    object: string | undefined,
    ids: readonly HubSpotEvent['objectId'][],
    at: number,
    what: Hint['what'],
  ): void => {
    const known = [...new Set(ids.flatMap((each) => (each === null || each === undefined ? [] : [String(each)])))];
    const [first] = known;
    if (object === undefined || first === undefined) return;
    const key = `${object} ${what} ${first}`;
    const hint = hints.get(key) ?? { object, ids: new Set<string>(), at, what };
    for (const id of known) hint.ids.add(id);
    hint.at = Math.max(hint.at, at);
    hints.set(key, hint);
  };
  for (const event of events) {
    const [prefix = ''] = event.subscriptionType.split('.');
    const what = kindOf(event);
    const name = [event.portalId, event.objectId, event.subscriptionType, event.occurredAt, event.propertyName];
    const identity = [...name, event.fromObjectId, event.toObjectId, event.associationType].join(' ');
    if (what === undefined || seen.has(identity)) continue;
    seen.add(identity);
    const ours = appId !== undefined && event.changeSource === 'INTEGRATION' && event.sourceId === String(appId);
    if (ours && (what === 'changed' || what === 'associated')) continue;
    const object = OBJECTS.get(prefix === 'object' ? (event.objectTypeId ?? '') : prefix);
    if (what === 'merged') {
      const merged = event.mergedObjectIds ?? [];
      note(object, [event.primaryObjectId ?? event.objectId, ...merged, event.newObjectId], event.occurredAt, what);
    } else if (what === 'associated') {
      // Each end has an event of its own, yet perhaps only one of them is subscribed to.
      const [from, to] = endsOf(event);
      note(from ?? object, [event.fromObjectId ?? event.objectId], event.occurredAt, what);
      note(to, [event.toObjectId], event.occurredAt, what);
    } else {
      note(object, [event.objectId], event.occurredAt, what);
    }
  }
  return [...hints.values()].map(({ object, ids, at, what }) => ({
    object,
    ids: [...ids],
    at: new Date(at).toISOString(),
    what,
  }));
}

/** The objects at both ends: by their type ids, else by a name such as CONTACT_TO_COMPANY. */
function endsOf(event: HubSpotEvent): [from: string | undefined, to: string | undefined] {
  const [from = '', to = ''] = (event.associationType ?? '').toLowerCase().split('_to_');
  return [OBJECTS.get(event.fromObjectTypeId ?? from), OBJECTS.get(event.toObjectTypeId ?? to)];
}
