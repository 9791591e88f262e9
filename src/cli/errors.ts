import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { App } from '../app/app.ts';
import { counted } from '../leads/text.ts';
import { iso } from '../model/clock.ts';
import { type ErrorChoice, errorGroup, errorGroups, errorsAsCsv, resend } from '../sync/error-centre.ts';
import type { ErrorGroup, ErrorRecord, Resent } from '../sync/error-group.ts';
import { answer, EXIT, type Io, UserError } from './context.ts';
import type { AppCommand } from './with-app.ts';

type Given = Readonly<Record<string, unknown>>;

export const errors: AppCommand = async (app, io, options, [action = 'list', id]) => {
  switch (action) {
    case 'list': {
      const groups = await errorGroups(app.store.db);
      answer(io, options, { groups }, () => listText(groups));
      return EXIT.done;
    }
    case 'show': {
      const group = await known(app, id);
      answer(io, options, group, () => groupText(group));
      return EXIT.done;
    }
    case 'resend': {
      const choice = await choiceOf(app, id, options);
      const done = await resend(app.store.db, choice, iso((await app.environment()).clock.now()));
      answer(io, options, done, () => resentText(done));
      return EXIT.done;
    }
    case 'export':
      return exportCsv(app, io, options);
    default:
      throw new UserError(`there is no "errors ${action}"`, {
        hint: 'Known: list, show ID, resend ID, export --csv FILE.',
        exit: EXIT.usage,
      });
  }
};

async function known(app: App, id: string | undefined) {
  if (id === undefined) {
    throw new UserError('which error? Give its id', { hint: '`sluice errors` lists them.', exit: EXIT.usage });
  }
  const group = await errorGroup(app.store.db, id);
  if (group === null) {
    throw new UserError(`nothing open has the id "${id}"`, { hint: '`sluice errors` lists what is open.' });
  }
  return group;
}

async function choiceOf(app: App, id: string | undefined, options: Given): Promise<ErrorChoice> {
  const ways = [id, options.code, options.all].filter((way) => way !== undefined && way !== false);
  if (ways.length !== 1) {
    throw new UserError('give one of an id, --code CODE and --all', {
      hint: '`sluice errors` lists ids and codes.',
      exit: EXIT.usage,
    });
  }
  if (typeof options.code === 'string') return { code: options.code };
  return options.all === true ? { all: true } : { id: (await known(app, id)).id };
}

/** The path is absolute: this may run in another process, in another folder. */
async function exportCsv(app: App, io: Io, options: Given) {
  const { csv } = options;
  if (typeof csv !== 'string') {
    throw new UserError('say where to: --csv FILE', { hint: '"-" is standard output.', exit: EXIT.usage });
  }
  if (csv === '-') {
    for await (const part of errorsAsCsv(app.store.db)) io.out(part);
    return EXIT.done;
  }
  // They may hold what people typed: for this user's eyes alone.
  const file = createWriteStream(csv, { mode: 0o600 });
  let lines = -1;
  const lineByLine = async function* () {
    for await (const part of errorsAsCsv(app.store.db)) {
      lines += 1;
      yield part;
    }
  };
  try {
    await pipeline(lineByLine, file);
  } catch (error) {
    // A pipe whose reader has seen enough.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    return EXIT.done;
  }
  answer(
    io,
    options,
    { file: csv, errors: lines },
    () => `${lines} ${lines === 1 ? 'error is' : 'errors are'} in ${csv}`,
  );
  return EXIT.done;
}

export function listText(groups: readonly ErrorGroup[]): string {
  if (groups.length === 0) return 'Nothing waits: the error centre is empty.';
  return groups
    .flatMap((group) => [
      `${group.id}  ${scopeOf(group)}${group.connection} ${group.object}, ${group.stage}: ${group.code}`,
      `  ${group.message}`,
      ...(group.hint === null ? [] : [`  ${group.hint}`]),
      `  since ${group.firstAt}, last ${group.lastAt}${isWhole(group) ? '' : `; such as ${group.samples.join(', ')}`}`,
    ])
    .join('\n');
}

/** An error of an object as a whole is about none of its records or fields. */
const isWhole = ({ samples, object }: ErrorGroup) => samples.every((sample) => sample === '' || sample === object);

/** How many, and of what: an error of the schema is about fields. */
function scopeOf(group: ErrorGroup): string {
  if (isWhole(group)) return '';
  const [one, many] = group.stage === 'schema' ? ['field', 'fields'] : ['record', 'records'];
  return `${counted(group.records, one, many)} of `;
}

function groupText(group: ErrorGroup & { readonly shown: readonly ErrorRecord[] }): string {
  const records = group.shown.map(
    (record) =>
      `  ${record.recordId}  ${record.message}${record.fields.length > 0 ? ` (${record.fields.join(', ')})` : ''}; ${record.times === 1 ? 'once' : `${record.times} times`}, last ${record.lastAt}`,
  );
  const rest = group.records - group.shown.length;
  return [
    listText([group]),
    ...records,
    ...(rest > 0 ? [`  ... and ${rest} more; \`sluice errors export\` has all`] : []),
  ].join('\n');
}

function resentText(done: Resent): string {
  if (done.errors === 0) return 'Nothing open is meant.';
  const parts = [
    ...(done.writes > 0 ? [`${counted(done.writes, 'write is', 'writes are')} sent again`] : []),
    ...(done.lookedAt > 0 ? [`${counted(done.lookedAt, 'record is', 'records are')} looked at anew`] : []),
    ...(done.accepted > 0
      ? [
          `${counted(done.accepted, 'field is', 'fields are')} taken as the CRM has ${done.accepted === 1 ? 'it' : 'them'} now`,
        ]
      : []),
  ];
  return parts.length === 0
    ? `${done.errors === 1 ? 'This one cannot' : `None of these ${done.errors} can`} be sent again: correct the ${done.errors === 1 ? 'record' : 'records'}, and the next sync sees it.`
    : `${parts.join(', ')} with the next run: \`sluice sync\`.`;
}
