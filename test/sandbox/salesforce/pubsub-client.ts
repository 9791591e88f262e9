import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import avsc from 'avsc';
import type { Org } from './harness.ts';

/** The parts of the vendor's pubsub_api.proto that clients use, written down a second time: the wire has to agree with it. */
const PROTO = `
syntax = "proto3";
package eventbus.v1;
message TopicInfo { string topic_name = 1; string tenant_guid = 2; bool can_publish = 3; bool can_subscribe = 4;
  string schema_id = 5; string rpc_id = 6; }
message TopicRequest { string topic_name = 1; }
message EventHeader { string key = 1; bytes value = 2; }
message ProducerEvent { string id = 1; string schema_id = 2; bytes payload = 3; repeated EventHeader headers = 4; }
message ConsumerEvent { ProducerEvent event = 1; bytes replay_id = 2; }
enum ReplayPreset { LATEST = 0; EARLIEST = 1; CUSTOM = 2; }
message FetchRequest { string topic_name = 1; ReplayPreset replay_preset = 2; bytes replay_id = 3; int32 num_requested = 4; }
message FetchResponse { repeated ConsumerEvent events = 1; bytes latest_replay_id = 2; string rpc_id = 3;
  int32 pending_num_requested = 4; }
message SchemaRequest { string schema_id = 1; }
message SchemaInfo { string schema_json = 1; string schema_id = 2; string rpc_id = 3; }
message PublishRequest { string topic_name = 1; repeated ProducerEvent events = 2; }
message PublishResponse { string schema_id = 2; string rpc_id = 3; }
service PubSub {
  rpc Subscribe (stream FetchRequest) returns (stream FetchResponse);
  rpc GetSchema (SchemaRequest) returns (SchemaInfo);
  rpc GetTopic (TopicRequest) returns (TopicInfo);
  rpc Publish (PublishRequest) returns (PublishResponse);
}`;

// biome-ignore lint/suspicious/noExplicitAny: gRPC makes its clients at run time
type Any = any;

function clientClass(): Any {
  const folder = mkdtempSync(join(tmpdir(), 'pubsub-'));
  try {
    const file = join(folder, 'pubsub_api.proto');
    writeFileSync(file, PROTO);
    const loaded = grpc.loadPackageDefinition(loadSync(file, { keepCase: true, enums: String, defaults: true })) as Any;
    return loaded.eventbus.v1.PubSub;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Received {
  /** The decoded payload, header included. */
  readonly body: Any;
  readonly schemaId: string;
  readonly replayId: Buffer;
}

/** A stream whose answers are awaited one by one. */
export class Stream {
  readonly call: Any;
  readonly #client: PubSubClient;
  readonly #queue: Any[] = [];
  #wake: () => void = () => undefined;
  /** How the stream ended; null while it is open. */
  ended: grpc.StatusObject | null = null;

  constructor(client: PubSubClient, call: Any) {
    this.#client = client;
    this.call = call;
    call.on('data', (response: Any) => {
      this.#queue.push(response);
      this.#wake();
    });
    call.on('error', () => undefined);
    call.on('status', (status: grpc.StatusObject) => {
      this.ended = status;
      this.#wake();
    });
  }

  ask(count: number, more: object = {}): void {
    this.call.write({ num_requested: count, ...more });
  }

  /** The next answer as it came.  @throws the status where the stream ended instead */
  async answer(): Promise<Any> {
    while (this.#queue.length === 0) {
      if (this.ended) throw this.ended;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#queue.shift();
  }

  /** Answers that have come and were not looked at. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** The decoded events of answers until there are `count` of them. */
  async events(count: number): Promise<Received[]> {
    const all: Received[] = [];
    while (all.length < count) {
      for (const one of (await this.answer()).events) {
        const type = await this.#client.type(one.event.schema_id);
        all.push({ body: type.fromBuffer(one.event.payload), schemaId: one.event.schema_id, replayId: one.replay_id });
      }
    }
    return all;
  }

  /** How the stream ends. */
  async end(): Promise<grpc.StatusObject> {
    while (!this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.ended;
  }
}

export class PubSubClient {
  readonly #client: Any;
  readonly #types = new Map<string, Promise<Any>>();
  metadata: Record<string, string>;

  constructor(org: Org, orgId: string) {
    const Client = clientClass();
    this.#client = new Client(org.sandbox.credentials.pubSub, grpc.credentials.createInsecure());
    this.metadata = { accesstoken: org.token, instanceurl: org.sandbox.url, tenantid: orgId };
  }

  #meta(): grpc.Metadata {
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(this.metadata)) metadata.set(name, value);
    return metadata;
  }

  call(method: 'GetTopic' | 'GetSchema' | 'Publish', request: object): Promise<Any> {
    return new Promise((resolve, reject) => {
      this.#client[method](request, this.#meta(), (error: unknown, answer: unknown) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  type(schemaId: string): Promise<Any> {
    let type = this.#types.get(schemaId);
    if (!type) {
      type = this.call('GetSchema', { schema_id: schemaId }).then((info) =>
        avsc.Type.forSchema(JSON.parse(info.schema_json)),
      );
      this.#types.set(schemaId, type);
    }
    return type;
  }

  /** Opens a stream and makes its first request. */
  subscribe(topic: string, count = 100, replay: object = {}): Stream {
    const stream = new Stream(this, this.#client.Subscribe(this.#meta()));
    stream.ask(count, { topic_name: topic, ...replay });
    return stream;
  }

  close(): void {
    this.#client.close();
  }
}
