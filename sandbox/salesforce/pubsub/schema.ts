/** The Avro schema of an object's change event, as GetSchema answers it, and the bitmaps that count its fields. */
import { createHash } from 'node:crypto';
import { shortId } from '../ids.ts';
import type { FieldDef, ObjectDef, Value } from '../schema/types.ts';

/** One field of a change event after the header: a field of the object, or a compound one with its parts. */
export interface EventField {
  readonly name: string;
  readonly field: FieldDef;
  /** Name of the part in the event, and the object's field that it shows. Empty where the field is not compound. */
  readonly parts: readonly { readonly name: string; readonly field: FieldDef }[];
}

export interface EventSchema {
  /** Hash of the text: it changes with every field. */
  readonly id: string;
  readonly json: string;
  /** In the order of the schema; the header stands before them, at place 0. */
  readonly fields: readonly EventField[];
  /** Names of the object's fields that the event shows, parts of compound ones among them. */
  readonly shows: ReadonlySet<string>;
}

const CHANGE_TYPES = [
  'CREATE',
  'UPDATE',
  'DELETE',
  'UNDELETE',
  'GAP_CREATE',
  'GAP_UPDATE',
  'GAP_DELETE',
  'GAP_UNDELETE',
  'GAP_OVERFLOW',
];

const TEXTS = { type: 'array', items: 'string' };
const HEADER = {
  type: 'record',
  name: 'ChangeEventHeader',
  fields: [
    { name: 'entityName', type: 'string' },
    { name: 'recordIds', type: TEXTS },
    { name: 'changeType', type: { type: 'enum', name: 'ChangeType', symbols: CHANGE_TYPES } },
    { name: 'changeOrigin', type: 'string' },
    { name: 'transactionKey', type: 'string' },
    { name: 'sequenceNumber', type: 'int' },
    { name: 'commitTimestamp', type: 'long' },
    { name: 'commitNumber', type: 'long' },
    { name: 'commitUser', type: 'string' },
    { name: 'nulledFields', type: TEXTS },
    { name: 'diffFields', type: TEXTS },
    { name: 'changedFields', type: TEXTS },
  ],
};

/** System fields that change events leave out (Change Data Capture Developer Guide, "Change Event Message Structure"). */
const LEFT_OUT = new Set(['Id', 'IsDeleted', 'SystemModstamp']);
const PERSON_PARTS = ['Salutation', 'FirstName', 'LastName'];
const ADDRESS_PARTS = ['Street', 'City', 'State', 'PostalCode', 'Country'];

/** Name of the event of an object: LeadChangeEvent, Sluice_Offer__ChangeEvent. */
export function eventName(objectName: string): string {
  return objectName.endsWith('__c') ? `${objectName.slice(0, -1)}ChangeEvent` : `${objectName}ChangeEvent`;
}

/** @param multiCurrency the org uses several currencies, so that records carry theirs */
export function eventSchema(object: ObjectDef, multiCurrency: boolean): EventSchema {
  const fields = eventFields(object, multiCurrency);
  const known = new Set<string>();
  const json = JSON.stringify({
    type: 'record',
    name: eventName(object.name),
    namespace: 'com.sforce.eventbus',
    fields: [
      { name: 'ChangeEventHeader', type: HEADER },
      ...fields.map((one) => ({
        name: one.name,
        type: typeOf(object, one, known),
        doc: doc(one.field),
        default: null,
      })),
    ],
  });
  const shows = new Set(
    fields.flatMap(({ field, parts }) => (parts.length === 0 ? [field.name] : parts.map((part) => part.field.name))),
  );
  return { id: createHash('md5').update(json).digest('base64url'), json, fields, shows };
}

function eventFields(object: ObjectDef, multiCurrency: boolean): EventField[] {
  const person = isPerson(object);
  const fields: EventField[] = [];
  for (const field of object.fields.values()) {
    if (LEFT_OUT.has(field.name) || (field.multiCurrencyOnly && !multiCurrency)) continue;
    if (person && PERSON_PARTS.includes(field.name)) continue;
    if (person && field.nameField) fields.push({ name: field.name, field, parts: parts(object, PERSON_PARTS, '') });
    else if (field.type === 'address') {
      const prefix = field.name.slice(0, -'Address'.length);
      fields.push({ name: field.name, field, parts: parts(object, ADDRESS_PARTS, prefix) });
    } else if (field.read === null && field.compound === null) fields.push({ name: field.name, field, parts: [] });
  }
  return fields;
}

