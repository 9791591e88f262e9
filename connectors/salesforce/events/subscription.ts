/** One Subscribe stream, from its first request to its end. */
import type { StatusObject } from '@grpc/grpc-js';
import type { Caller, Channel, FetchResponse, RawEvent } from './channel.ts';

/** What one answer brought. `done` is called when it has been dealt with, so that more may be asked for. */
export interface Arrival {
  readonly events: readonly RawEvent[];
  /** Base 64; null where the answer named none. */
  readonly replayId: string | null;
  readonly done: () => void;
}

/** Events asked for at once: half of what Salesforce allows; what a crash leaves undone is delivered, and counted, again. */
const WINDOW = 50;
/** Events not yet dealt with above which no more are asked for. */
const MOST_WAITING = 500;

/**
 * Follows a topic until the stream ends, whoever ends it. More events are asked for whenever half of the window is used: a
 * stream that owes nothing is ended by Salesforce after 60 seconds, one that owes something is kept alive.
 * @param replayId where to go on; null: with the next change
 * @returns how the stream ended; code 0 where Salesforce closed it in order
 */
export function followTopic(
  channel: Channel,
  caller: Caller,
  topic: string,
  replayId: string | null,
  signal: AbortSignal,
  onArrival: (arrival: Arrival) => void,
): Promise<StatusObject> {
  return new Promise((resolve) => {
    const stream = channel.subscribe(caller);
    let ended = false;
    let owed = WINDOW;
    let waiting = 0;
    const cancel = () => stream.cancel();
    const refill = () => {
      if (ended || waiting >= MOST_WAITING || owed > WINDOW / 2) return;
      stream.write({ num_requested: WINDOW - owed });
      owed = WINDOW;
    };
    stream.on('data', ({ events, latest_replay_id: latest, pending_num_requested: pending }: FetchResponse) => {
      if (ended) return;
      owed = pending;
      waiting += events.length;
      const last = events.at(-1)?.replay_id ?? latest;
      onArrival({
        events,
        replayId: last.length === 0 ? null : Buffer.from(last).toString('base64'),
        done: () => {
          waiting -= events.length;
          refill();
        },
      });
      refill();
    });
    // The status that follows says the same.
    stream.on('error', () => undefined);
    stream.on('status', (status: StatusObject) => {
      ended = true;
      signal.removeEventListener('abort', cancel);
      resolve(status);
    });
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    else {
      stream.write({
        topic_name: topic,
        num_requested: WINDOW,
        ...(replayId === null
          ? { replay_preset: 'LATEST' as const }
          : { replay_preset: 'CUSTOM' as const, replay_id: Buffer.from(replayId, 'base64') }),
      });
    }
  });
}
