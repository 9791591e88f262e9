import avsc from 'avsc';
import type { Org } from '../org/org.ts';
import type { FieldDef, Value } from '../schema/types.ts';
import type { ChangeEvent } from './feed.ts';
import { avroValue, bitmaps } from './schema.ts';

const types = new Map<string, avsc.Type>();

function typeOf(schema: ChangeEvent['schema']): avsc.Type {
  let type = types.get(schema.id);
  if (!type) {
    type = avsc.Type.forSchema(JSON.parse(schema.json));
    types.set(schema.id, type);
  }
  return type;
}

/** The newest version of the API: events are not of any one. */
const VERSION = 68;

/** The Avro payload of an event as this user may see it: fields hidden from the user are empty and count as unchanged. */
export function payloadOf(org: Org, event: ChangeEvent, userId: string): Buffer {
  const { schema, values } = event;
  const shows = (field: FieldDef) =>
    field.name in values && org.sees(event.entity, field, { userId, version: VERSION });
  const shown = (field: FieldDef): Value => (shows(field) ? avroValue(field, values[field.name]) : null);
  const body: Record<string, unknown> = {};
  for (const { name, field, parts } of schema.fields) {
    body[name] = parts.length === 0 ? shown(field) : compound(field, parts, shown);
  }
  const isUpdate = event.changeType === 'UPDATE';
  const header = {
    entityName: event.entity.name,
    recordIds: event.recordIds,
    changeType: event.changeType,
    changeOrigin: event.changeOrigin,
    transactionKey: event.transactionKey,
    sequenceNumber: event.sequenceNumber,
    commitTimestamp: event.commitTimestamp,
    commitNumber: event.commitNumber,
    commitUser: event.commitUser,
    nulledFields: isUpdate ? bitmaps(schema, (field) => shows(field) && (values[field.name] ?? null) === null) : [],
    diffFields: [],
    changedFields: isUpdate ? bitmaps(schema, shows) : [],
  };
  return typeOf(schema).toBuffer({ ChangeEventHeader: header, ...body });
}

function compound(
  field: FieldDef,
  parts: ChangeEvent['schema']['fields'][number]['parts'],
  shown: (field: FieldDef) => Value,
): Record<string, Value> | null {
  const filled = Object.fromEntries(parts.map((part) => [part.name, shown(part.field)]));
  if (Object.values(filled).every((value) => value === null)) return null;
  return field.type === 'address' ? { ...filled, Latitude: null, Longitude: null, GeocodeAccuracy: null } : filled;
}
