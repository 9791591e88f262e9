import type { FieldDef, FieldType, PicklistEntry } from './types.ts';

type Options = Partial<Omit<FieldDef, 'name' | 'label' | 'type'>>;

/** A field with the platform's defaults for its type. */
export function field(type: FieldType, name: string, label: string, options: Options = {}): FieldDef {
  const compound = type === 'address';
  const long = type === 'textarea' && (options.length ?? 255) > 255;
  return {
    name,
    label,
    type,
    length: 0,
    precision: 0,
    scale: 0,
    required: false,
    createable: !compound,
    updateable: !compound,
    custom: false,
    externalId: false,
    unique: false,
    caseSensitive: false,
    idLookup: false,
    nameField: false,
    filterable: !compound && !long,
    sortable: !compound && !long && type !== 'multipicklist',
    groupable: !compound && !long && !['double', 'currency', 'percent', 'datetime', 'multipicklist'].includes(type),
    picklist: [],
    restricted: false,
    referenceTo: [],
    relationshipName: null,
    childRelationshipName: null,
    onDelete: 'SetNull',
    masterDetail: false,
    defaultValue: type === 'boolean' ? false : null,
    compound: null,
    helpText: null,
    description: null,
    formula: null,
    formulaUses: [],
    formulaBlanksAsZero: false,
    multiCurrencyOnly: false,
    since: 0,
    read: null,
    definitionId: null,
    ...options,
  };
}

export const READ_ONLY: Options = { createable: false, updateable: false };

export const text = (name: string, label: string, length: number, options: Options = {}) =>
  field('string', name, label, { length, ...options });
export const area = (name: string, label: string, length = 255, options: Options = {}) =>
  field('textarea', name, label, { length, ...options });
export const phone = (name: string, label: string) => field('phone', name, label, { length: 40 });
export const email = (name: string, label: string, options: Options = {}) =>
  field('email', name, label, { length: 80, ...options });
export const url = (name: string, label: string, options: Options = {}) =>
  field('url', name, label, { length: 255, ...options });
export const bool = (name: string, label: string, options: Options = {}) => field('boolean', name, label, options);
export const int = (name: string, label: string, digits = 8, options: Options = {}) =>
  field('int', name, label, { precision: digits, ...options });
export const double = (name: string, label: string, precision = 18, scale = 0, options: Options = {}) =>
  field('double', name, label, { precision, scale, ...options });
export const currency = (name: string, label: string, precision = 18, scale = 2, options: Options = {}) =>
  field('currency', name, label, { precision, scale, ...options });
export const percent = (name: string, label: string, precision = 3, scale = 0, options: Options = {}) =>
  field('percent', name, label, { precision, scale, ...options });
export const date = (name: string, label: string, options: Options = {}) => field('date', name, label, options);
export const datetime = (name: string, label: string, options: Options = {}) => field('datetime', name, label, options);

/** Picklist entries from plain values; the value after `*` is the default. */
function entries(values: readonly string[]): PicklistEntry[] {
  return values.map((raw) => {
    const defaultValue = raw.startsWith('*');
    const value = defaultValue ? raw.slice(1) : raw;
    return { value, label: value, active: true, defaultValue };
  });
}

export const pick = (name: string, label: string, values: readonly string[], options: Options = {}) =>
  field('picklist', name, label, { length: 255, picklist: entries(values), ...options });

/** A reference; the relationship is the name without `Id` unless given. */
export function ref(name: string, label: string, to: string | readonly string[], options: Options = {}): FieldDef {
  return field('reference', name, label, {
    length: 18,
    referenceTo: typeof to === 'string' ? [to] : to,
    relationshipName: name.endsWith('Id') ? name.slice(0, -2) : null,
    ...options,
  });
}

/** The five parts of an address and its compound field. */
export function address(prefix: string, label: string): FieldDef[] {
  const compound = `${prefix}Address`;
  const part = (suffix: string, partLabel: string, length: number) =>
    suffix === 'Street'
      ? area(`${prefix}${suffix}`, `${label}${partLabel}`, length, { compound })
      : text(`${prefix}${suffix}`, `${label}${partLabel}`, length, { compound });
  const names = { street: 'Street', city: 'City', state: 'State', postalCode: 'PostalCode', country: 'Country' };
  return [
    part('Street', 'Street', 255),
    part('City', 'City', 40),
    part('State', 'State/Province', 80),
    part('PostalCode', 'Zip/Postal Code', 20),
    part('Country', 'Country', 80),
    field('address', compound, `${label}Address`.trim(), {
      read: (row) => {
        const value: Record<string, string | null> = {};
        let filled = false;
        for (const [key, suffix] of Object.entries(names)) {
          const piece = row[`${prefix}${suffix}`];
          value[key] = typeof piece === 'string' ? piece : null;
          filled ||= value[key] !== null;
        }
        return filled ? { ...value, geocodeAccuracy: null, latitude: null, longitude: null } : null;
      },
    }),
  ];
}

/** The currency of a row, in orgs with several currencies. */
export const currencyIsoCode = (codes: readonly string[] = ['*USD', 'EUR', 'GBP', 'CHF', 'JPY']) =>
  pick('CurrencyIsoCode', 'Currency ISO Code', codes, { length: 3, restricted: true, multiCurrencyOnly: true });

/** Fields that every ordinary object carries. */
export function systemFields(options: { deleted?: boolean } = {}): { head: FieldDef[]; tail: FieldDef[] } {
  const user = (name: string, label: string) => ref(name, label, 'User', { ...READ_ONLY, required: true });
  const head = [field('id', 'Id', 'Record ID', { ...READ_ONLY, length: 18, required: true, idLookup: true })];
  if (options.deleted !== false) head.push(bool('IsDeleted', 'Deleted', READ_ONLY));
  return {
    head,
    tail: [
      datetime('CreatedDate', 'Created Date', { ...READ_ONLY, required: true }),
      user('CreatedById', 'Created By ID'),
      datetime('LastModifiedDate', 'Last Modified Date', { ...READ_ONLY, required: true }),
      user('LastModifiedById', 'Last Modified By ID'),
      datetime('SystemModstamp', 'System Modstamp', { ...READ_ONLY, required: true }),
    ],
  };
}
