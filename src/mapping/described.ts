/**
 * What mapping needs to know of a CRM, in its own words: structurally the types of the connector contract, declared again
 * here because the channel side does not import connectors.
 */

/** A field value in canonical form. A datetime is ISO-8601 UTC with milliseconds, a date YYYY-MM-DD, a multi-picklist `a;b`. */
export type FieldValue = string | number | boolean | null;

export type FieldKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'picklist'
  | 'multipicklist'
  | 'reference'
  | 'other';

export interface FieldDescription {
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly writable: boolean;
  /** Computed by the CRM. */
  readonly calculated?: boolean;
  readonly length?: number;
  readonly scale?: number;
  readonly unique: boolean;
  readonly values?: readonly string[];
  readonly referenceTo?: readonly string[];
}

export interface ObjectDescription {
  readonly object: string;
  readonly label: string;
  readonly fields: readonly FieldDescription[];
}

/** The part of a CRM record that a mapping reads: `fields` holds every field known of it, not only those that changed. */
export interface ReadableRecord {
  readonly object: string;
  readonly id: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** A field to be created in the CRM. */
export interface ProvisionField {
  readonly object: string;
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly kind: 'text' | 'number' | 'datetime' | 'picklist' | 'reference';
  readonly length?: number;
  readonly scale?: number;
  readonly unique?: boolean;
  readonly indexed?: boolean;
  readonly values?: readonly string[];
  readonly restricted?: boolean;
  readonly referenceTo?: string;
}

export interface ProvisionSpec {
  readonly objects: readonly { readonly name: string; readonly label: string; readonly plural: string }[];
  readonly fields: readonly ProvisionField[];
}
