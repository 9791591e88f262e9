/** What of a report stands in the address, so that it can be kept and sent on. */
export interface ReportSearch {
  readonly report?: string;
  readonly period?: string;
  readonly from?: string;
  readonly to?: string;
  readonly partner?: string;
  readonly campaign?: string;
  readonly model?: string;
  /** "1": with the evidence behind the figures. */
  readonly drill?: string;
}

export const PERIODS = [
  { value: '', label: 'All time' },
  { value: 'this month', label: 'This month' },
  { value: 'previous month', label: 'Previous month' },
  { value: 'this quarter', label: 'This quarter' },
  { value: 'previous quarter', label: 'Previous quarter' },
  { value: 'previous half-year', label: 'Previous half-year' },
  { value: 'this year', label: 'This year' },
  { value: 'previous year', label: 'Previous year' },
  { value: 'last 90 days', label: 'Last 90 days' },
] as const;

/** Reads the address. Every key is named, also where it is undefined: a key left out would let a wrong value stand. */
export function reportSearch(search: Record<string, unknown>): ReportSearch {
  const text = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 200) || undefined : undefined;
  const date = (value: unknown) => (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined);
  return {
    report: text(search.report),
    period: text(search.period),
    from: date(search.from),
    to: date(search.to),
    partner: text(search.partner),
    campaign: text(search.campaign),
    model: text(search.model),
    drill: String(search.drill) === '1' ? '1' : undefined,
  };
}

/** What of the address a report takes; a period in words gives way to dates. */
export function parametersOf(search: ReportSearch, options: readonly string[]): Record<string, string | undefined> {
  const takes = (option: string, value: string | undefined) => (options.includes(option) ? value : undefined);
  const dated = search.from !== undefined || search.to !== undefined;
  return {
    period: takes('period', dated ? undefined : search.period),
    from: takes('period', search.from),
    to: takes('period', search.to),
    partner: takes('partner', search.partner),
    campaign: takes('campaign', search.campaign),
    model: takes('model', search.model),
    drill: takes('drill', search.drill),
  };
}
