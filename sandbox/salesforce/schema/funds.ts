/** Market development funds, in orgs with PRM: budget, allocation, request, claim. Sums are computed when read. */
import { object } from './define.ts';
import { area, bool, currency, date, pick, READ_ONLY, ref, text } from './fields.ts';
import type { FieldDef, Lookup, ObjectDef, Row } from './types.ts';

const amountOf = (row: Row, field = 'Amount'): number => (typeof row[field] === 'number' ? Number(row[field]) : 0);

const isPromised = (row: Row) => row.Status === 'Approved';
const isGranted = (row: Row) => row.Status === 'Approved' || row.Status === 'Paid';

/** The requests on a budget, those on its allocations included; or those on an allocation. */
export function requestsOn(lookup: Lookup, row: Row, field: 'BudgetId' | 'AllocationId'): Row[] {
  const own = lookup.children('PartnerFundRequest', field, row.Id);
  if (field === 'AllocationId') return own;
  const allocated = lookup
    .children('PartnerFundAllocation', 'BudgetId', row.Id)
    .flatMap((each) => lookup.children('PartnerFundRequest', 'AllocationId', each.Id));
  return [...new Map([...own, ...allocated].map((each) => [each.Id, each])).values()];
}

/** What is approved of requests. */
export function approvedRequests(rows: readonly Row[]): number {
  return rows.filter(isPromised).reduce((sum, row) => sum + amountOf(row), 0);
}

/** What is approved, or paid alone, of the claims on requests. */
export function claimed(lookup: Lookup, requests: readonly Row[], paidAlone = false): number {
  return requests
    .flatMap((request) => lookup.children('PartnerFundClaim', 'RequestId', request.Id))
    .filter((row) => (paidAlone ? row.Status === 'Paid' : isGranted(row)))
    .reduce((sum, row) => sum + amountOf(row), 0);
}

const total = (name: string, label: string, read: (row: Row, lookup: Lookup) => number): FieldDef =>
  currency(name, label, 18, 2, { ...READ_ONLY, read });
const title = (label: string) => text('Title', label, 255, { nameField: true, required: true, idLookup: true });
const owner = () => ref('OwnerId', 'Owner ID', 'User', { required: true, onDelete: 'Restrict' });
const partner = () => ref('ChannelPartnerId', 'Channel Partner', 'Account');
const ofRequest = (name: string, label: string, to: string, read: (request: Row, lookup: Lookup) => Row[string]) =>
  ref(name, label, to, {
    ...READ_ONLY,
    read: (claim, lookup) => {
      const request = typeof claim.RequestId === 'string' ? lookup.row(claim.RequestId)?.row : undefined;
      return (request && read(request, lookup)) ?? null;
    },
  });

export function fundObjects(): ObjectDef[] {
  return [
    object({
      name: 'PartnerMarketingBudget',
      label: 'Partner Marketing Budget',
      keyPrefix: '0dB',
      currency: true,
      fields: [
        title('Partner Marketing Budget Name'),
        currency('Amount', 'Amount', 18, 2, { required: true }),
        partner(),
        area('Description', 'Description'),
        date('StartDate', 'Start Date'),
        date('EndDate', 'End Date'),
        bool('IsIgnoreValidation', 'Ignore Validation Rules'),
        pick('Type', 'Budget Type', []),
        owner(),
        total('TotalAllocatedAmount', 'Total Allocated Amount', (row, lookup) =>
          lookup.children('PartnerFundAllocation', 'BudgetId', row.Id).reduce((sum, each) => sum + amountOf(each), 0),
        ),
        total('TotalApprovedFrs', 'Total Approved Fund Requests', (row, lookup) =>
          approvedRequests(requestsOn(lookup, row, 'BudgetId')),
        ),
        total('TotalApprovedFcs', 'Total Approved Fund Claims', (row, lookup) =>
          claimed(lookup, requestsOn(lookup, row, 'BudgetId')),
        ),
        total('TotalReimbursedFcs', 'Total Reimbursed Fund Claims', (row, lookup) =>
          claimed(lookup, requestsOn(lookup, row, 'BudgetId'), true),
        ),
      ],
    }),
    object({
      name: 'PartnerFundAllocation',
      label: 'Partner Fund Allocation',
      keyPrefix: '0dA',
      currency: true,
      fields: [
        title('Partner Fund Allocation Name'),
        currency('Amount', 'Amount', 18, 2, { required: true }),
        ref('BudgetId', 'Budget', 'PartnerMarketingBudget', { required: true, onDelete: 'Restrict' }),
        partner(),
        area('Description', 'Description'),
        owner(),
        total('TotalApprovedFrs', 'Total Approved Fund Requests', (row, lookup) =>
          approvedRequests(requestsOn(lookup, row, 'AllocationId')),
        ),
        total('TotalApprovedFcs', 'Total Approved Fund Claims', (row, lookup) =>
          claimed(lookup, requestsOn(lookup, row, 'AllocationId')),
        ),
        total('TotalReimbursedFcs', 'Total Reimbursed Fund Claims', (row, lookup) =>
          claimed(lookup, requestsOn(lookup, row, 'AllocationId'), true),
        ),
      ],
    }),
    object({
      name: 'PartnerFundRequest',
      label: 'Partner Fund Request',
      keyPrefix: '0dR',
      currency: true,
      fields: [
        title('Partner Fund Request Name'),
        pick('Activity', 'Activity', ['Trade Show', 'Seminar', 'Webinar', 'Advertisement', 'Email', 'Other']),
        ref('AllocationId', 'Allocation', 'PartnerFundAllocation', { onDelete: 'Restrict' }),
        currency('Amount', 'Approved Amount', 18, 2),
        ref('BudgetId', 'Budget', 'PartnerMarketingBudget', { onDelete: 'Restrict' }),
        ref('CampaignId', 'Campaign', 'Campaign'),
        partner(),
        area('Description', 'Description'),
        area('DesiredOutcome', 'Desired Outcome'),
        currency('RequestedAmount', 'Requested Amount', 18, 2),
        pick('Status', 'Status', ['*Draft', 'Approved', 'Rejected'], { restricted: true, defaultValue: 'Draft' }),
        owner(),
        total('TotalApprovedFcs', 'Total Approved Fund Claims', (row, lookup) => claimed(lookup, [row])),
        total('TotalReimbursedFcs', 'Total Reimbursed Fund Claims', (row, lookup) => claimed(lookup, [row], true)),
      ],
    }),
    object({
      name: 'PartnerFundClaim',
      label: 'Partner Fund Claim',
      keyPrefix: '0dC',
      currency: true,
      fields: [
        title('Partner Fund Claim Name'),
        currency('Amount', 'Amount', 18, 2, { required: true }),
        ref('RequestId', 'Request', 'PartnerFundRequest', { required: true, onDelete: 'Restrict' }),
        area('Description', 'Description'),
        pick('Status', 'Status', ['*Draft', 'Approved', 'Rejected', 'Paid'], {
          restricted: true,
          defaultValue: 'Draft',
        }),
        owner(),
        ofRequest('AllocationId', 'Allocation', 'PartnerFundAllocation', (request) => request.AllocationId),
        ofRequest('BudgetId', 'Budget', 'PartnerMarketingBudget', (request) => request.BudgetId),
        ofRequest('ChannelPartnerId', 'Channel Partner', 'Account', (request) => request.ChannelPartnerId),
      ],
    }),
  ];
}
