import type { FieldDescription, FieldKind, ProvisionField, ProvisionSpec } from '../connector.ts';

/** Metadata API documents for what Sluice needs. Elements stand in the order of the WSDL: fullName, then by alphabet. */

export interface MetadataDocument {
  readonly fullName: string;
  readonly [element: string]: unknown;
}

/** A custom object: open to all users of the org who get the permission set, its name field an automatic number. */
export function customObject(object: ProvisionSpec['objects'][number]): MetadataDocument {
  return {
    fullName: object.name,
    deploymentStatus: 'Deployed',
    label: object.label,
    nameField: {
      displayFormat: `${object.name.replace(/__c$/, '').slice(0, 20)}-{000000}`,
      label: 'Number',
      type: 'AutoNumber',
    },
    pluralLabel: object.plural,
    sharingModel: 'ReadWrite',
  };
}

/** A custom field, named Object.Field__c. */
export function customField(field: ProvisionField): MetadataDocument {
  const help = field.help === undefined ? {} : { inlineHelpText: field.help.slice(0, 510) };
  const base = { fullName: `${field.object}.${field.name}` };
  switch (field.kind) {
    case 'text':
      return {
        ...base,
        ...(field.unique ? { caseSensitive: true } : {}),
        // An external id is indexed whether or not it is unique.
        externalId: field.unique === true || field.indexed === true,
        ...help,
        label: field.label,
        length: field.length ?? 255,
        type: 'Text',
        unique: field.unique === true,
      };
    case 'number':
      return {
        ...base,
        ...help,
        label: field.label,
        precision: field.length ?? 18,
        scale: field.scale ?? 0,
        type: 'Number',
      };
    case 'datetime':
      return { ...base, ...help, label: field.label, type: 'DateTime' };
    case 'picklist':
      return {
        ...base,
        ...help,
        label: field.label,
        type: 'Picklist',
        valueSet: {
          restricted: field.restricted === true,
          valueSetDefinition: {
            sorted: false,
            value: (field.values ?? []).map((value) => ({ fullName: value, default: false, label: value })),
          },
        },
      };
    case 'reference':
      return {
        ...base,
        deleteConstraint: 'SetNull',
        ...help,
        label: field.label,
        referenceTo: field.referenceTo,
        relationshipName: relationshipName(field),
        type: 'Lookup',
      };
  }
}

/** Child relationship names are unique on the parent: the same field on two objects needs two names. */
function relationshipName(field: ProvisionField): string {
  const bare = (name: string): string => name.replace(/__c$/, '');
  return `${bare(field.name)}_${bare(field.object)}s`.replace(/_+/g, '_').slice(0, 40);
}

const KINDS: Readonly<Record<ProvisionField['kind'], FieldKind>> = {
  text: 'text',
  number: 'number',
  datetime: 'datetime',
  picklist: 'picklist',
  reference: 'reference',
};

/** How a field that is there already differs from the one we need, in words; null where it will do. */
export function difference(wanted: ProvisionField, found: FieldDescription): string | null {
  if (found.kind !== KINDS[wanted.kind]) return `it is a ${found.kind} field, not a ${wanted.kind} field`;
  if (wanted.unique === true && !found.unique) return 'it is not unique';
  if (wanted.kind === 'text' && found.length !== undefined && found.length < (wanted.length ?? 255)) {
    return `it holds ${found.length} characters, not ${wanted.length ?? 255}`;
  }
  if (wanted.referenceTo !== undefined && found.referenceTo?.includes(wanted.referenceTo) === false) {
    return `it points to ${found.referenceTo.join(', ')}, not to ${wanted.referenceTo}`;
  }
  const missing = found.values === undefined ? [] : (wanted.values ?? []).filter((v) => !found.values?.includes(v));
  if (missing.length > 0) return `it lacks the values ${missing.join(', ')}`;
  return null;
}
