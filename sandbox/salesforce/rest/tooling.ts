/** The part of the Tooling API that deploys and lists custom fields and objects. */
import { badRequest, methodNotAllowed, notFound } from '../errors.ts';
import { canonicalId } from '../ids.ts';
import { customFields, kindOf } from '../metadata/components.ts';
import { type Meta, metadataOf, str } from '../metadata/custom-field.ts';
import { metadataOfObject } from '../metadata/custom-object.ts';
import type { Setup } from '../metadata/kind.ts';
import { metadataOfRule } from '../metadata/validation-rule.ts';
import { Org } from '../org/org.ts';
import { object as makeObject } from '../schema/define.ts';
import { bool, int, text } from '../schema/fields.ts';
import type { ObjectDef } from '../schema/types.ts';
import { type Api, type ApiRequest, type ApiResponse, NO_CONTENT, ok } from './api.ts';
import { describeBasics, describeObject } from './describe.ts';
import { query } from './query.ts';
import { inputOf, only } from './sobjects.ts';

const fixed = {
  createable: false,
  updateable: false,
  deletable: false,
  replicateable: false,
  deletedFlag: false,
} as const;

/** The tables of definitions, which tooling queries read. */
function definitions(): ObjectDef[] {
  return [
    makeObject({
      name: 'CustomField',
      keyPrefix: '00N',
      ...fixed,
      createable: true,
      updateable: true,
      deletable: true,
      fields: [
        text('DeveloperName', 'Developer Name', 40, { nameField: true }),
        text('FullName', 'Full Name', 255),
        text('TableEnumOrId', 'Entity', 40),
        text('EntityDefinitionId', 'Entity Definition', 40),
        text('NamespacePrefix', 'Namespace Prefix', 15),
        text('ManageableState', 'Manageable State', 40),
        text('InlineHelpText', 'Help Text', 510),
        text('Description', 'Description', 1000),
        int('Length', 'Length'),
      ],
    }),
    makeObject({
      name: 'CustomObject',
      keyPrefix: '01I',
      ...fixed,
      createable: true,
      updateable: true,
      deletable: true,
      fields: [
        text('DeveloperName', 'Developer Name', 40, { nameField: true }),
        text('NamespacePrefix', 'Namespace Prefix', 15),
        text('ManageableState', 'Manageable State', 40),
        text('Description', 'Description', 1000),
      ],
    }),
    makeObject({
      name: 'ValidationRule',
      keyPrefix: '03d',
      ...fixed,
      createable: true,
      updateable: true,
      deletable: true,
      fields: [
        text('ValidationName', 'Rule Name', 80, { nameField: true }),
        text('FullName', 'Full Name', 255),
        text('EntityDefinitionId', 'Entity Definition', 40),
        text('NamespacePrefix', 'Namespace Prefix', 15),
        text('ManageableState', 'Manageable State', 40),
        bool('Active', 'Active'),
        text('Description', 'Description', 1000),
        text('ErrorDisplayField', 'Error Display Field', 80),
        text('ErrorMessage', 'Error Message', 255),
      ],
    }),
    makeObject({
      name: 'EntityDefinition',
      keyPrefix: '4ie',
      ...fixed,
      fields: [
        text('DurableId', 'Durable ID', 40),
        text('QualifiedApiName', 'API Name', 80, { nameField: true }),
        text('DeveloperName', 'Developer Name', 80),
        text('Label', 'Label', 80),
        text('MasterLabel', 'Master Label', 80),
        text('PluralLabel', 'Plural Label', 80),
        text('KeyPrefix', 'Key Prefix', 3),
        bool('IsCustomizable', 'Customizable'),
        bool('IsQueryable', 'Queryable'),
        bool('IsCustomSetting', 'Custom Setting'),
      ],
    }),
    makeObject({
      name: 'FieldDefinition',
      keyPrefix: '4fe',
      ...fixed,
      fields: [
        text('DurableId', 'Durable ID', 80),
        text('EntityDefinitionId', 'Entity Definition', 40),
        text('QualifiedApiName', 'API Name', 80, { nameField: true }),
        text('DeveloperName', 'Developer Name', 80),
        text('Label', 'Label', 80),
        text('DataType', 'Data Type', 80),
        int('Length', 'Length'),
        bool('IsIndexed', 'Indexed'),
        bool('IsNillable', 'Nillable'),
      ],
    }),
  ];
}

