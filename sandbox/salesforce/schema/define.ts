import { currencyIsoCode, systemFields, text } from './fields.ts';
import type { FieldDef, ObjectDef, Row } from './types.ts';

interface Definition {
  readonly name: string;
  readonly label?: string;
  readonly labelPlural?: string;
  readonly keyPrefix: string;
  readonly fields: readonly FieldDef[];
  readonly custom?: boolean;
  readonly createable?: boolean;
  readonly updateable?: boolean;
  readonly deletable?: boolean;
  readonly hardDelete?: boolean;
  readonly replicateable?: boolean;
  /** The object has an IsDeleted field (true by default). */
  readonly deletedFlag?: boolean;
  /** The object has a CurrencyIsoCode field in orgs with several currencies. */
  readonly currency?: boolean;
  readonly description?: string | null;
  readonly definitionId?: string | null;
}

/** An object with its own fields between the platform's first and last ones. */
export function object(definition: Definition): ObjectDef {
  const { head, tail } = systemFields({ deleted: definition.deletedFlag !== false });
  const all = [...head, ...definition.fields, ...(definition.currency ? [currencyIsoCode()] : []), ...tail];
  const label = definition.label ?? definition.name;
  return {
    name: definition.name,
    label,
    labelPlural: definition.labelPlural ?? `${label}s`,
    keyPrefix: definition.keyPrefix,
    custom: definition.custom ?? false,
    createable: definition.createable ?? true,
    updateable: definition.updateable ?? true,
    deletable: definition.deletable ?? true,
    hardDelete: definition.hardDelete ?? false,
    replicateable: definition.replicateable ?? true,
    description: definition.description ?? null,
    definitionId: definition.definitionId ?? null,
    fields: new Map(all.map((one) => [one.name.toLowerCase(), one])),
  };
}

/** The read-only full name of a person: salutation aside, first and last name. */
export function fullName(label: string, options: Partial<FieldDef> = {}): FieldDef {
  return text('Name', label, 121, {
    createable: false,
    updateable: false,
    nameField: true,
    required: true,
    read: personName,
    ...options,
  });
}

/** First and last name in one text. */
export function personName(row: Row): string {
  return [row.FirstName, row.LastName].filter((part) => typeof part === 'string' && part !== '').join(' ');
}
