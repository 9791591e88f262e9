import type { Actor, Change, ChangeFeed } from '../changes.ts';
import type { Portal } from '../portal.ts';
import { Random } from '../random.ts';
import { signatureHeaders, toEvent, type WebhookEvent } from './payload.ts';
import { Subscriptions } from './subscriptions.ts';

/** How deliveries behave beyond what is documented. */
export interface DeliveryOptions {
  /** Share of events that come twice (0). */
  readonly duplicates?: number;
  /** Whether events leave in another order than they happened in (true: the vendor promises none). */
  readonly disorder?: boolean;
  /** Wall milliseconds in which events gather into one delivery (100). */
  readonly gatherMs?: number;
  /** Wall milliseconds a receiver has for its answer (5,000, as documented). */
  readonly timeoutMs?: number;
  /** By how much the 24 hours of retries are shortened (1: not at all). */
  readonly compression?: number;
}

/** What became of deliveries so far; events are counted once for each subscription. */
export interface DeliveryCounts {
  events: number;
  deliveries: number;
  failures: number;
  /** Events given up after the last retry. */
  dropped: number;
}

interface Parcel {
  readonly events: readonly WebhookEvent[];
  readonly attempt: number;
}

/** Events of one delivery, at the most. */
export const MOST_EVENTS = 100;
const MINUTE = 60_000;
/** Pauses before the ten retries, 23 h 44 min together: the vendor says only "up to ten times over 24 hours, varied". */
const RETRY_AFTER = [1, 3, 10, 30, 60, 120, 180, 240, 300, 480].map((minutes) => minutes * MINUTE);

/**
 * Sends what happens in the portal to the subscribed address: signed batches, tried again by the sandbox's clock,
 * in no order and perhaps twice. Nothing of it holds a write up.
 */
export class WebhookSender {
  readonly subscriptions: Subscriptions;
  readonly counts: DeliveryCounts = { events: 0, deliveries: 0, failures: 0, dropped: 0 };
  readonly #portal: Portal;
  readonly #options: Required<DeliveryOptions>;
  readonly #random: Random;
  readonly #outgoing: (events: readonly WebhookEvent[]) => readonly (readonly WebhookEvent[])[];
  readonly #forgetJumps: () => void;
  readonly #stopped = new AbortController();
  #queue: WebhookEvent[] = [];
  #retries: { readonly dueAt: number; readonly parcel: Parcel }[] = [];
  #inFlight = 0;
  #eventId = 1;
  #gathering: NodeJS.Timeout | null = null;
  #waking: NodeJS.Timeout | null = null;
  #waiters: (() => void)[] = [];

  /** @param outgoing what becomes of a delivery's events on their way out */
  constructor(
    portal: Portal,
    seed: number,
    options: DeliveryOptions = {},
    outgoing: (events: readonly WebhookEvent[]) => readonly (readonly WebhookEvent[])[] = (events) => [events],
  ) {
    this.#outgoing = outgoing;
    this.#portal = portal;
    this.#options = { duplicates: 0, disorder: true, gatherMs: 100, timeoutMs: 5_000, compression: 1, ...options };
    this.#random = new Random(seed ^ 0x5eed);
    this.subscriptions = new Subscriptions(() => portal.clock.now());
    this.#forgetJumps = portal.clock.onJump(() => this.#wake());
  }

