/** Takes in what CRMs tell of their own accord. What is told is saved at once and followed later, by a run under the lease. */
import { type Connector, ConnectorError, type Reception, type WebhookRequest } from '../../connectors/connector.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { type Clock, iso } from '../model/clock.ts';
import type { Database } from '../store/database.ts';
import type { Environment } from './environment.ts';
import { loadReplay, noteHeard, saveHints, saveReplay } from './hint-store.ts';
import { waitFor } from './wait.ts';

/** What has to be known of a connection to take in its events; its schema is none of it. */
export interface EventSource {
  readonly name: string;
  readonly connector: Connector;
  readonly mappings: readonly Mapping[];
}

/** How long listening rests after it has ended: at first, and after each further end twice as long, up to the longest. */
const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 15 * 60_000;

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

/** What listening needs of its surroundings. */
interface Listening {
  readonly signal: AbortSignal;
  /** Told when there is something to absorb. */
  readonly onSaved: () => void;
  /** Rejects where the connection leads to another org; nothing is heard before it was proven. */
  readonly prove?: () => Promise<unknown>;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Listens to the events of a connection until `signal` aborts. Hints and the place to go on from are saved together, then
 * `onSaved` is told. Where listening ends, whatever the reason, the log says why and it is tried again after a pause that grows;
 * the poll does all the work meanwhile. Only a connection that leads to another org is not tried again.
 */
export async function listenTo(source: EventSource, sink: EventSink, listening: Listening): Promise<void> {
  const { name, connector } = source;
  const { signal, onSaved, prove, wait = waitFor } = listening;
  if (!connector.listen) return;
  const objects = objectsOf(source);
  let ends = 0;
  const heard = (): void => {
    if (ends > 0) sink.log('info', `events of ${name} are heard again`, { connection: name });
    ends = 0;
  };
  while (!signal.aborted) {
    let ended: unknown = null;
    try {
      await prove?.();
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
          heard();
          if (saved > 0) onSaved();
        },
      });
    } catch (error) {
      ended = error;
    }
    if (signal.aborted) return;
    const restMs = restAfter(ended, ends);
    ends += 1;
    tell(sink, name, ended, restMs);
    if (restMs === null) return;
    await wait(restMs, signal);
  }
}

/** How long listening rests after it has ended `ends` times before without having heard anything; null: for good. */
function restAfter(error: unknown, ends: number): number | null {
  const growing = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** ends);
  if (!(error instanceof ConnectorError)) return growing;
  return error.code === 'WRONG_ORG' ? null : Math.max(growing, error.retryAfterMs ?? 0);
}

/** An error that is not the CRM's is a fault of ours or of the database: it is told as one, and the poll goes on all the same. */
function tell({ log }: EventSink, name: string, error: unknown, restMs: number | null): void {
  const reason = error instanceof Error ? error.message : error === null ? 'the CRM ended the stream' : String(error);
  const next = restMs === null ? '' : `; listening is tried again in ${Math.ceil(restMs / 60_000)} min`;
  const isTheirs = error === null || error instanceof ConnectorError;
  log(isTheirs ? 'warn' : 'error', `events of ${name} are not heard, its changes are polled for: ${reason}${next}`, {
    connection: name,
    code: error instanceof ConnectorError ? error.code : isTheirs ? 'ENDED' : 'BUG',
  });
}

function objectsOf(source: EventSource): Set<string> {
  return new Set(source.mappings.map((mapping) => mapping.object));
}
