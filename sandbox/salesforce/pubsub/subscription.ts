/** One Subscribe stream: what was asked of it, where it stands, and what it may send now. */
import type { ServerDuplexStream, StatusObject } from '@grpc/grpc-js';
import type { ObjectDef } from '../schema/types.ts';
import { payloadOf } from './encode.ts';
import { ALL_CHANGES, type ChangeEvent, type ChangeFeed } from './feed.ts';
import { type FailureCode, failure } from './status.ts';

export interface FetchRequest {
  readonly topic_name: string;
  readonly replay_preset: 'LATEST' | 'EARLIEST' | 'CUSTOM';
  readonly replay_id: Uint8Array;
  readonly num_requested: number;
}

interface ConsumerEvent {
  readonly event: { id: string; schema_id: string; payload: Buffer; headers: never[] };
  readonly replay_id: Buffer;
}

export interface FetchResponse {
  readonly events: readonly ConsumerEvent[];
  readonly latest_replay_id: Buffer;
  readonly rpc_id: string;
  readonly pending_num_requested: number;
}

export type Call = ServerDuplexStream<FetchRequest, FetchResponse>;

/** Events that may be asked for and not yet delivered ("Pull Subscription and Flow Control"). */
const MAX_PENDING = 100;
/** A client that was sent all it asked for asks again within this time, or the stream ends ("Subscribe RPC Method"). */
const NEXT_REQUEST_MS = 60_000;
const KEEPALIVE_MS = 270_000;

export class Subscription {
  readonly #call: Call;
  readonly #feed: ChangeFeed;
  readonly #userId: string;
  readonly #rpcId: string;
  #topic: string | null = null;
  /** Null: every entity. */
  #entity: ObjectDef | null = null;
  /** Place of the next event to look at. */
  #place = 0;
  #pending = 0;
  /** When the last request or response passed. */
  #lastAt: number;

  constructor(call: Call, feed: ChangeFeed, userId: string, rpcId: string) {
    this.#call = call;
    this.#feed = feed;
    this.#userId = userId;
    this.#rpcId = rpcId;
    this.#lastAt = feed.org.clock.now();
  }

  /** Takes one FetchRequest. The first one chooses topic and place. */
  request(request: FetchRequest): void {
    const wrong = this.#topic === null ? this.#begin(request) : this.#mismatch(request);
    if (wrong) {
      this.#call.emit('error', wrong);
      return;
    }
    this.#pending = Math.min(MAX_PENDING, this.#pending + request.num_requested);
    this.#lastAt = this.#feed.org.clock.now();
    this.advance();
  }

  #mismatch({ num_requested: count, topic_name: topic }: FetchRequest): StatusObject | null {
    if (count <= 0) return failure('subscription.fetch.requested.events.invalid');
    return topic === '' || topic === this.#topic ? null : failure('subscription.fetch.topic.mismatch');
  }

  #begin(request: FetchRequest): StatusObject | null {
    const { topic_name: topic, replay_preset: preset, replay_id: replayId } = request;
    const { log, control, org } = this.#feed;
    if (request.num_requested <= 0) return failure('subscription.fetch.requested.events.invalid');
    if (topic === '') return failure('topic.validation.empty');
    if (control.deliveriesLeft === 0) return failure('subscription.limit.exceeded');
    if (topic !== ALL_CHANGES) {
      this.#entity = this.#feed.entityOf(topic) ?? null;
      if (!this.#entity) return failure('topic.not.found', missingTopic(org.id, topic));
      if (control.forbidden.includes(this.#entity.name)) return failure('subscription.topic.cannot.subscribe');
    }
    log.expire(org.clock.now());
    if (preset === 'CUSTOM') {
      if (replayId.length === 0) return failure('subscription.fetch.replayid.validation.failed');
      const place = log.placeOf(replayId);
      if (place === null) return failure('subscription.fetch.replayid.corrupted');
      this.#place = place + 1;
    } else this.#place = preset === 'EARLIEST' ? log.first : log.next;
    this.#topic = topic;
    return null;
  }

  /** Sends what is due: events, a keepalive, the end of a stream whose client has fallen silent. */
  advance(): void {
    if (this.#topic === null) return;
    const { log, org, control } = this.#feed;
    const now = org.clock.now();
    const events = this.#take(now);
    if (events.length > 0) {
      for (const batch of this.#feed.arrange(events)) this.#send(batch, log.replayId(this.#place - 1));
    } else if (control.deliveriesLeft === 0) this.fail('subscription.limit.exceeded');
    else if (this.#pending > 0 && now - this.#lastAt >= KEEPALIVE_MS) this.#send([], this.#placeNow(now));
    else if (this.#pending === 0 && now - this.#lastAt >= NEXT_REQUEST_MS) this.#call.end();
  }

  /** The instant of the sandbox clock at which `advance` is due again even if nothing happens. */
  get deadline(): number {
    const delayed = this.#feed.log.at(this.#place);
    const due = this.#lastAt + (this.#pending > 0 ? KEEPALIVE_MS : NEXT_REQUEST_MS);
    return delayed ? Math.min(due, delayed.at + this.#feed.control.delayMs) : due;
  }

  /** Ends the stream with an error. */
  fail(code: FailureCode): void {
    this.#call.emit('error', failure(code));
  }

  #take(now: number): ConsumerEvent[] {
    const { log, control } = this.#feed;
    const events: ConsumerEvent[] = [];
    this.#place = Math.max(this.#place, log.first);
    for (; this.#pending > 0 && control.deliveriesLeft !== 0; this.#place += 1) {
      const entry = log.at(this.#place);
      if (!entry || entry.at + control.delayMs > now) break;
      if (!entry.event || !this.#wants(entry.event)) continue;
      const sent = this.#consumerEvent(entry.event, this.#place);
      for (let time = 0; time < control.deliveries; time += 1) events.push(sent);
      this.#pending -= 1;
      if (control.deliveriesLeft !== null) control.deliveriesLeft -= 1;
    }
    return events;
  }

  #wants({ entity }: ChangeEvent): boolean {
    if (this.#entity) return this.#entity.name === entity.name;
    return !this.#feed.control.forbidden.includes(entity.name);
  }

  #consumerEvent(event: ChangeEvent, place: number): ConsumerEvent {
    return {
      event: {
        id: `${event.transactionKey}-${event.sequenceNumber}`,
        schema_id: event.schema.id,
        payload: payloadOf(this.#feed.org, event, this.#userId),
        headers: [],
      },
      replay_id: this.#feed.log.replayId(place),
    };
  }

  /** A replay id for a stream that has had everything up to its place, fresh enough to last. */
  #placeNow(now: number): Buffer {
    const { log } = this.#feed;
    if (this.#place === log.next) {
      log.append(now, null);
      this.#place = log.next;
    }
    return log.replayId(this.#place - 1);
  }

  #send(events: readonly ConsumerEvent[], latest: Buffer): void {
    this.#lastAt = this.#feed.org.clock.now();
    this.#call.write({
      events,
      latest_replay_id: latest,
      rpc_id: this.#rpcId,
      pending_num_requested: this.#pending,
    });
  }
}

/** The words in which the service names a topic that is not there. */
export function missingTopic(orgId: string, topic: string): string {
  return `The topic information for org CORE/prod/${orgId} and topic ${topic} not found.`;
}
