/** The states of a lead; every one comes with a reason. */
export const LEAD_STATES = [
  'New',
  'Held',
  'Withheld',
  'Review',
  'Offered',
  'Accepted',
  'Working',
  'Qualified',
  'Won',
  'Lost',
  'No decision',
  'Direct',
  'In pool',
  'Nurture',
  'Unroutable',
] as const;
export type LeadState = (typeof LEAD_STATES)[number];

/** A deal decided what became of the lead, or it ended in another one. */
export const CLOSED_STATES: ReadonlySet<LeadState> = new Set(['Won', 'Lost', 'No decision']);

export const GRADES = ['A', 'B', 'C', 'D'] as const;
export type Grade = (typeof GRADES)[number];

/** One rule that counted, with the points it gave. */
export interface ScoreReason {
  readonly rule: string;
  readonly points: number;
  /** In words, for people. */
  readonly text: string;
}

export interface Score {
  /** 0-100. */
  readonly score: number;
  readonly grade: Grade;
  readonly reasons: readonly ScoreReason[];
}

/** A person released to sales. */
export interface Lead {
  readonly id: string;
  readonly personId: string;
  readonly state: LeadState;
  /** One readable sentence. */
  readonly reason: string;
  readonly score: Score | null;
  /** The partner that holds it or is asked to take it. */
  readonly partnerId: string | null;
  /** The offer that is open or was accepted. */
  readonly offerId: string | null;
  /** ISO instants. */
  readonly releasedAt: string;
  readonly acceptBy: string | null;
}
