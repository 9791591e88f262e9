/** The metadata components that can be created, read, changed and deleted, whatever protocol asks for it. */
import { badRequest } from '../errors.ts';
import type { Org } from '../org/org.ts';
import type { FieldDef, ObjectDef } from '../schema/types.ts';
import { assignmentRules } from './assignment-rules.ts';
import { checkName, fieldFromMetadata, items, type Meta, metadataOf, str } from './custom-field.ts';
import { metadataOfObject, objectFromMetadata } from './custom-object.ts';
import { duplicateRule, matchingRule } from './duplicate-rules.ts';
import { type Kind, notThere, type Setup } from './kind.ts';
import { permissionSet } from './permission-set.ts';
import { recordType } from './record-type.ts';
import { validationRule } from './validation-rule.ts';

function splitField(setup: Setup, fullName: string): { object: ObjectDef; name: string; field: FieldDef | undefined } {
  const dot = fullName.indexOf('.');
  const object = dot > 0 ? setup.org.schema.object(fullName.slice(0, dot)) : undefined;
  if (!object) {
    throw badRequest(
      'INVALID_CROSS_REFERENCE_KEY',
      `Entity of type CustomObject named ${fullName.slice(0, Math.max(0, dot))} cannot be found`,
    );
  }
  const name = fullName.slice(dot + 1);
  return { object, name, field: object.fields.get(name.toLowerCase()) };
}

const customField: Kind = {
  exists: (setup, fullName) => splitField(setup, fullName).field !== undefined,
  create: (setup, fullName, meta) => {
    const { object, name, field } = splitField(setup, fullName);
    if (field) {
      throw badRequest(
        'DUPLICATE_DEVELOPER_NAME',
        `There is already a field named ${field.name.replace(/__c$/, '')} on ${object.label}.`,
      );
    }
    const { org } = setup;
    org.schema.setField(
      object,
      fieldFromMetadata(object, name, meta, org.newId('00N'), (one) => org.schema.object(one)),
    );
  },
  update: (setup, fullName, meta) => {
    const { object, field } = splitField(setup, fullName);
    if (!field?.custom || !field.definitionId) throw notThere('CustomField', fullName);
    const { org } = setup;
    const next = fieldFromMetadata(object, field.name, meta, field.definitionId, (one) => org.schema.object(one));
    if ((next.formula === null) !== (field.formula === null)) {
      throw badRequest(
        'FIELD_INTEGRITY_EXCEPTION',
        `Cannot update a field ${next.formula === null ? 'from' : 'to'} a Formula`,
      );
    }
    if (next.type !== field.type) {
      throw badRequest(
        'FIELD_INTEGRITY_EXCEPTION',
        `The type of ${fullName} cannot be changed from ${field.type} to ${next.type}`,
      );
    }
    if (next.unique && !field.unique) checkUnique(org, object, next);
    org.schema.setField(object, next);
  },
  remove: (setup, fullName) => {
    const { object, field } = splitField(setup, fullName);
    if (!field?.custom) throw notThere('CustomField', fullName);
    refuseWhereUsed(setup.org, object, field);
    dropField(setup.org, object, field);
  },
  read: (setup, fullName) => {
    const { field } = splitField(setup, fullName);
    return field?.custom ? metadataOf(field) : undefined;
  },
  list: (setup) => [...customFields(setup.org)].map(({ object, field }) => `${object.name}.${field.name}`),
};

function checkUnique(org: Org, object: ObjectDef, field: FieldDef): void {
  for (const row of org.all(object.name)) {
    const value = row[field.name];
    if (value !== undefined && value !== null && org.table(object).idsWhere(field, value).size > 1) {
      throw badRequest(
        'DUPLICATE_VALUE',
        `The field ${field.name} cannot be unique: ${String(value)} stands in several records`,
      );
    }
  }
}

