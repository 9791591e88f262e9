/** What the CRMs tell by themselves, by webhook or by a stream of events. */
import type { Reception, WebhookRequest } from '../../connectors/connector.ts';
import { listenTo, receive } from '../sync/listen.ts';
import type { Connections } from './connections.ts';
import { type Core, tellTime } from './core.ts';
import type { Part } from './part.ts';

/** Takes in a request that claims to come from the CRM of a connection; null where there is none, or it does not call. */
export async function hear(core: Core, connection: string, request: WebhookRequest): Promise<Reception | null> {
  const part = core.parts.find((each) => each.name === connection);
  if (part === undefined) return null;
  await tellTime(core);
  return receive(part, request, sinkOf(core));
}

/** Listens to every CRM that can be listened to, until `signal` aborts. */
export async function listenToAll(
  core: Core,
  connections: Connections,
  signal: AbortSignal,
  onHints: () => void,
): Promise<void> {
  const prove = (part: Part) => () => connections.prove(part);
  await Promise.all(
    core.parts.map((part) => listenTo(part, sinkOf(core), { signal, onSaved: onHints, prove: prove(part) })),
  );
}

function sinkOf({ store, clock, log }: Core) {
  return { db: store.db, clock, log };
}
