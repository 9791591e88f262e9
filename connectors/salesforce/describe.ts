import {
  type CallClass,
  ConnectorError,
  type FieldDescription,
  type FieldKind,
  type ObjectDescription,
} from '../connector.ts';
import { rejectCall, type SalesforceClient } from './client.ts';
import { isFieldPath } from './soql.ts';

interface SalesforceField {
  readonly name: string;
  readonly label?: string;
  readonly type: string;
  readonly length?: number;
  readonly scale?: number;
  readonly unique?: boolean;
  readonly calculated?: boolean;
  readonly nillable?: boolean;
  readonly defaultedOnCreate?: boolean;
  readonly updateable?: boolean;
  readonly createable?: boolean;
  readonly restrictedPicklist?: boolean;
  readonly picklistValues?: readonly { readonly value: string; readonly active?: boolean }[];
  readonly referenceTo?: readonly string[];
}

interface SalesforceDescribe {
  readonly name: string;
  readonly label?: string;
  readonly fields: readonly SalesforceField[];
}

const KINDS: Readonly<Record<string, FieldKind>> = {
  id: 'text',
  string: 'text',
  textarea: 'text',
  phone: 'text',
  url: 'text',
  email: 'text',
  encryptedstring: 'text',
  combobox: 'text',
  picklist: 'picklist',
  multipicklist: 'multipicklist',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
  int: 'number',
  long: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  reference: 'reference',
};

/** A field of the contract, made of Salesforce's own description. */
function toField(field: SalesforceField): FieldDescription {
  const kind = KINDS[field.type.toLowerCase()] ?? 'other';
  const values = field.picklistValues?.filter(({ active }) => active !== false).map(({ value }) => value);
  return {
    name: field.name,
    label: field.label ?? field.name,
    kind,
    writable: field.updateable === true || field.createable === true,
    unique: field.unique === true || field.type === 'id',
    ...(field.calculated === true ? { calculated: true } : {}),
    ...(isRequired(field) ? { required: true } : {}),
    ...(field.length !== undefined && field.length > 0 ? { length: field.length } : {}),
    ...(kind === 'number' && field.scale !== undefined ? { scale: field.scale } : {}),
    ...(field.restrictedPicklist === true && values !== undefined ? { values } : {}),
    ...(kind === 'reference' && field.referenceTo !== undefined ? { referenceTo: field.referenceTo } : {}),
  };
}

/** Salesforce fills booleans and fields with a default by itself. */
function isRequired(field: SalesforceField): boolean {
  const given = field.defaultedOnCreate === true || field.type === 'boolean';
  return field.nillable === false && field.createable === true && !given;
}

/** What a read needs to know of an object. */
export interface ReadShape {
  /** The object's name as Salesforce spells it. */
  readonly object: string;
  readonly stamp: string;
  readonly hasIsDeleted: boolean;
  /** Kinds by lower-case field name. */
  readonly kinds: ReadonlyMap<string, FieldKind>;
}

/** Descriptions of objects: what reads and writes need is remembered until somebody asks for it anew, or the org turns out to differ. */
export class Descriptions {
  readonly #client: SalesforceClient;
  readonly #known = new Map<string, Promise<ObjectDescription | null>>();
  #objects: Promise<string[]> | null = null;

  constructor(client: SalesforceClient) {
    this.#client = client;
  }

  /** As the org says now, which is remembered. Null where it has no such object, or hides it from the integration user. */
  describe(object: string): Promise<ObjectDescription | null> {
    const key = object.toLowerCase();
    const asked = this.fetch(object, 'describe');
    this.#known.set(key, asked);
    asked.catch(() => {
      if (this.#known.get(key) === asked) this.#known.delete(key);
    });
    return asked;
  }

  #remembered(object: string): Promise<ObjectDescription | null> {
    return this.#known.get(object.toLowerCase()) ?? this.describe(object);
  }

  /** The description as it is now. */
  async fetch(object: string, kind: CallClass): Promise<ObjectDescription | null> {
    if (!isFieldPath(object)) return null;
    try {
      const answer = await this.#client.call({
        kind,
        method: 'GET',
        path: `/sobjects/${object}/describe`,
        repeatable: true,
        accept: isDescribe,
      });
      return { object: answer.name, label: answer.label ?? answer.name, fields: answer.fields.map(toField) };
    } catch (error) {
      if (error instanceof ConnectorError && (error.code === 'NOT_FOUND' || error.code === 'INVALID_TYPE')) return null;
      throw error;
    }
  }

  /** Forgets one object, or all, after the schema was changed. */
  forget(object?: string): void {
    if (object === undefined) this.#known.clear();
    else this.#known.delete(object.toLowerCase());
    this.#objects = null;
  }

  objects(): Promise<string[]> {
    this.#objects ??= this.#client
      .call({ kind: 'describe', method: 'GET', path: '/sobjects', repeatable: true, accept: isGlobalDescribe })
      .then(
        (answer) => answer.sobjects.map(({ name }) => name),
        (error: unknown) => {
          this.#objects = null;
          throw error;
        },
      );
    return this.#objects;
  }

  /** Rejects with a ConnectorError where the object is unknown or has no modification stamp. */
  async shape(object: string): Promise<ReadShape> {
    const description = await this.#remembered(object);
    const { connection } = this.#client.ports;
    if (description === null) {
      const hint = 'Correct the object name in the mapping, or give the integration user access to the object.';
      throw rejectCall(connection, 'INVALID_TYPE', `there is no object "${object}" that this user can see`, hint);
    }
    const kinds = new Map(description.fields.map(({ name, kind }) => [name.toLowerCase(), kind]));
    // Not every object has every system field: CampaignMember rows, for one, are never kept as deleted.
    const stamp = ['SystemModstamp', 'LastModifiedDate'].find((name) => kinds.has(name.toLowerCase()));
    if (stamp === undefined) {
      const hint = 'Leave the object out of the mappings: its changes cannot be followed.';
      throw rejectCall(connection, 'NO_MODIFICATION_STAMP', `${object} has no modification stamp`, hint);
    }
    return { object: description.object, stamp, hasIsDeleted: kinds.has('isdeleted'), kinds };
  }
}

function isDescribe(body: unknown): body is SalesforceDescribe {
  const answer = body as { name?: unknown; fields?: unknown } | null;
  return typeof answer?.name === 'string' && Array.isArray(answer.fields);
}

function isGlobalDescribe(body: unknown): body is { sobjects: { name: string }[] } {
  return Array.isArray((body as { sobjects?: unknown } | null)?.sobjects);
}
