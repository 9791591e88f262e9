import { HubSpotError, invalid, notFound } from './errors.ts';
import { merge } from './merge.ts';
import { idPosition } from './modified-log.ts';
import { type ObjectType, objectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import { flagParam, intParam, listParam, paging } from './query.ts';
import type { Row } from './records.ts';
import { archive, erase } from './recycling.ts';
import { type Body, objectList, optionalText, propertyValues, text } from './request-body.ts';
import { type Context, type Route, route } from './router.ts';
import { showAssociations, showRecord, viewOf, wholeView } from './show.ts';
import { commit, type InlineAssociation, prepare } from './writes.ts';

/** The object type of a request. Leads need Sales Hub Professional. */
export function typeOf(context: Context, param = 'type'): ObjectType {
  const type = objectType(context.params[param] ?? '');
  if (type.name === 'leads' && context.portal.options.tier === 'free') {
    throw new HubSpotError(403, 'This account does not have access to leads, which need Sales Hub Professional.', {
      category: 'MISSING_TIER',
    });
  }
  return type;
}

/** Finds a record by id or by a unique property. Only single reads and writes follow the old id of a merged record. */
export function findRow(
  portal: Portal,
  type: ObjectType,
  key: string,
  idProperty: string | null,
  follow: boolean,
): Row | undefined {
  const store = portal.records(type);
  if (idProperty === null || idProperty === '' || idProperty === 'hs_object_id')
    return follow ? store.resolve(key) : store.get(key);
  if (portal.properties(type).get(idProperty)?.hasUniqueValue !== true) {
    throw invalid(
      `Property "${idProperty}" of ${type.name} is not a unique property and cannot be used as idProperty`,
      'INVALID_ID_PROPERTY',
      { idProperty: [idProperty] },
    );
  }
  return store.byUnique(idProperty, idProperty === 'email' ? key.trim().toLowerCase() : key);
}

function requestedRow(context: Context, type: ObjectType): Row {
  const key = context.params.id ?? '';
  const idProperty = context.query.get('idProperty');
  if (idProperty === null && !/^\d+$/.test(key)) {
    throw notFound('Object not found.  objectId are usually numeric.', { id: [key] });
  }
  const row = findRow(context.portal, type, key, idProperty, true);
  if (row === undefined) throw notFound();
  return row;
}

/** The associations that come with a create. */
export function inlineAssociations(body: Body): InlineAssociation[] {
  if (body.associations === undefined || body.associations === null) return [];
  return objectList(body, 'associations').map((association) => {
    const to = association.to;
    const toId = typeof to === 'object' && to !== null ? optionalText(to as Body, 'id') : undefined;
    if (toId === undefined) throw invalid('An association needs the id of its other end in to.id');
    return { toId, typeIds: objectList(association, 'types').map((each) => Number(text(each, 'associationTypeId'))) };
  });
}

function list(context: Context): { status: number; body: unknown } {
  const type = typeOf(context);
  const { portal, query } = context;
  const history = listParam(query, 'propertiesWithHistory');
  const limit = intParam(query, 'limit', 10, history.length > 0 ? 50 : 100);
  const after = query.get('after');
  if (after !== null && after !== '' && !/^\d+$/.test(after))
    throw invalid(`after is not a page token of this list: ${after}`, 'INVALID_PARAMETER', { after: [after] });
  const archived = flagParam(query, 'archived');
  const store = portal.records(type);
  const rows = archived ? [...store.archived].sort((a, b) => a.id - b.id) : store.rows;
  const found: Row[] = [];
  let at = after === null || after === '' ? 0 : idPosition(rows, Number(after));
  for (; at < rows.length && found.length <= limit; at++) {
    const row = rows[at];
    if (row !== undefined && (row.archivedAt !== null) === archived) found.push(row);
  }
  const next = found[limit];
  const view = viewOf(portal, type, listParam(query, 'properties'), history);
  const wanted = listParam(query, 'associations');
  const results = found.slice(0, limit).map((row) => {
    const associations =
      wanted.length === 0 ? {} : showAssociations(portal, type, row, wanted, `${context.self}/${row.key}`);
    return { ...showRecord(type, row, view), ...(Object.keys(associations).length === 0 ? {} : { associations }) };
  });
  return {
    status: 200,
    body: { results, ...(next === undefined ? {} : { paging: paging(context.self, query, next.key) }) },
  };
}

function read(context: Context): { status: number; body: unknown } {
  const type = typeOf(context);
  const { portal, query } = context;
  const row = requestedRow(context, type);
  if ((row.archivedAt !== null) !== flagParam(query, 'archived')) throw notFound();
  const view = viewOf(portal, type, listParam(query, 'properties'), listParam(query, 'propertiesWithHistory'));
  const associations = showAssociations(portal, type, row, listParam(query, 'associations'), context.self);
  return {
    status: 200,
    body: { ...showRecord(type, row, view), ...(Object.keys(associations).length === 0 ? {} : { associations }) },
  };
}

function create(context: Context): { status: number; body: unknown; headers: Record<string, string> } {
  const type = typeOf(context);
  const { portal, body } = context;
  const { row } = commit(portal, type, prepare(portal, type, null, propertyValues(body), inlineAssociations(body)));
  return { status: 201, body: showRecord(type, row, wholeView), headers: { location: `${context.self}/${row.key}` } };
}

function update(context: Context): { status: number; body: unknown } {
  const type = typeOf(context);
  const { portal } = context;
  const row = requestedRow(context, type);
  if (row.archivedAt !== null) throw notFound();
  const input = propertyValues(context.body);
  commit(portal, type, prepare(portal, type, row, input));
  return { status: 200, body: showRecord(type, row, viewOf(portal, type, Object.keys(input))) };
}

function remove(context: Context): { status: number } {
  const type = typeOf(context);
  const row = portalRow(context, type);
  if (row !== undefined) archive(context.portal, type, row);
  return { status: 204 };
}

/** Archiving answers 204 for a record that is gone already; only an id that is no id at all is refused. */
function portalRow(context: Context, type: ObjectType): Row | undefined {
  const key = context.params.id ?? '';
  if (!/^\d+$/.test(key)) throw notFound('Object not found.  objectId are usually numeric.', { id: [key] });
  return findRow(context.portal, type, key, null, true);
}

function gdprDelete(context: Context): { status: number } {
  const type = typeOf(context);
  const { portal, body } = context;
  const row = findRow(portal, type, text(body, 'objectId'), optionalText(body, 'idProperty') ?? null, false);
  if (row === undefined) throw notFound();
  erase(portal, type, row);
  return { status: 204 };
}

const READ = { scopes: ['crm.objects.{type}.read'] };
const WRITE = { scopes: ['crm.objects.{type}.write'] };

export const objectRoutes: readonly Route[] = [
  route('GET objects/:type', { kind: '{type}.list', ...READ }, list),
  route('POST objects/:type', { kind: '{type}.create', ...WRITE }, create),
  route('POST objects/:type/merge', { kind: '{type}.merge', ...WRITE }, (context) => {
    const type = typeOf(context);
    const row = merge(
      context.portal,
      type,
      text(context.body, 'primaryObjectId'),
      text(context.body, 'objectIdToMerge'),
    );
    return { status: 200, body: showRecord(type, row, wholeView) };
  }),
  route('POST objects/:type/gdpr-delete', { kind: '{type}.gdprDelete', ...WRITE }, gdprDelete),
  route('GET objects/:type/:id', { kind: '{type}.read', ...READ }, read),
  route('PATCH objects/:type/:id', { kind: '{type}.update', ...WRITE }, update),
  route('DELETE objects/:type/:id', { kind: '{type}.archive', ...WRITE }, remove),
];