/** Removes a field, its values and the permissions on it. */
function dropField(org: Org, object: ObjectDef, field: FieldDef): void {
  org.schema.removeField(object, field);
  org.table(object).dropField(field.name);
  const permissions = org.need('FieldPermissions');
  for (const row of [...org.all('FieldPermissions')]) {
    if (row.Field === `${object.name}.${field.name}`) org.table(permissions).erase(row);
  }
}

/** Gives a custom field another API name: its values and the permissions on it go along.  @throws SalesforceError */
export function renameField(setup: Setup, oldFullName: string, newFullName: string): void {
  const { org } = setup;
  const { object, field } = splitField(setup, oldFullName);
  const next = splitField(setup, newFullName);
  if (!field?.custom) throw notThere('CustomField', oldFullName);
  checkName(next.name);
  if (next.object !== object || next.field) {
    throw badRequest('DUPLICATE_DEVELOPER_NAME', `${oldFullName} cannot be renamed to ${newFullName}`);
  }
  refuseWhereUsed(org, object, field);
  org.schema.removeField(object, field);
  const relationship = field.relationshipName === null ? null : next.name.replace(/__c$/, '__r');
  org.schema.setField(object, { ...field, name: next.name, relationshipName: relationship });
  org.table(object).renameField(field.name, next.name);
  for (const row of [...org.all('FieldPermissions')]) {
    if (row.Field !== `${object.name}.${field.name}`) continue;
    org.table(org.need('FieldPermissions')).change(row, { Field: `${object.name}.${next.name}` });
  }
}

function refuseWhereUsed(org: Org, object: ObjectDef, field: FieldDef): void {
  const users = org.automation.usersOf(object, field);
  if (users.length === 0) return;
  throw badRequest(
    'DEPENDENCY_EXISTS',
    `This custom field is referenced elsewhere in salesforce.com. : ${users.join(', ')}`,
  );
}

/** All custom fields with their objects. */
export function* customFields(org: Org): Generator<{ object: ObjectDef; field: FieldDef }> {
  for (const object of org.schema.objects) {
    for (const field of object.fields.values()) if (field.custom) yield { object, field };
  }
}

/** Fields that stand inside a CustomObject are deployed with it. */
function nestedFields(setup: Setup, fullName: string, meta: Meta): void {
  for (const one of items(meta.fields) as Meta[]) {
    const name = `${fullName}.${str(one.fullName)}`;
    (customField.exists(setup, name) ? customField.update : customField.create)(setup, name, one);
  }
}

const customPrefixes = new WeakMap<Org, number>();

/** The next key prefix of a custom object: a00, a01 ... */
function nextPrefix(org: Org): string {
  const next = customPrefixes.get(org) ?? 0;
  customPrefixes.set(org, next + 1);
  return `a${next.toString(36).padStart(2, '0')}`;
}

const customObject: Kind = {
  exists: (setup, fullName) => setup.org.schema.object(fullName) !== undefined,
  create: (setup, fullName, meta) => {
    const { org } = setup;
    if (org.schema.object(fullName))
      throw badRequest('DUPLICATE_DEVELOPER_NAME', `There is already an object named ${fullName}.`);
    const object = objectFromMetadata(fullName, meta, nextPrefix(org), org.newId('01I'));
    org.schema.add(object);
    try {
      nestedFields(setup, object.name, meta);
    } catch (error) {
      org.schema.remove(object);
      throw error;
    }
  },
  update: (setup, fullName, meta) => {
    const object = setup.org.schema.object(fullName);
    if (!object) throw notThere('CustomObject', fullName);
    nestedFields(setup, object.name, meta);
  },
  remove: (setup, fullName) => {
    const { org } = setup;
    const object = org.schema.object(fullName);
    if (!object?.custom) throw notThere('CustomObject', fullName);
    for (const { child, field } of org.schema.childrenOf(object))
      if (child !== object && field.custom) dropField(org, child, field);
    for (const field of [...object.fields.values()]) if (field.custom) dropField(org, object, field);
    org.schema.remove(object);
    org.dropTable(object);
  },
  read: (setup, fullName) => {
    const object = setup.org.schema.object(fullName);
    if (!object) return undefined;
    const fields = [...object.fields.values()].filter((field) => field.custom);
    return {
      ...metadataOfObject(object),
      fields: fields.map((field) => ({ fullName: field.name, ...metadataOf(field) })),
    };
  },
  list: (setup) => [...setup.org.schema.objects].map((object) => object.name),
};

