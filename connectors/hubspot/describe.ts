import type { CallClass, FieldDescription, FieldKind, ObjectDescription } from '../connector.ts';
import type { HubSpotClient } from './client.ts';
import { RefusedRequest } from './failure.ts';
import { paths } from './paths.ts';

interface Property {
  readonly name: string;
  readonly label?: string;
  readonly type: string;
  readonly fieldType?: string;
  readonly hasUniqueValue?: boolean;
  readonly calculated?: boolean;
  readonly externalOptions?: boolean;
  readonly referencedObjectType?: string | null;
  readonly options?: readonly { readonly value: string; readonly hidden?: boolean }[];
  readonly modificationMetadata?: { readonly readOnlyValue?: boolean };
}

/** Objects every portal knows by name, though its subscription may keep some away. */
const STANDARD_OBJECTS = [
  'contacts',
  'companies',
  'deals',
  'leads',
  'tickets',
  'products',
  'line_items',
  'quotes',
  'calls',
  'emails',
  'meetings',
  'notes',
  'tasks',
  'campaigns',
];

/** Campaigns have properties, but no address that lists them; these are the ones HubSpot documents. */
const CAMPAIGN_PROPERTIES: readonly Property[] = [
  { name: 'hs_name', label: 'Name', type: 'string' },
  { name: 'hs_start_date', label: 'Start date', type: 'date' },
  { name: 'hs_end_date', label: 'End date', type: 'date' },
  { name: 'hs_notes', label: 'Notes', type: 'string' },
  { name: 'hs_audience', label: 'Audience', type: 'string' },
  { name: 'hs_currency_code', label: 'Currency', type: 'string' },
  { name: 'hs_campaign_status', label: 'Status', type: 'string' },
  { name: 'hs_owner', label: 'Owner', type: 'string' },
  { name: 'hs_utm', label: 'UTM', type: 'string' },
  { name: 'hs_color_hex', label: 'Colour', type: 'string' },
  { name: 'hs_created_by_user_id', label: 'Created by', type: 'string' },
  { name: 'hs_object_id', label: 'Id', type: 'string' },
  { name: 'hs_budget_items_sum_amount', label: 'Budget', type: 'number' },
  { name: 'hs_spend_items_sum_amount', label: 'Spend', type: 'number' },
];

function kindOf(property: Property): FieldKind {
  if (property.referencedObjectType) return 'reference';
  switch (property.type) {
    case 'string':
    case 'phone_number':
      return 'text';
    case 'bool':
      return 'boolean';
    case 'number':
    case 'date':
    case 'datetime':
      return property.type;
    case 'enumeration':
      if (property.fieldType === 'booleancheckbox') return 'boolean';
      return property.fieldType === 'checkbox' ? 'multipicklist' : 'picklist';
    default:
      return 'other';
  }
}

/** A field of the contract, made of a property. */
export function toField(object: string, property: Property): FieldDescription {
  const kind = kindOf(property);
  const values = (property.options ?? []).map(({ value }) => value);
  const listed = (kind === 'picklist' || kind === 'multipicklist') && !property.externalOptions && values.length > 0;
  // HubSpot itself keeps contacts apart by e-mail and every object by its id, whatever the definitions say.
  const identity = property.name === 'hs_object_id' || (object === 'contacts' && property.name === 'email');
  return {
    name: property.name,
    label: property.label ?? property.name,
    kind,
    writable: property.modificationMetadata?.readOnlyValue !== true && property.calculated !== true,
    unique: property.hasUniqueValue === true || identity,
    ...(listed ? { values } : {}),
    ...(property.referencedObjectType ? { referenceTo: [property.referencedObjectType.toLowerCase()] } : {}),
  };
}

/** Descriptions of objects: what reads and writes need is remembered until somebody asks for it anew. */
export class Descriptions {
  readonly #client: HubSpotClient;
  readonly #known = new Map<string, Promise<ObjectDescription | null>>();
  #objects: Promise<string[]> | null = null;

  constructor(client: HubSpotClient) {
    this.#client = client;
  }

  /** As the portal says now, which is remembered. Null where it has no such object. */
  describe(object: string): Promise<ObjectDescription | null> {
    const asked = this.fetch(object, 'describe');
    this.#known.set(object, asked);
    asked.catch(() => {
      if (this.#known.get(object) === asked) this.#known.delete(object);
    });
    return asked;
  }

  /** As it was described last, or now where it never was. */
  remembered(object: string): Promise<ObjectDescription | null> {
    return this.#known.get(object) ?? this.describe(object);
  }

  /** The description as it is now. */
  async fetch(object: string, kind: CallClass): Promise<ObjectDescription | null> {
    if (object === 'campaigns') {
      return { object, label: 'Campaign', fields: CAMPAIGN_PROPERTIES.map((property) => toField(object, property)) };
    }
    try {
      const path = paths.properties(object);
      const answer = await this.#client.call({ kind, method: 'GET', path, repeatable: true, accept: isPropertyList });
      return { object, label: object, fields: answer.results.map((property) => toField(object, property)) };
    } catch (error) {
      const unknown =
        error instanceof RefusedRequest &&
        (error.code === 'NOT_FOUND' || /unable to infer object type/i.test(error.message));
      if (unknown) return null;
      throw error;
    }
  }

  /** Forgets everything, after properties were added. */
  forget(): void {
    this.#known.clear();
    this.#objects = null;
  }

  /** HubSpot's own objects and the portal's custom ones, where the token may list those. */
  objects(): Promise<string[]> {
    this.#objects ??= this.#customObjects().then((custom) => [...STANDARD_OBJECTS, ...custom]);
    this.#objects.catch(() => {
      this.#objects = null;
    });
    return this.#objects;
  }

  async #customObjects(): Promise<string[]> {
    try {
      const answer = await this.#client.call({
        kind: 'describe',
        method: 'GET',
        path: paths.schemas,
        repeatable: true,
        accept: isSchemaList,
      });
      return answer.results.map((schema) => schema.fullyQualifiedName ?? schema.name);
    } catch (error) {
      const hidden =
        error instanceof Error && 'code' in error && ['NOT_FOUND', 'MISSING_SCOPES'].includes(`${error.code}`);
      if (!hidden) throw error;
      this.#client.ports.log('debug', 'this HubSpot token cannot list custom objects', {
        connection: this.#client.ports.connection,
      });
      return [];
    }
  }

  /** Kinds by property name; empty for an object that the portal does not know. */
  async kinds(object: string): Promise<ReadonlyMap<string, FieldKind>> {
    const description = await this.remembered(object);
    return new Map(description?.fields.map(({ name, kind }) => [name, kind]));
  }
}

function isPropertyList(body: unknown): body is { results: Property[] } {
  return Array.isArray((body as { results?: unknown } | null)?.results);
}

function isSchemaList(body: unknown): body is { results: { name: string; fullyQualifiedName?: string }[] } {
  return Array.isArray((body as { results?: unknown } | null)?.results);
}
