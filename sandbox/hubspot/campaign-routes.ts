import { batchInputs, batchReply } from './batch-routes.ts';
import { type Campaign, campaignValue } from './campaigns.ts';
import { type BatchErrorEntry, HubSpotError, invalid, notFound } from './errors.ts';
import { CURRENCIES } from './options.ts';
import type { Portal } from './portal.ts';
import { intParam, listParam, pageToken, paging, readPageToken } from './query.ts';
import { propertyValues, text } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';
import { iso, parseInstant } from './times.ts';

/** Writable campaign properties and how each is checked. */
const WRITABLE: Readonly<Record<string, 'text' | 'date' | 'status' | 'currency' | 'owner'>> = {
  hs_name: 'text',
  hs_start_date: 'date',
  hs_end_date: 'date',
  hs_notes: 'text',
  hs_audience: 'text',
  hs_goal: 'text',
  hs_utm: 'text',
  hs_color_hex: 'text',
  hs_owner: 'owner',
  hs_currency_code: 'currency',
  hs_campaign_status: 'status',
};

const READ_ONLY = ['hs_object_id', 'hs_created_by_user_id', 'hs_budget_items_sum_amount', 'hs_spend_items_sum_amount'];
const STATUSES = ['planned', 'in_progress', 'active', 'paused', 'completed'];

/** The campaign of the request's path. */
export function campaignOf(context: Context): Campaign {
  const id = context.params.campaign ?? '';
  const campaign = context.portal.campaigns.get(id);
  if (campaign === undefined) throw notFound(`Campaign ${id} does not exist`, { campaignGuid: [id] });
  return campaign;
}

function checkValue(portal: Portal, name: string, value: string): string {
  const refuse = (code: string, message: string): never => {
    throw invalid(message, code, { propertyName: [name] });
  };
  const kind = WRITABLE[name];
  if (kind === undefined) {
    return READ_ONLY.includes(name)
      ? refuse('READ_ONLY_VALUE', `"${name}" is a read only property; its value cannot be set.`)
      : refuse('PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`);
  }
  switch (kind) {
    case 'date': {
      const ms = parseInstant(value);
      return ms === null ? refuse('INVALID_DATE', `${value} is not a valid date.`) : iso(ms).slice(0, 10);
    }
    case 'status':
      return STATUSES.includes(value)
        ? value
        : refuse('INVALID_OPTION', `${value} was not one of the allowed options: [${STATUSES.join(', ')}]`);
    case 'currency':
      return CURRENCIES.has(value)
        ? value
        : refuse(
            'INVALID_OPTION',
            `${value} was not one of the allowed options: [${[...CURRENCIES.keys()].join(', ')}]`,
          );
    case 'owner':
      return portal.owners.some((owner) => owner.id === value && !owner.archived)
        ? value
        : refuse('INVALID_OWNER_ID', `Owner ${value} does not exist or is not valid.`);
    default:
      return value;
  }
}

function readValues(portal: Portal, input: Readonly<Record<string, string | null>>): Map<string, string | null> {
  const values = new Map<string, string | null>();
  for (const [name, value] of Object.entries(input)) {
    if ((value === null || value === '') && name in WRITABLE) values.set(name, null);
    else values.set(name, checkValue(portal, name, value ?? ''));
  }
  if (values.has('hs_name') && values.get('hs_name') === null)
    throw invalid('hs_name must not be empty', 'REQUIRED_FIELD', { propertyName: ['hs_name'] });
  return values;
}

function create(portal: Portal, input: Readonly<Record<string, string | null>>): Campaign {
  const values = readValues(portal, input);
  if (!values.has('hs_name')) throw invalid('hs_name is required', 'REQUIRED_FIELD', { propertyName: ['hs_name'] });
  const given = new Map([...values].filter((entry): entry is [string, string] => entry[1] !== null));
  return portal.campaigns.create(given, portal.clock.now());
}

function update(portal: Portal, campaign: Campaign, values: ReadonlyMap<string, string | null>): void {
  for (const [name, value] of values) {
    if (value === null) campaign.values.delete(name);
    else campaign.values.set(name, value);
  }
  campaign.updatedAt = portal.clock.now();
}

/**
 * A campaign as the API shows it: only properties that were asked for and have a value (docs: an empty one is left out,
 * and without the parameter the map is empty).
 */
function showCampaign(campaign: Campaign, names: readonly string[]): Record<string, unknown> {
  const properties: Record<string, string> = {};
  for (const name of [...names].sort()) {
    const value = campaignValue(campaign, name);
    if (value !== undefined) properties[name] = value;
  }
  return {
    id: campaign.id,
    properties,
    createdAt: iso(campaign.createdAt),
    updatedAt: iso(campaign.updatedAt),
    businessUnits: [],
  };
}

const SORTS: Readonly<Record<string, (campaign: Campaign) => string | number>> = {
  hs_name: (campaign) => campaign.values.get('hs_name')?.toLowerCase() ?? '',
  createdAt: (campaign) => campaign.createdAt,
  updatedAt: (campaign) => campaign.updatedAt,
};

function list(context: Context): Reply {
  const { portal, query } = context;
  const limit = intParam(query, 'limit', 50, 100);
  const sort = query.get('sort') ?? 'hs_name';
  const descending = sort.startsWith('-');
  const key = SORTS[sort.replace(/^-/, '')];
  if (key === undefined)
    throw invalid(
      `sort must be one of: [${Object.keys(SORTS).join(', ')}], with - for descending; it is ${sort}`,
      'INVALID_PARAMETER',
      { sort: [sort] },
    );
  const after = query.get('after');
  const start = after === null || after === '' ? 0 : readPageToken(after);
  if (start === null)
    throw invalid(`after is not a page token of this list: ${after}`, 'INVALID_PARAMETER', { after: [after ?? ''] });
  const name = query.get('name')?.toLowerCase();
  const found = portal.campaigns
    .all()
    .filter((campaign) => name === undefined || (campaign.values.get('hs_name') ?? '').toLowerCase().includes(name))
    .sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const order = x === y ? a.number - b.number : x < y ? -1 : 1;
      return descending ? -order : order;
    });
  const end = start + limit;
  const names = listParam(query, 'properties');
  return {
    status: 200,
    body: {
      total: found.length,
      results: found.slice(start, end).map((campaign) => showCampaign(campaign, names)),
      ...(end < found.length ? { paging: paging(context.self, query, pageToken(end)) } : {}),
    },
  };
}

