/** Keeps from the outbox what a CRM's schema does not take at present: paused fields, and values that a list lacks. */
import type { FieldValue } from '../../connectors/connector.ts';
import type { Queryable } from '../store/database.ts';
import { hasOpen, type RecordError, report, resolve } from '../store/errors.ts';
import type { Environment, Stream } from './environment.ts';
import type { DesiredWrite } from './outbox.ts';

/** Code of a value that waits until the CRM's list has it. */
const VALUE_HELD = 'VALUE_NOT_IN_LIST';

/** What keeps fields of an object from being written; null where nothing does. */
interface Limits {
  readonly paused: ReadonlySet<string>;
  /** The values that fields take which have a list. */
  readonly lists: ReadonlyMap<string, { readonly values: ReadonlySet<string>; readonly many: boolean }>;
}

const limits = new WeakMap<Stream, Limits | null>();

function limitsOf(stream: Stream): Limits | null {
  let known = limits.get(stream);
  if (known === undefined) {
    const lists = new Map(
      (stream.description?.fields ?? [])
        .filter((field) => [stream.owned, stream.shared, stream.setOnce].some((ours) => ours.has(field.name)))
        .flatMap((field) =>
          field.values === undefined
            ? []
            : [[field.name, { values: new Set(field.values), many: field.kind === 'multipicklist' }] as const],
        ),
    );
    known = lists.size === 0 && stream.paused.size === 0 ? null : { lists, paused: stream.paused };
    limits.set(stream, known);
  }
  return known;
}

/** Whether a list lacks a value, or one of several. */
function lacks(list: { readonly values: ReadonlySet<string>; readonly many: boolean }, value: FieldValue): boolean {
  if (value === null || value === '') return false;
  const given = list.many ? String(value).split(';') : [String(value)];
  return given.some((each) => !list.values.has(each));
}

/**
 * The writes as far as they can be made now. A held value stands in the error centre until it can be written; so do the
 * `shared` ones that their fields cannot hold, each by itself.
 */
export async function holdBack(
  env: Environment,
  tx: Queryable,
  wants: readonly DesiredWrite[],
  shared: { readonly isAny: boolean; readonly problems: readonly RecordError[] },
  at: string,
): Promise<readonly DesiredWrite[]> {
  const byObject = new Map(
    env.connections.flatMap((connection) =>
      connection.streams.flatMap((stream) => {
        const mine = stream.spec.deleted ? null : limitsOf(stream);
        return mine === null ? [] : [[`${connection.name} ${stream.spec.object}`, mine] as const];
      }),
    ),
  );
  if (byObject.size === 0 && !shared.isAny) return wants;
  const errors: RecordError[] = [...shared.problems];
  const kept = wants.map((wanted) => {
    const mine = byObject.get(`${wanted.connection} ${wanted.object}`);
    if (mine === undefined) return wanted;
    const stopped = new Set(Object.keys(wanted.fields).filter((field) => mine.paused.has(field)));
    for (const [field, list] of mine.lists) {
      if (stopped.has(field) || !lacks(list, wanted.fields[field] ?? null)) continue;
      stopped.add(field);
      errors.push(heldError(wanted, field));
    }
    if (stopped.size === 0) return wanted;
    return {
      ...wanted,
      fields: Object.fromEntries(Object.entries(wanted.fields).filter(([name]) => !stopped.has(name))),
    };
  });
  // What of these was held before and is no more is closed; the others are opened again at once.
  for (const { name } of env.connections) {
    const theirs = wants.filter(({ connection }) => connection === name).map(placeOf);
    if (theirs.length > 0 && (await hasOpen(tx, 'value', name))) await resolve(tx, 'value', theirs, at);
  }
  await report(tx, errors, at);
  return kept;
}

const placeOf = ({ connection, object, recordId, rowKey }: DesiredWrite) => ({
  connection,
  object,
  recordId: recordId ?? rowKey,
});

function heldError(wanted: DesiredWrite, field: string): RecordError {
  const value: FieldValue | undefined = wanted.fields[field];
  return {
    ...placeOf(wanted),
    stage: 'value',
    code: `${VALUE_HELD}:${field}`,
    message: `${field} takes only the values of its list, and ${JSON.stringify(value)} is none of them`,
    hint: 'Add the value to the list in the CRM, or translate it in the mapping under "values". Everything else of the record is written.',
    fields: [field],
  };
}
