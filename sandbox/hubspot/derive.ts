import { multiply, sum } from './decimal.ts';
import type { ObjectType } from './object-types.ts';
import { CURRENCIES } from './options.ts';
import type { Portal } from './portal.ts';
import type { Values } from './records.ts';
import { instant } from './times.ts';

/** Lower case, without scheme, www and path: how the portal keeps a company's domain. */
function cleanDomain(text: string): string {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/^www\./, '');
  return host.split(/[/?#:]/)[0] ?? '';
}

function setOrClear(values: Values, name: string, value: string | undefined): void {
  if (value === undefined) delete values[name];
  else values[name] = value;
}

/** Recalculates what the portal calculates of a record after a write. `before` holds the values before it. */
export function derive(
  portal: Portal,
  type: ObjectType,
  values: Values,
  before: Readonly<Values>,
  written: ReadonlySet<string>,
  now: number,
): void {
  const { hubspot_owner_id: owner, lifecyclestage: stage } = values;
  if (owner !== before.hubspot_owner_id) {
    setOrClear(values, 'hubspot_owner_assigneddate', owner === undefined ? undefined : instant(now));
  }
  if (
    stage !== undefined &&
    stage !== before.lifecyclestage &&
    portal.properties(type).get(`hs_lifecyclestage_${stage}_date`)
  ) {
    values[`hs_lifecyclestage_${stage}_date`] ??= instant(now);
  }
  if (type.name === 'contacts') {
    setOrClear(values, 'hs_email_domain', values.email?.split('@')[1]);
  } else if (type.name === 'companies') {
    if (written.has('domain') && values.domain !== undefined) values.domain = cleanDomain(values.domain);
    if (values.domain === undefined && values.website !== undefined && !written.has('domain')) {
      const domain = cleanDomain(values.website);
      if (domain !== '') values.domain = domain;
    }
  } else if (type.name === 'deals') {
    deriveDeal(portal, type, values, written, now);
  } else if (type.name === 'line_items') {
    setOrClear(values, 'amount', netPrice(values));
  }
}

/** Quantity times unit price, less the discount of each unit or its percentage. */
function netPrice({ quantity = '1', price, discount, hs_discount_percentage: percentage }: Values): string | undefined {
  if (price === undefined) return undefined;
  const off = discount ?? (percentage === undefined ? '0' : multiply(price, multiply(percentage, '0.01')));
  return multiply(quantity, sum([price, multiply(off, '-1')]));
}

function deriveDeal(portal: Portal, type: ObjectType, values: Values, written: ReadonlySet<string>, now: number): void {
  const wasClosed = values.hs_is_closed === 'true';
  const stages = portal.pipelinesOf(type).flatMap((pipeline) => pipeline.stages);
  const stage = stages.find((candidate) => candidate.id === values.dealstage);
  const probability = stage?.metadata.probability;
  const closed = stage?.metadata.isClosed === 'true';
  const won = closed && Number(probability) === 1;
  values.hs_is_closed = String(closed);
  values.hs_is_closed_won = String(won);
  values.hs_is_closed_lost = String(closed && Number(probability) === 0);
  setOrClear(values, 'hs_deal_stage_probability', probability);
  const rate = CURRENCIES.get(values.deal_currency_code ?? portal.homeCurrency) ?? '1';
  const amount = values.amount;
  const home = amount === undefined ? undefined : multiply(amount, rate);
  setOrClear(values, 'amount_in_home_currency', home);
  setOrClear(values, 'hs_closed_amount', home === undefined ? undefined : won ? home : '0');
  setOrClear(
    values,
    'hs_projected_amount',
    home === undefined || probability === undefined ? undefined : multiply(home, probability),
  );
  // The portal dates a deal that is closed without a date of its own.
  if (closed && !wasClosed && !written.has('closedate')) values.closedate = instant(now);
}
