/** Takes in what CRMs tell of their own accord. What is told is saved at once and followed later, by a run under the lease. */
import { type Connector, ConnectorError, type Reception, type WebhookRequest } from '../../connectors/connector.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { type Clock, iso } from '../model/clock.ts';
import type { Database } from '../store/database.ts';
import type { Environment } from './environment.ts';
import { loadReplay, noteHeard, saveHints, saveReplay } from './hint-store.ts';

/** What has to be known of a connection to take in its events; its schema is none of it. */
export interface EventSource {
  readonly name: string;
  readonly connector: Connector;
  readonly mappings: readonly Mapping[];
}

/** How long a CRM that could not be asked who it is, is left alone before it is asked again. */
const PROVE_AGAIN_MS = 60_000;

/** Where events go. */
export interface EventSink {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Environment['log'];
}

/** Lets the connector prove a request and saves what it hints at. Null where the CRM of this connection does not call. */
export async function receive(
  source: EventSource,
  request: WebhookRequest,
  sink: EventSink,
): Promise<Reception | null> {
  if (!source.connector.receive) return null;
  const reception = source.connector.receive(request);
  if (reception.status === 'accepted') {
    await saveHints(sink.db, source.name, reception.hints, objectsOf(source));
    await noteHeard(sink.db, source.name, iso(sink.clock.now()));
  }
  return reception;
}

/**
 * Listens to the events of a connection until `signal` aborts. Hints and the place to go on from are saved together, then
 * `onSaved` is told. Where
 * listening is impossible the poll does all the work, and the log says why.
 * @param prove rejects where the connection leads to another org; nothing is heard before it was proven
 */
export async function listenTo(
  source: EventSource,
  sink: EventSink,
  signal: AbortSignal,
  onSaved: () => void,
  prove: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const { name, connector } = source;
  if (!connector.listen) return;
  const objects = objectsOf(source);
  try {
    await proven(prove, signal);
    if (signal.aborted) return;
    await connector.listen({
      objects: [...objects],
      replay: await loadReplay(sink.db, name),
      signal,
      onHints: async (hints, replay) => {
        const saved = await sink.db.transaction().execute(async (tx) => {
          await saveReplay(tx, name, replay, iso(sink.clock.now()));
          return saveHints(tx, name, hints, objects);
        });
        if (saved > 0) onSaved();
      },
    });
  } catch (error) {
    if (signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof ConnectorError ? error.code : 'BUG';
    sink.log('warn', `events of ${name} are not heard, its changes are polled for: ${reason}`, {
      connection: name,
      code,
    });
    // An error that is not the CRM's is a bug; the poll goes on all the same, and whoever listens is told.
    if (!(error instanceof ConnectorError)) throw error;
  }
}

/** Waits until a connection is proven; one that leads to another org never is. */
async function proven(prove: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await prove();
      return;
    } catch (error) {
      // Every other trouble may pass, and is reported by the syncs that meet it, too.
      if (!(error instanceof ConnectorError) || error.code === 'WRONG_ORG') throw error;
      await pause(error.retryAfterMs ?? PROVE_AGAIN_MS, signal);
    }
  }
}

/** Waits, at most until `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

function objectsOf(source: EventSource): Set<string> {
  return new Set(source.mappings.map((mapping) => mapping.object));
}
