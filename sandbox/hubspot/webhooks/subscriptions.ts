import type { Change } from '../changes.ts';
import { HubSpotError, invalid } from '../errors.ts';
import { OBJECT_TYPES } from '../object-types.ts';
import { iso } from '../times.ts';

/** Where an app's events go. */
export interface WebhookSettings {
  readonly targetUrl: string;
  readonly throttling: { readonly maxConcurrentRequests: number };
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Subscription {
  readonly id: string;
  /** `contact.creation`, or `object.creation` with an object type id. */
  readonly eventType: string;
  readonly objectTypeId?: string;
  readonly propertyName?: string;
  readonly active: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface SubscriptionRequest {
  readonly eventType: string;
  readonly objectTypeId?: string;
  readonly propertyName?: string;
  readonly active?: boolean;
}

const EVENTS = ['creation', 'deletion', 'propertyChange', 'merge', 'restore', 'associationChange'];
/** Leads, younger than this API, have only the generic form. */
const CLASSIC = OBJECT_TYPES.filter(({ name }) => name !== 'leads');
const EVENT_TYPES: readonly string[] = [
  ...CLASSIC.flatMap(({ singular }) => EVENTS.map((event) => `${singular}.${event}`)),
  'contact.privacyDeletion',
  ...EVENTS.map((event) => `object.${event}`),
];
/** The modified time changes with everything, so that the vendor lets nobody subscribe to it. */
const NEVER = new Set(['hs_lastmodifieddate', 'lastmodifieddate']);

/** In place of a property: every one. Not the vendor's; the sandbox's own option takes it, the endpoints refuse it. */
const EVERY = '*';

/** All that the endpoints let an app subscribe to, in the form of the sandbox's option. */
export const ALL_EVENTS: readonly string[] = EVENT_TYPES.filter((type) => !type.startsWith('object.')).map((type) =>
  type.endsWith('.propertyChange') ? `${type}:${EVERY}` : type,
);

/** Settings and subscriptions of the one app of a portal. */
export class Subscriptions {
  settings: WebhookSettings | null = null;
  readonly #all = new Map<string, Subscription>();
  readonly #now: () => number;
  #nextId = 84_000;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws the vendor's 400 where the address or the number makes no sense. */
  setSettings(targetUrl: string, maxConcurrentRequests: number): WebhookSettings {
    if (!URL.canParse(targetUrl)) throw invalid(`targetUrl ${targetUrl} is not a valid URL`, 'INVALID_TARGET_URL');
    // The vendor asks for more than 5; less is of use in tests of order.
    if (!Number.isInteger(maxConcurrentRequests) || maxConcurrentRequests < 1)
      throw invalid('throttling.maxConcurrentRequests must be a positive number', 'INVALID_THROTTLING');
    const now = iso(this.#now());
    const createdAt = this.settings?.createdAt ?? now;
    this.settings = { targetUrl, throttling: { maxConcurrentRequests }, createdAt, updatedAt: now };
    return this.settings;
  }

  list(): Subscription[] {
    return [...this.#all.values()];
  }

  get(id: string): Subscription {
    const found = this.#all.get(id);
    if (found === undefined) throw new HubSpotError(404, `No subscription ${id} exists`, {});
    return found;
  }

  /** Throws the vendor's 400 for an event that does not exist, a property that cannot be watched, or a second of the kind. */
  add(request: SubscriptionRequest): Subscription {
    const { eventType, propertyName, objectTypeId } = request;
    if (!EVENT_TYPES.includes(eventType))
      throw invalid(`eventType ${eventType} is not one of ${EVENT_TYPES.join(', ')}`, 'INVALID_EVENT_TYPE');
    const generic = eventType.startsWith('object.');
    if (generic !== (objectTypeId !== undefined))
      throw invalid('objectTypeId belongs to object.* events, and only to them', 'INVALID_OBJECT_TYPE');
    const byProperty = eventType.endsWith('.propertyChange');
    if (byProperty !== (propertyName !== undefined))
      throw invalid('propertyName belongs to propertyChange events, and only to them', 'INVALID_PROPERTY_NAME');
    if (propertyName !== undefined && NEVER.has(propertyName))
      throw invalid(`Property ${propertyName} cannot be subscribed to`, 'INVALID_PROPERTY_NAME');
    const same = (other: Subscription): boolean =>
      other.eventType === eventType && other.propertyName === propertyName && other.objectTypeId === objectTypeId;
    if (this.list().some(same))
      throw new HubSpotError(409, `A subscription to ${eventType} of this kind already exists`, {
        category: 'CONFLICT',
      });
    this.#nextId += 1;
    const now = iso(this.#now());
    const subscription: Subscription = {
      id: String(this.#nextId),
      eventType,
      ...(objectTypeId === undefined ? {} : { objectTypeId }),
      ...(propertyName === undefined ? {} : { propertyName }),
      active: request.active ?? false,
      createdAt: now,
      updatedAt: now,
    };
    this.#all.set(subscription.id, subscription);
    return subscription;
  }

  setActive(id: string, active: boolean): Subscription {
    const changed = { ...this.get(id), active, updatedAt: iso(this.#now()) };
    this.#all.set(id, changed);
    return changed;
  }

  remove(id: string): void {
    this.#all.delete(this.get(id).id);
  }

  /** The active subscriptions that a change concerns. */
  concerning(change: Change): Subscription[] {
    return this.list().filter(({ active, eventType, objectTypeId, propertyName }) => {
      if (!active) return false;
      const [object, event] = eventType.split('.');
      if (event !== change.what) return false;
      if (object === 'object' ? objectTypeId !== change.type.id : object !== change.type.singular) return false;
      return change.what !== 'propertyChange' || propertyName === change.name || propertyName === EVERY;
    });
  }
}
