import { permissionable } from '../org/access.ts';
import type { Caller, Org } from '../org/org.ts';
import { MASTER_ID } from '../org/record-types.ts';
import type { FieldDef, FieldType, ObjectDef } from '../schema/types.ts';

const SOAP_TYPES: Partial<Record<FieldType, string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  address: 'urn:address',
};

/** Three bytes a character, as the platform counts them. */
const byteLength = (length: number): number => length * 3;

/** A field as describe shows it. */
function describeField(org: Org, object: ObjectDef, field: FieldDef, caller: Caller): Record<string, unknown> {
  const numeric = ['double', 'currency', 'percent'].includes(field.type);
  const editable = !field.custom || org.access.canEdit(caller.userId, object, field);
  const polymorphic = field.referenceTo.length > 1;
  return {
    aggregatable: !['address', 'multipicklist', 'boolean'].includes(field.type) && field.filterable,
    aiPredictionField: false,
    autoNumber: field.nameField && !field.createable && object.custom,
    byteLength: field.type === 'id' || field.type === 'reference' ? 18 : byteLength(field.length),
    calculated: field.formula !== null && !field.nameField,
    calculatedFormula: field.nameField ? null : field.formula,
    cascadeDelete: field.onDelete === 'Cascade',
    caseSensitive: field.caseSensitive,
    compoundFieldName: field.compound,
    controllerName: null,
    createable: field.createable && editable,
    custom: field.custom,
    defaultValue: field.type === 'boolean' && field.createable ? field.defaultValue : null,
    defaultValueFormula: null,
    defaultedOnCreate:
      field.type === 'boolean' || field.name === 'OwnerId' || field.defaultValue !== null || isSystem(field.name),
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: field.type === 'int' ? field.precision : 0,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: field.externalId,
    extraTypeInfo: null,
    filterable: field.filterable,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: field.formulaBlanksAsZero,
    groupable: field.groupable,
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: field.idLookup,
    inlineHelpText: field.helpText,
    label: field.label,
    length: field.length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField,
    namePointing: polymorphic,
    nillable: !field.required && field.type !== 'boolean',
    permissionable: permissionable(field),
    picklistValues: field.picklist.map((entry) => ({
      active: entry.active,
      defaultValue: entry.defaultValue,
      label: entry.label,
      validFor: null,
      value: entry.value,
    })),
    polymorphicForeignKey: polymorphic,
    precision: numeric ? field.precision : 0,
    queryByDistance: false,
    referenceTargetField: null,
    referenceTo: field.referenceTo,
    relationshipName: field.relationshipName,
    relationshipOrder: field.masterDetail ? 0 : null,
    restrictedDelete: field.onDelete === 'Restrict',
    restrictedPicklist: field.restricted,
    scale: numeric ? field.scale : 0,
    searchPrefilterable: field.type === 'reference' || field.type === 'picklist',
    soapType: SOAP_TYPES[field.type] ?? 'xsd:string',
    sortable: field.sortable,
    type: field.type,
    unique: field.unique,
    updateable: field.updateable && editable,
    writeRequiresMasterRead: false,
  };
}

/** The record types of the object, and the master record type at the end. */
function recordTypeInfos(org: Org, object: ObjectDef, self: string): Record<string, unknown>[] {
  const types = org.recordTypes.of(object).map(({ row, isDefault }) => ({
    active: row.IsActive === true,
    available: row.IsActive === true,
    defaultRecordTypeMapping: isDefault,
    developerName: row.DeveloperName,
    master: false,
    name: row.Name,
    recordTypeId: row.Id,
  }));
  const master = {
    active: true,
    available: true,
    defaultRecordTypeMapping: !types.some((one) => one.defaultRecordTypeMapping),
    developerName: 'Master',
    master: true,
    name: 'Master',
    recordTypeId: MASTER_ID,
  };
  return [...types, master].map((one) => ({
    ...one,
    urls: { layout: `${self}/describe/layouts/${String(one.recordTypeId)}` },
  }));
}

function isSystem(name: string): boolean {
  return ['Id', 'CreatedDate', 'CreatedById', 'LastModifiedDate', 'LastModifiedById', 'SystemModstamp'].includes(name);
}

/** What global describe and the object's own resource say of an object. */
export function describeBasics(object: ObjectDef, base: string): Record<string, unknown> {
  const self = `${base}/sobjects/${object.name}`;
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: object.createable,
    custom: object.custom,
    customSetting: false,
    deepCloneable: false,
    deletable: object.deletable,
    deprecatedAndHidden: false,
    feedEnabled: false,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: object.keyPrefix,
    label: object.label,
    labelPlural: object.labelPlural,
    layoutable: true,
    mergeable: ['Account', 'Contact', 'Lead'].includes(object.name),
    mruEnabled: true,
    name: object.name,
    queryable: true,
    replicateable: object.replicateable,
    retrieveable: true,
    searchable: true,
    triggerable: true,
    undeletable: !object.hardDelete && object.fields.has('isdeleted'),
    updateable: object.updateable,
    urls: { rowTemplate: `${self}/{ID}`, describe: `${self}/describe`, sobject: self },
  };
}

/** The full describe of an object, with the fields that the caller can see. */
export function describeObject(org: Org, object: ObjectDef, caller: Caller, base: string): Record<string, unknown> {
  const basics = describeBasics(object, base);
  const self = `${base}/sobjects/${object.name}`;
  const children = org.schema
    .childrenOf(object)
    .filter(({ child, field }) => org.sees(child, field, caller) && !field.read);
  return {
    ...basics,
    actionOverrides: [],
    childRelationships: children.map(({ child, field }) => ({
      cascadeDelete: field.onDelete === 'Cascade',
      childSObject: child.name,
      deprecatedAndHidden: false,
      field: field.name,
      junctionIdListNames: [],
      junctionReferenceTo: [],
      relationshipName: field.childRelationshipName,
      restrictedDelete: field.onDelete === 'Restrict',
    })),
    compactLayoutable: true,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    fields: [...org.fields(object, caller)].map((field) => describeField(org, object, field, caller)),
    implementedBy: null,
    implementsInterfaces: null,
    isInterface: false,
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: recordTypeInfos(org, object, self),
    searchLayoutable: true,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [
      { label: `All ${object.labelPlural.toLowerCase()}`, name: 'everything' },
      { label: `My ${object.labelPlural.toLowerCase()}`, name: 'mine' },
    ],
    urls: {
      compactLayouts: `${self}/describe/compactLayouts`,
      rowTemplate: `${self}/{ID}`,
      approvalLayouts: `${self}/describe/approvalLayouts`,
      describe: `${self}/describe`,
      quickActions: `${self}/quickActions`,
      layouts: `${self}/describe/layouts`,
      sobject: self,
    },
  };
}
