import type { Outcome, WriteRow } from '../connector.ts';
import type { HubSpotClient } from './client.ts';
import { LostAnswer, type Problem, RefusedRequest, toProblem } from './failure.ts';
import { paths } from './paths.ts';
import { fromCanonical, isObjectList, type ObjectList } from './values.ts';

const ROW_PAUSE_MS = 5_000;
const TRANSIENT = new Set(['RATE_LIMITS', 'RATE_LIMIT', 'LOCKED', 'INTERNAL_ERROR', 'TIMEOUT']);

/** The rows of one request: all updates by id, or all upserts by one unique property. */
interface Batch {
  readonly idProperty: string | null;
  readonly rows: readonly WriteRow[];
}

/** Groups rows into requests; no request names an object twice, as HubSpot refuses such a batch. */
export function toBatches(rows: readonly WriteRow[], size: number): Batch[] {
  const open: { idProperty: string | null; rows: WriteRow[]; names: Set<string> }[] = [];
  for (const row of rows) {
    const idProperty = row.id === undefined ? (row.externalId?.field ?? null) : null;
    const name = row.id ?? row.externalId?.value.toLowerCase() ?? '';
    const holder = open.findLastIndex((batch) => batch.idProperty === idProperty && batch.names.has(name));
    let batch = open.slice(holder + 1).find((other) => other.idProperty === idProperty && other.rows.length < size);
    if (batch === undefined) {
      batch = { idProperty, rows: [], names: new Set() };
      open.push(batch);
    }
    batch.rows.push(row);
    batch.names.add(name);
  }
  return open.map(({ idProperty, rows: batchRows }) => ({ idProperty, rows: batchRows }));
}

/** What became of a row that HubSpot has a problem with. */
function toOutcome(row: WriteRow, problem: Problem): Outcome {
  const { code, message, fields } = problem;
  if (TRANSIENT.has(code)) return { key: row.key, status: 'retry', code, message, afterMs: ROW_PAUSE_MS };
  const gone = row.id !== undefined && /NOT_FOUND/.test(code);
  const duplicateOf = holdersOf(problem).filter((id) => id !== row.id);
  return {
    key: row.key,
    status: 'reject',
    code,
    message,
    fields,
    ...(gone ? { gone } : {}),
    ...(duplicateOf.length > 0 ? { duplicateOf } : {}),
  };
}

/** The records that hold a unique value already: HubSpot names them in the context, for e-mail addresses in words. */
function holdersOf({ code, message, context }: Problem): readonly string[] {
  if (!code.includes('CONFLICT')) return [];
  const named = /Existing ID: (\d+)/i.exec(message)?.[1];
  return context.existingObjectId ?? (named === undefined ? [] : [named]);
}

type Tell = (outcomes: readonly Outcome[]) => Promise<void>;

/** Writes rows in batches, an outcome a row. */
export class Writer {
  readonly #client: HubSpotClient;

  constructor(client: HubSpotClient) {
    this.#client = client;
  }

