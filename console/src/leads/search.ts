import type { Grade, LeadQuery, LeadSort, LeadState, SortColumn } from '../api.ts';
import { STATE_TONES } from '../parts/badges.tsx';

/** What of the list of leads stands in the address. Defaults are left out, so that the plain address is the plain list. */
export interface LeadSearch {
  readonly state?: LeadState;
  readonly grade?: Grade;
  readonly partner?: string;
  readonly q?: string;
  readonly sort?: LeadSort;
  /** From 1. */
  readonly page?: number;
}

export const PAGE_SIZE = 50;
export const GRADES: readonly Grade[] = ['A', 'B', 'C', 'D'];
export const DEFAULT_SORT: LeadSort = '-score';

/** Columns that can be ordered by, with the direction that the first click gives. */
const SORTS: Readonly<Record<SortColumn, LeadSort>> = {
  score: '-score',
  name: 'name',
  company: 'company',
  state: 'state',
  partner: 'partner',
  acceptBy: 'acceptBy',
  updatedAt: '-updatedAt',
};

/**
 * Reads the address; what makes no sense in it is left out rather than sent on. Every key is named, also where it is
 * undefined: the router lays the result over what it read, and a key left out would let the wrong value stand.
 */
export function leadSearch(search: Record<string, unknown>): LeadSearch {
  const { state, grade, partner, q, sort, page } = search;
  return {
    state: isState(state) ? state : undefined,
    grade: GRADES.find((one) => one === grade),
    partner: text(partner),
    q: text(q)?.slice(0, 200),
    sort: isSort(sort) && sort !== DEFAULT_SORT ? sort : undefined,
    page: Number.isInteger(page) && Number(page) > 1 ? Number(page) : undefined,
  };
}

/** The router reads digits in the address as a number. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) || undefined : undefined;
}

/** Whether the list is narrowed at all. */
export function isFiltered(search: LeadSearch): boolean {
  return Boolean(search.state ?? search.grade ?? search.partner ?? search.q);
}

export function queryOf(search: LeadSearch): LeadQuery {
  const { page = 1, sort = DEFAULT_SORT, ...filters } = search;
  return { ...filters, sort, offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE };
}

/** The order after a click on a column: its first direction, then the other one. */
export function nextSort(column: SortColumn, present: LeadSort): LeadSort {
  const first = SORTS[column];
  if (present !== first) return first;
  return first.startsWith('-') ? column : `-${column}`;
}

function isState(value: unknown): value is LeadState {
  return typeof value === 'string' && Object.hasOwn(STATE_TONES, value);
}

function isSort(value: unknown): value is LeadSort {
  return typeof value === 'string' && Object.hasOwn(SORTS, value.replace(/^-/, ''));
}
