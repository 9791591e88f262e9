import type { App } from '../app/app.ts';
import { latestMerges } from '../leads/service/kept-merges.ts';
import { personsById, personsOf } from '../leads/service/review-persons.ts';
import { askToUndo } from '../leads/service/undo-merge.ts';
import { iso } from '../model/clock.ts';
import { ANSWERS, answerReview, choicesOf, type OpenReview, openReviews } from '../store/reviews.ts';
import { answer, type CommonOptions, EXIT, type ExitCode, type Io, UserError } from './context.ts';
import { mergeText, reviewText } from './review-text.ts';
import type { AppCommand } from './with-app.ts';

const MERGES_SHOWN = 50;

/**
 * `review list` shows what waits for a person; `review resolve ID --take WORD` answers it. `review merges` shows which persons
 * were made one, the latest first, and `review undo ID` has that undone.
 */
export const review: AppCommand = async (app, io, options, [what = 'list', id]) => {
  if (what === 'merges') return merges(app, io, options, []);
  if (what === 'undo') return undo(app, io, options, id);
  if (what !== 'list' && what !== 'resolve') {
    throw new UserError(`there is no "review ${what}"`, {
      hint: 'review list, review resolve ID, review merges, or review undo ID',
      exit: EXIT.usage,
    });
  }
  const open = await openReviews(app.store.db, kindOf(options.kind));
  if (what === 'list') {
    const persons = await personsOf(app.store.db, open);
    const told = open.map((each) => ({
      ...each,
      persons: persons.get(each.id) ?? [],
      answers: ANSWERS[each.kind] ?? {},
    }));
    answer(io, options, { open: told }, () =>
      told.length === 0
        ? 'Nothing waits for a person.'
        : told.map((each) => reviewText(each, each.persons)).join('\n\n'),
    );
    return EXIT.done;
  }
  const asked = open.find((each) => each.id === id);
  if (asked === undefined) {
    throw new UserError(id === undefined ? 'which review?' : `no review ${id} is open`, {
      hint: '`sluice review list` shows the open ones.',
    });
  }
  const word = wordFor(asked, options);
  if (!(await answerReview(app.store.db, asked.id, word, iso((await app.environment()).clock.now())))) {
    throw new UserError(`review ${asked.id} was answered meanwhile`);
  }
  answer(io, options, { id: asked.id, answer: word }, () => `${asked.id}: ${word}. The next sync acts on it.`);
  return EXIT.done;
};

/** The merges that stand, the latest first. */
const merges: AppCommand = async (app, io, options) => {
  const { db } = app.store;
  const limit = typeof options.limit === 'number' ? options.limit : MERGES_SHOWN;
  const kept = await latestMerges(db, limit);
  const persons = await personsById(
    db,
    kept.flatMap(({ into, from }) => [into, from]),
  );
  const told = kept.map(({ id, into, from, at, how, why, askedAt, problem }) => ({
    ...{ id, into, from, at, how, why, askedAt, problem },
    persons: [into, from].flatMap((person) => persons.get(person) ?? []),
  }));
  answer(io, options, { merges: told }, () =>
    told.length === 0 ? 'No persons were made one.' : told.map(mergeText).join('\n\n'),
  );
  return EXIT.done;
};

/** Asks for a merge to be undone. */
async function undo(app: App, io: Io, options: CommonOptions, id: string | undefined): Promise<ExitCode> {
  if (id === undefined)
    throw new UserError('which merge?', { hint: '`sluice review merges` shows them.', exit: EXIT.usage });
  const asked = await askToUndo(app.store.db, id, iso((await app.environment()).clock.now()));
  if (asked.kind === 'refused') {
    const first = asked.first === null ? '`sluice review merges` shows them.' : `sluice review undo ${asked.first}`;
    throw new UserError(`it cannot be undone: ${asked.why}`, { hint: first });
  }
  answer(
    io,
    options,
    { id, undone: 'with the next sync' },
    () => `${id}: the two are two again with the next sync, and are not made one again.`,
  );
  return EXIT.done;
}

/** Throws a UserError for a kind that is none. */
function kindOf(wanted: unknown): string | undefined {
  if (typeof wanted !== 'string' || wanted in ANSWERS) return wanted as string | undefined;
  throw new UserError(`there is no kind of review "${wanted}"`, {
    hint: `The kinds are ${Object.keys(ANSWERS).join(', ')}.`,
    exit: EXIT.usage,
  });
}

/** The answer as it is kept: the word, and which of several it means. Throws a UserError for one that does not fit. */
function wordFor(asked: OpenReview, options: Readonly<Record<string, unknown>>): string {
  const words = Object.keys(ANSWERS[asked.kind] ?? {});
  if (words.length === 0) {
    throw new UserError(`a review of kind ${asked.kind} is not answered here`, {
      hint: 'Correct it in the CRM: the next sync sees it.',
    });
  }
  const take = String(options.take ?? '');
  if (!words.includes(take)) {
    throw new UserError(take === '' ? 'what is the answer?' : `"${take}" is no answer to it`, {
      hint: `--take ${words.join(' | ')}`,
    });
  }
  const choices = choicesOf(asked);
  if (take !== 'same' || choices.length === 0) return take;
  const chosen = options.with === undefined ? choices : choices.filter((choice) => choice === options.with);
  const [only] = chosen;
  if (only !== undefined && chosen.length === 1) return `same ${only}`;
  throw new UserError(options.with === undefined ? 'the same as which?' : `${String(options.with)} is none of them`, {
    hint: `--with ${choices.join(' | ')}`,
  });
}