function assetsOf(campaign: Campaign): Record<string, unknown> {
  return Object.fromEntries(
    [...campaign.assets].map(([kind, ids]) => [
      kind,
      { results: [...ids].map((id) => ({ id, name: `${kind} ${id}` })) },
    ]),
  );
}

function missingEntry(ids: readonly string[]): BatchErrorEntry[] {
  if (ids.length === 0) return [];
  return [
    {
      status: 'error',
      category: 'OBJECT_NOT_FOUND',
      message: 'Could not get some campaigns, they may be deleted or not exist.',
      context: { ids },
    },
  ];
}

function batchRead(context: Context): Reply {
  const { portal } = context;
  const startedAt = portal.clock.now();
  const names = listParam(context.query, 'properties');
  const missing: string[] = [];
  const results: unknown[] = [];
  for (const input of batchInputs(context.body, 50)) {
    const campaign = portal.campaigns.get(text(input, 'id'));
    if (campaign === undefined) missing.push(text(input, 'id'));
    else results.push({ ...showCampaign(campaign, names), assets: assetsOf(campaign) });
  }
  return batchReply(portal, startedAt, results, missingEntry(missing));
}

function batchCreate(context: Context): Reply {
  const { portal } = context;
  const startedAt = portal.clock.now();
  const inputs = batchInputs(context.body, 50).map((input) => propertyValues(input));
  for (const input of inputs) {
    if (!readValues(portal, input).has('hs_name'))
      throw invalid('hs_name is required', 'REQUIRED_FIELD', { propertyName: ['hs_name'] });
  }
  return batchReply(
    portal,
    startedAt,
    inputs.map((input) => showCampaign(create(portal, input), Object.keys(input))),
    [],
    201,
  );
}

