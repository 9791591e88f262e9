/** What the error centre answers, alike to the command line and to the console. Types alone: the console takes them too. */

/** Errors of one cause. */
export interface ErrorGroup {
  /** Names the cause; the same for as long as it is the same. */
  readonly id: string;
  readonly connection: string;
  readonly object: string;
  /** Where it happened: read, map, write, match, revenue, contested, schema, value. */
  readonly stage: string;
  readonly code: string;
  /** One of the messages, in the CRM's own words. */
  readonly message: string;
  readonly records: number;
  /** How often, all records together. */
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly fields: readonly string[];
  /** What to do; null where only the CRM's own words help. */
  readonly hint: string | null;
  /** Ids of some of the records. */
  readonly samples: readonly string[];
  /** Whether resending does anything about it. */
  readonly canResend: boolean;
}

export interface ErrorRecord {
  readonly recordId: string;
  readonly message: string;
  readonly fields: readonly string[];
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** What was set going again; most of it happens in the next run. */
export interface Resent {
  /** Errors that were meant. */
  readonly errors: number;
  /** Writes that are sent again. */
  readonly writes: number;
  /** Records that are looked at or read anew. */
  readonly lookedAt: number;
  /** Fields whose schema is taken as it is. */
  readonly accepted: number;
}
