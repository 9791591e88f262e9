/** Takes in what a person says of a deal that was asked about. */
import type { Queryable } from '../../store/database.ts';
import { answerReview, choicesOf, type OpenReview, openReviews } from '../../store/reviews.ts';

/** What is answered: `same` with one of the leads or deals shown (it may be left out where there is one), or `different`. */
export interface DealAnswer {
  readonly word: string;
  readonly with?: string | undefined;
}

/** The answer does not fit the question, or the question is not open. */
export class AnswerRefused extends Error {
  override readonly name = 'AnswerRefused';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The questions about deals that wait for a person, oldest first. */
export async function openDealReviews(db: Queryable): Promise<OpenReview[]> {
  const open = [...(await openReviews(db, 'deal-match')), ...(await openReviews(db, 'deal-twin'))];
  return open.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.id < b.id ? -1 : 1));
}

/**
 * Keeps the answer to a question about a deal, on which the next run acts; returns it as it is kept. Throws AnswerRefused
 * for one that does not fit, or where somebody else was faster.
 */
export async function answerDeal(db: Queryable, id: string, answer: DealAnswer, at: string): Promise<string> {
  const asked = (await openDealReviews(db)).find((review) => review.id === id);
  if (asked === undefined)
    throw new AnswerRefused(`no question ${id} about a deal is open`, '`sluice reconcile review` lists the open ones.');
  const kept = keptAnswer(asked, answer);
  if (!(await answerReview(db, id, kept, at))) throw new AnswerRefused(`question ${id} was answered meanwhile`);
  return kept;
}

function keptAnswer(asked: OpenReview, { word, with: lead }: DealAnswer): string {
  if (word === 'different') return word;
  if (word !== 'same') throw new AnswerRefused(`"${word}" is no answer`, 'same or different');
  const choices = choicesOf(asked);
  const chosen = lead === undefined ? choices : choices.filter((choice) => choice === lead);
  const [only] = chosen;
  if (only !== undefined && chosen.length === 1) return `same ${only}`;
  throw new AnswerRefused(
    lead === undefined ? 'the same as which?' : `${lead} is none of those shown`,
    `--with ${choices.join(' | ')}`,
  );
}
