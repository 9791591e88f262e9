import { badRequest, type SalesforceError } from '../errors.ts';
import { parseDay, parseInstant } from '../format.ts';
import { canonicalId } from '../ids.ts';
import type { FieldDef, Value } from '../schema/types.ts';

const TEXTUAL = new Set([
  'string',
  'textarea',
  'email',
  'phone',
  'url',
  'picklist',
  'multipicklist',
  'reference',
  'id',
]);
const EMAIL = /^[^\s@<>(),;:"[\]]+@[^\s@<>(),;:"[\]]+$/;

/**
 * Turns a value of a request body into a stored one.
 * @returns null for null and for empty texts
 * @throws SalesforceError with the platform's code and words where the value does not fit the field
 */
export function coerce(field: FieldDef, raw: unknown): Value {
  if (raw === null || raw === undefined || raw === '') {
    if (field.type !== 'boolean') return null;
    throw badRequest('INVALID_TYPE_ON_FIELD_IN_RECORD', `${field.label}: value not of required type: `, [field.name]);
  }
  if (typeof raw === 'object') throw notAn(field, Array.isArray(raw) ? 'START_ARRAY value [' : 'START_OBJECT value {');
  if (TEXTUAL.has(field.type)) return coerceText(field, String(raw));
  switch (field.type) {
    case 'boolean':
      return coerceBoolean(field, raw);
    case 'date':
    case 'datetime':
      return coerceTime(field, raw);
    default:
      return coerceNumber(field, raw);
  }
}

function notAn(field: FieldDef, found: string): SalesforceError {
  const type = ['currency', 'percent', 'double'].includes(field.type)
    ? 'double'
    : TEXTUAL.has(field.type)
      ? 'string'
      : field.type;
  return badRequest(
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${type} from ${found} or request may be missing a required field at [line:1, column:1]`,
  );
}

function token(raw: unknown): string {
  if (typeof raw === 'string') return `VALUE_STRING value ${raw}`;
  if (typeof raw === 'number') return `VALUE_NUMBER_${Number.isInteger(raw) ? 'INT' : 'FLOAT'} value ${raw}`;
  return `VALUE_${String(raw).toUpperCase()} value ${String(raw)}`;
}

function coerceBoolean(field: FieldDef, raw: unknown): boolean {
  if (raw === true || raw === 'true' || raw === '1' || raw === 1) return true;
  if (raw === false || raw === 'false' || raw === '0' || raw === 0) return false;
  throw notAn(field, token(raw));
}

function coerceTime(field: FieldDef, raw: unknown): Value {
  if (typeof raw !== 'string') throw notAn(field, token(raw));
  const day = parseDay(raw);
  const instant = day === undefined ? parseInstant(raw) : Date.parse(`${day}T00:00:00Z`);
  if (instant === undefined) throw notAn(field, token(raw));
  if (field.type === 'date') return day ?? new Date(instant).toISOString().slice(0, 10);
  return Math.floor(instant / 1000) * 1000;
}

/** Rounds half away from zero to `scale` decimals, on the decimal text and so without binary surprises. */
function roundTo(value: number, scale: number): number {
  const shifted = Number(`${Math.abs(value)}e${scale}`);
  return Number.isFinite(shifted) ? Math.sign(value) * Number(`${Math.round(shifted)}e-${scale}`) : value;
}

function coerceNumber(field: FieldDef, raw: unknown): number {
  const value = typeof raw === 'number' ? raw : typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : Number.NaN;
  if (!Number.isFinite(value)) throw notAn(field, token(raw));
  if (field.type === 'int' && !Number.isInteger(value)) throw notAn(field, token(raw));
  const rounded = field.type === 'int' ? value : roundTo(value, field.scale);
  const whole = field.type === 'int' ? field.precision : field.precision - field.scale;
  if (Math.abs(rounded) >= 10 ** whole) {
    throw badRequest(
      'NUMBER_OUTSIDE_VALID_RANGE',
      `${field.label}: value outside of valid range on numeric field: ${value}`,
      [field.name],
    );
  }
  return rounded;
}

function coerceText(field: FieldDef, raw: string): Value {
  const value = raw.trim();
  if (value === '') return null;
  switch (field.type) {
    case 'reference':
    case 'id': {
      const id = canonicalId(value);
      if (id !== undefined) return id;
      throw badRequest('MALFORMED_ID', `${field.label}: id value of incorrect type: ${value}`, [field.name]);
    }
    case 'picklist':
      if (field.restricted && !field.picklist.some((entry) => entry.active && entry.value === value)) {
        throw badValue(field, value);
      }
      break;
    case 'multipicklist':
      return coerceSeveral(field, value);
    case 'email':
      if (!EMAIL.test(value) || !/\.[^.]+$/.test(value) || value.includes('..')) {
        throw badRequest('INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${value}`, [field.name]);
      }
      break;
    default:
  }
  if (value.length > field.length) {
    throw badRequest('STRING_TOO_LONG', `${field.label}: data value too large: ${value} (max length=${field.length})`, [
      field.name,
    ]);
  }
  return value;
}

/** The chosen values without doubles, in the order of the definition, unknown ones last. */
function coerceSeveral(field: FieldDef, value: string): Value {
  const chosen = new Set(
    value
      .split(';')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  );
  const known = field.picklist.filter((entry) => entry.active && chosen.has(entry.value)).map((entry) => entry.value);
  for (const one of known) chosen.delete(one);
  const [unknown] = chosen;
  if (field.restricted && unknown !== undefined) throw badValue(field, unknown);
  const all = [...known, ...chosen].join(';');
  return all === '' ? null : all;
}

function badValue(field: FieldDef, value: string): SalesforceError {
  return badRequest(
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `${field.label}: bad value for restricted picklist field: ${value}`,
    [field.name],
  );
}
