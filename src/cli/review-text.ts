/** A question that waits for a person, in words: whom and what it is about, since when, and how to answer it. */
import type { KeptMerge } from '../leads/service/kept-merges.ts';
import type { ReviewPerson, ReviewRecord } from '../leads/service/review-persons.ts';
import { ANSWERS, choicesOf, type OpenReview } from '../store/reviews.ts';

export function reviewText(review: OpenReview, persons: readonly ReviewPerson[]): string {
  return [
    `${review.id}  ${review.kind}  since ${review.createdAt}`,
    `  ${review.why}`,
    ...persons.map(personText),
    ...recordText(review),
    ...valuesText(review),
    ...answersText(review),
  ].join('\n');
}

/** A merge of two persons: who went on, who became part of it, why, and how it is undone. */
export function mergeText({
  id,
  at,
  how,
  why,
  askedAt,
  problem,
  persons,
}: Pick<KeptMerge, 'id' | 'at' | 'how' | 'why' | 'askedAt' | 'problem'> & {
  readonly persons: readonly ReviewPerson[];
}): string {
  return [
    `${id}  ${at}  ${why}`,
    ...persons.map((person, n) => `${personText(person)}${n === 0 ? '' : '  (became part of the first)'}`),
    ...(problem === null ? [] : [`  could not be undone: ${problem}`]),
    askedAt !== null
      ? '  is undone with the next sync'
      : how === 'crm'
        ? '  made by the CRM: its records are one there'
        : `  sluice review undo ${id}`,
  ]
    .join('\n')
    .replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, ' ');
}

function personText({ id, name, company, email, records }: ReviewPerson): string {
  const who = [name, company, email === name ? null : email].filter((part) => part !== null).join(', ');
  const where = records.length === 0 ? 'no record' : records.map(placeText).join(', ');
  return `  ${id}: ${who}; ${where}`;
}

const placeText = ({ connection, object, record }: ReviewRecord) => `${connection} ${object} ${record}`;

/** The record that the question came up with. */
function recordText({ subject }: OpenReview): string[] {
  const { connection, object, record } = subject;
  return typeof record === 'string' ? [`  record: ${String(connection)} ${String(object)} ${record}`] : [];
}

function valuesText({ kind, subject }: OpenReview): string[] {
  if (kind !== 'field-conflict') return [];
  const at = typeof subject.crmAt === 'string' ? ` (the record changed at ${subject.crmAt})` : '';
  return [`  field: ${String(subject.field)}${at}`, `  crm: ${told(subject.crm)}    channel: ${told(subject.channel)}`];
}

/** The command, and what each answer means. */
function answersText(review: OpenReview): string[] {
  const answers = ANSWERS[review.kind] ?? {};
  const words = Object.keys(answers);
  if (words.length === 0) return ['  Correct it in the CRM: the next sync sees it.'];
  const choices = choicesOf(review);
  const choose = choices.length > 1 ? ` --with ${choices.join('|')}` : '';
  const width = Math.max(...words.map((word) => word.length));
  return [
    `  sluice review resolve ${review.id} --take ${words.join('|')}${choose}`,
    ...Object.entries(answers).map(([word, means]) => `    ${word.padEnd(width)}  ${means}`),
  ];
}

function told(value: unknown): string {
  return value === null || value === '' ? '(blank)' : String(value);
}
