import { createHash, createHmac } from 'node:crypto';
import type { Actor, Change } from '../changes.ts';
import type { Subscription } from './subscriptions.ts';

/** One event of a delivery, without its attempt number. */
export type WebhookEvent = Readonly<Record<string, unknown>>;

interface Origin {
  readonly eventId: number;
  readonly portalId: number;
  readonly appId: number;
  readonly occurredAt: number;
}

/** The event that tells of a change, in the documented fields (HubSpot docs, webhooks, payloads). */
export function toEvent(change: Change, subscription: Subscription, actor: Actor, origin: Origin): WebhookEvent {
  return {
    ...origin,
    subscriptionId: Number(subscription.id),
    subscriptionType: subscription.eventType,
    ...(subscription.objectTypeId === undefined ? {} : { objectTypeId: subscription.objectTypeId }),
    objectId: change.id,
    ...actor,
    ...particulars(change),
  };
}

function particulars(change: Change): Record<string, unknown> {
  switch (change.what) {
    case 'creation':
      return { changeFlag: 'CREATED' };
    case 'deletion':
    case 'privacyDeletion':
      return { changeFlag: 'DELETED' };
    case 'restore':
      return { changeFlag: 'RESTORED' };
    case 'propertyChange':
      return { propertyName: change.name, propertyValue: change.value };
    case 'merge':
      return {
        primaryObjectId: change.primaryId,
        mergedObjectIds: change.mergedIds,
        newObjectId: change.newId,
        numberOfPropertiesMoved: change.moved,
      };
    default: {
      const { type, toType, toId, association, removed } = change;
      return {
        associationType: `${type.singular}_TO_${toType.singular}`.toUpperCase(),
        fromObjectId: change.id,
        toObjectId: toId,
        associationRemoved: removed,
        isPrimaryAssociation: association.primary,
        associationTypeId: association.typeId,
        associationCategory: association.category,
        fromObjectTypeId: type.id,
        toObjectTypeId: toType.id,
      };
    }
  }
}

/** Escapes of an address that are written out before it is signed (docs, validating requests, v3). */
const WRITTEN_OUT = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/** The headers by which a receiver knows that a delivery is the vendor's; `timestamp` in epoch milliseconds. */
export function signatureHeaders(
  secret: string,
  targetUrl: string,
  body: string,
  timestamp: number,
): Record<string, string> {
  const uri = targetUrl.replace(WRITTEN_OUT, (escaped) => decodeURIComponent(escaped));
  return {
    'x-hubspot-signature-v3': createHmac('sha256', secret).update(`POST${uri}${body}${timestamp}`).digest('base64'),
    'x-hubspot-request-timestamp': String(timestamp),
    'x-hubspot-signature': createHash('sha256').update(`${secret}${body}`).digest('hex'),
    'x-hubspot-signature-version': 'v1',
  };
}