  /** Listens to the portal only while somebody has subscribed, so that writes pay nothing otherwise. */
  attend(feed: ChangeFeed): void {
    const wanted = this.subscriptions.settings !== null && this.subscriptions.list().some(({ active }) => active);
    feed.listen(wanted ? (change, actor) => this.#note(change, actor) : null);
  }

  /** Sends what has gathered at once; resolves when nothing is under way (retries that are not due yet keep waiting). */
  idle(): Promise<void> {
    this.#pump();
    if (this.#inFlight === 0 && this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** How many deliveries wait for their next attempt. */
  get waiting(): number {
    return this.#retries.length;
  }

  stop(): void {
    this.#forgetJumps();
    this.#stopped.abort();
    this.#queue = [];
    this.#retries = [];
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    if (this.#waking !== null) clearTimeout(this.#waking);
  }

  #note(change: Change, actor: Actor): void {
    for (const subscription of this.subscriptions.concerning(change)) {
      // The vendor warns that this id is not unique; here one in eight repeats.
      if (this.#random.int(8) > 0) this.#eventId = this.#random.int(2_000_000_000);
      const event = toEvent(change, subscription, actor, {
        eventId: this.#eventId,
        portalId: this.#portal.hubId,
        appId: this.#portal.appId,
        occurredAt: this.#portal.clock.now(),
      });
      this.counts.events += 1;
      this.#queue.push(event);
      if (this.#random.int(1_000) < this.#options.duplicates * 1_000) this.#queue.push(event);
    }
    if (this.#queue.length >= MOST_EVENTS) queueMicrotask(() => this.#pump());
    else this.#gathering ??= setTimeout(() => this.#pump(), this.#options.gatherMs).unref();
  }

  #pump(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    const { settings } = this.subscriptions;
    if (settings === null) this.#queue = [];
    else {
      while (this.#queue.length > 0 && this.#inFlight < settings.throttling.maxConcurrentRequests) {
        if (this.#options.disorder) this.#shuffle();
        for (const events of this.#outgoing(this.#queue.splice(0, MOST_EVENTS))) {
          this.#deliver(settings.targetUrl, { events, attempt: 0 });
        }
      }
    }
    if (this.#inFlight > 0) return;
    for (const done of this.#waiters.splice(0)) done();
  }

  /** Draws the next delivery's events from the first few hundred that wait. */
  #shuffle(): void {
    const window = Math.min(this.#queue.length, MOST_EVENTS * 3);
    for (let at = Math.min(window, MOST_EVENTS) - 1; at >= 0; at--) {
      const other = at + this.#random.int(window - at);
      const [a, b] = [this.#queue[at], this.#queue[other]];
      if (a === undefined || b === undefined) continue;
      this.#queue[at] = b;
      this.#queue[other] = a;
    }
  }

  #deliver(targetUrl: string, parcel: Parcel): void {
    this.#inFlight += 1;
    this.counts.deliveries += 1;
    this.#post(targetUrl, parcel)
      .then((taken) => {
        if (!taken) this.#retryLater(parcel);
      })
      .finally(() => {
        this.#inFlight -= 1;
        this.#pump();
      });
  }

  /** Whether the receiver took it: any answer but a 2xx, a broken connection and a late answer count as a refusal. */
  #post(targetUrl: string, { events, attempt }: Parcel): Promise<boolean> {
    const body = JSON.stringify(events.map((event) => ({ ...event, attemptNumber: attempt })));
    const headers = signatureHeaders(this.#portal.tokens.clientSecret, targetUrl, body, this.#portal.clock.now());
    return fetch(targetUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'HubSpot Connect 2.0', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(this.#options.timeoutMs)]),
    }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      // What went wrong makes no difference to the vendor: the delivery is tried again.
      () => false,
    );
  }

  #retryLater({ events, attempt }: Parcel): void {
    this.counts.failures += 1;
    const pause = RETRY_AFTER[attempt];
    if (this.#stopped.signal.aborted) return;
    if (pause === undefined) {
      this.counts.dropped += events.length;
      return;
    }
    const varied = (pause * (90 + this.#random.int(11))) / 100 / this.#options.compression;
    this.#retries.push({ dueAt: this.#portal.clock.now() + varied, parcel: { events, attempt: attempt + 1 } });
    this.#wake();
  }

  /** Sends the retries that are due and sets the alarm for the next one; a jump of the clock calls it too. */
  #wake(): void {
    if (this.#waking !== null) clearTimeout(this.#waking);
    this.#waking = null;
    const { settings } = this.subscriptions;
    const now = this.#portal.clock.now();
    const due = this.#retries.filter(({ dueAt }) => dueAt <= now);
    this.#retries = this.#retries.filter(({ dueAt }) => dueAt > now);
    if (settings !== null) for (const { parcel } of due) this.#deliver(settings.targetUrl, parcel);
    const next = Math.min(...this.#retries.map(({ dueAt }) => dueAt));
    if (Number.isFinite(next)) this.#waking = setTimeout(() => this.#wake(), Math.ceil(next - now)).unref();
  }
}
