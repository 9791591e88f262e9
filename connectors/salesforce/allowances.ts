/**
 * Salesforce's limits as the shared budget keeps them: calls of the last 24 hours, whatever they are for, and no short
 * window (API Request Limits and Allocations; only calls of 20 seconds and more are limited in number at one time).
 */
export const salesforceAllowances = { day: 'rolling', windows: {} } as const;

/**
 * What the header `Sforce-Limit-Info: api-usage=18/15000` says of the calls of the last 24 hours; null where it is absent
 * (token answers) or says something else.
 */
export function dayOf(header: string | null): { used: number; max: number } | null {
  const found = /(?:^|[;\s])api-usage=(\d+)\/(\d+)/.exec(header ?? '');
  return found === null ? null : { used: Number(found[1]), max: Number(found[2]) };
}
