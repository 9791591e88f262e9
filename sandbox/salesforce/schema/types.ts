/** What the org knows of its objects and fields. Names are canonical here; look-ups ignore case. */

/** A stored value. Datetimes are epoch milliseconds, dates are YYYY-MM-DD, multi-select values are joined by `;`. */
export type Value = string | number | boolean | null;

/** A row of a table, by canonical field name. Absent means null. */
export interface Row {
  Id: string;
  [field: string]: Value | undefined;
}

/** A value as JSON answers show it (compound fields are objects). */
export type Shown = Value | { readonly [key: string]: Value };

export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'picklist'
  | 'multipicklist'
  | 'reference'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'email'
  | 'phone'
  | 'url'
  | 'address';

export interface PicklistEntry {
  readonly value: string;
  readonly label: string;
  readonly active: boolean;
  readonly defaultValue: boolean;
}

/** Reads rows of other tables for computed fields. */
export interface Lookup {
  /** The row with this id in whatever object, deleted ones too. */
  row(id: string): { readonly object: ObjectDef; readonly row: Row } | undefined;
  /** The rows of `object` that are not deleted and whose reference `field` is `id`. */
  children(object: string, field: string, id: string): Row[];
  /** The first row of `object` (setup tables such as OpportunityStage). */
  all(object: string): Iterable<Row>;
  /** Changes whenever a row of `object` changes: lets computed values be kept until then. */
  version(object: string): number;
  /** The org's time, epoch milliseconds. */
  now(): number;
}

export interface FieldDef {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  /** May not be empty. */
  readonly required: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly custom: boolean;
  readonly externalId: boolean;
  readonly unique: boolean;
  readonly caseSensitive: boolean;
  readonly idLookup: boolean;
  readonly nameField: boolean;
  readonly filterable: boolean;
  readonly sortable: boolean;
  readonly groupable: boolean;
  readonly picklist: readonly PicklistEntry[];
  readonly restricted: boolean;
  readonly referenceTo: readonly string[];
  readonly relationshipName: string | null;
  /** Name of the list of children on each parent, null where the platform offers none. */
  readonly childRelationshipName: string | null;
  readonly onDelete: 'Cascade' | 'SetNull' | 'Restrict';
  readonly masterDetail: boolean;
  readonly defaultValue: Value;
  readonly compound: string | null;
  readonly helpText: string | null;
  readonly description: string | null;
  readonly formula: string | null;
  /** Fields that the formula reads, as Object.Field. */
  readonly formulaUses: readonly string[];
  /** Blank numbers count as 0 in the formula. */
  readonly formulaBlanksAsZero: boolean;
  /** Only present in orgs that use several currencies. */
  readonly multiCurrencyOnly: boolean;
  /** First API version that shows the field. */
  readonly since: number;
  /** Computes the value; nothing is stored. */
  readonly read: ((row: Row, lookup: Lookup) => Shown) | null;
  /** The id of a custom field's definition (Tooling), null for standard fields. */
  readonly definitionId: string | null;
}

export interface ObjectDef {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string;
  readonly custom: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  /** Deleting a row removes it at once, without the recycle bin. */
  readonly hardDelete: boolean;
  /** /updated and /deleted answer for it. */
  readonly replicateable: boolean;
  readonly description: string | null;
  readonly definitionId: string | null;
  /** By lower-case name, in the order in which they were defined. */
  readonly fields: Map<string, FieldDef>;
}
