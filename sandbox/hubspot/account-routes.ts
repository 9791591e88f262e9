import { notFound } from './errors.ts';
import { CURRENCIES } from './options.ts';
import type { Tier } from './portal.ts';
import { flagParam, intParam, paging } from './query.ts';
import { DAILY, type RateLimits } from './rate-limits.ts';
import { type Context, type Reply, type Route, route } from './router.ts';
import { iso } from './times.ts';

function listOwners(context: Context): Reply {
  const { portal, query } = context;
  const archived = flagParam(query, 'archived');
  const email = query.get('email')?.toLowerCase();
  const limit = intParam(query, 'limit', 100, 500);
  const after = Number(query.get('after') ?? 0);
  const found = portal.owners.filter(
    (owner) =>
      owner.archived === archived && (email === undefined || owner.email === email) && Number(owner.id) >= after,
  );
  const next = found[limit];
  return {
    status: 200,
    body: {
      results: found.slice(0, limit),
      ...(next === undefined ? {} : { paging: paging(context.self, query, next.id) }),
    },
  };
}

function readOwner(context: Context): Reply {
  const { portal, query, params } = context;
  const byUser = query.get('idProperty') === 'userId';
  const archived = flagParam(query, 'archived');
  const owner = portal.owners.find(
    (each) => each.archived === archived && (byUser ? String(each.userIdIncludingInactive) : each.id) === params.owner,
  );
  if (owner === undefined) throw notFound(`Owner ${params.owner} does not exist`, { ownerId: [params.owner ?? ''] });
  return { status: 200, body: owner };
}

function details(context: Context): Reply {
  const { portal } = context;
  return {
    status: 200,
    body: {
      portalId: portal.hubId,
      accountType: 'DEVELOPER_TEST',
      timeZone: 'UTC',
      companyCurrency: portal.homeCurrency,
      additionalCurrencies: [...CURRENCIES.keys()].filter((code) => code !== portal.homeCurrency),
      utcOffset: '+00:00',
      utcOffsetMilliseconds: 0,
      uiDomain: 'app.hubspot.com',
      dataHostingLocation: 'na1',
    },
  };
}

/** Owners and what the account says of itself. `limits` is null where no limits are held. */
export function accountRoutes(limits: RateLimits | null, tier: Tier): Route[] {
  const usage = (context: Context): Reply => {
    const now = context.portal.clock.now();
    const midnight = now - (now % 86_400_000) + 86_400_000;
    return {
      status: 200,
      body: {
        results: [
          {
            name: 'private-apps-api-calls-daily',
            usageLimit: limits?.daily ?? DAILY[tier],
            currentUsage: limits?.today ?? 0,
            collectedAt: iso(now),
            fetchStatus: 'SUCCESS',
            resetsAt: iso(midnight),
          },
        ],
      },
    };
  };
  return [
    route('GET owners', { kind: 'owners.list', scopes: ['crm.objects.owners.read'] }, listOwners),
    route('GET owners/:owner', { kind: 'owners.read', scopes: ['crm.objects.owners.read'] }, readOwner),
    route('GET account/details', { kind: 'account.details' }, details),
    route('GET account/api-usage/daily', { kind: 'account.usage' }, usage),
    route('GET account/api-usage/daily/private-apps', { kind: 'account.usage' }, usage),
  ];
}
