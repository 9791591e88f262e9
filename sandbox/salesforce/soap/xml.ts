/** SOAP envelopes in and out. */
import { XMLParser } from 'fast-xml-parser';
import { badRequest } from '../errors.ts';

/** An XML element as values: text, an object of children, or a list where a name repeats. Prefixes are dropped. */
export type Element = { readonly [name: string]: unknown };

export interface Envelope {
  readonly sessionId: string | undefined;
  readonly allOrNone: boolean;
  /** The called method and its arguments. */
  readonly method: string;
  readonly args: Element;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  processEntities: true,
  trimValues: true,
});

/** @throws where the text is no SOAP envelope */
export function readEnvelope(xml: string): Envelope {
  const invalid = () => badRequest('MALFORMED_XML', 'Content is not a SOAP envelope with one method in its body');
  let root: Element;
  try {
    root = parser.parse(xml) as Element;
  } catch (error) {
    throw badRequest(
      'MALFORMED_XML',
      `Content cannot be read as XML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const envelope = root.Envelope as Element | undefined;
  const body = envelope?.Body as Element | undefined;
  if (typeof body !== 'object' || body === null) throw invalid();
  const method = Object.keys(body).find((name) => !name.startsWith('@') && name !== '#text');
  if (method === undefined) throw invalid();
  const args = body[method];
  const header = envelope?.Header as Element | undefined;
  const session = header?.SessionHeader as Element | undefined;
  const allOrNone = (header?.AllOrNoneHeader as Element | undefined)?.allOrNone;
  return {
    sessionId: typeof session?.sessionId === 'string' ? session.sessionId : undefined,
    allOrNone: allOrNone === 'true',
    method,
    args: typeof args === 'object' && args !== null ? (args as Element) : {},
  };
}

/** A text argument; undefined where it is absent, empty or nil. */
export function textOf(value: unknown): string | undefined {
  const text = typeof value === 'object' && value !== null ? (value as Element)['#text'] : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Writes values as elements; lists repeat the element, null is nil, undefined is left out, `@name` is an attribute. */
export function toXml(name: string, value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((one) => toXml(name, one)).join('');
  if (value === null) return `<${name} xsi:nil="true"/>`;
  if (typeof value !== 'object') return `<${name}>${escapeText(String(value))}</${name}>`;
  let attributes = '';
  let children = '';
  for (const [key, one] of Object.entries(value)) {
    if (key.startsWith('@')) attributes += ` ${key.slice(1)}="${escapeText(String(one))}"`;
    else children += toXml(key, one);
  }
  return `<${name}${attributes}>${children}</${name}>`;
}

/** The answer to `method`. */
export function response(namespace: string, method: string, content: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="${namespace}" ` +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
    `<soapenv:Body><${method}Response>${content}</${method}Response></soapenv:Body></soapenv:Envelope>`
  );
}

/** A fault with the code in the vendor's `sf` prefix. */
export function fault(namespace: string, code: string, message: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="${namespace}" ` +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
    `<soapenv:Body><soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${escapeText(`${code}: ${message}`)}</faultstring>` +
    '</soapenv:Fault></soapenv:Body></soapenv:Envelope>'
  );
}
