/**
 * Listens to Salesforce's change events: one channel, one stream an object. One topic an object, and not the channel
 * /data/ChangeEvents of all of them, because only so does Salesforce say which object is not selected or not permitted (the
 * common channel just stays silent), because events of objects that nobody here reads would use up the day's deliveries, and
 * because each topic has a replay id of its own: what is lost is lost for one object.
 */
import { ConnectorError, type Hint, type Listens } from '../../connector.ts';
import type { SalesforceClient } from '../client.ts';
import type { LiveTokens } from '../session.ts';
import { type Caller, type Channel, openChannel } from './channel.ts';
import { type EventFailure, eventFailure } from './failure.ts';
import { gathered, hintOf, topicOf } from './hints.ts';
import { Inbox } from './inbox.ts';
import { longId } from './org-id.ts';
import { readReplay, writeReplay } from './replay.ts';
import { Schemas, withSession } from './schemas.ts';
import { type Arrival, followTopic } from './subscription.ts';

type Request = Parameters<Listens['listen']>[0];

/** What one object brought: events, or hints that are made here. */
interface Parcel {
  readonly object: string;
  readonly arrival: Arrival | null;
  readonly hints: readonly Hint[];
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const PAUSE_STEP_MS = 1_000;
/** Deliveries are counted over the last 24 hours, so that some come free again soon. */
const ALLOWANCE_PAUSE_MS = 15 * 60_000;
/** Tries in a row after which an outage is worth a warning. */
const WORTH_A_WARNING = 4;
/** Errors of a session that no waiting mends. */
const HOPELESS = new Set(['BAD_CREDENTIALS', 'UNTRUSTED_INSTANCE']);

/** Listens until the signal of the request aborts; see `Listens`. */
export async function listenToChanges(
  client: SalesforceClient,
  address: { readonly target: string; readonly plaintext: boolean },
  request: Request,
): Promise<void> {
  if (request.signal.aborted) return;
  const [channel, { default: avsc }] = await Promise.all([
    openChannel(address.target, address.plaintext, client.settings.timeoutSeconds * 1000),
    import('avsc'),
  ]);
  try {
    await new Listening(client, channel, avsc.Type, request).run();
  } finally {
    channel.close();
  }
}

class Listening {
  readonly #client: SalesforceClient;
  readonly #channel: Channel;
  readonly #schemas: Schemas;
  readonly #request: Request;
  /** Ends everything: the caller's wish, or an error that cannot be mended. */
  readonly #over = new AbortController();
  readonly #isOver: Promise<void>;
  readonly #inbox = new Inbox<Parcel>();
  /** Where each object's stream goes on, by what has arrived; by what the caller has saved. Base 64. */
  readonly #arrived = new Map<string, string>();
  readonly #saved = new Map<string, string>();
  #org = '';
  #failure: unknown = null;

