import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { App } from '../app/app.ts';
import { type DealMove, DealRefused } from '../deals/service/move.ts';
import type { DealDetail } from '../deals/service/view.ts';
import { COLUMNS, type Written } from '../deals/written.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { readCsv, textOf, UnusableFile } from '../model/read-csv.ts';
import { REGISTRATION_STATES, type RegistrationState } from '../model/registration.ts';
import { answer, EXIT, UserError } from './context.ts';
import { dealFile } from './deal-file.ts';
import { detailText, importText, listText, registeredText } from './deal-text.ts';
import type { AppCommand } from './with-app.ts';

const MOVES = ['approve', 'reject', 'extend', 'withdraw', 'convert'];
const ACTIONS = ['register', 'check', 'import', 'list', 'show', ...MOVES];

type Options = Readonly<Record<string, unknown>>;

/** `deal register|check|import|list|show|approve|reject|extend|withdraw|convert`: registrations of deals by partners. */
export const deal: AppCommand = async (app, io, options, [action = 'list', what = '']) => {
  if (!ACTIONS.includes(action))
    throw wrongUse(`there is no "deal ${action}"`, suggestion(action, ACTIONS) ?? `There are ${ACTIONS.join(', ')}.`);
  if (action === 'list') {
    const found = await app.deals(filterOf(options));
    if (found.problem !== undefined) throw new UserError(found.problem, { hint: '`sluice partners` lists them.' });
    answer(io, options, found, () => listText(found.deals, found.counts));
    return EXIT.done;
  }
  if (action === 'register' || action === 'check') return register(app, io, options, action === 'check');
  if (action === 'import') return importFile(app, io, options, what);
  if (what === '') throw wrongUse('which registration?', `sluice deal ${action} rg_4xk2m9qa7b1c3d5e`);
  const view =
    action === 'show'
      ? await app.deal(what)
      : await moved(() => app.moveDeal(what, moveOf(action, options), by(options)));
  if (view === null)
    throw new UserError(`there is no registration "${what}"`, {
      hint: 'Registrations are named like rg_4xk2m9qa7b1c3d5e.',
    });
  answer(io, options, view, () => detailText(view));
  return EXIT.done;
};

async function register(app: App, io: Parameters<AppCommand>[1], options: Options, dryRun: boolean) {
  const written: Written = Object.fromEntries(
    COLUMNS.flatMap((column) => (typeof options[column] === 'string' ? [[column, options[column]]] : [])),
  );
  const brought = { source: sourceOf(options, 'cli'), by: by(options), dryRun };
  const [done] = await app.registerDeals([{ place: 1, written }], brought);
  if (done === undefined) throw new Error('a registration has an answer');
  const { place: _, ...rest } = done;
  answer(io, options, { dryRun, ...rest }, () => registeredText(done, dryRun));
  return done.result === 'refused' || done.result === 'duplicate' ? EXIT.rejected : EXIT.done;
}

async function importFile(app: App, io: Parameters<AppCommand>[1], options: Options, path: string) {
  if (path === '') throw wrongUse('which file?', 'sluice deal import FILE.csv');
  const file = fileAt(path);
  const dryRun = options.dryRun === true;
  const source = sourceOf(options, 'csv');
  const taken = await app.registerDeals(file.rows, { source, by: by(options), dryRun });
  const nothing = { registration: null, partner: null, state: null, verdict: null, conflicts: [] };
  const bad = file.badRows.map(({ line, problem }) => ({
    ...nothing,
    ...{ place: line, result: 'refused' as const, problems: [problem] },
  }));
  const rows = [...taken, ...bad].sort((a, b) => a.place - b.place);
  const document = {
    ...{ file: path, source, dryRun, notes: file.notes },
    counts: Object.fromEntries(
      [...Map.groupBy(rows, ({ result }) => result)].map(([result, all]) => [result, all.length]),
    ),
    rows: rows.map(({ place, ...row }) => ({ line: place, ...row })),
  };
  answer(io, options, document, () => importText(path, rows, file.notes, dryRun));
  return rows.some(({ result }) => result === 'refused' || result === 'duplicate') ? EXIT.rejected : EXIT.done;
}

function fileAt(path: string) {
  try {
    return dealFile(readCsv(textOf(readFileSync(path))));
  } catch (error) {
    if (error instanceof UnusableFile) throw new UserError(`${path}: ${error.message}`, { hint: error.hint });
    throw error;
  }
}

function filterOf({ state, partner }: Options) {
  const states: readonly string[] = REGISTRATION_STATES;
  const wanted =
    typeof state === 'string' ? states.find((each) => each.toLowerCase() === state.toLowerCase()) : undefined;
  if (typeof state === 'string' && wanted === undefined)
    throw wrongUse(`there is no state "${state}"`, `There are ${states.join(', ')}.`);
  return {
    ...(wanted === undefined ? {} : { state: wanted as RegistrationState }),
    ...(typeof partner === 'string' ? { partner } : {}),
  };
}

function moveOf(action: string, { as, reason, opportunity, despiteConflict }: Options): DealMove {
  const why = typeof reason === 'string' ? reason : '';
  switch (action) {
    case 'approve':
      return { kind: 'approve', step: typeof as === 'string' ? as : null, despite: despiteConflict === true };
    case 'reject':
      if (why.trim() === '') throw wrongUse('why?', '--reason "we are there already": the partner is told it');
      return { kind: 'reject', reason: why };
    case 'withdraw':
      return { kind: 'withdraw', reason: why };
    case 'extend':
      return { kind: 'extend' };
    default:
      if (typeof opportunity !== 'string') throw wrongUse('which opportunity?', '--opportunity 0065g00000XyZabAAB');
      return { kind: 'convert', opportunity };
  }
}

/** Who is at work: as named, else the user of this machine. */
function by({ by: named }: Options): string {
  return typeof named === 'string' && named.trim() !== '' ? named.trim() : userInfo().username;
}

function sourceOf({ source }: Options, otherwise: string): string {
  return typeof source === 'string' && source.trim() !== '' ? source.trim() : otherwise;
}

async function moved(move: () => Promise<DealDetail>): Promise<DealDetail> {
  try {
    return await move();
  } catch (error) {
    if (!(error instanceof DealRefused)) throw error;
    throw new UserError(error.message, error.hint === undefined ? {} : { hint: error.hint });
  }
}

function wrongUse(message: string, hint: string): UserError {
  return new UserError(message, { hint, exit: EXIT.usage });
}
