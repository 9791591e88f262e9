import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { App } from '../app.ts';
import { iso } from '../model/clock.ts';
import {
  type ErrorChoice,
  type ErrorGroup,
  type ErrorRecord,
  errorGroup,
  errorGroups,
  errorsAsCsv,
  type Resent,
  resend,
} from '../sync/error-centre.ts';
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
      const done = await resend(app.store.db, choice, iso(app.clock.now()));
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
  const failed = once(file, 'error').then(([error]: unknown[]) => {
    throw error instanceof Error ? error : new Error(String(error));
  });
  let lines = -1;
  const written = (async () => {
    for await (const part of errorsAsCsv(app.store.db)) {
      lines += 1;
      if (!file.write(part)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'finish');
  })();
  await Promise.race([written, failed]);
  answer(io, options, { file: csv, errors: lines }, () => `${lines} errors are in ${csv}`);
  return EXIT.done;
}

export function listText(groups: readonly ErrorGroup[]): string {
  if (groups.length === 0) return 'Nothing waits: the error centre is empty.';
  return groups
    .flatMap((group) => [
      `${group.id}  ${group.records} ${group.records === 1 ? 'record' : 'records'} of ${group.connection} ${group.object}, ${group.stage}: ${group.code}`,
      `  ${group.message}`,
      ...(group.hint === null ? [] : [`  ${group.hint}`]),
      `  since ${group.firstAt}, last ${group.lastAt}; such as ${group.samples.join(', ')}`,
    ])
    .join('\n');
}

function groupText(group: ErrorGroup & { readonly shown: readonly ErrorRecord[] }): string {
  const records = group.shown.map(
    (record) =>
      `  ${record.recordId}  ${record.message}${record.fields.length > 0 ? ` (${record.fields.join(', ')})` : ''}; ${record.times} times, last ${record.lastAt}`,
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
    ...(done.writes > 0 ? [`${done.writes} writes are sent again`] : []),
    ...(done.lookedAt > 0 ? [`${done.lookedAt} records are looked at anew`] : []),
    ...(done.accepted > 0 ? [`${done.accepted} fields are taken as the CRM has them now`] : []),
  ];
  return parts.length === 0
    ? `Nothing of these ${done.errors} can be sent again: correct the records, and the next sync sees it.`
    : `${parts.join(', ')} with the next run: \`sluice sync\`.`;
}
