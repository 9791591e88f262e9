/** eventbus.v1.PubSub over gRPC: GetTopic, GetSchema and Subscribe; the other methods are UNIMPLEMENTED. */
import { randomUUID } from 'node:crypto';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type StatusObject,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { Authority } from '../oauth/authority.ts';
import { ALL_CHANGES, type ChangeFeed } from './feed.ts';
import { PUB_SUB, PUB_SUB_SERVICE } from './proto.ts';
import { type FailureCode, failure } from './status.ts';
import { type Call, type FetchRequest, missingTopic, Subscription } from './subscription.ts';

/** Longest wait of a timer of Node. */
const LONGEST_MS = 2_000_000_000;

/** A server that takes sockets, not a port. */
export interface PubSubService {
  accept(socket: import('node:net').Socket): void;
  close(): void;
}

export function pubSubService(feed: ChangeFeed, authority: Authority): PubSubService {
  const streams = new Streams(feed);
  const definition = fromJSON(PUB_SUB as Parameters<typeof fromJSON>[0], {
    keepCase: true,
    enums: String,
    longs: Number,
    defaults: true,
  });
  const server = new Server();
  server.addService(definition[PUB_SUB_SERVICE] as ServiceDefinition, {
    GetTopic: (call: ServerUnaryCall<{ topic_name: string }, unknown>, answer: sendUnaryData<unknown>) => {
      const user = authenticate(feed, authority, call.metadata);
      if (typeof user !== 'object') answer(failure(user));
      else reply(answer, topicInfo(feed, call.request.topic_name));
    },
    GetSchema: (call: ServerUnaryCall<{ schema_id: string }, unknown>, answer: sendUnaryData<unknown>) => {
      const user = authenticate(feed, authority, call.metadata);
      if (typeof user !== 'object') answer(failure(user));
      else reply(answer, schemaInfo(feed, call.request.schema_id));
    },
    Subscribe: (call: Call) => {
      const user = authenticate(feed, authority, call.metadata);
      if (typeof user !== 'object') call.emit('error', failure(user));
      else streams.open(call, user.userId);
    },
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    accept: (socket) => injector.injectConnection(socket),
    close: () => {
      streams.close();
      injector.destroy();
      server.forceShutdown();
    },
  };
}

/** Sends a message or an error. */
function reply(answer: sendUnaryData<unknown>, result: StatusObject | { readonly rpc_id: string }): void {
  if ('rpc_id' in result) answer(null, result);
  else answer(result);
}

function topicInfo(feed: ChangeFeed, topic: string) {
  if (topic === '') return failure('topic.validation.empty');
  const entity = feed.entityOf(topic);
  if (!entity && topic !== ALL_CHANGES) return failure('topic.not.found', missingTopic(feed.org.id, topic));
  return {
    topic_name: topic,
    tenant_guid: `CORE/prod/${feed.org.id}`,
    can_publish: false,
    can_subscribe: !entity || !feed.control.forbidden.includes(entity.name),
    schema_id: entity ? feed.schemaOf(entity).id : '',
    rpc_id: randomUUID(),
  };
}

function schemaInfo(feed: ChangeFeed, id: string) {
  if (id === '') return failure('schema.validation.failed');
  const schema = feed.schemaById(id);
  if (!schema) return failure('schema.meta.permission');
  return { schema_json: schema.json, schema_id: id, rpc_id: randomUUID() };
}

/** Who calls, by the metadata that every call carries. A session that ends later does not end a stream. */
function authenticate(feed: ChangeFeed, authority: Authority, metadata: Metadata): { userId: string } | FailureCode {
  const [token, instance, tenant] = ['accesstoken', 'instanceurl', 'tenantid'].map((name) =>
    String(metadata.get(name)[0] ?? ''),
  );
  if (!token || !instance || tenant?.length !== 18) return 'service.auth.headers.invalid';
  const userId = authority.userOf(token);
  const mine = instance.replace(/\/+$/, '') === authority.instanceUrl && tenant === feed.org.id;
  return userId === undefined || !mine ? 'service.auth.error' : { userId };
}

/** The open streams, woken by news and by the clock. */
class Streams {
  readonly #feed: ChangeFeed;
  readonly #open = new Set<Subscription>();
  readonly #stopWatching: () => void;
  #timer: NodeJS.Timeout | undefined;
  #waking = false;

  constructor(feed: ChangeFeed) {
    this.#feed = feed;
    this.#stopWatching = feed.org.clock.onJump(() => this.#wake());
    feed.onNews = () => this.#wake();
    feed.onDrop = () => {
      for (const one of this.#open) one.fail('service.unavailable');
      this.#open.clear();
    };
  }

  open(call: Call, userId: string): void {
    const subscription = new Subscription(call, this.#feed, userId, randomUUID());
    this.#open.add(subscription);
    const forget = () => this.#open.delete(subscription);
    call.on('data', (request: FetchRequest) => {
      subscription.request(request);
      this.#wake();
    });
    call.on('error', forget);
    call.on('cancelled', forget);
    call.on('end', () => {
      forget();
      call.end();
    });
  }

  close(): void {
    this.#stopWatching();
    clearTimeout(this.#timer);
    this.#feed.onNews = null;
    this.#feed.onDrop = null;
    this.#open.clear();
  }

  /** Lets each stream do what is due, after the transaction that is being answered. */
  #wake(): void {
    if (this.#waking || this.#open.size === 0) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      clearTimeout(this.#timer);
      let next = Number.POSITIVE_INFINITY;
      for (const one of this.#open) {
        one.advance();
        next = Math.min(next, one.deadline);
      }
      if (next === Number.POSITIVE_INFINITY) return;
      const waitMs = Math.min(LONGEST_MS, Math.max(1, next - this.#feed.org.clock.now()));
      this.#timer = setTimeout(() => this.#wake(), waitMs).unref();
    });
  }
}
