import { CAMPAIGN_READ, CAMPAIGN_WRITE, campaignOf } from './campaign-routes.ts';
import type { Campaign, MoneyItem } from './campaigns.ts';
import { sum } from './decimal.ts';
import { invalid, notFound } from './errors.ts';
import { optionalNumber, optionalText, text } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';

type Kind = 'budget' | 'spend';

function readAmount(context: Context): number {
  const amount = optionalNumber(context.body, 'amount');
  if (amount === undefined || amount < 0)
    throw invalid('amount is required and must not be negative', 'INVALID_AMOUNT', { amount: [String(amount ?? '')] });
  return amount;
}

function findItem(context: Context, kind: Kind): { campaign: Campaign; item: MoneyItem } {
  const campaign = campaignOf(context);
  const id = context.params.item ?? '';
  const item = campaign[kind].find((candidate) => candidate.id === id);
  if (item === undefined)
    throw notFound(`${kind === 'budget' ? 'Budget' : 'Spend'} item ${id} does not exist`, { id: [id] });
  return { campaign, item };
}

function create(context: Context, kind: Kind): Reply {
  const campaign = campaignOf(context);
  const now = context.portal.clock.now();
  const description = optionalText(context.body, 'description');
  const item: MoneyItem = {
    id: context.portal.campaigns.newItemId(),
    name: text(context.body, 'name'),
    ...(description === undefined ? {} : { description }),
    amount: readAmount(context),
    order: optionalNumber(context.body, 'order') ?? campaign[kind].length,
    createdAt: now,
    updatedAt: now,
  };
  campaign[kind].push(item);
  campaign.updatedAt = now;
  return { status: 201, body: item };
}

function update(context: Context, kind: Kind): Reply {
  const { campaign, item } = findItem(context, kind);
  const now = context.portal.clock.now();
  const description = optionalText(context.body, 'description') ?? item.description;
  const next: MoneyItem = {
    ...item,
    name: optionalText(context.body, 'name') ?? item.name,
    ...(description === undefined ? {} : { description }),
    amount: context.body.amount === undefined ? item.amount : readAmount(context),
    order: optionalNumber(context.body, 'order') ?? item.order,
    updatedAt: now,
  };
  campaign[kind].splice(campaign[kind].indexOf(item), 1, next);
  campaign.updatedAt = now;
  return { status: 200, body: next };
}

function remove(context: Context, kind: Kind): Reply {
  const { campaign, item } = findItem(context, kind);
  campaign[kind].splice(campaign[kind].indexOf(item), 1);
  campaign.updatedAt = context.portal.clock.now();
  return { status: 204 };
}

function totals(context: Context): Reply {
  const campaign = campaignOf(context);
  const total = (items: readonly MoneyItem[]): string => sum(items.map((item) => String(item.amount)));
  const budget = total(campaign.budget);
  const spend = total(campaign.spend);
  const negated = spend.startsWith('-') ? spend.slice(1) : `-${spend}`;
  return {
    status: 200,
    body: {
      currencyCode: campaign.values.get('hs_currency_code') ?? context.portal.homeCurrency,
      budgetTotal: Number(budget),
      spendTotal: Number(spend),
      remainingBudget: Number(sum([budget, negated])),
      budgetItems: campaign.budget,
      spendItems: campaign.spend,
    },
  };
}

export const campaignMoneyRoutes: readonly Route[] = [
  route('GET campaigns/:campaign/budget/totals', { kind: 'campaigns.budgetTotals', ...CAMPAIGN_READ }, totals),
  ...(['budget', 'spend'] as const).flatMap((kind) => [
    route(`POST campaigns/:campaign/${kind}`, { kind: `campaigns.${kind}Create`, ...CAMPAIGN_WRITE }, (context) =>
      create(context, kind),
    ),
    route(`GET campaigns/:campaign/${kind}/:item`, { kind: `campaigns.${kind}Read`, ...CAMPAIGN_READ }, (context) => ({
      status: 200,
      body: findItem(context, kind).item,
    })),
    route(`PUT campaigns/:campaign/${kind}/:item`, { kind: `campaigns.${kind}Update`, ...CAMPAIGN_WRITE }, (context) =>
      update(context, kind),
    ),
    route(
      `DELETE campaigns/:campaign/${kind}/:item`,
      { kind: `campaigns.${kind}Archive`, ...CAMPAIGN_WRITE },
      (context) => remove(context, kind),
    ),
  ]),
];