  constructor(
    client: SalesforceClient,
    channel: Channel,
    avro: ConstructorParameters<typeof Schemas>[0],
    request: Request,
  ) {
    this.#client = client;
    this.#channel = channel;
    this.#request = request;
    this.#schemas = new Schemas(avro, (id) =>
      withSession(
        () => client.session(),
        (refused) => client.newSession(refused),
        (session) => channel.schema(this.#caller(session), id),
      ),
    );
    this.#isOver = new Promise((resolve) => {
      this.#over.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async run(): Promise<void> {
    const { signal, objects } = this.#request;
    const end = () => this.#over.abort();
    signal.addEventListener('abort', end, { once: true });
    this.#isOver.then(() => this.#inbox.close());
    const fail = (error: unknown) => {
      this.#failure ??= error;
      end();
    };
    try {
      await this.#begin().catch(fail);
      const streams = Promise.all(objects.map((object) => this.#follow(object).catch(fail))).then((followed) => {
        if (objects.length > 0 && followed.every((one) => one === 'missing')) fail(this.#nothingToHear());
      });
      await Promise.all([streams, this.#deliver().catch(fail)]);
    } finally {
      signal.removeEventListener('abort', end);
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Finds out who the org is and where its streams go on. */
  async #begin(): Promise<void> {
    const session = await this.#session(0);
    if (!session) return;
    this.#org = await this.#client.orgId();
    const replay = readReplay(this.#request.replay, this.#org);
    for (const object of this.#request.objects) {
      const id = replay?.get(object);
      if (replay === null) this.#tellGap(object);
      if (id === undefined) continue;
      this.#arrived.set(object, id);
      this.#saved.set(object, id);
    }
  }

  /** Hands on what has arrived, all objects together, one batch after the other. */
  async #deliver(): Promise<void> {
    for (;;) {
      const parcels = await this.#inbox.take();
      if (parcels === null) return;
      const hints = gathered((await Promise.all(parcels.map((parcel) => this.#hintsOf(parcel)))).flat());
      for (const { object, arrival } of parcels) {
        if (arrival === null) this.#saved.delete(object);
        else if (arrival.replayId !== null) this.#saved.set(object, arrival.replayId);
      }
      if (this.#over.signal.aborted) return;
      await this.#request.onHints(hints, writeReplay(this.#saved, this.#org));
      for (const { arrival } of parcels) arrival?.done();
    }
  }

  async #hintsOf({ object, arrival, hints }: Parcel): Promise<Hint[]> {
    const all = [...hints];
    for (const { event } of arrival?.events ?? []) {
      try {
        const read = await this.#schemas.reader(event.schema_id);
        const hint = hintOf(read(event.payload), object, this.#client.settings.client);
        if (hint) all.push(hint);
      } catch (error) {
        // Whatever it says, it says that something changed: the object is read instead.
        this.#log('warn', 'a change event of Salesforce cannot be read; the object is polled instead', object, {
          error: error instanceof Error ? error.name : 'unknown',
        });
        all.push(this.#gap(object));
      }
    }
    return all;
  }

  /** Keeps a stream of the object open. Resolves when all is over, or with 'missing' where there is no such stream. */
  async #follow(object: string): Promise<'over' | 'missing'> {
    const { signal } = this.#over;
    let failures = 0;
    let renewed = false;
    let owesGap = false;
    while (!signal.aborted) {
      const session = await this.#session(failures);
      if (!session) break;
      const from = this.#arrived.get(object) ?? null;
      const status = await followTopic(
        this.#channel,
        this.#caller(session),
        topicOf(object),
        from,
        signal,
        (arrival) => {
          failures = 0;
          renewed = false;
          if (owesGap) this.#tellGap(object);
          owesGap = false;
          if (arrival.replayId !== null) this.#arrived.set(object, arrival.replayId);
          this.#inbox.push({ object, arrival, hints: [] });
        },
      );
      if (signal.aborted) break;
      const failure: EventFailure = status.code === 0 ? { next: 'again', code: 'ENDED' } : eventFailure(status);
      if (failure.next !== 'renew') {
        renewed = false;
        // Without a place to go on from, nobody will tell what happens until the stream is open again.
        owesGap ||= !this.#arrived.has(object);
      }
      switch (failure.next) {
        case 'missing':
          this.#log('warn', 'Salesforce tells no changes of this object; it is left to polling', object, {
            code: failure.code,
          });
          return 'missing';
        case 'stop':
          throw this.#stop(failure.code, failure.hint);
        case 'renew':
          if (renewed) throw this.#stop('BAD_CREDENTIALS', REFUSED);
          renewed = true;
          await this.#patiently(failures, () => this.#client.newSession(session));
          continue;
        case 'replay-lost':
          this.#arrived.delete(object);
          this.#log('warn', 'Salesforce no longer keeps the events since the last ones; the object is polled', object, {
            code: failure.code,
          });
          this.#tellGap(object);
          if (from !== null) continue;
          break;
        case 'wait':
          this.#log('warn', 'Salesforce delivers no more change events for now; polling goes on', object, {
            code: failure.code,
          });
          await this.#pause(ALLOWANCE_PAUSE_MS * (0.5 + Math.random() / 2));
          continue;
        case 'again':
          break;
      }
      failures += 1;
      this.#log(failures === WORTH_A_WARNING ? 'warn' : 'debug', 'the change events are interrupted', object, {
        code: failure.code,
        failures,
      });
      await this.#pause(backOff(failures));
    }
    return 'over';
  }

  /** A session, waited for while Salesforce is in trouble; null when all is over. */
  #session(failures: number): Promise<LiveTokens | null> {
    return this.#patiently(failures, () => this.#client.session());
  }

  /** Asks until it is answered; null when all is over. Rejects with what no waiting mends. */
  async #patiently<T>(failures: number, ask: () => Promise<T>): Promise<T | null> {
    for (let tries = failures; !this.#over.signal.aborted; ) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof ConnectorError) || HOPELESS.has(error.code)) throw error;
        tries += 1;
        await this.#pause(Math.max(backOff(tries), Math.min(error.retryAfterMs ?? 0, ALLOWANCE_PAUSE_MS)));
      }
    }
    return null;
  }

  /** Waits in short steps, so that no timer outlives the listening by much. */
  async #pause(ms: number): Promise<void> {
    for (let left = ms; left > 0 && !this.#over.signal.aborted; left -= PAUSE_STEP_MS) {
      await Promise.race([this.#client.ports.sleep(Math.ceil(Math.min(left, PAUSE_STEP_MS))), this.#isOver]);
    }
  }

  #caller(session: LiveTokens): Caller {
    return {
      accessToken: session.accessToken,
      instanceUrl: session.instanceUrl ?? this.#client.settings.url,
      tenantId: longId(this.#org),
    };
  }

  #gap(object: string): Hint {
    return { object, ids: [], at: new Date(this.#client.ports.now()).toISOString(), what: 'gap' };
  }

  #tellGap(object: string): void {
    this.#inbox.push({ object, arrival: null, hints: [this.#gap(object)] });
  }

  #nothingToHear(): ConnectorError {
    const objects = this.#request.objects.join(', ');
    return this.#stop(
      'NO_CHANGE_EVENTS',
      `In Salesforce, Setup > Integrations > Change Data Capture, select ${objects}, and give the integration user View All ` +
        'Records on them. Or set `events: false`; polling goes on either way.',
    );
  }

  #stop(code: string, hint: string): ConnectorError {
    const { connection } = this.#client.ports;
    const place = `Salesforce connection "${connection}" (${this.#client.settings.url})`;
    return new ConnectorError(`${place} cannot be listened to: ${code}`, { action: 'stop', connection, code, hint });
  }

  #log(level: 'debug' | 'warn', message: string, object: string, about: Record<string, string | number>): void {
    this.#client.ports.log(level, message, { connection: this.#client.ports.connection, object, ...about });
  }
}

const REFUSED =
  'The Pub/Sub API refuses a session that was just renewed. Check that the External Client App has the scope `api` and that no ' +
  'IP restriction of the integration user keeps this machine out.';

/** Exponential pause with jitter, so that streams and processes do not come back in step. */
function backOff(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}
