import { HubSpotError, invalid } from '../errors.ts';
import { OBJECT_TYPES } from '../object-types.ts';
import type { Portal } from '../portal.ts';
import { flag, object, objectList, optionalNumber, optionalText, text } from '../request-body.ts';
import { type Context, type Reply, type Route, route } from '../router.ts';
import { iso } from '../times.ts';
import type { WebhookSender } from './sender.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';

/** The endpoints by which an app says where its events go and which it wants; for the developer's key or the app's token. */
export function webhookRoutes(portal: Portal, sender: WebhookSender): Route[] {
  const { subscriptions } = sender;
  const at = (spec: string, kind: string, handle: (context: Context, store: Subscriptions) => Reply): Route =>
    route(spec, { kind: `webhooks.${kind}`, limit: 'none', auth: 'developer' }, (context) => {
      if (context.params.app !== String(portal.appId)) {
        throw new HubSpotError(404, `No app ${context.params.app} exists`, { category: 'OBJECT_NOT_FOUND' });
      }
      const reply = handle(context, subscriptions);
      sender.attend(portal.changes);
      return reply;
    });
  return [
    at('GET webhooks/:app/settings', 'readSettings', () => ({ status: 200, body: settingsOf(subscriptions) })),
    at('PUT webhooks/:app/settings', 'writeSettings', ({ body }) => {
      const most = optionalNumber(object(body, 'throttling'), 'maxConcurrentRequests') ?? 10;
      return { status: 200, body: subscriptions.setSettings(text(body, 'targetUrl'), most) };
    }),
    at('DELETE webhooks/:app/settings', 'deleteSettings', () => {
      subscriptions.settings = null;
      return { status: 204 };
    }),
    at('GET webhooks/:app/subscriptions', 'list', () => ({ status: 200, body: { results: subscriptions.list() } })),
    at('POST webhooks/:app/subscriptions', 'create', ({ body }) => ({
      status: 201,
      body: create(portal, body, subscriptions),
    })),
    at('POST webhooks/:app/subscriptions/batch/update', 'batchUpdate', ({ body }) => {
      const startedAt = iso(portal.clock.now());
      const results = objectList(body, 'inputs').map((input) =>
        subscriptions.setActive(text(input, 'id'), flag(input, 'active')),
      );
      return { status: 200, body: { status: 'COMPLETE', results, startedAt, completedAt: iso(portal.clock.now()) } };
    }),
    at('GET webhooks/:app/subscriptions/:id', 'read', ({ params }) => ({
      status: 200,
      body: subscriptions.get(params.id ?? ''),
    })),
    at('PATCH webhooks/:app/subscriptions/:id', 'update', ({ params, body }) => {
      const present = subscriptions.get(params.id ?? '');
      return { status: 200, body: subscriptions.setActive(present.id, flag(body, 'active', present.active)) };
    }),
    at('DELETE webhooks/:app/subscriptions/:id', 'delete', ({ params }) => {
      subscriptions.remove(params.id ?? '');
      return { status: 204 };
    }),
  ];
}

function settingsOf({ settings }: Subscriptions) {
  if (settings === null) throw new HubSpotError(404, 'No webhook settings exist for this app', {});
  return settings;
}

function create(portal: Portal, body: Context['body'], subscriptions: Subscriptions): Subscription {
  const propertyName = optionalText(body, 'propertyName');
  const objectTypeId = optionalText(body, 'objectTypeId');
  const [word] = text(body, 'eventType').split('.');
  const type = OBJECT_TYPES.find(({ id, singular }) => id === objectTypeId || singular === word);
  if (propertyName !== undefined && type !== undefined && portal.properties(type).get(propertyName) === undefined)
    throw invalid(`Property ${propertyName} does not exist`, 'INVALID_PROPERTY_NAME');
  return subscriptions.add({
    eventType: text(body, 'eventType'),
    active: flag(body, 'active'),
    ...(propertyName === undefined ? {} : { propertyName }),
    ...(objectTypeId === undefined ? {} : { objectTypeId }),
  });
}
