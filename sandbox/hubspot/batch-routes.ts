import { type BatchErrorEntry, HubSpotError, invalid } from './errors.ts';
import { findRow, inlineAssociations, typeOf } from './object-routes.ts';
import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import type { Row } from './records.ts';
import { archive } from './recycling.ts';
import { type Body, objectList, optionalText, propertyValues, text, texts } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';
import { showRecord, type View, viewOf, wholeView } from './show.ts';
import { iso } from './times.ts';
import type { Claims } from './unique.ts';
import { activeRow, commit, type Prepared, prepare } from './writes.ts';

/** The body of a batch answer; 207 where some inputs failed. */
export function batchReply(
  portal: Portal,
  startedAt: number,
  results: readonly unknown[],
  errors: readonly BatchErrorEntry[],
  success = 200,
): Reply {
  return {
    status: errors.length > 0 ? 207 : success,
    body: {
      status: 'COMPLETE',
      results,
      ...(errors.length > 0 ? { numErrors: errors.length, errors } : {}),
      startedAt: iso(startedAt),
      completedAt: iso(portal.clock.now()),
    },
  };
}

/** The inputs of a batch, at most `most`. */
export function batchInputs(body: Body, most: number): readonly Body[] {
  const inputs = objectList(body, 'inputs');
  if (inputs.length > most) {
    throw invalid(
      `The maximum number of inputs supported in a batch request is ${most}, ${inputs.length} were given`,
      'TOO_MANY_INPUTS',
    );
  }
  return inputs;
}

function missingEntry(type: ObjectType, ids: readonly string[], traces: readonly string[] = []): BatchErrorEntry {
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: `Could not get some ${type.singular.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`,
    context: { ids, ...(traces.length === 0 ? {} : { objectWriteTraceId: traces }) },
  };
}

/** The trace ids of the inputs where every input has one of its own; null otherwise: then one bad input fails all. */
function traceIds(inputs: readonly Body[]): readonly string[] | null {
  const ids = inputs.map((input) => optionalText(input, 'objectWriteTraceId'));
  const given = ids.filter((id) => id !== undefined && id !== '');
  return given.length === inputs.length && new Set(given).size === inputs.length ? (given as string[]) : null;
}

function refuseDuplicates(ids: readonly string[]): void {
  const doubled = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (doubled.length > 0)
    throw invalid(`Duplicate IDs found in batch input: [${[...new Set(doubled)].join(', ')}]. IDs must be unique`);
}

interface Step {
  readonly input: Body;
  readonly prepared: Prepared;
}

/** Checks every input before any is done. A refusal is an entry where trace ids allow a partial batch, else it is thrown. */
function prepareAll(
  inputs: readonly Body[],
  partial: boolean,
  errors: BatchErrorEntry[],
  one: (input: Body, claims: Claims) => Prepared | null,
): Step[] {
  const claims: Claims = new Map();
  const traces = partial ? traceIds(inputs) : null;
  const steps: Step[] = [];
  for (const [at, input] of inputs.entries()) {
    try {
      const prepared = one(input, claims);
      if (prepared !== null) steps.push({ input, prepared });
    } catch (error) {
      const trace = traces?.[at];
      if (!(error instanceof HubSpotError) || trace === undefined) throw error;
      errors.push(error.entry({ objectWriteTraceId: [trace] }));
    }
  }
  return steps;
}

function showWritten(type: ObjectType, row: Row, view: View, input: Body): Record<string, unknown> {
  const trace = optionalText(input, 'objectWriteTraceId');
  return { ...showRecord(type, row, view), ...(trace === undefined ? {} : { objectWriteTraceId: trace }) };
}

function batchRead(context: Context): Reply {
  const type = typeOf(context);
  const { portal, body } = context;
  const startedAt = portal.clock.now();
  const history = texts(body, 'propertiesWithHistory');
  const inputs = batchInputs(body, history.length > 0 ? 50 : 100);
  const idProperty = optionalText(body, 'idProperty') ?? null;
  const archived = context.query.get('archived') === 'true';
  const view = viewOf(portal, type, texts(body, 'properties'), history);
  const missing: string[] = [];
  const found = new Set<Row>();
  for (const input of inputs) {
    const id = text(input, 'id');
    const row = findRow(portal, type, id, idProperty, false);
    if (row === undefined || (row.archivedAt !== null) !== archived) missing.push(id);
    else found.add(row);
  }
  const results = [...found].map((row) => showRecord(type, row, view));
  return batchReply(portal, startedAt, results, missing.length > 0 ? [missingEntry(type, missing)] : []);
}

