import type { FieldDef, ObjectDef } from '../schema/types.ts';
import type { Org } from './org.ts';
import type { Table } from './table.ts';

interface Grants {
  readonly read: Set<string>;
  readonly edit: Set<string>;
}

const SOURCES = ['FieldPermissions', 'PermissionSetAssignment', 'PermissionSet'];

/**
 * Field-level security of custom fields: a user sees a custom field only where a permission set assigned to the user (the one of the
 * profile included) holds FieldPermissions for it. Required and master-detail fields are always visible, as on the platform.
 */
export class Access {
  readonly #org: Org;
  #versions = -1;
  #tables: Table[] | null = null;
  #grants = new Map<string, Grants>();

  constructor(org: Org) {
    this.#org = org;
  }

  canRead(userId: string, object: ObjectDef, field: FieldDef): boolean {
    return free(field) || this.#of(userId).read.has(key(object, field));
  }

  canEdit(userId: string, object: ObjectDef, field: FieldDef): boolean {
    return free(field) || this.#of(userId).edit.has(key(object, field));
  }

  #of(userId: string): Grants {
    this.#tables ??= SOURCES.map((name) => this.#org.table(this.#org.need(name)));
    let versions = 0;
    for (const table of this.#tables) versions += table.version;
    if (versions !== this.#versions) {
      this.#grants.clear();
      this.#versions = versions;
    }
    let grants = this.#grants.get(userId);
    if (!grants) {
      grants = this.#collect(userId);
      this.#grants.set(userId, grants);
    }
    return grants;
  }

  #collect(userId: string): Grants {
    const grants: Grants = { read: new Set(), edit: new Set() };
    for (const assignment of this.#org.children('PermissionSetAssignment', 'AssigneeId', userId)) {
      const set = String(assignment.PermissionSetId);
      for (const permission of this.#org.children('FieldPermissions', 'ParentId', set)) {
        const name = String(permission.Field).toLowerCase();
        if (permission.PermissionsRead === true) grants.read.add(name);
        if (permission.PermissionsEdit === true) grants.edit.add(name);
      }
    }
    return grants;
  }
}

/** Whether security cannot be set on the field because everybody has it. */
function free(field: FieldDef): boolean {
  return !field.custom || field.required || field.masterDetail || field.nameField;
}

/** Whether FieldPermissions may name the field. On standard fields they are kept and change nothing here. */
export function permissionable(field: FieldDef): boolean {
  const everybodys = field.required || field.masterDetail || field.nameField || field.type === 'id';
  return !everybodys && (field.custom || field.createable || field.updateable);
}

function key(object: ObjectDef, field: FieldDef): string {
  return `${object.name}.${field.name}`.toLowerCase();
}
