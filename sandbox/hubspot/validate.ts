import { HubSpotError } from './errors.ts';
import type { PropertyDefinition, PropertyOption } from './property-definition.ts';
import { instant, iso, parseInstant } from './times.ts';

/** What validation needs to know of the portal beside the definition. */
export interface ValueContext {
  readonly hubId: number;
  definition(name: string): PropertyDefinition | undefined;
  /** The present choices of an enumeration whose choices live elsewhere (owners, pipelines, stages). */
  externalChoices(definition: PropertyDefinition): readonly PropertyOption[];
  isOwner(id: string): boolean;
}

interface Problem {
  readonly isValid: false;
  readonly message: string;
  readonly error: string;
  readonly name: string;
  readonly localizedErrorMessage: string;
  readonly propertyValue?: string;
  readonly portalId: number;
}

interface Refusal {
  readonly error: string;
  readonly message: string;
}

const MAX_LENGTH = 65_536;
const EMAIL = /^[^\s@,;<>"()[\]]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z][a-z0-9-]*[a-z0-9]$/i;

const refuse = (error: string, message: string): Refusal => ({ error, message });

function optionList(options: readonly PropertyOption[]): string {
  const shown = options.map(
    (option) =>
      `label: ${JSON.stringify(option.label)}\nvalue: ${JSON.stringify(option.value)}\ndisplay_order: ${option.displayOrder}\nhidden: ${option.hidden}\nread_only: false\n`,
  );
  return `[${shown.join(', ')}]`;
}

function checkDate(value: string): string | Refusal {
  const ms = parseInstant(value);
  if (ms === null) return refuse('INVALID_DATE', `${value} is not a valid date.`);
  if (ms % 86_400_000 !== 0) {
    const at = new Date(ms);
    const time = `${at.getUTCHours()}:${at.getUTCMinutes()}:${at.getUTCSeconds()}.${at.getUTCMilliseconds()}`;
    return refuse('INVALID_DATE', `${value} is at ${time} UTC, not midnight!`);
  }
  return iso(ms).slice(0, 10);
}

function checkChoice(
  definition: PropertyDefinition,
  value: string,
  options: readonly PropertyOption[],
): string | Refusal {
  const many = definition.fieldType === 'checkbox';
  const parts = many ? value.split(';').filter((part) => part !== '') : [value];
  for (const part of parts) {
    if (!options.some((option) => option.value === part)) {
      return refuse('INVALID_OPTION', `${part} was not one of the allowed options: ${optionList(options)}`);
    }
  }
  return many ? `${value.startsWith(';') ? ';' : ''}${[...new Set(parts)].join(';')}` : value;
}

/** The value as the portal keeps it, or why it is refused. A leading `;` (append to the list) is kept for the caller. */
function checkValue(definition: PropertyDefinition, value: string, context: ValueContext): string | Refusal {
  if (value.length > MAX_LENGTH) {
    return refuse(
      'PROPERTY_VALUE_TOO_LONG',
      `Property "${definition.name}" has ${value.length} characters, more than ${MAX_LENGTH}.`,
    );
  }
  if (definition.owner) {
    return context.isOwner(value)
      ? value
      : refuse('INVALID_OWNER_ID', `Owner ${value} does not exist or is not valid.`);
  }
  switch (definition.type) {
    case 'number': {
      const trimmed = value.trim();
      const sound = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) && Number.isFinite(Number(trimmed));
      return sound ? trimmed : refuse('INVALID_INTEGER', `${value} was not a valid number.`);
    }
    case 'date':
      return checkDate(value);
    case 'datetime': {
      const ms = parseInstant(value);
      return ms === null ? refuse('INVALID_DATE', `${value} was not a valid date-time.`) : instant(ms);
    }
    case 'bool': {
      const lower = value.toLowerCase();
      if (lower === 'true' || lower === 'false') return lower;
      return refuse('INVALID_OPTION', `${value} was not one of the allowed options: ${optionList(definition.options)}`);
    }
    case 'enumeration': {
      if (definition.openOptions) return value;
      return checkChoice(
        definition,
        value,
        definition.externalOptions ? context.externalChoices(definition) : definition.options,
      );
    }
    default:
      if (definition.name !== 'email') return value;
      return EMAIL.test(value.trim())
        ? value.trim().toLowerCase()
        : refuse('INVALID_EMAIL', `Email address ${value} is invalid`);
  }
}

function readOnlyMessage(definition: PropertyDefinition): string {
  return definition.calculated
    ? `"${definition.name}" is a calculated property; its value cannot be set.`
    : `"${definition.name}" is a read only property; its value cannot be set.`;
}

/**
 * Checks the properties of one write. Values become the portal's own form: "" and null become null (clear), dates ISO,
 * e-mail addresses lower case. Throws the vendor's 400 that lists every bad property of the write.
 */
export function checkProperties(
  input: Readonly<Record<string, string | null>>,
  context: ValueContext,
): Map<string, string | null> {
  const accepted = new Map<string, string | null>();
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(input)) {
    const definition = context.definition(name);
    let refusal: Refusal | null = null;
    if (definition === undefined) {
      refusal = refuse('PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`);
    } else if (definition.readOnlyValue && !definition.writtenByTracking) {
      refusal = refuse('READ_ONLY_VALUE', readOnlyMessage(definition));
    } else if (value === null || value === '') {
      accepted.set(name, null);
    } else {
      const checked = checkValue(definition, value, context);
      if (typeof checked === 'string') accepted.set(name, checked);
      else refusal = checked;
    }
    if (refusal === null) continue;
    problems.push({
      isValid: false,
      message: refusal.message,
      error: refusal.error,
      name,
      localizedErrorMessage: refusal.message,
      ...(value === null || definition === undefined ? {} : { propertyValue: value }),
      portalId: context.hubId,
    });
  }
  if (problems.length > 0) throw propertyError(problems);
  return accepted;
}

function propertyError(problems: readonly Problem[]): HubSpotError {
  return new HubSpotError(400, `Property values were not valid: ${JSON.stringify(problems)}`, {
    category: 'VALIDATION_ERROR',
    errors: problems.map(({ message, error, name }) => ({ message, code: error, context: { propertyName: [name] } })),
  });
}
