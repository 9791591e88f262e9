import { createRecord, updateRecord } from '../org/write.ts';
import { flag, items, type Meta, str } from './custom-field.ts';
import { type Kind, notThere, type Setup } from './kind.ts';

/** The version of the API in which permissions are written. */
const API_VERSION = 68;

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

/** Permission sets, with the field and object permissions that they list. */
export const permissionSet: Kind = {
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