/** Whether the object stores a first and a last name of its own, which events show inside Name. */
function isPerson(object: ObjectDef): boolean {
  const last = object.fields.get('lastname');
  return last !== undefined && last.read === null && object.fields.get('name')?.read != null;
}

function parts(object: ObjectDef, names: readonly string[], prefix: string): EventField['parts'] {
  return names.flatMap((name) => {
    const field = object.fields.get(`${prefix}${name}`.toLowerCase());
    return field ? [{ name, field }] : [];
  });
}

/** @param known record types that stand further up already: Avro names them instead of defining them again */
function typeOf(object: ObjectDef, { field, parts }: EventField, known: Set<string>): unknown {
  if (object.name === 'Account' && field.nameField)
    return ['null', 'string', record('Switchable_PersonName', PERSON_PARTS)];
  if (parts.length === 0) return ['null', scalar(field)];
  const name = field.type === 'address' ? 'Address' : 'PersonName';
  if (known.has(name)) return ['null', name];
  known.add(name);
  const names = parts.map((part) => part.name);
  return [
    'null',
    field.type === 'address'
      ? record(name, names, ['Latitude', 'Longitude'], ['GeocodeAccuracy'])
      : record(name, names),
  ];
}

function record(name: string, texts: readonly string[], numbers: readonly string[] = [], more: readonly string[] = []) {
  const optional = (type: string) => (one: string) => ({ name: one, type: ['null', type], default: null });
  return {
    type: 'record',
    name,
    fields: [...texts.map(optional('string')), ...numbers.map(optional('double')), ...more.map(optional('string'))],
  };
}

function scalar(field: FieldDef): 'boolean' | 'int' | 'double' | 'long' | 'string' {
  switch (field.type) {
    case 'boolean':
    case 'int':
      return field.type;
    case 'double':
    case 'currency':
    case 'percent':
      return 'double';
    case 'date':
    case 'datetime':
      return 'long';
    default:
      return 'string';
  }
}

const KINDS: Readonly<Record<string, string>> = {
  id: 'EntityId',
  reference: 'EntityId',
  string: 'Text',
  textarea: 'MultiLineText',
  picklist: 'DynamicEnum',
  multipicklist: 'MultiEnum',
  boolean: 'Boolean',
  int: 'Integer',
  double: 'Double',
  currency: 'Currency',
  percent: 'Percent',
  date: 'DateOnly',
  datetime: 'DateTime',
  email: 'Email',
  phone: 'Phone',
  url: 'Url',
  address: 'Address',
};

/** What the platform notes on a field: where it comes from, its kind, and the definition of a custom one. */
function doc(field: FieldDef): string {
  const kind = KINDS[field.type] ?? 'Text';
  if (/^(Created|LastModified)(Date|ById)$/.test(field.name)) return `${field.name.replace(/Id$/, '')}:${kind}`;
  return field.definitionId === null ? `Data:${kind}` : `Data:${kind}:${shortId(field.definitionId)}`;
}

/**
 * The fields that `marked` names as the header tells them: a bitmap of plain fields by their places in the schema, then for
 * each compound field its place and the bitmap of its parts, as in ['0x650004E0', '4-0x10'].
 */
export function bitmaps(schema: EventSchema, marked: (field: FieldDef) => boolean): string[] {
  let plain = 0n;
  const nested: string[] = [];
  schema.fields.forEach(({ field, parts }, index) => {
    const place = BigInt(index + 1);
    if (parts.length === 0) {
      if (marked(field)) plain |= 1n << place;
      return;
    }
    let bits = 0n;
    parts.forEach((part, at) => {
      if (marked(part.field)) bits |= 1n << BigInt(at);
    });
    if (bits !== 0n) nested.push(`${place}-${hex(bits)}`);
  });
  return plain === 0n ? nested : [hex(plain), ...nested];
}

function hex(bits: bigint): string {
  const digits = bits.toString(16).toUpperCase();
  return `0x${digits.length % 2 === 1 ? '0' : ''}${digits}`;
}

/** A stored value as Avro carries it: days and instants as epoch milliseconds. */
export function avroValue(field: FieldDef, value: Value | undefined): Value {
  if (value === undefined || value === null) return null;
  return field.type === 'date' ? Date.parse(`${String(value)}T00:00:00Z`) : value;
}
