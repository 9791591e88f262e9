import type { AssociationType } from './association-types.ts';
import type { Link } from './associations.ts';
import { batchInputs, batchReply } from './batch-routes.ts';
import { type BatchErrorEntry, HubSpotError, invalid, notFound } from './errors.ts';
import { typeOf } from './object-routes.ts';
import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import { intParam, pageToken, paging, readPageToken } from './query.ts';
import { type Body, object, objectList, optionalText, text } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';
import { activeRow } from './writes.ts';

interface Pair {
  readonly from: ObjectType;
  readonly to: ObjectType;
}

/** The two object types of an associations path. */
export const pairOf = (context: Context): Pair => ({ from: typeOf(context, 'type'), to: typeOf(context, 'to') });

const ref = (body: Body, name: string): string => text(object(body, name), 'id');

const shownTypes = (
  portal: Portal,
  { from, to }: Pair,
  link: Link,
): { category: string; typeId: number; label: string | null }[] =>
  portal.associations
    .typesBetween(from, to)
    .filter((type) => link.typeIds.has(type.typeId))
    .map(({ category, typeId, label }) => ({ category, typeId, label }));

const shownLink = (portal: Portal, pair: Pair, link: Link): Record<string, unknown> => ({
  toObjectId: link.toId,
  associationTypes: shownTypes(portal, pair, link),
});

const v3Links = (portal: Portal, { from, to }: Pair, link: Link): { id: string; type: string }[] =>
  portal.associations
    .typesBetween(from, to)
    .filter((type) => link.typeIds.has(type.typeId))
    .map((type) => ({ id: String(link.toId), type: type.name }));

/** A page of links from a token on; `next` is the token of the following page. */
function pageOf(
  links: readonly Link[],
  after: string | undefined,
  limit: number,
): { page: readonly Link[]; next: string | null } {
  const from = after === undefined || after === '' ? 0 : readPageToken(after);
  if (from === null) throw invalid(`after is not a page token of this list: ${after}`, 'INVALID_PARAMETER');
  const rest = links.filter((link) => link.toId >= from);
  const following = rest[limit];
  return { page: rest.slice(0, limit), next: following === undefined ? null : pageToken(following.toId) };
}

function listOfRecord(context: Context): Reply {
  const pair = pairOf(context);
  const { portal, query } = context;
  const id = context.params.id ?? '';
  if (activeRow(portal, pair.from, id) === undefined) throw notFound();
  const limit = intParam(query, 'limit', 500, 500);
  const { page, next } = pageOf(
    portal.associations.links(pair.from, id, pair.to),
    query.get('after') ?? undefined,
    limit,
  );
  const results =
    context.version === 'v3'
      ? page.flatMap((link) => v3Links(portal, pair, link))
      : page.map((link) => shownLink(portal, pair, link));
  return { status: 200, body: { results, ...(next === null ? {} : { paging: paging(context.self, query, next) }) } };
}

/** A missing or archived end is refused as the vendor refuses it. */
function checkEnds(portal: Portal, { from, to }: Pair, fromId: string, toId: string): void {
  for (const [type, id] of [[from, fromId] as const, [to, toId] as const]) {
    if (activeRow(portal, type, id) !== undefined) continue;
    const name = type.singular.toUpperCase();
    throw new HubSpotError(400, `${name}=${id} is not valid`, {
      category: 'VALIDATION_ERROR',
      subCategory: 'crm.associations.INVALID_OBJECT_IDS',
      context: { INVALID_OBJECT_IDS: [id], fromObjectId: [fromId], toObjectId: [toId] },
    });
  }
}

function typesAsked(portal: Portal, { from, to }: Pair, specs: readonly Body[]): AssociationType[] {
  if (specs.length === 0) throw invalid('At least one association type is needed');
  return specs.map((spec) => portal.associations.typeById(from, to, Number(text(spec, 'associationTypeId'))));
}

