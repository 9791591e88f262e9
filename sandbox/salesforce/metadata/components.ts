/** The metadata components that can be created, read, changed and deleted, whatever protocol asks for it. */
import { badRequest, type SalesforceError } from '../errors.ts';
import type { Authority } from '../oauth/authority.ts';
import type { Org } from '../org/org.ts';
import { createRecord, updateRecord } from '../org/write.ts';
import type { FieldDef, ObjectDef } from '../schema/types.ts';
import { fieldFromMetadata, flag, items, type Meta, metadataOf, str } from './custom-field.ts';
import { metadataOfObject, objectFromMetadata } from './custom-object.ts';

const API_VERSION = 68;

/** What the components change. */
export interface Setup {
  readonly org: Org;
  readonly authority: Authority;
  /** The user who deploys. */
  readonly userId: string;
}

/** One kind of component. Methods throw SalesforceError where the deployment of the component fails. */
interface Kind {
  readonly exists: (setup: Setup, fullName: string) => boolean;
  readonly create: (setup: Setup, fullName: string, meta: Meta) => void;
  readonly update: (setup: Setup, fullName: string, meta: Meta) => void;
  readonly remove: (setup: Setup, fullName: string) => void;
  /** Undefined where there is none. */
  readonly read: (setup: Setup, fullName: string) => Meta | undefined;
  readonly list: (setup: Setup) => string[];
}

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

function notThere(kind: string, fullName: string): SalesforceError {
  return badRequest('INVALID_CROSS_REFERENCE_KEY', `In field: fullName - no ${kind} named ${fullName} found`);
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

function permissionSetRow(setup: Setup, fullName: string) {
  for (const row of setup.org.all('PermissionSet')) {
    if (String(row.Name).toLowerCase() === fullName.toLowerCase()) return row;
  }
  return undefined;
}

/** Writes the permissions that a PermissionSet component lists. */
function grant(setup: Setup, parentId: string, meta: Meta): void {
  const { org } = setup;
  const caller = { userId: setup.userId, version: API_VERSION };
  const put = (objectName: string, key: string, value: string, input: Meta) => {
    const object = org.need(objectName);
    const known = org
      .children(objectName, 'ParentId', parentId)
      .find((row) => String(row[key]).toLowerCase() === value.toLowerCase());
    if (known) updateRecord(org, caller, object, known, input);
    else {
      const sobject = value.split('.')[0] ?? '';
      createRecord(org, caller, object, {
        ParentId: parentId,
        SobjectType: sobject,
        ...(key === 'Field' ? { Field: value } : {}),
        ...input,
      });
    }
  };
  for (const one of items(meta.objectPermissions) as Meta[]) {
    put('ObjectPermissions', 'SobjectType', str(one.object), {
      PermissionsRead: flag(one.allowRead),
      PermissionsCreate: flag(one.allowCreate),
      PermissionsEdit: flag(one.allowEdit),
      PermissionsDelete: flag(one.allowDelete),
      PermissionsViewAllRecords: flag(one.viewAllRecords),
      PermissionsModifyAllRecords: flag(one.modifyAllRecords),
    });
  }
  for (const one of items(meta.fieldPermissions) as Meta[]) {
    const edit = flag(one.editable);
    put('FieldPermissions', 'Field', str(one.field), {
      PermissionsRead: edit || flag(one.readable),
      PermissionsEdit: edit,
    });
  }
}

const permissionSet: Kind = {
  exists: (setup, fullName) => permissionSetRow(setup, fullName) !== undefined,
  create: (setup, fullName, meta) => {
    const { org } = setup;
    org.atomically(() => {
      const row = createRecord(org, { userId: setup.userId, version: API_VERSION }, org.need('PermissionSet'), {
        Name: fullName,
        Label: str(meta.label),
        Description: str(meta.description) || null,
      });
      grant(setup, row.Id, meta);
    });
  },
  update: (setup, fullName, meta) => {
    const row = permissionSetRow(setup, fullName);
    if (!row) throw notThere('PermissionSet', fullName);
    setup.org.atomically(() => grant(setup, row.Id, meta));
  },
  remove: (setup, fullName) => {
    const { org } = setup;
    const row = permissionSetRow(setup, fullName);
    if (!row) throw notThere('PermissionSet', fullName);
    for (const name of ['FieldPermissions', 'ObjectPermissions']) {
      for (const one of org.children(name, 'ParentId', row.Id)) org.table(org.need(name)).erase(one);
    }
    for (const one of org.children('PermissionSetAssignment', 'PermissionSetId', row.Id)) {
      org.table(org.need('PermissionSetAssignment')).erase(one);
    }
    org.table(org.need('PermissionSet')).erase(row);
  },
  read: (setup, fullName) => {
    const row = permissionSetRow(setup, fullName);
    if (!row) return undefined;
    return {
      label: row.Label,
      description: row.Description ?? undefined,
      fieldPermissions: setup.org.children('FieldPermissions', 'ParentId', row.Id).map((one) => ({
        editable: one.PermissionsEdit ?? false,
        field: one.Field,
        readable: one.PermissionsRead ?? false,
      })),
      objectPermissions: setup.org.children('ObjectPermissions', 'ParentId', row.Id).map((one) => ({
        allowCreate: one.PermissionsCreate ?? false,
        allowDelete: one.PermissionsDelete ?? false,
        allowEdit: one.PermissionsEdit ?? false,
        allowRead: one.PermissionsRead ?? false,
        modifyAllRecords: one.PermissionsModifyAllRecords ?? false,
        object: one.SobjectType,
        viewAllRecords: one.PermissionsViewAllRecords ?? false,
      })),
    };
  },
  list: (setup) => [...setup.org.all('PermissionSet')].map((row) => String(row.Name)),
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
  ConnectedApp: connectedApp,
  CustomField: customField,
  CustomObject: customObject,
  LeadConvertSettings: leadConvertSettings,
  PermissionSet: permissionSet,
};

/** The kind of this name.  @throws INVALID_TYPE */
export function kindOf(name: string): Kind {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind) return kind;
  throw badRequest('INVALID_TYPE', `Unknown type name '${name}' specified in call`);
}
