/** Journeys as fitted models learn from them, and as files of paths state them. */

/** Paths that are alike, with what became of them. */
export interface PathRow {
  /** Channels in order; at least one. */
  readonly path: readonly string[];
  /** How many of them converted, and how many did not; not negative, at least one above zero to count. */
  readonly conversions: number;
  readonly nulls: number;
  /** What all the conversions were worth together, in any unit; not negative. */
  readonly value: number;
}

/** Every channel of the paths, in order of name. */
export function channelsOf(rows: readonly PathRow[]): string[] {
  const found = new Set<string>();
  for (const { path } of rows) for (const channel of path) found.add(channel);
  return [...found].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** What a fitted model says of one channel. Shares add up to 1 over the channels, or are all 0 where nothing converted. */
export interface ChannelWeight {
  readonly channel: string;
  readonly share: number;
  /** The same, reckoned on what conversions are worth. */
  readonly valueShare: number;
}

/** A journey or a file that a model cannot be fitted to; the message says what to do. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
}
