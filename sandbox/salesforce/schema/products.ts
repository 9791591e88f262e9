/** What is sold: Product2, Pricebook2, PricebookEntry, the lines of opportunities; and the partners listed on opportunities. */
import { object } from './define.ts';
import { area, bool, currency, date, double, int, percent, pick, READ_ONLY, ref, text } from './fields.ts';
import type { FieldDef, Lookup, ObjectDef, Row, Value } from './types.ts';

/** A value of the record that the row refers to by `field`. */
function of(field: string, value: string): Pick<FieldDef, 'read'> {
  return {
    read: (row: Row, lookup: Lookup): Value => {
      const id = row[field];
      return typeof id === 'string' ? (lookup.row(id)?.row[value] ?? null) : null;
    },
  };
}

/** The vendor names a line after its opportunity and product. */
function lineName(row: Row, lookup: Lookup): string {
  const name = (id: Value | undefined) => (typeof id === 'string' ? String(lookup.row(id)?.row.Name ?? '') : '');
  return `${name(row.OpportunityId)} ${name(row.Product2Id)}`.trim().slice(0, 376);
}

export function productObjects(): ObjectDef[] {
  return [
    object({
      name: 'Product2',
      label: 'Product',
      keyPrefix: '01t',
      currency: true,
      fields: [
        text('Name', 'Product Name', 255, { nameField: true, required: true }),
        text('ProductCode', 'Product Code', 255),
        area('Description', 'Product Description', 4000),
        bool('IsActive', 'Active'),
        pick('Family', 'Product Family', ['None']),
        pick('QuantityUnitOfMeasure', 'Quantity Unit Of Measure', ['Each']),
        text('StockKeepingUnit', 'Product SKU', 180),
      ],
    }),
    object({
      name: 'Pricebook2',
      label: 'Price Book',
      keyPrefix: '01s',
      fields: [
        text('Name', 'Price Book Name', 255, { nameField: true, required: true }),
        area('Description', 'Description'),
        bool('IsActive', 'Active'),
        bool('IsStandard', 'Is Standard Price Book', READ_ONLY),
      ],
    }),
    object({
      name: 'PricebookEntry',
      label: 'Price Book Entry',
      labelPlural: 'Price Book Entries',
      keyPrefix: '01u',
      currency: true,
      fields: [
        ref('Pricebook2Id', 'Price Book ID', 'Pricebook2', {
          required: true,
          updateable: false,
          childRelationshipName: 'PricebookEntries',
          onDelete: 'Cascade',
        }),
        ref('Product2Id', 'Product ID', 'Product2', {
          required: true,
          updateable: false,
          childRelationshipName: 'PricebookEntries',
          onDelete: 'Cascade',
        }),
        currency('UnitPrice', 'List Price', 18, 2, { required: true }),
        bool('IsActive', 'Active'),
        bool('UseStandardPrice', 'Use Standard Price'),
        text('Name', 'Product Name', 255, { ...READ_ONLY, nameField: true, ...of('Product2Id', 'Name') }),
        text('ProductCode', 'Product Code', 255, { ...READ_ONLY, ...of('Product2Id', 'ProductCode') }),
      ],
    }),
    object({
      name: 'OpportunityLineItem',
      label: 'Opportunity Product',
      keyPrefix: '00k',
      currency: true,
      fields: [
        ref('OpportunityId', 'Opportunity ID', 'Opportunity', {
          required: true,
          updateable: false,
          childRelationshipName: 'OpportunityLineItems',
          onDelete: 'Cascade',
        }),
        int('SortOrder', 'Sort Order', 9),
        ref('PricebookEntryId', 'Price Book Entry ID', 'PricebookEntry', { updateable: false, onDelete: 'Restrict' }),
        ref('Product2Id', 'Product ID', 'Product2', { updateable: false, onDelete: 'Restrict' }),
        text('ProductCode', 'Product Code', 255, { ...READ_ONLY, ...of('Product2Id', 'ProductCode') }),
        text('Name', 'Opportunity Product Name', 376, { ...READ_ONLY, nameField: true, read: lineName }),
        double('Quantity', 'Quantity', 12, 2, { required: true }),
        percent('Discount', 'Discount', 5, 2),
        currency('TotalPrice', 'Total Price'),
        currency('UnitPrice', 'Sales Price'),
        currency('ListPrice', 'List Price', 18, 2, { ...READ_ONLY, ...of('PricebookEntryId', 'UnitPrice') }),
        date('ServiceDate', 'Date'),
        text('Description', 'Line Description', 255),
      ],
    }),
    object({
      name: 'OpportunityPartner',
      label: 'Opportunity Partner',
      keyPrefix: '00I',
      updateable: false,
      fields: [
        ref('OpportunityId', 'Opportunity ID', 'Opportunity', {
          required: true,
          childRelationshipName: 'OpportunityPartnersFrom',
          onDelete: 'Cascade',
        }),
        ref('AccountToId', 'Account To ID', 'Account', {
          required: true,
          relationshipName: 'AccountTo',
          childRelationshipName: 'OpportunityPartnersTo',
          onDelete: 'Cascade',
        }),
        pick('Role', 'Role', [
          'System Integrator',
          'Agency',
          'Advertiser',
          'VAR/Reseller',
          'Distributor',
          'Developer',
          'Broker',
          'Lender',
          'Supplier',
          'Institution',
          'Contractor',
          'Dealer',
          'Consultant',
        ]),
        bool('IsPrimary', 'Primary'),
      ],
    }),
  ];
}