function batchUpdate(context: Context): Reply {
  const { portal } = context;
  const startedAt = portal.clock.now();
  const missing: string[] = [];
  const steps = batchInputs(context.body, 50).flatMap((input) => {
    const campaign = portal.campaigns.get(text(input, 'id'));
    if (campaign === undefined) missing.push(text(input, 'id'));
    return campaign === undefined ? [] : [{ campaign, values: readValues(portal, propertyValues(input)) }];
  });
  const results = steps.map(({ campaign, values }) => {
    update(portal, campaign, values);
    return showCampaign(campaign, [...values.keys()]);
  });
  return batchReply(portal, startedAt, results, missingEntry(missing));
}

function changeAsset(context: Context, add: boolean): Reply {
  const campaign = campaignOf(context);
  const { kind = '', asset = '' } = context.params;
  if (!/^[A-Z][A-Z_]+$/.test(kind))
    throw new HubSpotError(400, `${kind} is not a type of asset`, { category: 'VALIDATION_ERROR' });
  const ids = campaign.assets.get(kind) ?? new Set<string>();
  campaign.assets.set(kind, ids);
  if (add) ids.add(asset);
  else ids.delete(asset);
  return { status: 204 };
}

export const CAMPAIGN_READ = { scopes: ['marketing.campaigns.read'] };
export const CAMPAIGN_WRITE = { scopes: ['marketing.campaigns.write'] };

export const campaignRoutes: readonly Route[] = [
  route('GET campaigns', { kind: 'campaigns.list', ...CAMPAIGN_READ }, list),
  route('POST campaigns', { kind: 'campaigns.create', ...CAMPAIGN_WRITE }, (context) => {
    const input = propertyValues(context.body);
    return { status: 201, body: showCampaign(create(context.portal, input), Object.keys(input)) };
  }),
  route('POST campaigns/batch/read', { kind: 'campaigns.batchRead', ...CAMPAIGN_READ }, batchRead),
  route('POST campaigns/batch/create', { kind: 'campaigns.batchCreate', ...CAMPAIGN_WRITE }, batchCreate),
  route('POST campaigns/batch/update', { kind: 'campaigns.batchUpdate', ...CAMPAIGN_WRITE }, batchUpdate),
  route('POST campaigns/batch/archive', { kind: 'campaigns.batchArchive', ...CAMPAIGN_WRITE }, (context) => {
    for (const input of batchInputs(context.body, 50)) context.portal.campaigns.delete(text(input, 'id'));
    return { status: 204 };
  }),
  route('GET campaigns/:campaign', { kind: 'campaigns.read', ...CAMPAIGN_READ }, (context) => {
    const campaign = campaignOf(context);
    return {
      status: 200,
      body: { ...showCampaign(campaign, listParam(context.query, 'properties')), assets: assetsOf(campaign) },
    };
  }),
  route('PATCH campaigns/:campaign', { kind: 'campaigns.update', ...CAMPAIGN_WRITE }, (context) => {
    const campaign = campaignOf(context);
    const input = propertyValues(context.body);
    update(context.portal, campaign, readValues(context.portal, input));
    return { status: 200, body: showCampaign(campaign, Object.keys(input)) };
  }),
  route('DELETE campaigns/:campaign', { kind: 'campaigns.archive', ...CAMPAIGN_WRITE }, (context) => {
    context.portal.campaigns.delete(campaignOf(context).id);
    return { status: 204 };
  }),
  route('GET campaigns/:campaign/assets/:kind', { kind: 'campaigns.assets', ...CAMPAIGN_READ }, (context) => {
    const ids = campaignOf(context).assets.get(context.params.kind ?? '') ?? new Set<string>();
    return { status: 200, body: { results: [...ids].map((id) => ({ id, name: `${context.params.kind} ${id}` })) } };
  }),
  route('PUT campaigns/:campaign/assets/:kind/:asset', { kind: 'campaigns.addAsset', ...CAMPAIGN_WRITE }, (context) =>
    changeAsset(context, true),
  ),
  route(
    'DELETE campaigns/:campaign/assets/:kind/:asset',
    { kind: 'campaigns.removeAsset', ...CAMPAIGN_WRITE },
    (context) => changeAsset(context, false),
  ),
];
