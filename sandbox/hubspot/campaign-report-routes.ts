import { CAMPAIGN_READ, campaignOf } from './campaign-routes.ts';
import { invalid } from './errors.ts';
import { objectType } from './object-types.ts';
import { intParam, paging } from './query.ts';
import type { Row } from './records.ts';
import { type Context, type Reply, type Route, route } from './router.ts';
import { parseInstant } from './times.ts';

const MODELS = [
  'LINEAR',
  'FIRST_INTERACTION',
  'LAST_INTERACTION',
  'FULL_PATH',
  'U_SHAPED',
  'W_SHAPED',
  'TIME_DECAY',
  'J_SHAPED',
  'INVERSE_J_SHAPED',
];

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The days of the report; from 2006 to now where none are named. The last day counts whole. */
function spanOf(context: Context): Span {
  const day = (name: string): number | undefined => {
    const given = context.query.get(name);
    if (given === null) return undefined;
    const ms = /^\d{4}-\d{2}-\d{2}$/.test(given) ? parseInstant(given) : null;
    if (ms === null)
      throw invalid(`${name} must be a date (YYYY-MM-DD), it is ${given}`, 'INVALID_PARAMETER', { [name]: [given] });
    return ms;
  };
  const end = day('endDate');
  return {
    from: day('startDate') ?? Date.UTC(2006, 0, 1),
    to: end === undefined ? context.portal.clock.now() : end + 86_400_000 - 1,
  };
}

/** Contacts whose first (or last) touch is this campaign, within the span. */
function touched(context: Context, guid: string, which: 'first' | 'last', span: Span): Row[] {
  const contacts = objectType('contacts');
  return context.portal.records(contacts).rows.filter((row) => {
    if (row.archivedAt !== null || row.values[`hs_analytics_${which}_touch_converting_campaign`] !== guid) return false;
    const at = parseInstant(row.values[`hs_analytics_${which}_timestamp`] ?? '') ?? row.createdAt;
    return at >= span.from && at <= span.to;
  });
}

const unite = (...lists: readonly Row[][]): Row[] => [...new Set(lists.flat())].sort((a, b) => a.id - b.id);

function metrics(context: Context): Reply {
  const { id } = campaignOf(context);
  const span = spanOf(context);
  const first = touched(context, id, 'first', span);
  const last = touched(context, id, 'last', span);
  // The sandbox has no web pages, so nothing ever has a session.
  return {
    status: 200,
    body: {
      sessions: 0,
      newContactsFirstTouch: first.length,
      newContactsLastTouch: last.length,
      influencedContacts: unite(first, last).length,
    },
  };
}

function contacts(context: Context): Reply {
  const { id } = campaignOf(context);
  const kind = context.params.kind ?? '';
  const span = spanOf(context);
  const first = kind === 'contactLastTouch' ? [] : touched(context, id, 'first', span);
  const last = kind === 'contactFirstTouch' ? [] : touched(context, id, 'last', span);
  if (!['contactFirstTouch', 'contactLastTouch', 'influencedContacts'].includes(kind))
    throw invalid(`${kind} is not a type of contact report`);
  const after = Number(context.query.get('after') ?? 0);
  const limit = intParam(context.query, 'limit', 100, 100);
  const found = unite(first, last).filter((row) => row.id >= after);
  const next = found[limit];
  return {
    status: 200,
    body: {
      results: found.slice(0, limit).map((row) => ({ id: row.key })),
      ...(next === undefined ? {} : { paging: paging(context.self, context.query, next.key) }),
    },
  };
}

/** The sandbox attributes nothing itself: the report is an empty one, in the account's currency. */
function revenue(context: Context): Reply {
  campaignOf(context);
  spanOf(context);
  const model = context.query.get('attributionModel') ?? 'LINEAR';
  if (!MODELS.includes(model))
    throw invalid(`attributionModel must be one of: [${MODELS.join(', ')}], it is ${model}`, 'INVALID_PARAMETER', {
      attributionModel: [model],
    });
  return {
    status: 200,
    body: {
      currencyCode: context.portal.homeCurrency,
      contactsNumber: 0,
      dealsNumber: 0,
      dealAmount: 0,
      revenueAmount: 0,
    },
  };
}

export const campaignReportRoutes: readonly Route[] = [
  route('GET campaigns/:campaign/reports/metrics', { kind: 'campaigns.metrics', ...CAMPAIGN_READ }, metrics),
  route('GET campaigns/:campaign/reports/contacts/:kind', { kind: 'campaigns.contacts', ...CAMPAIGN_READ }, contacts),
  route(
    'GET campaigns/:campaign/reports/revenue',
    { kind: 'campaigns.revenue', scopes: ['marketing.campaigns.revenue.read'] },
    revenue,
  ),
];
