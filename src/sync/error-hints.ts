/** What a person can do about the refusals that are met most, by the code that the CRM gives. */

interface Advice {
  readonly codes: readonly string[];
  readonly hint: string;
}

const ADVICE: readonly Advice[] = [
  {
    codes: ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'CANNOT_EXECUTE_FLOW_TRIGGER', 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY'],
    hint: 'A validation rule, flow or trigger of the org refuses the record. Correct the record, or let the rule except the integration user, then resend.',
  },
  {
    codes: ['DUPLICATES_DETECTED'],
    hint: 'A duplicate rule of the org takes the record for another one. Merge the two in Salesforce, or let the rule allow the integration user, then resend.',
  },
  {
    codes: ['DUPLICATE_VALUE', 'DUPLICATE_EXTERNAL_ID', 'CONFLICT', 'UNIQUE_VALUE_REQUIRED'],
    hint: 'Another record holds this unique value already. Merge the two, or clear the value of the one that should not have it, then resend.',
  },
  {
    codes: ['REQUIRED_FIELD_MISSING', 'MISSING_REQUIRED_PROPERTY'],
    hint: 'The CRM wants a field that Sluice does not write. Give it a default in the CRM, make it optional, or map it, then resend.',
  },
  {
    codes: ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'INVALID_OPTION', 'INVALID_ENUMERATION_OPTION'],
    hint: 'The list of the field lacks this value. Add it in the CRM, or translate it in the mapping under "values"; it is sent again by itself.',
  },
  {
    codes: ['STRING_TOO_LONG', 'NUMBER_OUTSIDE_VALID_RANGE', 'VALIDATION_ERROR', 'INVALID_LENGTH'],
    hint: 'The value does not fit the field. Correct it where it comes from, or widen the field in the CRM.',
  },
  {
    codes: [
      'INSUFFICIENT_ACCESS_OR_READONLY',
      'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY',
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'READ_ONLY_VALUE',
      'MISSING_SCOPES',
    ],
    hint: 'The connected user may not write this. Give it edit access to the record and the field (the permission set "Sluice"), then resend.',
  },
  {
    codes: ['INVALID_CROSS_REFERENCE_KEY', 'INVALID_ID_FIELD', 'MALFORMED_ID'],
    hint: 'The record that it points to is gone or of another kind. Run `sluice sync --full`, which reads anew what there is.',
  },
  {
    codes: ['ENTITY_IS_LOCKED'],
    hint: 'The record is locked by an approval process. It can be written once that has ended; then resend.',
  },
  {
    codes: ['CIRCULAR_DEPENDENCY', 'INACTIVE_OWNER_OR_USER'],
    hint: 'The owner of the record is inactive. Give it to somebody else in the CRM, then resend.',
  },
  {
    codes: ['CANNOT_UPDATE_CONVERTED_LEAD'],
    hint: 'The lead was converted meanwhile; the next sync reads that and goes on at the contact. Nothing is to be done.',
  },
  {
    codes: ['PROPERTY_DOESNT_EXIST', 'INVALID_FIELD', 'INVALID_TYPE'],
    hint: 'The field is gone from the CRM or hidden from the connected user. Give it back, or take it out of the mapping.',
  },
  {
    codes: ['INVALID_EMAIL', 'INVALID_EMAIL_ADDRESS'],
    hint: 'The address is not one that the CRM accepts. Correct it where it comes from.',
  },
];

const byCode = new Map(ADVICE.flatMap(({ codes, hint }) => codes.map((code) => [code, hint] as const)));

/** What to do about a code; null where only the CRM's own words help. */
export function hintFor(code: string): string | null {
  return byCode.get(code) ?? null;
}