function labelled(
  { from, to }: Pair,
  fromId: string,
  toId: string,
  types: readonly AssociationType[],
): Record<string, unknown> {
  return {
    fromObjectTypeId: from.id,
    fromObjectId: Number(fromId),
    toObjectTypeId: to.id,
    toObjectId: Number(toId),
    labels: types.flatMap((type) => (type.label === null ? [] : [type.label])),
  };
}

function putLabels(context: Context): Reply {
  const pair = pairOf(context);
  const { portal, params } = context;
  const fromId = params.id ?? '';
  const toId = params.toId ?? '';
  const specs = Array.isArray(context.body['']) ? objectList(context.body, '') : [context.body];
  const types = typesAsked(portal, pair, specs);
  checkEnds(portal, pair, fromId, toId);
  for (const type of types) portal.associations.link(type, fromId, toId);
  return { status: 201, body: labelled(pair, fromId, toId, types) };
}

function defaultResults(portal: Portal, pair: Pair, fromId: string, toId: string): Record<string, unknown>[] {
  const type = portal.associations.defaultType(pair.from, pair.to);
  portal.associations.link(type, fromId, toId);
  const one = (from: string, to: string, typeId: number): Record<string, unknown> => ({
    from: { id: from },
    to: { id: to },
    associationSpec: { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: typeId },
  });
  return [one(fromId, toId, type.typeId), one(toId, fromId, type.inverse)];
}

function putDefault(context: Context): Reply {
  const pair = pairOf(context);
  const { portal, params } = context;
  const fromId = params.id ?? '';
  const toId = params.toId ?? '';
  checkEnds(portal, pair, fromId, toId);
  return batchReply(portal, portal.clock.now(), defaultResults(portal, pair, fromId, toId), []);
}

function removePair(context: Context): Reply {
  const { from, to } = pairOf(context);
  context.portal.associations.unlink(from, context.params.id ?? '', to, context.params.toId ?? '', null);
  return { status: 204 };
}

function batchRead(context: Context): Reply {
  const pair = pairOf(context);
  const { portal } = context;
  const startedAt = portal.clock.now();
  const results: unknown[] = [];
  const errors: BatchErrorEntry[] = [];
  for (const input of batchInputs(context.body, 1_000)) {
    const id = text(input, 'id');
    const links = portal.associations.links(pair.from, id, pair.to);
    if (links.length === 0) {
      errors.push(noAssociations(pair, id));
      continue;
    }
    const { page, next } = pageOf(links, optionalText(input, 'after'), 100);
    const to =
      context.version === 'v3'
        ? page.flatMap((link) => v3Links(portal, pair, link))
        : page.map((link) => shownLink(portal, pair, link));
    results.push({
      from: { id },
      to,
      ...(next === null ? {} : { paging: { next: { after: next, link: `?after=${next}` } } }),
    });
  }
  return batchReply(portal, startedAt, results, errors);
}

function noAssociations({ from, to }: Pair, id: string): BatchErrorEntry {
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
    message: `No ${to.singular} is associated with ${from.singular} ${id}.`,
    context: { fromObjectId: [id], fromObjectType: [from.singular], toObjectType: [to.singular] },
  };
}

/** Does each input of a batch write; an input that is refused becomes an entry of a 207. */
function eachInput(
  context: Context,
  success: number,
  one: (pair: Pair, fromId: string, toId: string, input: Body) => unknown[],
): Reply {
  const pair = pairOf(context);
  const { portal } = context;
  const startedAt = portal.clock.now();
  const results: unknown[] = [];
  const errors: BatchErrorEntry[] = [];
  for (const input of batchInputs(context.body, 2_000)) {
    const fromId = ref(input, 'from');
    const toId = ref(input, 'to');
    try {
      checkEnds(portal, pair, fromId, toId);
      results.push(...one(pair, fromId, toId, input));
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error;
      errors.push(error.entry({ fromObjectId: [fromId], toObjectId: [toId] }));
    }
  }
  return batchReply(portal, startedAt, results, errors, success);
}