  async write(
    object: string,
    rows: readonly WriteRow[],
    onBatch: ((outcomes: readonly Outcome[]) => Promise<void>) | undefined,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    // Also where no row is settled: the caller says whether more may be sent.
    const tell: Tell = async (some) => {
      outcomes.push(...some);
      await onBatch?.(some);
    };
    const nameless = rows.filter(({ id, externalId }) => id === undefined && externalId === undefined);
    const message = 'the row has neither an id nor a unique property';
    if (nameless.length > 0)
      await tell(nameless.map(({ key }) => ({ key, status: 'reject', code: 'NO_IDENTITY', message, fields: [] })));
    const named = rows.filter((row) => !nameless.includes(row));
    for (const batch of toBatches(named, this.#client.settings.batchSize)) await this.#send(object, batch, tell);
    return outcomes;
  }

  /**
   * One batch. HubSpot fails a whole batch for one bad row, and where it does not, it may leave unsaid which row an
   * error belongs to; the rows without a result of their own are then sent again by halves until each has one.
   */
  async #send(object: string, batch: Batch, tell: Tell): Promise<void> {
    let answer: ObjectList;
    try {
      answer = await this.#request(object, batch);
    } catch (error) {
      if (error instanceof LostAnswer) {
        const { code } = error;
        const message = `the answer to this write was lost: ${error.message}`;
        return tell(batch.rows.map(({ key }) => ({ key, status: 'unknown', code, message })));
      }
      if (error instanceof RefusedRequest) return this.#isolate(object, batch, error.problem, tell);
      throw error;
    }
    const { outcomes, open, problem } = assign(batch, answer);
    await tell(outcomes);
    if (open.length > 0) await this.#isolate(object, { ...batch, rows: open }, problem, tell);
  }

  async #isolate(object: string, batch: Batch, problem: Problem, tell: Tell): Promise<void> {
    const { rows, idProperty } = batch;
    if (rows.length === 1) return tell(rows.map((row) => toOutcome(row, problem)));
    // A property that does not exist spoils every row that carries it; no need to try them one by one.
    const unknown = problem.code === 'PROPERTY_DOESNT_EXIST' ? problem.fields : [];
    const guilty = rows.filter((row) => unknown.some((field) => field in row.fields || field === idProperty));
    await tell(guilty.map((row) => toOutcome(row, problem)));
    const rest = rows.filter((row) => !guilty.includes(row));
    if (rest.length === 0) return;
    const middle = Math.ceil(rest.length / 2);
    const parts = guilty.length > 0 ? [rest] : [rest.slice(0, middle), rest.slice(middle)];
    for (const part of parts) await this.#send(object, { idProperty, rows: part }, tell);
  }

  #request(object: string, { idProperty, rows }: Batch): Promise<ObjectList> {
    return this.#client.call({
      kind: 'write',
      method: 'POST',
      path: paths.batch(object, idProperty === null ? 'update' : 'upsert'),
      body: { inputs: rows.map((row, index) => toInput(row, idProperty, index)) },
      repeatable: false,
      accept: isObjectList,
    });
  }
}

const traceOf = (index: number): string => `row-${index}`;

function toInput(row: WriteRow, idProperty: string | null, index: number) {
  const properties = Object.fromEntries(
    Object.entries(row.fields).map(([name, value]) => [name, fromCanonical(value)]),
  );
  const objectWriteTraceId = traceOf(index);
  if (idProperty === null) return { id: row.id, properties, objectWriteTraceId };
  const value = row.externalId?.value ?? '';
  return { id: value, idProperty, properties: { ...properties, [idProperty]: value }, objectWriteTraceId };
}

/** Matches the results and errors of an answer to the rows: by trace id, else by id or the value of the unique property. */
export function assign(
  { rows, idProperty }: Batch,
  answer: ObjectList,
): { outcomes: Outcome[]; open: WriteRow[]; problem: Problem } {
  const open = new Map<string, WriteRow>(rows.map((row, index) => [traceOf(index), row]));
  const outcomes: Outcome[] = [];
  const settle = (trace: string | undefined, outcome: (row: WriteRow) => Outcome): void => {
    const row = trace === undefined ? undefined : open.get(trace);
    if (trace === undefined || row === undefined) return;
    open.delete(trace);
    outcomes.push(outcome(row));
  };
  const traceByName = new Map(
    rows.map((row, index) => [row.id ?? row.externalId?.value.toLowerCase() ?? '', traceOf(index)]),
  );
  for (const result of answer.results) {
    const name = idProperty === null ? String(result.id) : (result.properties?.[idProperty] ?? '').toLowerCase();
    settle(result.objectWriteTraceId ?? traceByName.get(name), ({ key }) => ({
      key,
      status: 'ok',
      id: String(result.id),
      created: result.new === true,
    }));
  }
  const unmatched: Problem[] = [];
  for (const error of answer.errors ?? []) {
    const problem = toProblem(error, 'UNKNOWN_ERROR');
    const before = outcomes.length;
    const traces = problem.context.objectWriteTraceId ?? [];
    const ids = [...(problem.context.ids ?? []), ...(problem.context.id ?? [])];
    for (const trace of [...traces, ...ids.map((id) => traceByName.get(id.toLowerCase()))]) {
      settle(trace, (row) => toOutcome(row, problem));
    }
    if (outcomes.length === before) unmatched.push(problem);
  }
  const nothing: Problem = { code: 'UNKNOWN_ERROR', message: 'HubSpot gave no result', fields: [], context: {} };
  return { outcomes, open: [...open.values()], problem: unmatched[0] ?? nothing };
}
