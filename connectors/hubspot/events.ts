import type { Hint } from '../connector.ts';

/** One event of a delivery, as far as it is used. */
export interface HubSpotEvent {
  readonly subscriptionType: string;
  readonly portalId: number | string;
  readonly objectId?: number | string;
  readonly objectTypeId?: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  readonly propertyName?: string;
  readonly changeSource?: string;
  readonly sourceId?: string;
  readonly primaryObjectId?: number | string;
  readonly mergedObjectIds?: readonly (number | string)[];
  readonly newObjectId?: number | string | null;
  readonly associationType?: string;
  readonly fromObjectId?: number | string;
  readonly toObjectId?: number | string;
  readonly fromObjectTypeId?: string;
  readonly toObjectTypeId?: string;
}

/** True for a list of which every entry has what each event of HubSpot has. */
export function isEventList(body: unknown): body is HubSpotEvent[] {
  return Array.isArray(body) && body.every(isEvent);
}

function isEvent(value: unknown): value is HubSpotEvent {
  const event = (value ?? {}) as Partial<Record<keyof HubSpotEvent, unknown>>;
  const { subscriptionType, portalId, occurredAt, mergedObjectIds } = event;
  return (
    typeof subscriptionType === 'string' &&
    (typeof portalId === 'number' || typeof portalId === 'string') &&
    typeof occurredAt === 'number' &&
    Math.abs(occurredAt) <= 8.64e15 &&
    (mergedObjectIds === undefined || Array.isArray(mergedObjectIds))
  );
}

const OBJECTS: Readonly<Record<string, string>> = {
  contact: 'contacts',
  company: 'companies',
  deal: 'deals',
  lead: 'leads',
  '0-1': 'contacts',
  '0-2': 'companies',
  '0-3': 'deals',
  '0-136': 'leads',
};

const WHAT: Readonly<Record<string, Hint['what']>> = {
  creation: 'changed',
  propertyChange: 'changed',
  restore: 'changed',
  deletion: 'deleted',
  privacyDeletion: 'deleted',
  merge: 'merged',
  associationChange: 'associated',
};

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
  const note = (object: string | undefined, ids: readonly unknown[], at: number, what: Hint['what']): void => {
    const known = [...new Set(ids.filter(isId).map(String))];
    const [first] = known;
    if (object === undefined || first === undefined) return;
    const key = `${object} ${what} ${first}`;
    const hint = hints.get(key) ?? { object, ids: new Set<string>(), at, what };
    for (const id of known) hint.ids.add(id);
    hint.at = Math.max(hint.at, at);
    hints.set(key, hint);
  };
  for (const event of events) {
    const [prefix = '', kind = ''] = event.subscriptionType.split('.');
    const what = WHAT[kind];
    const name = [event.portalId, event.objectId, event.subscriptionType, event.occurredAt, event.propertyName];
    const identity = [...name, event.fromObjectId, event.toObjectId, event.associationType].join(' ');
    if (what === undefined || seen.has(identity)) continue;
    seen.add(identity);
    const ours = appId !== undefined && event.changeSource === 'INTEGRATION' && event.sourceId === String(appId);
    if (ours && (what === 'changed' || what === 'associated')) continue;
    const object = OBJECTS[prefix === 'object' ? (event.objectTypeId ?? '') : prefix];
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

function isId(value: unknown): value is string | number {
  return /^\d{1,20}$/.test(String(value));
}

/** The objects at both ends: by their type ids, else by a name such as CONTACT_TO_COMPANY. */
function endsOf(event: HubSpotEvent): [from: string | undefined, to: string | undefined] {
  const [from = '', to = ''] = (event.associationType ?? '').toLowerCase().split('_to_');
  return [OBJECTS[event.fromObjectTypeId ?? from], OBJECTS[event.toObjectTypeId ?? to]];
}
