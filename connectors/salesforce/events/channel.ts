/** The gRPC channel to the Pub/Sub API. gRPC is loaded when the first channel is opened: only listeners need it. */
import type { ClientDuplexStream, ServiceError, StatusObject } from '@grpc/grpc-js';
import { PUB_SUB, PUB_SUB_SERVICE } from './proto.ts';

/** An event as it travels: the payload is Avro by the schema of that id. */
export interface RawEvent {
  readonly event: { readonly schema_id: string; readonly payload: Uint8Array };
  readonly replay_id: Uint8Array;
}

export interface FetchResponse {
  readonly events: readonly RawEvent[];
  readonly latest_replay_id: Uint8Array;
  readonly pending_num_requested: number;
}

export interface FetchRequest {
  readonly topic_name?: string;
  readonly replay_preset?: 'LATEST' | 'CUSTOM';
  readonly replay_id?: Uint8Array;
  readonly num_requested: number;
}

/** What each call says of itself. */
export interface Caller {
  readonly accessToken: string;
  readonly instanceUrl: string;
  /** Id of the org, 18 characters. */
  readonly tenantId: string;
}

export type Stream = ClientDuplexStream<FetchRequest, FetchResponse>;

export interface Channel {
  subscribe(caller: Caller): Stream;
  /** The JSON of an Avro schema. Rejects with a StatusObject. */
  schema(caller: Caller, id: string): Promise<string>;
  close(): void;
}

interface PubSubClient {
  Subscribe(metadata: unknown): Stream;
  GetSchema(
    request: { schema_id: string },
    metadata: unknown,
    options: { deadline: number },
    done: (error: ServiceError | null, answer?: { schema_json: string }) => void,
  ): unknown;
  close(): void;
}

/** A connection that says nothing for so long is asked whether it still lives; Salesforce itself speaks every 270 s. */
const KEEPALIVE_MS = 300_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

/** @param target host:port @param plaintext without TLS: an emulator on this machine */
export async function openChannel(target: string, plaintext: boolean, schemaTimeoutMs: number): Promise<Channel> {
  const [{ credentials, makeClientConstructor, Metadata }, { fromJSON }] = await Promise.all([
    import('@grpc/grpc-js'),
    import('@grpc/proto-loader'),
  ]);
  const definition = fromJSON(PUB_SUB as Parameters<typeof fromJSON>[0], {
    keepCase: true,
    enums: String,
    defaults: true,
  });
  const service = definition[PUB_SUB_SERVICE] as Parameters<typeof makeClientConstructor>[0];
  const Client = makeClientConstructor(service, 'PubSub');
  const client = new Client(target, plaintext ? credentials.createInsecure() : credentials.createSsl(), {
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  }) as unknown as PubSubClient;
  const metadataOf = (caller: Caller) => {
    const metadata = new Metadata();
    metadata.set('accesstoken', caller.accessToken);
    metadata.set('instanceurl', caller.instanceUrl);
    metadata.set('tenantid', caller.tenantId);
    return metadata;
  };
  return {
    subscribe: (caller) => client.Subscribe(metadataOf(caller)),
    schema: (caller, id) =>
      new Promise((resolve, reject: (status: StatusObject) => void) => {
        const options = { deadline: Date.now() + schemaTimeoutMs };
        client.GetSchema({ schema_id: id }, metadataOf(caller), options, (error, answer) => {
          if (error) reject(error);
          else resolve(answer?.schema_json ?? '');
        });
      }),
    close: () => client.close(),
  };
}
