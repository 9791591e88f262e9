import { invalid, malformed } from './errors.ts';
import { typeOf } from './object-routes.ts';
import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import { type Body, objectList, optionalNumber, optionalText, texts } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';
import { runSearch, type Search, type Sort } from './search.ts';
import { type Filter, OPERATORS, type Operator } from './search-filter.ts';
import { showSeen, viewOf } from './show.ts';

const MOST_RESULTS = 10_000;
const MOST_BODY = 3_000;

function isOperator(text: string): text is Operator {
  return (OPERATORS as readonly string[]).includes(text);
}

function readFilter(body: Body): Filter {
  const property = optionalText(body, 'propertyName');
  const operator = optionalText(body, 'operator');
  if (property === undefined || operator === undefined) {
    throw malformed(
      `Cannot build Filter, some of required attributes are not set [${property === undefined ? 'propertyName' : 'operator'}]`,
    );
  }
  if (!isOperator(operator)) {
    throw malformed(
      `Cannot deserialize value of type FilterOperatorEnum from String "${operator}": not one of the values accepted for Enum class: [${OPERATORS.join(', ')}]`,
    );
  }
  return {
    property,
    operator,
    value: optionalText(body, 'value'),
    highValue: optionalText(body, 'highValue'),
    values: body.values === undefined || body.values === null ? undefined : texts(body, 'values'),
  };
}

function readGroups(body: Body): Filter[][] {
  const groups = body.filterGroups === undefined || body.filterGroups === null ? [] : objectList(body, 'filterGroups');
  const read = groups.map((group) => objectList(group, 'filters').map(readFilter));
  // A list of filters at the top counts as one more group.
  if (Array.isArray(body.filters) && body.filters.length > 0) read.push(objectList(body, 'filters').map(readFilter));
  const filters = read.reduce((count, group) => count + group.length, 0);
  if (read.length > 5) throw tooMany('filterGroups', 5, read.length);
  if (read.some((group) => group.length > 6))
    throw tooMany('filters in a filterGroup', 6, Math.max(...read.map((group) => group.length)));
  if (filters > 18) throw tooMany('filters', 18, filters);
  return read.filter((group) => group.length > 0);
}

const tooMany = (what: string, most: number, given: number): Error =>
  invalid(`Too many ${what}: at most ${most} are allowed, ${given} were given`, 'TOO_MANY_FILTERS');

function readSort(portal: Portal, type: ObjectType, body: Body): Sort | null {
  const sorts = body.sorts;
  if (sorts === undefined || sorts === null) return null;
  if (!Array.isArray(sorts)) throw malformed('Cannot deserialize value of `sorts`: a list is expected');
  if (sorts.length > 1)
    throw invalid(`Too many sorts: at most 1 is allowed, ${sorts.length} were given`, 'TOO_MANY_SORTS');
  const sort: unknown = sorts[0];
  if (sort === undefined) return null;
  let property: string | undefined;
  let descending = false;
  if (typeof sort === 'string') {
    descending = sort.startsWith('-');
    property = sort.replace(/^-/, '');
  } else if (typeof sort === 'object' && sort !== null) {
    property = optionalText(sort as Body, 'propertyName');
    descending =
      optionalText(sort as Body, 'direction')
        ?.toUpperCase()
        .startsWith('DESC') ?? false;
  }
  if (property === undefined || portal.properties(type).get(property) === undefined) {
    throw invalid(
      `There was a problem with the request. Property "${property ?? ''}" does not exist`,
      'PROPERTY_DOESNT_EXIST',
      { propertyName: [property ?? ''] },
    );
  }
  return { property, descending };
}

function search(context: Context): Reply {
  const type = typeOf(context);
  const { portal, body } = context;
  const size = JSON.stringify(body).length;
  if (size > MOST_BODY)
    throw invalid(`The search request has ${size} characters, at most ${MOST_BODY} are allowed`, 'REQUEST_TOO_LONG');
  const limit = optionalNumber(body, 'limit') ?? 10;
  if (!Number.isInteger(limit) || limit < 0 || limit > 200)
    throw invalid(`limit must be between 0 and 200, it is ${limit}`, 'INVALID_PARAMETER', { limit: [String(limit)] });
  const after = optionalText(body, 'after') ?? '0';
  if (after !== '' && !/^\d+$/.test(after))
    throw invalid(`after must be an integer, it is ${after}`, 'INVALID_PARAMETER', { after: [after] });
  const start = Number(after === '' ? 0 : after);
  if (start >= MOST_RESULTS) {
    throw invalid(
      `There was a problem with the request. after must be below ${MOST_RESULTS}: a search gives at most ${MOST_RESULTS} results`,
      'PAGING_TOO_DEEP',
      { after: [after] },
    );
  }
  const request: Search = {
    groups: readGroups(body),
    text: optionalText(body, 'query') ?? '',
    sort: readSort(portal, type, body),
  };
  const end = Math.min(start + limit, MOST_RESULTS);
  const { total, page } = runSearch(portal, type, request, start, end);
  const view = viewOf(portal, type, texts(body, 'properties'));
  return {
    status: 200,
    body: {
      total,
      results: page.map((seen) => showSeen(type, seen, view)),
      ...(end < total && limit > 0 ? { paging: { next: { after: String(end) } } } : {}),
    },
  };
}

export const searchRoutes: readonly Route[] = [
  route(
    'POST objects/:type/search',
    { kind: '{type}.search', limit: 'search', scopes: ['crm.objects.{type}.read'] },
    search,
  ),
];
