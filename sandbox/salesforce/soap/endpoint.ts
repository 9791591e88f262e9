import { SalesforceError } from '../errors.ts';
import type { Authority } from '../oauth/authority.ts';
import type { Answer } from '../oauth/endpoints.ts';
import type { Org } from '../org/org.ts';
import { changeOrigin } from '../pubsub/origin.ts';
import { metadataCall } from './metadata.ts';
import { partnerCall } from './partner.ts';
import { fault, readEnvelope, response } from './xml.ts';

const NAMESPACES: Readonly<Record<string, { body: string; fault: string }>> = {
  m: { body: 'http://soap.sforce.com/2006/04/metadata', fault: 'http://soap.sforce.com/2006/04/metadata' },
  u: { body: 'urn:partner.soap.sforce.com', fault: 'urn:fault.partner.soap.sforce.com' },
};

/**
 * Answers POST /services/Soap/{m,u}/NN.0. Faults have status 500, as SOAP 1.1 asks.
 * @param api `m` for the Metadata API, `u` for the partner API
 * @param count counts a call that a live session makes; throws where the day's calls are used up
 */
export function soap(
  org: Org,
  authority: Authority,
  api: string,
  version: number,
  xml: string,
  count: () => void,
): Answer {
  const namespace = NAMESPACES[api] ?? { body: '', fault: '' };
  const headers = { 'content-type': 'text/xml;charset=UTF-8' };
  try {
    const envelope = readEnvelope(xml);
    if (envelope.method === 'login') {
      throw new SalesforceError(500, 'INVALID_OPERATION', 'SOAP API login() is disabled by default in this org.');
    }
    const userId = authority.userOf(envelope.sessionId ?? '');
    if (userId === undefined) {
      throw new SalesforceError(
        500,
        'INVALID_SESSION_ID',
        'Invalid Session ID found in SessionHeader: Illegal Session',
      );
    }
    count();
    const caller = { userId, version, origin: changeOrigin('soap', version, undefined) };
    const content = org.from(caller, () =>
      api === 'm'
        ? metadataCall({ org, authority, userId }, envelope.method, envelope.args)
        : partnerCall(org, caller, envelope.method, envelope.args, envelope.allOrNone),
    );
    return { status: 200, body: response(namespace.body, envelope.method, content), headers };
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return { status: 500, body: fault(namespace.fault, error.entry.errorCode, error.entry.message), headers };
  }
}