function batchCreate(context: Context): Reply {
  const type = typeOf(context);
  const { portal } = context;
  const startedAt = portal.clock.now();
  const inputs = batchInputs(context.body, 100);
  const errors: BatchErrorEntry[] = [];
  const steps = prepareAll(inputs, true, errors, (input, claims) =>
    prepare(portal, type, null, propertyValues(input), inlineAssociations(input), claims),
  );
  const results = steps.map(({ input, prepared }) =>
    showWritten(type, commit(portal, type, prepared).row, wholeView, input),
  );
  return batchReply(portal, startedAt, results, errors, 201);
}

function batchUpdate(context: Context): Reply {
  const type = typeOf(context);
  const { portal } = context;
  const startedAt = portal.clock.now();
  const inputs = batchInputs(context.body, 100);
  refuseDuplicates(inputs.map((input) => text(input, 'id')));
  const errors: BatchErrorEntry[] = [];
  const missing: string[] = [];
  const traces: string[] = [];
  const steps = prepareAll(inputs, true, errors, (input, claims) => {
    const id = text(input, 'id');
    const row = findRow(portal, type, id, optionalText(input, 'idProperty') ?? null, false);
    if (row === undefined || row.archivedAt !== null) {
      missing.push(id);
      const trace = optionalText(input, 'objectWriteTraceId');
      if (trace !== undefined) traces.push(trace);
      return null;
    }
    return prepare(portal, type, row, propertyValues(input), [], claims);
  });
  if (missing.length > 0) errors.push(missingEntry(type, missing, traces));
  return batchReply(
    portal,
    startedAt,
    steps.map((step) => writeStep(portal, type, step)),
    errors,
  );
}

function writeStep(portal: Portal, type: ObjectType, { input, prepared }: Step): Record<string, unknown> {
  const { row } = commit(portal, type, prepared);
  return showWritten(type, row, viewOf(portal, type, Object.keys(propertyValues(input))), input);
}

function batchUpsert(context: Context): Reply {
  const type = typeOf(context);
  const { portal } = context;
  const startedAt = portal.clock.now();
  const inputs = batchInputs(context.body, 100);
  const idProperties = new Set(inputs.map((input) => optionalText(input, 'idProperty') ?? ''));
  const [idProperty = ''] = idProperties;
  if (inputs.length > 0 && (idProperties.size > 1 || idProperty === '')) {
    throw invalid('Every input of an upsert needs the same idProperty, a unique property', 'INVALID_ID_PROPERTY');
  }
  const ids = inputs.map((input) => text(input, 'id'));
  refuseDuplicates(idProperty === 'email' ? ids.map((id) => id.toLowerCase()) : ids);
  const errors: BatchErrorEntry[] = [];
  // An upsert by e-mail has no partial form: one bad input fails the batch.
  const steps = prepareAll(inputs, idProperty !== 'email', errors, (input, claims) => {
    const id = text(input, 'id');
    const row = findRow(portal, type, id, idProperty, false);
    const values = propertyValues(input);
    if (row !== undefined) return prepare(portal, type, row, values, [], claims);
    if (idProperty === 'hs_object_id')
      throw new HubSpotError(404, missingEntry(type, [id]).message, {
        category: 'OBJECT_NOT_FOUND',
        context: { ids: [id] },
      });
    return prepare(
      portal,
      type,
      null,
      { ...values, [idProperty]: values[idProperty] ?? id },
      inlineAssociations(input),
      claims,
    );
  });
  const results = steps.map((step) => {
    const isNew = step.prepared.row === null;
    if (!isNew) return { ...writeStep(portal, type, step), new: false };
    return { ...showWritten(type, commit(portal, type, step.prepared).row, wholeView, step.input), new: true };
  });
  return batchReply(portal, startedAt, results, errors);
}

function batchArchive(context: Context): Reply {
  const type = typeOf(context);
  for (const input of batchInputs(context.body, 100)) {
    const row = activeRow(context.portal, type, text(input, 'id'));
    if (row !== undefined) archive(context.portal, type, row);
  }
  return { status: 204 };
}

const READ = { scopes: ['crm.objects.{type}.read'] };
const WRITE = { scopes: ['crm.objects.{type}.write'] };

export const batchRoutes: readonly Route[] = [
  route('POST objects/:type/batch/read', { kind: '{type}.batchRead', ...READ }, batchRead),
  route('POST objects/:type/batch/create', { kind: '{type}.batchCreate', ...WRITE }, batchCreate),
  route('POST objects/:type/batch/update', { kind: '{type}.batchUpdate', ...WRITE }, batchUpdate),
  route('POST objects/:type/batch/upsert', { kind: '{type}.batchUpsert', ...WRITE }, batchUpsert),
  route('POST objects/:type/batch/archive', { kind: '{type}.batchArchive', ...WRITE }, batchArchive),
];
