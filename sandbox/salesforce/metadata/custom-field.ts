import { badRequest } from '../errors.ts';
import { field as makeField } from '../schema/fields.ts';
import type { FieldDef, FieldType, ObjectDef, PicklistEntry, Value } from '../schema/types.ts';
import { formulaField } from './formula-field.ts';

/** Metadata as it comes from XML or JSON: texts or typed values, lists or single items. */
export type Meta = Readonly<Record<string, unknown>>;

/** The metadata types of fields and the types that describe shows for them. */
const TYPES: Readonly<Record<string, FieldType>> = {
  AutoNumber: 'string',
  Checkbox: 'boolean',
  Currency: 'currency',
  Date: 'date',
  DateTime: 'datetime',
  Email: 'email',
  Html: 'textarea',
  LongTextArea: 'textarea',
  Lookup: 'reference',
  MasterDetail: 'reference',
  MultiselectPicklist: 'multipicklist',
  Number: 'double',
  Percent: 'percent',
  Phone: 'phone',
  Picklist: 'picklist',
  Text: 'string',
  TextArea: 'textarea',
  Url: 'url',
};

const LENGTHS: Partial<Record<FieldType, number>> = {
  email: 80,
  phone: 40,
  url: 255,
  picklist: 255,
  multipicklist: 4099,
  textarea: 255,
  reference: 18,
};

export function flag(value: unknown): boolean {
  return value === true || value === 'true';
}

export function items(value: unknown): unknown[] {
  return value === undefined || value === null || value === '' ? [] : Array.isArray(value) ? value : [value];
}

