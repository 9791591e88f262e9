import type { ErrorDetail, ErrorGroup, Resent } from '../../src/server/api.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T09:30:00.000Z');
const at = (hoursAgo: number): string => new Date(NOW - hoursAgo * HOUR).toISOString();

const group = (id: string, more: Partial<ErrorGroup>): ErrorGroup => ({
  id,
  connection: 'salesforce',
  object: 'Lead',
  stage: 'write',
  code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
  message: 'A partner lead needs a region: set "Region__c" before <b>saving</b> it',
  records: 3,
  times: 7,
  firstAt: at(49),
  lastAt: at(2),
  fields: ['Region__c'],
  hint: 'A validation rule of the org refuses the record. Correct the record, then resend.',
  samples: ['00Q000000000001AAA', '00Q000000000002AAA'],
  canResend: true,
  ...more,
});

/** A refusal, a field that the CRM changed, revenue that cannot be booked, which nobody can resend, and trouble with an object as a whole. */
export function errorGroups(): ErrorGroup[] {
  return [
    group('aaaaaaaaaaaa', {}),
    group('bbbbbbbbbbbb', {
      connection: 'hubspot',
      object: 'contacts',
      stage: 'schema',
      code: 'FIELD_REMOVED',
      message: 'sluice_reason of contacts is gone, or hidden from the connected user',
      records: 1,
      times: 1,
      hint: 'Give it back, or take it out of the mapping.',
      fields: ['sluice_reason'],
      samples: ['sluice_reason'],
    }),
    group('cccccccccccc', {
      object: 'Opportunity',
      stage: 'revenue',
      code: 'NO_AMOUNT',
      message: 'The deal is won and has no amount',
      records: 1,
      times: 4,
      hint: null,
      fields: [],
      canResend: false,
    }),
    group('dddddddddddd', {
      connection: 'hubspot',
      object: 'companies',
      stage: 'read',
      code: 'MANY_GONE',
      message:
        'About 812 records of companies that were there are missing at once; none of them was taken for deleted.',
      records: 1,
      times: 1,
      hint: 'See whether the user of this connection may still read all records of companies. If they were really deleted, run `sluice sync --full`.',
      fields: [],
      samples: [''],
      canResend: false,
    }),
  ];
}

export function errorDetail(id: string): ErrorDetail | null {
  const found = errorGroups().find((each) => each.id === id);
  if (!found) return null;
  const shown = Array.from({ length: found.records }, (_, index) => ({
    recordId: `00Q00000000000${index + 1}AAA`,
    message: `${found.message} (${index + 1})`,
    fields: found.fields,
    times: index + 1,
    firstAt: found.firstAt,
    lastAt: found.lastAt,
  }));
  return { ...found, shown };
}

export function resentOf(id: string): Resent | null {
  const found = errorGroups().find((each) => each.id === id);
  if (!found) return null;
  const isSchema = found.stage === 'schema';
  return { errors: found.records, writes: isSchema ? 0 : found.records, lookedAt: 0, accepted: isSchema ? 1 : 0 };
}
