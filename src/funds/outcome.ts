/** What a decision came to: the item as it is now with what happened to it, or why not and what to do. */
export interface Refused {
  readonly problem: string;
  readonly hint: string;
}

export type Outcome<T> = { readonly next: T; readonly type: string; readonly why: string | null } | Refused;

export function refused(problem: string, hint: string): Refused {
  return { problem, hint };
}

/** Who does something, and when. */
export interface Act {
  readonly who: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly why?: string | null;
}

export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** The items that somebody is asked about are held in a CRM, which decides about them. */
export function heldElsewhere(
  item: { readonly record: { readonly connection: string } | null },
  what: string,
): Refused | null {
  if (item.record === null) return null;
  return refused(`the ${what} is held in ${item.record.connection}`, `Change it there; the next sync brings it here.`);
}
