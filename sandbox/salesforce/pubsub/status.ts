import { randomUUID } from 'node:crypto';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';

/** The codes of the trailer error-code, without their prefix (Pub/Sub API, "Handle Errors"), each with status and words. */
const FAILURES = {
  'service.auth.headers.invalid': [
    status.UNAUTHENTICATED,
    'An authentication header is missing or invalid. Provide accesstoken, instanceurl and tenantid.',
  ],
  'service.auth.error': [
    status.UNAUTHENTICATED,
    'An authentication exception occurred. Provide valid authentication via metadata headers.',
  ],
  'service.unavailable': [status.UNAVAILABLE, 'The Pub/Sub API service is unavailable.'],
  'topic.validation.empty': [status.INVALID_ARGUMENT, 'The topic name is blank.'],
  'topic.not.found': [status.NOT_FOUND, 'Ensure the topic name is correct and that the topic exists.'],
  'schema.validation.failed': [status.INVALID_ARGUMENT, 'The schema ID is blank or missing.'],
  'schema.meta.permission': [status.NOT_FOUND, 'The schema cannot be accessed. Verify the schema ID.'],
  'subscription.limit.exceeded': [
    status.RESOURCE_EXHAUSTED,
    'You have exceeded the event delivery limit for your org.',
  ],
  'subscription.topic.cannot.subscribe': [
    status.PERMISSION_DENIED,
    'The user does not have the permissions to subscribe to the topic.',
  ],
  'subscription.fetch.requested.events.invalid': [
    status.INVALID_ARGUMENT,
    'The number of requested events must be greater than zero.',
  ],
  'subscription.fetch.topic.mismatch': [
    status.INVALID_ARGUMENT,
    'The topic name differs from that of the first fetch request.',
  ],
  'subscription.fetch.replayid.validation.failed': [
    status.INVALID_ARGUMENT,
    'The Replay ID validation failed. A replay preset of CUSTOM needs a replay ID.',
  ],
  'subscription.fetch.replayid.corrupted': [
    status.INVALID_ARGUMENT,
    'The Replay ID validation failed. Ensure that the Replay ID is valid and within the retention window.',
  ],
} as const;

export type FailureCode = keyof typeof FAILURES;

/** An error answer as the service gives it: status, words with the call's id, and trailers. @param about said before the words */
export function failure(code: FailureCode, about = ''): StatusObject {
  const [grpcStatus, words] = FAILURES[code];
  const rpcId = randomUUID();
  const metadata = new Metadata();
  metadata.set('error-code', `sfdc.platform.eventbus.grpc.${code}`);
  metadata.set('rpc-id', rpcId);
  return { code: grpcStatus, details: `${about}${about === '' ? '' : ' '}${words} rpcId: ${rpcId}`, metadata };
}
