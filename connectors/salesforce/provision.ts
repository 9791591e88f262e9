import type { FieldDescription, ProvisionField, ProvisionSpec, ProvisionStep } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import type { Descriptions } from './describe.ts';
import { customField, customObject, difference, type MetadataDocument } from './metadata.ts';
import { PermissionGrants } from './permissions.ts';
import type { Reader } from './read.ts';

/** Components that one createMetadata request takes. */
const COMPONENTS = 10;

interface SaveResult {
  readonly fullName: string;
  readonly success: boolean;
  readonly errors?: MetadataError | readonly MetadataError[];
}
interface MetadataError {
  readonly statusCode?: string;
  readonly message?: string;
}

/**
 * Creates the objects and fields that are missing, through the Metadata API, and gives the integration user access to
 * all of them: a field that the Metadata API makes is visible to nobody. A field that is there but hidden from us
 * looks missing; creating it then fails as a duplicate, and the access is what was wanting.
 */
export class Provisioner {
  readonly #client: SalesforceClient;
  readonly #descriptions: Descriptions;
  readonly #permissions: PermissionGrants;

  constructor(client: SalesforceClient, descriptions: Descriptions, reader: Reader) {
    this.#client = client;
    this.#descriptions = descriptions;
    this.#permissions = new PermissionGrants(client, reader);
  }

  async provision(spec: ProvisionSpec, options: { readonly dryRun: boolean }): Promise<ProvisionStep[]> {
    const found = await this.#find(spec);
    const objectSteps = await this.#objects(spec, found, options.dryRun);
    const fieldSteps = await this.#fields(spec, found, options.dryRun);
    const usable = new Set(
      fieldSteps.filter(({ status }) => status !== 'different' && status !== 'failed').map(({ name }) => name),
    );
    const permissionSteps = await this.#permissions.grant(
      spec.objects.map(({ name }) => name),
      spec.fields.filter((field) => usable.has(fullName(field))),
      options.dryRun,
    );
    if (!options.dryRun) this.#descriptions.forget();
    return [...objectSteps, ...fieldSteps, ...permissionSteps];
  }

  /** Fields by lower-case name of every object named; null where there is no such object. */
  async #find(spec: ProvisionSpec): Promise<Map<string, Map<string, FieldDescription> | null>> {
    const names = new Set([...spec.objects.map(({ name }) => name), ...spec.fields.map(({ object }) => object)]);
    const found = new Map<string, Map<string, FieldDescription> | null>();
    for (const name of names) {
      const description = await this.#descriptions.fetch(name, 'provision');
      found.set(name, description && new Map(description.fields.map((field) => [field.name.toLowerCase(), field])));
    }
    return found;
  }

  async #objects(
    spec: ProvisionSpec,
    found: Map<string, Map<string, FieldDescription> | null>,
    dryRun: boolean,
  ): Promise<ProvisionStep[]> {
    const missing = spec.objects.filter(({ name }) => found.get(name) === null);
    const created = await this.#create('CustomObject', missing.map(customObject), dryRun);
    return spec.objects.map(
      ({ name }) => created.get(name) ?? { what: 'object' as const, name, status: 'exists' as const },
    );
  }

  async #fields(
    spec: ProvisionSpec,
    found: Map<string, Map<string, FieldDescription> | null>,
    dryRun: boolean,
  ): Promise<ProvisionStep[]> {
    const inPlace = (field: ProvisionField) => found.get(field.object)?.get(field.name.toLowerCase());
    const missing = spec.fields.filter((field) => inPlace(field) === undefined);
    const created = await this.#create('CustomField', missing.map(customField), dryRun);
    return spec.fields.map((field) => {
      const name = fullName(field);
      const there = inPlace(field);
      if (there === undefined) return created.get(name) ?? { what: 'field', name, status: 'failed' };
      const message = difference(field, there);
      if (message === null) return { what: 'field', name, status: 'exists' };
      return { what: 'field', name, status: 'different', message: `${name} exists, but ${message}` };
    });
  }

  async #create(
    type: 'CustomObject' | 'CustomField',
    documents: readonly MetadataDocument[],
    dryRun: boolean,
  ): Promise<Map<string, ProvisionStep>> {
    const what = type === 'CustomObject' ? 'object' : 'field';
    const steps = new Map<string, ProvisionStep>();
    for (let from = 0; from < documents.length; from += COMPONENTS) {
      const part = documents.slice(from, from + COMPONENTS);
      if (dryRun) {
        for (const { fullName: name } of part) steps.set(name, { what, name, status: 'create' });
        continue;
      }
      const results = await this.#client.send('provision', true, (connection) =>
        connection.metadata.create(type, part as Parameters<typeof connection.metadata.create>[1]),
      );
      for (const result of [results].flat() as SaveResult[]) {
        steps.set(result.fullName, stepOf(what, result));
      }
    }
    return steps;
  }
}

function fullName(field: ProvisionField): string {
  return `${field.object}.${field.name}`;
}

function stepOf(what: 'object' | 'field', result: SaveResult): ProvisionStep {
  const name = result.fullName;
  if (result.success) return { what, name, status: 'created' };
  const error = [result.errors].flat()[0];
  if (error?.statusCode === 'DUPLICATE_DEVELOPER_NAME') {
    return { what, name, status: 'exists', message: 'it was there, but hidden from the integration user' };
  }
  const message = error?.message ?? 'Salesforce gave no reason';
  return { what, name, status: 'failed', message: `${error?.statusCode ?? 'UNKNOWN_ERROR'}: ${message}` };
}
