import { pairOf } from './association-routes.ts';
import { HubSpotError } from './errors.ts';
import { optionalText, text } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';

function labels(context: Context): Reply {
  const { from, to } = pairOf(context);
  const types = context.portal.associations.typesBetween(from, to);
  return { status: 200, body: { results: types.map(({ category, typeId, label }) => ({ category, typeId, label })) } };
}

/** A label of one's own: {name, label, inverseLabel?}; a pair of type ids, one a direction. */
function createLabel(context: Context): Reply {
  const { from, to } = pairOf(context);
  const { associations } = context.portal;
  const name = text(context.body, 'name');
  const label = text(context.body, 'label');
  if (associations.types.some((type) => type.from === from.id && type.to === to.id && type.name === name)) {
    throw new HubSpotError(409, `An association label named ${name} already exists`, { category: 'CONFLICT' });
  }
  const forth =
    Math.max(1, ...associations.types.filter((type) => type.category === 'USER_DEFINED').map((type) => type.typeId)) +
    1;
  const inverseLabel = optionalText(context.body, 'inverseLabel') ?? label;
  const base = { category: 'USER_DEFINED' as const, name, primary: false };
  associations.types.push(
    { ...base, from: from.id, to: to.id, typeId: forth, inverse: forth + 1, label },
    { ...base, from: to.id, to: from.id, typeId: forth + 1, inverse: forth, label: inverseLabel },
  );
  return {
    status: 200,
    body: {
      results: [
        { category: 'USER_DEFINED', typeId: forth, label },
        { category: 'USER_DEFINED', typeId: forth + 1, label: inverseLabel },
      ],
    },
  };
}

function typeNames(context: Context): Reply {
  const { from, to } = pairOf(context);
  const types = context.portal.associations.typesBetween(from, to);
  return { status: 200, body: { results: types.map(({ typeId, name }) => ({ id: String(typeId), name })) } };
}

const READ = { scopes: ['crm.objects.{type}.read'] };
const WRITE = { scopes: ['crm.objects.{type}.write'] };

export const associationLabelRoutes: readonly Route[] = [
  route('GET associations/:type/:to/labels', { kind: 'associations.labels', ...READ }, labels),
  route('POST associations/:type/:to/labels', { kind: 'associations.createLabel', ...WRITE }, createLabel),
  route('GET associations/:type/:to/types', { kind: 'associations.types', ...READ }, typeNames),
];
