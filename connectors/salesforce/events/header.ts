/** Reads the ChangeEventHeader of an event and nothing else of it: values are never looked at. */
import type { Type } from 'avsc';

export interface ChangeHeader {
  readonly entityName: string;
  readonly recordIds: readonly string[];
  readonly changeType: string;
  readonly changeOrigin: string;
  /** Epoch milliseconds. */
  readonly commitTimestamp: number;
}

/** A schema that is none of a change event. */
class UnreadableSchema extends Error {
  override readonly name = 'UnreadableSchema';
}

const WANTED = ['entityName', 'recordIds', 'changeType', 'changeOrigin', 'commitTimestamp'];

interface RecordSchema {
  readonly name: string;
  readonly namespace?: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

/**
 * A reader made for one schema. Avro can skip what the reader did not ask for, so that the rest of the event is passed over.
 * @throws UnreadableSchema
 */
export function headerReader(avro: typeof Type, schemaJson: string): (payload: Uint8Array) => ChangeHeader {
  const whole = recordOf(schemaJson);
  const header = whole.fields.find((field) => field.name === 'ChangeEventHeader');
  const inner = header?.type as RecordSchema | undefined;
  const fields = inner?.fields?.filter((field) => WANTED.includes(field.name)) ?? [];
  if (!header || !inner || fields.length !== WANTED.length) {
    throw new UnreadableSchema(`the schema ${whole.name} has no ChangeEventHeader as Salesforce documents it`);
  }
  const wanted = { ...whole, fields: [{ ...header, type: { ...inner, fields } }] };
  const reader = avro.forSchema(wanted as Parameters<typeof avro.forSchema>[0]);
  const resolver = reader.createResolver(avro.forSchema(whole as Parameters<typeof avro.forSchema>[0]));
  return (payload) => {
    const event = reader.fromBuffer(Buffer.from(payload), resolver) as { ChangeEventHeader: ChangeHeader };
    return event.ChangeEventHeader;
  };
}

function recordOf(json: string): RecordSchema {
  const schema = JSON.parse(json) as Partial<RecordSchema> | null;
  if (typeof schema?.name === 'string' && Array.isArray(schema.fields)) return schema as RecordSchema;
  throw new UnreadableSchema('the schema of an event is no Avro record');
}
