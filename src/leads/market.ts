/** What routing knows of the past beyond the partners as they stand: results, refusals, who was given the best leads. */

/** What a lead was when it was offered: the facts that segments are made of. */
export interface LeadKind {
  readonly country: string | null;
  readonly product: string | null;
  readonly industry: string | null;
  readonly grade: string | null;
}

export const SEGMENT_FIELDS = ['country', 'product', 'industry', 'grade'] as const;
export type SegmentField = (typeof SEGMENT_FIELDS)[number];

/** How the leads of one kind that a partner accepted have ended. */
export interface Result extends LeadKind {
  readonly partnerId: string;
  readonly won: number;
  /** Won, lost or without a decision. */
  readonly closed: number;
}

/** A lead that a partner rejected. */
export interface Refusal extends LeadKind {
  readonly partnerId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Who was given the leads that fairness counts, within its window. */
export interface Given {
  /** Leads kept by the direct team. */
  readonly direct: number;
  /** Leads offered to partners, each once. */
  readonly channel: number;
}

export interface Market {
  readonly results: readonly Result[];
  readonly refusals: readonly Refusal[];
  readonly given: Given;
}

/** Nothing has happened yet. */
export const NEW_MARKET: Market = { results: [], refusals: [], given: { direct: 0, channel: 0 } };

/** The segment of a lead as one text; what is not known is a segment of its own. */
export function segmentOf(kind: LeadKind, by: readonly SegmentField[]): string {
  return by.map((field) => kind[field] ?? '').join('\n');
}

/** The segment in words: "Vault, DE". */
export function segmentWords(kind: LeadKind, by: readonly SegmentField[]): string {
  return by.map((field) => kind[field] ?? `unknown ${field}`).join(', ');
}