/** The one application of the org: its certificate is what signs JWT assertions. */
const connectedApp: Kind = {
  exists: () => true,
  create: (setup, _fullName, meta) => {
    const certificate = str(((meta.oauthConfig ?? {}) as Meta).certificate);
    if (certificate === '')
      throw badRequest('REQUIRED_FIELD_MISSING', 'Required fields are missing: [oauthConfig.certificate]');
    setup.authority.registerCertificate(certificate);
  },
  update: (setup, fullName, meta) => connectedApp.create(setup, fullName, meta),
  remove: (_setup, fullName) => {
    throw badRequest('DELETE_FAILED', `The application ${fullName} is in use`);
  },
  read: (setup, fullName) => ({
    label: fullName,
    oauthConfig: { consumerKey: setup.authority.clientId, scopes: ['Api', 'RefreshToken'] },
  }),
  list: () => ['Sluice'],
};

/** Which lead fields a conversion copies: fullName LeadConvertSettings, objectMapping with mappingFields. */
const leadConvertSettings: Kind = {
  exists: () => true,
  create: (setup, _fullName, meta) => {
    const mappings: { object: string; from: string; to: string }[] = [];
    for (const one of items(meta.objectMapping) as Meta[]) {
      const object = setup.org.schema.object(str(one.outputObject));
      if (!object) throw badRequest('INVALID_CROSS_REFERENCE_KEY', `No object named ${str(one.outputObject)}`);
      for (const pair of items(one.mappingFields) as Meta[]) {
        const from = setup.org.schema.object('Lead')?.fields.get(str(pair.inputField).toLowerCase());
        const to = object.fields.get(str(pair.outputField).toLowerCase());
        if (!from || !to)
          throw badRequest(
            'INVALID_FIELD',
            `Cannot map Lead.${str(pair.inputField)} to ${object.name}.${str(pair.outputField)}`,
          );
        mappings.push({ object: object.name, from: from.name, to: to.name });
      }
    }
    setup.org.conversionMappings.splice(0, setup.org.conversionMappings.length, ...mappings);
  },
  update: (setup, fullName, meta) => leadConvertSettings.create(setup, fullName, meta),
  remove: () => {
    throw badRequest('DELETE_FAILED', 'LeadConvertSettings cannot be deleted');
  },
  read: (setup) => ({
    allowOwnerChange: true,
    objectMapping: ['Account', 'Contact', 'Opportunity'].map((name) => ({
      inputObject: 'Lead',
      mappingFields: setup.org.conversionMappings
        .filter((one) => one.object === name)
        .map((one) => ({ inputField: one.from, outputField: one.to })),
      outputObject: name,
    })),
  }),
  list: () => ['LeadConvertSettings'],
};

export const KINDS: Readonly<Record<string, Kind>> = {
  AssignmentRules: assignmentRules,
  ConnectedApp: connectedApp,
  CustomField: customField,
  CustomObject: customObject,
  DuplicateRule: duplicateRule,
  LeadConvertSettings: leadConvertSettings,
  MatchingRule: matchingRule,
  PermissionSet: permissionSet,
  RecordType: recordType,
  ValidationRule: validationRule,
};

/** The kind of this name.  @throws INVALID_TYPE */
export function kindOf(name: string): Kind {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind) return kind;
  throw badRequest('INVALID_TYPE', `Unknown type name '${name}' specified in call`);
}
