/** Where Sluice takes its time from: the wall, or a sandbox's own clock. Decisions get an instant passed in, never a Clock. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export const wallClock: Clock = { now: () => Date.now() };

/** The ISO-8601 UTC text, with milliseconds, of an instant in epoch milliseconds. */
export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
