import { type HubSpotError, malformed } from './errors.ts';

export type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a JSON body; an empty one is {}. An array stands under the key "" (the one endpoint that takes one). */
export function parseJson(text: string): Body {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badJson(text, error instanceof Error ? error.message : String(error));
  }
  if (Array.isArray(value)) return { '': value };
  if (!isObject(value)) throw malformed('Cannot deserialize value of the body: an object is expected');
  return value;
}

function badJson(text: string, reason: string): HubSpotError {
  const spot = /line (\d+) column (\d+)/.exec(reason);
  if (spot !== null) return malformed(shortReason(reason), Number(spot[1]), Number(spot[2]) + 1);
  const position = /position (\d+)/.exec(reason)?.[1];
  const before = text.slice(0, position === undefined ? text.length : Number(position));
  const lines = before.split('\n');
  return malformed(shortReason(reason), lines.length, (lines.at(-1)?.length ?? 0) + 1);
}

const shortReason = (reason: string): string =>
  reason.startsWith('Unexpected end') ? 'Unexpected end-of-input' : (reason.split(' in JSON')[0] ?? reason);

/** A form-encoded body as strings. */
export function parseForm(text: string): Body {
  return Object.fromEntries(new URLSearchParams(text));
}

const missing = (name: string): HubSpotError =>
  malformed(`Cannot build the input, some of required attributes are not set [${name}]`);

const wrongType = (name: string, wanted: string): HubSpotError =>
  malformed(`Cannot deserialize value of \`${name}\`: ${wanted} is expected`);

/** A list of objects that must be there. */
export function objectList(body: Body, name: string): readonly Body[] {
  const value = body[name];
  if (value === undefined || value === null) throw missing(name);
  if (!Array.isArray(value)) throw wrongType(name, 'a list');
  return value.map((entry) => {
    if (!isObject(entry)) throw wrongType(name, 'a list of objects');
    return entry;
  });
}

export function object(body: Body, name: string): Body {
  const value = body[name];
  if (value === undefined || value === null) throw missing(name);
  if (!isObject(value)) throw wrongType(name, 'an object');
  return value;
}

/** A text that may be missing; numbers and booleans are read as their text. */
export function optionalText(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw wrongType(name, 'a string');
}

export function text(body: Body, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined) throw missing(name);
  return value;
}

export function optionalNumber(body: Body, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw wrongType(name, 'a number');
  return number;
}

export function flag(body: Body, name: string, otherwise = false): boolean {
  const value = body[name];
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== 'boolean') throw wrongType(name, 'a boolean');
  return value;
}

/** A list of strings, empty where it is missing. */
export function texts(body: Body, name: string): readonly string[] {
  const value = body[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(name, 'a list of strings');
  return value.map((entry) => {
    if (typeof entry === 'string') return entry;
    if (typeof entry === 'number') return String(entry);
    throw wrongType(name, 'a list of strings');
  });
}

/** The `properties` of a write: every value as text, null to clear. */
export function propertyValues(body: Body, required = true): Record<string, string | null> {
  if (!required && (body.properties === undefined || body.properties === null)) return {};
  const values: Record<string, string | null> = {};
  for (const [name, value] of Object.entries(object(body, 'properties'))) {
    if (value === null) values[name] = null;
    else if (typeof value === 'string') values[name] = value;
    else if (typeof value === 'number' || typeof value === 'boolean') values[name] = String(value);
    else throw wrongType(`properties.${name}`, 'a string');
  }
  return values;
}