/** A small org whose rows are the definitions of the real one. */
function definitionOrg(org: Org, userId: string): Org {
  const made = new Org({ ...org.options, changeEvents: false }, definitions());
  const add = (name: string, id: string | null, values: Meta) => {
    const row = made.insertRow(made.need(name), values as Record<string, string | number | boolean | null>, userId);
    if (id === null) return;
    const table = made.table(made.need(name));
    table.erase(row);
    table.insert({ ...row, Id: id });
  };
  for (const object of org.schema.objects) {
    const durable = object.definitionId?.slice(0, 15) ?? object.name;
    const developer = object.name.replace(/__c$/, '');
    add('EntityDefinition', null, {
      DurableId: durable,
      QualifiedApiName: object.name,
      DeveloperName: developer,
      Label: object.label,
      MasterLabel: object.label,
      PluralLabel: object.labelPlural,
      KeyPrefix: object.keyPrefix,
      IsCustomizable: true,
      IsQueryable: true,
    });
    if (object.custom) {
      add('CustomObject', object.definitionId, {
        DeveloperName: developer,
        ManageableState: 'unmanaged',
        Description: object.description,
      });
    }
    for (const field of object.fields.values()) {
      add('FieldDefinition', null, {
        DurableId: `${durable}.${field.definitionId?.slice(0, 15) ?? field.name}`,
        EntityDefinitionId: durable,
        QualifiedApiName: field.name,
        DeveloperName: field.name.replace(/__c$/, ''),
        Label: field.label,
        DataType: field.type,
        Length: field.length,
        IsIndexed: field.idLookup,
        IsNillable: !field.required,
      });
    }
  }
  for (const { object, field } of customFields(org)) {
    add('CustomField', field.definitionId, {
      DeveloperName: field.name.replace(/__c$/, ''),
      FullName: `${object.name}.${field.name}`,
      TableEnumOrId: object.custom ? (object.definitionId ?? object.name) : object.name,
      EntityDefinitionId: object.definitionId?.slice(0, 15) ?? object.name,
      ManageableState: 'unmanaged',
      InlineHelpText: field.helpText,
      Description: field.description,
      Length: field.length,
    });
  }
  for (const rule of org.automation.rules) {
    add('ValidationRule', rule.id, {
      ValidationName: rule.name,
      FullName: `${rule.object.name}.${rule.name}`,
      EntityDefinitionId: rule.object.definitionId?.slice(0, 15) ?? rule.object.name,
      ManageableState: 'unmanaged',
      Active: rule.active,
      Description: rule.description,
      ErrorDisplayField: rule.displayField,
      ErrorMessage: rule.message,
    });
  }
  return made;
}

/** Kinds of components that can be made and changed here. */
const DEPLOYABLE = ['CustomField', 'CustomObject', 'ValidationRule'];

/** Whether a query reads definitions, which both APIs offer. */
export function readsDefinitions(soql: string): boolean {
  return /\bFROM\s+(EntityDefinition|FieldDefinition)\b/i.test(soql);
}

/** A query over the definitions. */
export function queryDefinitions(api: Api, request: ApiRequest): ApiResponse {
  return query(api, request, definitionOrg(api.org, request.caller.userId));
}

/** Answers /tooling/...; `request.path` begins after tooling. */
export function tooling(api: Api, setup: Setup, request: ApiRequest): ApiResponse {
  const [resource, type, id, rest] = request.path;
  if (resource?.toLowerCase() === 'query')
    return queryDefinitions(api, { ...request, base: `${request.base}/tooling` });
  if (resource?.toLowerCase() !== 'sobjects' || rest !== undefined) throw notFound();
  const org = definitionOrg(api.org, request.caller.userId);
  if (type === undefined) {
    only(request, ['HEAD', 'GET']);
    return ok({
      encoding: 'UTF-8',
      maxBatchSize: 200,
      sobjects: [...org.schema.objects].map((object) => describeBasics(object, request.base)),
    });
  }
  const object = org.schema.object(type);
  if (!object) throw notFound();
  if (id?.toLowerCase() === 'describe') return ok(describeObject(org, object, request.caller, request.base));
  if (!DEPLOYABLE.includes(object.name)) throw notFound();
  return id === undefined ? create(api, setup, request, object.name) : one(api, setup, request, object.name, id);
}

function create(api: Api, setup: Setup, request: ApiRequest, type: string): ApiResponse {
  if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
  const input = inputOf(request.body);
  const fullName = str(input.FullName);
  if (fullName === '')
    throw badRequest('REQUIRED_FIELD_MISSING', 'Required fields are missing: [FullName]', ['FullName']);
  kindOf(type).create(setup, fullName, (input.Metadata ?? {}) as Meta);
  return {
    status: 201,
    body: { id: idOf(api.org, type, fullName), success: true, errors: [], warnings: [], infos: [] },
  };
}

function idOf(org: Org, type: string, fullName: string): string | null {
  if (type === 'ValidationRule') return org.automation.rule(fullName)?.id ?? null;
  const [objectName = '', fieldName = ''] = fullName.split('.');
  const object = org.schema.object(objectName);
  if (type === 'CustomObject') return object?.definitionId ?? null;
  return object?.fields.get(fieldName.toLowerCase())?.definitionId ?? null;
}

function one(api: Api, setup: Setup, request: ApiRequest, type: string, rawId: string): ApiResponse {
  const id = canonicalId(rawId);
  const found = definition(api.org, type, id);
  if (!found) throw notFound();
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return ok({
        attributes: { type, url: `${request.base}/tooling/sobjects/${type}/${id}` },
        Id: id,
        DeveloperName: found.fullName.split('.').pop()?.replace(/__c$/, ''),
        FullName: found.fullName,
        ManageableState: 'unmanaged',
        Metadata: found.metadata,
      });
    case 'PATCH':
      kindOf(type).update(setup, found.fullName, (inputOf(request.body).Metadata ?? {}) as Meta);
      return NO_CONTENT;
    case 'DELETE':
      kindOf(type).remove(setup, found.fullName);
      return NO_CONTENT;
    default:
      throw methodNotAllowed(request.method, 'HEAD,GET,PATCH,DELETE');
  }
}

function definition(org: Org, type: string, id: string | undefined): { fullName: string; metadata: Meta } | undefined {
  if (type === 'CustomObject') {
    for (const object of org.schema.objects) {
      if (object.definitionId === id && object.custom)
        return { fullName: object.name, metadata: metadataOfObject(object) };
    }
    return undefined;
  }
  if (type === 'ValidationRule') {
    for (const rule of org.automation.rules) {
      if (rule.id === id) return { fullName: `${rule.object.name}.${rule.name}`, metadata: metadataOfRule(rule) };
    }
    return undefined;
  }
  for (const { object, field } of customFields(org)) {
    if (field.definitionId === id) return { fullName: `${object.name}.${field.name}`, metadata: metadataOf(field) };
  }
  return undefined;
}
