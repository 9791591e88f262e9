import { HubSpotError, invalid, notFound } from './errors.ts';
import { typeOf } from './object-routes.ts';
import type { ObjectType } from './object-types.ts';
import { optionalNumber, optionalText, text } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';

function groupBody(context: Context, type: ObjectType, name: string): Record<string, unknown> {
  const group = context.portal.properties(type).group(name);
  if (group === undefined) throw notFound(`Property group ${name} does not exist`, { groupName: [name] });
  return { ...group };
}

function createGroup(context: Context): Reply {
  const type = typeOf(context);
  const store = context.portal.properties(type);
  const name = text(context.body, 'name');
  if (!/^[a-z0-9_-]{1,100}$/i.test(name))
    throw invalid(`Property group name ${name} is not valid`, 'INVALID_NAME', { name: [name] });
  if (store.group(name) !== undefined)
    throw new HubSpotError(409, `A property group named '${name}' already exists.`, {
      category: 'OBJECT_ALREADY_EXISTS',
      context: { name: [name] },
    });
  const group = {
    name,
    label: text(context.body, 'label'),
    displayOrder: optionalNumber(context.body, 'displayOrder') ?? -1,
    archived: false,
  };
  store.setGroup(group);
  return { status: 201, body: group };
}

function updateGroup(context: Context): Reply {
  const type = typeOf(context);
  const store = context.portal.properties(type);
  const present = store.group(context.params.name ?? '');
  if (present === undefined) throw notFound(`Property group ${context.params.name} does not exist`);
  const next = {
    ...present,
    label: optionalText(context.body, 'label') ?? present.label,
    displayOrder: optionalNumber(context.body, 'displayOrder') ?? present.displayOrder,
  };
  store.setGroup(next);
  return { status: 200, body: next };
}

function archiveGroup(context: Context): Reply {
  const type = typeOf(context);
  const store = context.portal.properties(type);
  const present = store.group(context.params.name ?? '');
  if (present === undefined) return { status: 204 };
  if (store.list(false).some((definition) => definition.groupName === present.name)) {
    throw invalid(`Property group ${present.name} still has properties`, 'GROUP_NOT_EMPTY', {
      groupName: [present.name],
    });
  }
  store.setGroup({ ...present, archived: true });
  return { status: 204 };
}

const READ = { scopes: ['crm.schemas.{type}.read', 'crm.objects.{type}.read'] };
const WRITE = { scopes: ['crm.schemas.{type}.write'] };

/** Stands before the property routes: `groups` is no property name. */
export const propertyGroupRoutes: readonly Route[] = [
  route('GET properties/:type/groups', { kind: 'properties.groups', ...READ }, (context) => ({
    status: 200,
    body: { results: context.portal.properties(typeOf(context)).groups() },
  })),
  route('POST properties/:type/groups', { kind: 'properties.createGroup', ...WRITE }, createGroup),
  route('GET properties/:type/groups/:name', { kind: 'properties.readGroup', ...READ }, (context) => ({
    status: 200,
    body: groupBody(context, typeOf(context), context.params.name ?? ''),
  })),
  route('PATCH properties/:type/groups/:name', { kind: 'properties.updateGroup', ...WRITE }, updateGroup),
  route('DELETE properties/:type/groups/:name', { kind: 'properties.archiveGroup', ...WRITE }, archiveGroup),
];