export function str(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const API_NAME = /^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*__c$/;
const MAX_DEVELOPER_NAME = 40;

/** @throws where the text is no name for a custom field or object */
export function checkName(name: string): void {
  if (!API_NAME.test(name) || name.length > MAX_DEVELOPER_NAME + 3) {
    throw badRequest(
      'FIELD_INTEGRITY_EXCEPTION',
      `The name ${name} is not valid: it must begin with a letter, use only letters, digits and single underscores, have at most ${MAX_DEVELOPER_NAME} characters and end in __c`,
    );
  }
}

/**
 * A field from its metadata.
 * @param definitionId the id of the new definition
 * @param known tells whether an object exists, for lookups
 * @throws SalesforceError in the words of a failed deployment
 */
export function fieldFromMetadata(
  object: ObjectDef,
  name: string,
  meta: Meta,
  definitionId: string,
  known: (objectName: string) => ObjectDef | undefined,
): FieldDef {
  checkName(name);
  const metaType = str(meta.type);
  const type = Object.hasOwn(TYPES, metaType) ? TYPES[metaType] : undefined;
  if (metaType === 'Summary') {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', 'Roll-up summary fields are not supported by this sandbox');
  }
  if (!type) throw badRequest('INVALID_TYPE', `The custom field ${name} has no valid type: '${metaType}'`);
  const label = str(meta.label);
  if (label === '')
    throw badRequest('REQUIRED_FIELD_MISSING', 'Required fields are missing: [MasterLabel]', ['MasterLabel']);
  if (meta.formula !== undefined) {
    const named = { custom: true, definitionId, description: str(meta.description) || null };
    const spec = {
      formula: str(meta.formula),
      blanksAsZero: str(meta.formulaTreatBlanksAs) !== 'BlankAsBlank',
      shape: numberShape(name, type, { precision: 18, ...meta }),
    };
    const more = formulaField(object, name, type, spec, known);
    return makeField(type, name, label, { ...named, helpText: str(meta.inlineHelpText) || null, ...more });
  }
  const master = metaType === 'MasterDetail';
  const base = {
    custom: true,
    definitionId,
    description: str(meta.description) || null,
    helpText: str(meta.inlineHelpText) || null,
    required: flag(meta.required) || master,
    externalId: flag(meta.externalId),
    unique: flag(meta.unique),
    idLookup: flag(meta.externalId) || flag(meta.unique),
    caseSensitive: flag(meta.caseSensitive),
    length: lengthOf(name, metaType, type, meta),
    ...numberShape(name, type, meta),
  };
  if (type === 'picklist' || type === 'multipicklist')
    return makeField(type, name, label, { ...base, ...picklistOf(name, meta) });
  if (type === 'reference')
    return makeField(type, name, label, { ...base, ...lookupOf(object, name, meta, master, known) });
  if (type === 'boolean')
    return makeField(type, name, label, { ...base, required: false, defaultValue: flag(meta.defaultValue) });
  return makeField(type, name, label, { ...base, defaultValue: defaultOf(type, meta) });
}

function lengthOf(name: string, metaType: string, type: FieldType, meta: Meta): number {
  const given = str(meta.length) === '' ? undefined : Number(meta.length);
  if (metaType === 'Text') {
    if (given === undefined || !Number.isInteger(given) || given < 1 || given > 255) {
      throw badRequest(
        'FIELD_INTEGRITY_EXCEPTION',
        `Must specify 'length' between 1 and 255 for the custom field ${name}`,
      );
    }
    return given;
  }
  if (metaType === 'LongTextArea' || metaType === 'Html') {
    if (given === undefined || given < 256 || given > 131_072) {
      throw badRequest(
        'FIELD_INTEGRITY_EXCEPTION',
        `Must specify 'length' between 256 and 131072 for the custom field ${name}`,
      );
    }
    return given;
  }
  return LENGTHS[type] ?? (metaType === 'AutoNumber' ? 30 : 0);
}

function numberShape(name: string, type: FieldType, meta: Meta): { precision: number; scale: number } {
  if (type !== 'double' && type !== 'currency' && type !== 'percent') return { precision: 0, scale: 0 };
  const precision = Number(meta.precision);
  const scale = Number(meta.scale ?? Number.NaN);
  const valid =
    Number.isInteger(precision) &&
    Number.isInteger(scale) &&
    precision >= 1 &&
    precision <= 18 &&
    scale >= 0 &&
    scale < precision + 1;
  if (!valid) {
    throw badRequest(
      'FIELD_INTEGRITY_EXCEPTION',
      `Must specify 'precision' (1 to 18) and 'scale' for the custom field ${name}`,
    );
  }
  return { precision, scale };
}

function defaultOf(type: FieldType, meta: Meta): Value {
  const raw = str(meta.defaultValue);
  if (raw === '') return null;
  if (type === 'double' || type === 'currency' || type === 'percent')
    return Number.isFinite(Number(raw)) ? Number(raw) : null;
  const quoted = /^(['"])(.*)\1$/.exec(raw);
  return quoted && type === 'string' ? (quoted[2] ?? null) : null;
}

function picklistOf(name: string, meta: Meta): { picklist: PicklistEntry[]; restricted: boolean; defaultValue: Value } {
  const set = (meta.valueSet ?? meta.picklist) as Meta | undefined;
  const definition = (set?.valueSetDefinition ?? set) as Meta | undefined;
  const values = items(definition?.value ?? definition?.picklistValues) as Meta[];
  if (values.length === 0) {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', `Must specify a valueSet with values for the picklist field ${name}`);
  }
  const seen = new Set<string>();
  const picklist = values.map((one) => {
    const value = str(one.fullName ?? one.valueName);
    if (value === '') throw badRequest('REQUIRED_FIELD_MISSING', `A picklist value of ${name} has no fullName`);
    if (seen.has(value.toLowerCase())) throw badRequest('DUPLICATE_VALUE', `Duplicate label: ${value}`);
    seen.add(value.toLowerCase());
    return {
      value,
      label: str(one.label) || value,
      active: one.isActive === undefined || one.isActive === null || flag(one.isActive),
      defaultValue: flag(one.default),
    };
  });
  return { picklist, restricted: flag(set?.restricted), defaultValue: null };
}

function lookupOf(
  object: ObjectDef,
  name: string,
  meta: Meta,
  master: boolean,
  known: (objectName: string) => ObjectDef | undefined,
): Partial<FieldDef> {
  const target = known(str(meta.referenceTo));
  if (!target) {
    throw badRequest(
      'INVALID_CROSS_REFERENCE_KEY',
      `referenceTo value of '${str(meta.referenceTo)}' does not resolve to a valid sObject type`,
    );
  }
  const child = str(meta.relationshipName);
  const constraint = str(meta.deleteConstraint);
  for (const { child: other, field } of relationsTo(target, object)) {
    if (child !== '' && field.name !== name && field.childRelationshipName === `${child}__r`) {
      throw badRequest(
        'DUPLICATE_DEVELOPER_NAME',
        `There is already a Child Relationship named ${child} on ${target.label} (${other.name}.${field.name}).`,
      );
    }
  }
  return {
    referenceTo: [target.name],
    relationshipName: name.replace(/__c$/, '__r'),
    childRelationshipName: child === '' ? null : `${child}__r`,
    onDelete: master || constraint === 'Cascade' ? 'Cascade' : constraint === 'Restrict' ? 'Restrict' : 'SetNull',
    masterDetail: master,
  };
}

/** The references of `object` itself to the target: the platform wants their child names to differ. */
function* relationsTo(target: ObjectDef, object: ObjectDef): Generator<{ child: ObjectDef; field: FieldDef }> {
  for (const field of object.fields.values()) {
    if (field.type === 'reference' && field.referenceTo.includes(target.name)) yield { child: object, field };
  }
}

/** The metadata of a custom field, as readMetadata shows it. */
export function metadataOf(field: FieldDef): Meta {
  const meta: Record<string, unknown> = { label: field.label };
  if (field.description) meta.description = field.description;
  if (field.helpText) meta.inlineHelpText = field.helpText;
  meta.type = metadataType(field);
  if (field.formula !== null) {
    meta.formula = field.formula;
    meta.formulaTreatBlanksAs = field.formulaBlanksAsZero ? 'BlankAsZero' : 'BlankAsBlank';
    if (field.type === 'double' || field.type === 'currency' || field.type === 'percent') {
      meta.precision = field.precision;
      meta.scale = field.scale;
    }
    return meta;
  }
  if (field.type !== 'boolean') meta.required = field.required;
  if (field.type === 'string' || (field.type === 'textarea' && field.length > 255)) meta.length = field.length;
  if (['double', 'currency', 'percent'].includes(field.type)) {
    meta.precision = field.precision;
    meta.scale = field.scale;
  }
  if (['string', 'email', 'double'].includes(field.type)) {
    meta.externalId = field.externalId;
    meta.unique = field.unique;
    if (field.unique) meta.caseSensitive = field.caseSensitive;
  }
  if (field.type === 'boolean') meta.defaultValue = field.defaultValue;
  if (field.type === 'reference') {
    meta.referenceTo = field.referenceTo[0];
    if (field.childRelationshipName) meta.relationshipName = field.childRelationshipName.replace(/__r$/, '');
    if (!field.masterDetail) meta.deleteConstraint = field.onDelete;
  }
  if (field.picklist.length > 0) {
    meta.valueSet = {
      restricted: field.restricted,
      valueSetDefinition: {
        sorted: false,
        value: field.picklist.map((entry) => ({
          fullName: entry.value,
          default: entry.defaultValue,
          label: entry.label,
          isActive: entry.active,
        })),
      },
    };
  }
  return meta;
}

function metadataType(field: FieldDef): string {
  if (field.type === 'textarea') return field.length > 255 ? 'LongTextArea' : 'TextArea';
  if (field.type === 'reference') return field.masterDetail ? 'MasterDetail' : 'Lookup';
  return Object.entries(TYPES).find(([name, type]) => type === field.type && name !== 'AutoNumber')?.[0] ?? 'Text';
}
