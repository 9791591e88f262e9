import type { ChangeEvent } from './feed.ts';

/** Change events are kept for three days (Pub/Sub API, "Event Message Durability"). */
const RETENTION = 72 * 3_600_000;
const ID_BYTES = 10;
/** Consecutive ids are not contiguous, as the vendor warns. */
const STEP = 3n;

interface Entry {
  readonly at: number;
  /** Null for a place in the stream that only a keepalive named. */
  readonly event: ChangeEvent | null;
}

/** The events of the last 72 hours, in order. Places count from 0 and are never used twice; replay ids are places made opaque. */
export class EventLog {
  #entries: Entry[] = [];
  /** Place of the first entry kept. */
  #first = 0;
  #base: bigint;

  /** @param stream names the stream: the ids of another one mean nothing here */
  constructor(stream: number) {
    this.#base = BigInt(stream + 1) << 24n;
  }

  /** The place of the oldest event kept. */
  get first(): number {
    return this.#first;
  }

  /** The place that the next event will take. */
  get next(): number {
    return this.#first + this.#entries.length;
  }

  append(at: number, event: ChangeEvent | null): void {
    this.expire(at);
    this.#entries.push({ at, event });
  }

  at(place: number): Entry | undefined {
    return this.#entries[place - this.#first];
  }

  /** Forgets what is older than the retention. */
  expire(now: number): void {
    let gone = 0;
    while ((this.#entries[gone]?.at ?? now) < now - RETENTION) gone += 1;
    if (gone === 0) return;
    this.#entries = this.#entries.slice(gone);
    this.#first += gone;
  }

  /** Drops all events and begins a stream whose ids are different: what happens when an org moves to another instance. */
  restart(): void {
    this.#first = this.next;
    this.#entries = [];
    this.#base += 1n << 40n;
  }

  replayId(place: number): Buffer {
    const id = Buffer.alloc(ID_BYTES);
    id.writeBigUInt64BE(this.#base + BigInt(place) * STEP);
    return id;
  }

  /** The place that a replay id names; null where it is none of this stream or its event is no longer kept. */
  placeOf(replayId: Uint8Array): number | null {
    if (replayId.length !== ID_BYTES) return null;
    const id = Buffer.from(replayId);
    const offset = id.readBigUInt64BE() - this.#base;
    if (id.readUInt16BE(8) !== 0 || offset < 0n || offset % STEP !== 0n) return null;
    const place = Number(offset / STEP);
    return place >= this.#first && place < this.next ? place : null;
  }
}
