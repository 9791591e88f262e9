/** One choice of an enumeration. */
export interface PropertyOption {
  readonly value: string;
  readonly label: string;
  readonly description: string;
  readonly displayOrder: number;
  readonly hidden: boolean;
}

/** A property of an object type as the sandbox keeps it. */
export interface PropertyDefinition {
  readonly name: string;
  readonly label: string;
  /** bool, date, datetime, enumeration, number, phone_number or string. */
  readonly type: string;
  readonly fieldType: string;
  readonly groupName: string;
  readonly description: string;
  readonly options: readonly PropertyOption[];
  readonly displayOrder: number;
  readonly hidden: boolean;
  readonly formField: boolean;
  readonly calculated: boolean;
  readonly externalOptions: boolean;
  readonly hasUniqueValue: boolean;
  readonly hubspotDefined: boolean;
  readonly archived: boolean;
  readonly archivedAt?: number;
  readonly createdAt?: number;
  readonly updatedAt?: number;
  readonly readOnlyValue: boolean;
  /** Read-only in the vendor's portal, accepted here: see default-properties.ts. */
  readonly writtenByTracking: boolean;
  /** An enumeration whose values are free (lists of ids or addresses). */
  readonly openOptions: boolean;
  /** The value is an owner's id. */
  readonly owner: boolean;
}

/** The definition as the properties API shows it. */
export function showProperty(definition: PropertyDefinition): Record<string, unknown> {
  const {
    readOnlyValue,
    writtenByTracking: _tracking,
    openOptions: _open,
    owner,
    createdAt,
    updatedAt,
    archivedAt,
    ...shown
  } = definition;
  return {
    ...(updatedAt === undefined ? {} : { updatedAt: new Date(updatedAt).toISOString() }),
    ...(createdAt === undefined ? {} : { createdAt: new Date(createdAt).toISOString() }),
    ...(archivedAt === undefined ? {} : { archivedAt: new Date(archivedAt).toISOString() }),
    ...shown,
    ...(owner ? { referencedObjectType: 'OWNER' } : {}),
    modificationMetadata: {
      archivable: !definition.hubspotDefined,
      readOnlyDefinition: definition.hubspotDefined,
      readOnlyValue,
    },
    dataSensitivity: 'non_sensitive',
  };
}
