import type { ProvisionField, ProvisionStep } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import type { Reader } from './read.ts';
import { quote } from './soql.ts';

const SET_NAME = 'Sluice';
const ROWS = 200;

interface CreateResult {
  readonly id?: string | null;
  readonly success: boolean;
  readonly errors?: readonly { readonly statusCode: string; readonly message: string }[];
}

interface Grant {
  readonly name: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** The permission set through which the integration user (and whoever else it is given to) reaches what Sluice made. */
export class PermissionGrants {
  readonly #client: SalesforceClient;
  readonly #reader: Reader;

  constructor(client: SalesforceClient, reader: Reader) {
    this.#client = client;
    this.#reader = reader;
  }

  async grant(
    objects: readonly string[],
    fields: readonly ProvisionField[],
    dryRun: boolean,
  ): Promise<ProvisionStep[]> {
    const rows = await this.#rows(`SELECT Id FROM PermissionSet WHERE Name = ${quote(SET_NAME)}`);
    let setId = rows[0]?.Id;
    const steps: ProvisionStep[] = [];
    const setName = `permission set ${SET_NAME}`;
    if (typeof setId === 'string') {
      steps.push({ what: 'permission', name: setName, status: 'exists' });
    } else if (dryRun) {
      steps.push({ what: 'permission', name: setName, status: 'create' });
    } else {
      const [step, id] = await this.#createSet(setName);
      steps.push(step);
      if (id === undefined) return steps;
      setId = id;
    }
    const parent = typeof setId === 'string' ? setId : null;
    steps.push(...(await this.#assign(parent, dryRun)));
    steps.push(...(await this.#objects(parent, objects, dryRun)));
    steps.push(...(await this.#fields(parent, fields, dryRun)));
    return steps;
  }

  async #createSet(name: string): Promise<[ProvisionStep, string | undefined]> {
    const record = { attributes: { type: 'PermissionSet' }, Name: SET_NAME, Label: SET_NAME };
    const [result] = await this.#create([record]);
    return [stepOf(name, result), result?.id ?? undefined];
  }

  async #assign(parent: string | null, dryRun: boolean): Promise<ProvisionStep[]> {
    const { userId } = await this.#client.user();
    const soql = `SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ${quote(parent ?? '')} AND AssigneeId = ${quote(userId)}`;
    const there = parent === null ? [] : await this.#rows(soql);
    const grants = [{ name: 'assignment to the integration user', record: { AssigneeId: userId } }];
    const has = (): boolean => there.length > 0;
    return this.#ensure('PermissionSetAssignment', 'PermissionSetId', parent, grants, has, dryRun);
  }

  async #objects(parent: string | null, objects: readonly string[], dryRun: boolean): Promise<ProvisionStep[]> {
    const soql = `SELECT SobjectType FROM ObjectPermissions WHERE ParentId = ${quote(parent ?? '')}`;
    const there = new Set(
      parent === null ? [] : (await this.#rows(soql)).map((row) => String(row.SobjectType).toLowerCase()),
    );
    const grants = objects.map((object) => ({
      name: object,
      record: {
        SobjectType: object,
        PermissionsRead: true,
        PermissionsCreate: true,
        PermissionsEdit: true,
        PermissionsDelete: true,
        PermissionsViewAllRecords: true,
        PermissionsModifyAllRecords: true,
      },
    }));
    const has = ({ name }: Grant): boolean => there.has(name.toLowerCase());
    return this.#ensure('ObjectPermissions', 'ParentId', parent, grants, has, dryRun);
  }

  async #fields(parent: string | null, fields: readonly ProvisionField[], dryRun: boolean): Promise<ProvisionStep[]> {
    const soql = `SELECT Field FROM FieldPermissions WHERE ParentId = ${quote(parent ?? '')} AND PermissionsEdit = true`;
    const there = new Set(
      parent === null ? [] : (await this.#rows(soql)).map((row) => String(row.Field).toLowerCase()),
    );
    const grants = fields.map(({ object, name }) => ({
      name: `${object}.${name}`,
      record: { SobjectType: object, Field: `${object}.${name}`, PermissionsRead: true, PermissionsEdit: true },
    }));
    const has = ({ name }: Grant): boolean => there.has(name.toLowerCase());
    return this.#ensure('FieldPermissions', 'ParentId', parent, grants, has, dryRun);
  }

  async #ensure(
    type: string,
    parentField: string,
    parent: string | null,
    grants: readonly Grant[],
    has: (grant: Grant) => boolean,
    dryRun: boolean,
  ): Promise<ProvisionStep[]> {
    const steps: ProvisionStep[] = grants
      .filter(has)
      .map(({ name }) => ({ what: 'permission', name, status: 'exists' }));
    const missing = grants.filter((grant) => !has(grant));
    if (dryRun || parent === null) {
      return [...steps, ...missing.map(({ name }) => ({ what: 'permission', name, status: 'create' }) as const)];
    }
    for (let from = 0; from < missing.length; from += ROWS) {
      const part = missing.slice(from, from + ROWS);
      const results = await this.#create(
        part.map(({ record }) => ({ attributes: { type }, [parentField]: parent, ...record })),
      );
      steps.push(...part.map(({ name }, index) => stepOf(name, results[index])));
    }
    return steps;
  }

  #rows(soql: string) {
    return this.#reader.allRows('provision', 'query', soql);
  }

  /** Repeatable: a second row of the same kind for the same parent is refused as a duplicate. */
  #create(records: readonly Readonly<Record<string, unknown>>[]): Promise<CreateResult[]> {
    return this.#client.call({
      kind: 'provision',
      method: 'POST',
      path: '/composite/sobjects',
      body: { allOrNone: false, records },
      repeatable: true,
      accept: (body): body is CreateResult[] => Array.isArray(body) && body.length === records.length,
    });
  }
}

function stepOf(name: string, result: CreateResult | undefined): ProvisionStep {
  if (result?.success) return { what: 'permission', name, status: 'created' };
  const error = result?.errors?.[0];
  if (error?.statusCode.startsWith('DUPLICATE')) return { what: 'permission', name, status: 'exists' };
  const words = error === undefined ? 'Salesforce gave no reason' : `${error.statusCode}: ${error.message}`;
  return { what: 'permission', name, status: 'failed', message: words };
}
