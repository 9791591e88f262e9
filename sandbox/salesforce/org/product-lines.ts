/** What the platform does with products on opportunities: prices, totals, and the opportunity's amount. */
import { badRequest } from '../errors.ts';
import type { Row, Value } from '../schema/types.ts';
import type { Save } from './behaviours.ts';
import type { Org } from './org.ts';

const number = (value: Value | undefined): number | null => (typeof value === 'number' ? value : null);
const cents = (value: number) => Math.round(value * 100) / 100;

/** The lines of an opportunity that are not deleted. */
export function linesOf(org: Org, opportunityId: string): Row[] {
  return org.children('OpportunityLineItem', 'OpportunityId', opportunityId);
}

/** A custom price book takes a product only where the standard one has a price for it, and each once. */
export function priceBookEntry(save: Save): void {
  if (save.before) return;
  const { org, values } = save;
  const standard = [...org.all('Pricebook2')].find((book) => book.IsStandard === true);
  const entries = org.children('PricebookEntry', 'Product2Id', String(values.Product2Id));
  const inBook = (book: Value | undefined) => entries.some((entry) => entry.Pricebook2Id === book);
  if (inBook(values.Pricebook2Id))
    throw badRequest('DUPLICATE_VALUE', 'This price definition already exists in this price book', []);
  if (values.Pricebook2Id !== standard?.Id && !inBook(standard?.Id))
    throw badRequest('STANDARD_PRICE_NOT_DEFINED', 'Before creating a custom price, create a standard price.', []);
}

/** Unit and total price: one is given, the other follows with quantity and discount. The entry names product and price book. */
export function lineItem(save: Save): void {
  const { org, values, before } = save;
  const given = (field: string) => number(values[field]);
  if (!before) {
    const entry = values.PricebookEntryId;
    const found = typeof entry === 'string' ? org.table(org.need('PricebookEntry')).rows.get(entry) : undefined;
    if (found === undefined && typeof values.Product2Id !== 'string')
      throw badRequest(
        'FIELD_INTEGRITY_EXCEPTION',
        'field integrity exception: PricebookEntryId (pricebook entry has not been set)',
        ['PricebookEntryId'],
      );
    if (found !== undefined) {
      const deal = org.table(org.need('Opportunity')).rows.get(String(values.OpportunityId));
      if (typeof deal?.Pricebook2Id === 'string' && deal.Pricebook2Id !== found.Pricebook2Id)
        throw badRequest(
          'FIELD_INTEGRITY_EXCEPTION',
          `field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook than the one assigned to the opportunity)`,
          ['PricebookEntryId'],
        );
      values.Product2Id = found.Product2Id ?? null;
      if (given('UnitPrice') === null && given('TotalPrice') === null) values.UnitPrice = found.UnitPrice ?? null;
    }
  }
  if (given('UnitPrice') !== null && given('TotalPrice') !== null)
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', 'Specify either UnitPrice or TotalPrice, not both.', ['TotalPrice']);
  const quantity = given('Quantity') ?? number(before?.Quantity) ?? 0;
  const kept = 1 - (given('Discount') ?? number(before?.Discount) ?? 0) / 100;
  const total = given('TotalPrice');
  if (total !== null) {
    if (quantity * kept !== 0) values.UnitPrice = cents(total / (quantity * kept));
    return;
  }
  const unit = given('UnitPrice') ?? number(before?.UnitPrice) ?? 0;
  values.UnitPrice = unit;
  values.TotalPrice = cents(unit * quantity * kept);
}

/** An opportunity with lines is worth their sum, and takes the price book of its first one. */
export function summed(org: Org, opportunityId: string, userId: string): void {
  const deals = org.need('Opportunity');
  const deal = org.table(deals).rows.get(opportunityId);
  const lines = linesOf(org, opportunityId);
  if (deal === undefined || deal.IsDeleted === true || lines.length === 0) return;
  const entry = lines.map((line) => line.PricebookEntryId).find((id) => typeof id === 'string');
  const book = entry === undefined ? null : org.table(org.need('PricebookEntry')).rows.get(String(entry))?.Pricebook2Id;
  const Amount = cents(lines.reduce((sum, line) => sum + (number(line.TotalPrice) ?? 0), 0));
  org.touch(deals, deal, { Amount, Pricebook2Id: deal.Pricebook2Id ?? book ?? null }, userId);
}
