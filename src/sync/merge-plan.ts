/** Which fields of which objects are shared between the CRMs and the channel, by the mappings of all connections. */
import { createHash } from 'node:crypto';
import { sharedSources } from '../mapping/compile-shared.ts';
import type { FieldDescription, FieldKind } from '../mapping/described.ts';
import type { PropertyKind } from '../mapping/entities.ts';
import type { Mapping, SourceField } from '../mapping/mapping.ts';
import type { Policy } from '../mapping/merge.ts';
import type { Connection, Stream } from './environment.ts';

/** One field of one object that takes part in a shared property. */
export interface SharedField {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly mapping: Mapping;
  readonly source: SourceField;
  readonly property: string;
  /** The CRM field that is written; of one that is only read, the first that it is read from. */
  readonly field: string;
  readonly policy: Policy;
  /** How values of the property are compared. */
  readonly kind: FieldKind;
  /** What the CRM says of the field, where it says anything. */
  readonly described: FieldDescription | undefined;
  /** Lower counts more: connections in the order of the configuration, then contacts before leads. */
  readonly rank: number;
}

export interface SharedPlan {
  readonly properties: ReadonlySet<string>;
  /** Those of them that some record shares by a policy under which it is never blanked. */
  readonly neverBlank: ReadonlySet<string>;
  /** The fields of an object that take part; none for an object that takes no part. */
  fieldsOf(connection: string, object: string): readonly SharedField[];
  /** What each property is shared by, as a hash: records are merged anew where it changes. */
  readonly setup: ReadonlyMap<string, string>;
}

/** Policies by which what the CRM holds counts, edited or not. */
export const OWNERS: ReadonlySet<Policy> = new Set(['crm', 'crm-unless-blank']);
/** Policies under which a record that holds a value is not blanked. */
export const NEVER_BLANK: ReadonlySet<Policy> = new Set(['crm-unless-blank', 'channel-unless-blank']);

const plans = new WeakMap<readonly Connection[], { readonly plan: SharedPlan | null }>();

/** The plan of these connections; null where no field is shared, so that nothing need be done about any. */
export function sharedPlan(connections: readonly Connection[]): SharedPlan | null {
  const known = plans.get(connections);
  if (known) return known.plan;
  const plan = made(connections);
  plans.set(connections, { plan });
  return plan;
}

function made(connections: readonly Connection[]): SharedPlan | null {
  const people = connections.flatMap((connection, place) =>
    connection.streams.flatMap((stream) =>
      stream.spec.deleted
        ? []
        : stream.mappings
            .filter((mapping) => mapping.entity === 'person')
            .map((mapping) => ({ connection, stream, mapping, place })),
    ),
  );
  const properties = new Set(people.flatMap(({ mapping }) => sharedSources(mapping).map((source) => source.property)));
  if (properties.size === 0) return null;
  const byObject = new Map<string, SharedField[]>();
  for (const { connection, stream, mapping, place } of people) {
    const fields = mapping.sources
      .filter((source) => properties.has(source.property) && source.fields.length > 0)
      .map((source): SharedField => {
        const [field = ''] = source.fields;
        return {
          connection,
          stream,
          mapping,
          source,
          property: source.property,
          field,
          policy: source.policy,
          kind: KINDS[source.kind] ?? 'text',
          described: stream.description?.fields.find((described) => described.name === field),
          rank: place * 2 + (mapping.role === 'contact' ? 0 : 1),
        };
      });
    byObject.set(`${connection.name} ${stream.spec.object}`, fields);
  }
  const all = [...byObject.values()].flat();
  const setup = new Map(
    [...properties].map((property) => [
      property,
      hashOf(
        all
          .filter((each) => each.property === property)
          .map((each) => `${each.connection.name} ${each.stream.spec.object} ${each.field} ${each.policy}`),
      ),
    ]),
  );
  return {
    properties,
    neverBlank: new Set(all.flatMap(({ policy, property }) => (NEVER_BLANK.has(policy) ? [property] : []))),
    setup,
    fieldsOf: (connection, object) => byObject.get(`${connection} ${object}`) ?? [],
  };
}

const KINDS: Partial<Record<PropertyKind, FieldKind>> = {
  number: 'number',
  integer: 'number',
  money: 'number',
  boolean: 'boolean',
  date: 'date',
};

function hashOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}