function batchCreate(context: Context): Reply {
  const { portal } = context;
  return eachInput(context, 201, (pair, fromId, toId, input) => {
    if (context.version === 'v3') return [linkByName(portal, pair, fromId, toId, text(input, 'type'))];
    const types = typesAsked(portal, pair, objectList(input, 'types'));
    for (const type of types) portal.associations.link(type, fromId, toId);
    return [labelled(pair, fromId, toId, types)];
  });
}

function linkByName(
  portal: Portal,
  { from, to }: Pair,
  fromId: string,
  toId: string,
  name: string,
): Record<string, unknown> {
  const type = portal.associations
    .typesBetween(from, to)
    .find((each) => each.name === name || String(each.typeId) === name);
  if (type === undefined) throw invalid(`${name} is not an association type from ${from.singular} to ${to.singular}`);
  portal.associations.link(type, fromId, toId);
  return { from: { id: fromId }, to: { id: toId }, type: type.name };
}

function batchArchive(context: Context): Reply {
  const { from, to } = pairOf(context);
  for (const input of batchInputs(context.body, 2_000)) {
    const fromId = ref(input, 'from');
    const ends = Array.isArray(input.to) ? objectList(input, 'to').map((end) => text(end, 'id')) : [ref(input, 'to')];
    for (const toId of ends) context.portal.associations.unlink(from, fromId, to, toId, null);
  }
  return { status: 204 };
}

function batchArchiveLabels(context: Context): Reply {
  const pair = pairOf(context);
  for (const input of batchInputs(context.body, 2_000)) {
    for (const type of typesAsked(context.portal, pair, objectList(input, 'types'))) {
      context.portal.associations.unlink(pair.from, ref(input, 'from'), pair.to, ref(input, 'to'), type.typeId);
    }
  }
  return { status: 204 };
}

const READ = { scopes: ['crm.objects.{type}.read'] };
const WRITE = { scopes: ['crm.objects.{type}.write'] };

export const associationRoutes: readonly Route[] = [
  route('GET objects/:type/:id/associations/:to', { kind: 'associations.list', ...READ }, listOfRecord),
  route(
    'PUT objects/:type/:id/associations/default/:to/:toId',
    { kind: 'associations.createDefault', ...WRITE },
    putDefault,
  ),
  route('PUT objects/:type/:id/associations/:to/:toId', { kind: 'associations.create', ...WRITE }, putLabels),
  route('DELETE objects/:type/:id/associations/:to/:toId', { kind: 'associations.archive', ...WRITE }, removePair),
  route('PUT objects/:type/:id/associations/:to/:toId/:name', { kind: 'associations.create', ...WRITE }, (context) => {
    const pair = pairOf(context);
    const { id = '', toId = '', name = '' } = context.params;
    checkEnds(context.portal, pair, id, toId);
    linkByName(context.portal, pair, id, toId, name);
    return { status: 200, body: { id, associations: { [pair.to.name]: { results: [{ id: toId, type: name }] } } } };
  }),
  route(
    'DELETE objects/:type/:id/associations/:to/:toId/:name',
    { kind: 'associations.archive', ...WRITE },
    removePair,
  ),
  route('POST associations/:type/:to/batch/read', { kind: 'associations.batchRead', ...READ }, batchRead),
  route('POST associations/:type/:to/batch/create', { kind: 'associations.batchCreate', ...WRITE }, batchCreate),
  route(
    'POST associations/:type/:to/batch/associate/default',
    { kind: 'associations.batchCreateDefault', ...WRITE },
    (context) => eachInput(context, 200, (pair, fromId, toId) => defaultResults(context.portal, pair, fromId, toId)),
  ),
  route('POST associations/:type/:to/batch/archive', { kind: 'associations.batchArchive', ...WRITE }, batchArchive),
  route(
    'POST associations/:type/:to/batch/labels/archive',
    { kind: 'associations.batchArchiveLabels', ...WRITE },
    batchArchiveLabels,
  ),
];
