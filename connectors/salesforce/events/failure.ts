/** What a call to the Pub/Sub API that failed asks for. Pure. */
import type { StatusObject } from '@grpc/grpc-js';

export type EventFailure =
  /** The service or the way to it is in trouble: connect again. */
  | { readonly next: 'again'; readonly code: string }
  /** The day's events are used up; they are kept for 72 hours meanwhile. */
  | { readonly next: 'wait'; readonly code: string }
  | { readonly next: 'renew'; readonly code: string }
  /** The place in the stream is no longer known. */
  | { readonly next: 'replay-lost'; readonly code: string }
  /** The org tells no changes of this object, or not to this user. */
  | { readonly next: 'missing'; readonly code: string }
  | { readonly next: 'stop'; readonly code: string; readonly hint: string };

/** Status codes of gRPC, by their numbers (grpc.github.io, "Status codes"), so that gRPC need not be loaded for them. */
const STATUS = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  exhausted: 8,
  unimplemented: 12,
  unauthenticated: 16,
};
const PREFIX = 'sfdc.platform.eventbus.grpc.';

/** Sources: Pub/Sub API, "Handle Errors" (the trailer error-code) and "Retry Long-Lived RPC Calls After an Error Occurs". */
export function eventFailure(status: Pick<StatusObject, 'code' | 'metadata'>): EventFailure {
  const told = String(status.metadata?.get('error-code')[0] ?? '');
  const code = told === '' ? `GRPC_${status.code}` : told.startsWith(PREFIX) ? told.slice(PREFIX.length) : told;
  if (code.startsWith('subscription.fetch.replayid.')) return { next: 'replay-lost', code };
  if (code === 'service.tenant.license') {
    return {
      next: 'stop',
      code,
      hint: 'This org is not licensed for the Pub/Sub API. Set `events: false`; polling goes on.',
    };
  }
  if (code === 'subscription.limit.exceeded') return { next: 'wait', code };
  switch (status.code) {
    case STATUS.unauthenticated:
      return { next: 'renew', code };
    case STATUS.notFound:
    case STATUS.permissionDenied:
      return { next: 'missing', code };
    case STATUS.exhausted:
      return { next: 'wait', code };
    case STATUS.unimplemented:
    case STATUS.invalidArgument:
      return {
        next: 'stop',
        code,
        hint: 'The address in events.url does not answer like the Pub/Sub API of Salesforce. Correct it, or set `events: false`.',
      };
    default:
      return { next: 'again', code };
  }
}
