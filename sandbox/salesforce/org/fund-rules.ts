/**
 * What Salesforce checks of market development funds when one is saved. That it does, and in these words, its list of validations
 * says; by which error code it says so is not documented.
 */
import { badRequest } from '../errors.ts';
import { approvedRequests, claimed, requestsOn } from '../schema/funds.ts';
import type { Row, Value } from '../schema/types.ts';
import type { Save } from './behaviours.ts';

type After = (save: Save, field: string) => Value;

function refuse(message: string, field: string): never {
  throw badRequest('FIELD_INTEGRITY_EXCEPTION', message, [field]);
}

const number = (value: Value | undefined): number => (typeof value === 'number' ? value : 0);
/** Cents add up; their sums as floating-point numbers do not quite. */
const exceeds = (sum: number, most: number) => Math.round(sum * 100) > Math.round(most * 100);

function rowOf(save: Save, id: Value): Row | undefined {
  return typeof id === 'string' ? save.org.row(id)?.row : undefined;
}

/** The other rows of a list: a record that is changed is not counted beside what it will be. */
function others(save: Save, rows: readonly Row[]): Row[] {
  return rows.filter((row) => row.Id !== save.before?.Id);
}

function sameCurrency(save: Save, after: After, parent: Row | undefined): void {
  if (!save.org.options.multiCurrency || parent === undefined) return;
  if ((after(save, 'CurrencyIsoCode') ?? null) !== (parent.CurrencyIsoCode ?? null))
    refuse('ISO Code must match with the parent budget.', 'CurrencyIsoCode');
}

export function budgetRules(save: Save, after: After): void {
  const { org, before } = save;
  if (before?.IsIgnoreValidation === true && after(save, 'IsIgnoreValidation') === false)
    refuse("Ignore Validation can't be turned off.", 'IsIgnoreValidation');
  const [start, end] = [after(save, 'StartDate'), after(save, 'EndDate')];
  if (after(save, 'IsIgnoreValidation') !== true) {
    if (start === null || end === null) refuse("Start/End Dates can't be null.", 'StartDate');
    if (String(end) < String(start)) refuse("Start/End Dates can't be chronologically invalid.", 'EndDate');
  }
  if (before === null) return;
  const amount = number(after(save, 'Amount'));
  const allocations = org.children('PartnerFundAllocation', 'BudgetId', before.Id);
  const requests = requestsOn(org, before, 'BudgetId');
  if (
    save.values.CurrencyIsoCode !== undefined &&
    save.values.CurrencyIsoCode !== before.CurrencyIsoCode &&
    allocations.length > 0
  )
    refuse('ISO Code must match on budgets with allocations or child budgets.', 'CurrencyIsoCode');
  if (
    exceeds(
      allocations.reduce((sum, row) => sum + number(row.Amount), 0),
      amount,
    )
  )
    refuse("The budget amount can't be less than the total allocations.", 'Amount');
  if (exceeds(approvedRequests(requests), amount))
    refuse("The budget amount can't be less than the total approved requests.", 'Amount');
  if (exceeds(claimed(org, requests), amount))
    refuse("The budget amount can't be less than the total approved/paid claims.", 'Amount');
}

export function allocationRules(save: Save, after: After): void {
  const { org, before } = save;
  const amount = number(after(save, 'Amount'));
  const budget = rowOf(save, after(save, 'BudgetId'));
  sameCurrency(save, after, budget);
  if (budget !== undefined) {
    const given = others(save, org.children('PartnerFundAllocation', 'BudgetId', budget.Id));
    if (
      exceeds(
        given.reduce((sum, row) => sum + number(row.Amount), amount),
        number(budget.Amount),
      )
    )
      refuse("The allocation amount can't be more than the budget's remaining total.", 'Amount');
  }
  if (before === null) return;
  const requests = requestsOn(org, before, 'AllocationId');
  if (exceeds(approvedRequests(requests), amount))
    refuse("The allocation amount can't be less than the total approved requests.", 'Amount');
}

export function requestRules(save: Save, after: After): void {
  const { org, before } = save;
  const allocation = rowOf(save, after(save, 'AllocationId'));
  const budget = rowOf(save, after(save, 'BudgetId') ?? allocation?.BudgetId ?? null);
  // A request on an allocation is one on its budget.
  if (allocation !== undefined && after(save, 'BudgetId') === null) save.values.BudgetId = allocation.BudgetId ?? null;
  sameCurrency(save, after, budget);
  const amount = number(after(save, 'Amount'));
  if (after(save, 'Status') === 'Approved') {
    if (budget === undefined) refuse('An approved request needs a budget.', 'BudgetId');
    if (after(save, 'Amount') === null) refuse("The approved amount can't be null.", 'Amount');
    const beside = (rows: readonly Row[]) => approvedRequests(others(save, rows)) + amount;
    if (
      allocation !== undefined &&
      exceeds(beside(requestsOn(org, allocation, 'AllocationId')), number(allocation.Amount))
    )
      refuse("The approved amount can't be more than the allocation's remaining total.", 'Amount');
    if (exceeds(beside(requestsOn(org, budget, 'BudgetId')), number(budget.Amount)))
      refuse("The approved amount can't be more than the budget's remaining total.", 'Amount');
  }
  if (before !== null && exceeds(claimed(org, [before]), after(save, 'Status') === 'Approved' ? amount : 0))
    refuse("The approved amount can't be less than the total approved/paid claims.", 'Amount');
}

export function claimRules(save: Save, after: After): void {
  const request = rowOf(save, after(save, 'RequestId'));
  sameCurrency(save, after, request);
  const status = after(save, 'Status');
  if (request === undefined || (status !== 'Approved' && status !== 'Paid')) return;
  if (request.Status !== 'Approved') refuse('A claim can be approved only on an approved request.', 'Status');
  const rest = others(save, save.org.children('PartnerFundClaim', 'RequestId', request.Id))
    .filter((row) => row.Status === 'Approved' || row.Status === 'Paid')
    .reduce((sum, row) => sum + number(row.Amount), number(after(save, 'Amount')));
  if (exceeds(rest, number(request.Amount)))
    refuse("The claim amount can't be more than the request's remaining total.", 'Amount');
}
