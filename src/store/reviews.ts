/** Questions that only a person can answer: what is open, and what was answered. */
import type { Queryable } from './database.ts';

/** The kinds of question, with the words that answer them and what each of them means. */
export const ANSWERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  /** Two values of one field: whose stands? */
  'field-conflict': {
    crm: "the record's value counts: it goes to the channel and to the other records of the person",
    channel: "the channel's value counts: it is written to the record",
  },
  /** A new person, and those known. */
  identity: {
    same: 'it is this person: one person, and one lead, from now on',
    different: 'it is somebody else: they stay apart, which is not asked again',
  },
  /** Two persons with a lead each. */
  merge: {
    same: 'they are one person: the lead that came further with a partner goes on, the other ends',
    different: 'they are two persons: both leads go on',
  },
  /** A lead without a record, and records that may be its own. */
  match: {
    same: 'this record is the person: it is taken, and none is made',
    different: 'none of them is: a record is made',
  },
  /** A lead that its partner lost, left to the channel manager. */
  recall: {
    reassign: 'the lead is offered to the next partner',
    pool: 'any partner may take it',
    nurture: 'it goes back to marketing',
    direct: "the vendor's own team takes it",
  },
  /** A deal, and the leads that it may have come of. */
  'deal-match': {
    same: 'it came of this lead: its partner and its touches get the credit, and the lead follows the deal',
    different: 'it came of none of them: it stays as it is, and they are not asked of again',
  },
  /** A deal, and deals of other CRMs that it may be. */
  'deal-twin': {
    same: 'they are one deal: it counts once, as the one that is shown',
    different: 'they are two deals: both count',
  },
  /** A partner's answer that contradicts what counts already. */
  answer: {
    seen: 'what counted first stands: correct the offer in the CRM where it is wrong, then take this off the list',
  },
};

export interface OpenReview {
  readonly id: string;
  readonly kind: string;
  readonly why: string;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
}

/** The questions that nobody has answered, oldest first; of one kind where it is given. */
export async function openReviews(db: Queryable, kind?: string): Promise<OpenReview[]> {
  let query = db.selectFrom('reviews').selectAll().where('resolved_at', 'is', null);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  const rows = await query.orderBy('created_at').orderBy('id').execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    why: row.why,
    subject: row.subject,
    createdAt: row.created_at,
  }));
}

/** What somebody may choose from beside the word, for `same`: the ids of persons or records. */
export function choicesOf({ kind, subject }: Pick<OpenReview, 'kind' | 'subject'>): string[] {
  const candidates = Array.isArray(subject.candidates) ? (subject.candidates as readonly unknown[]) : [];
  if (kind === 'identity') return candidates.map(String);
  if (kind === 'deal-match') return candidates.map((candidate) => (candidate as { leadId: string }).leadId);
  if (kind === 'deal-twin') return candidates.map((candidate) => (candidate as { opportunity: string }).opportunity);
  if (kind === 'match') return candidates.map((candidate) => (candidate as { id: string }).id);
  return [];
}

/** Keeps an answer; the next run acts on it. False where the question is no longer open. */
export async function answerReview(db: Queryable, id: string, answer: string, at: string): Promise<boolean> {
  const done = await db
    .updateTable('reviews')
    .set({ answer, resolved_at: at })
    .where('id', '=', id)
    .where('resolved_at', 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}
