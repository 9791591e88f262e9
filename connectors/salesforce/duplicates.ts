import type { Outcome, WriteRow } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import { LostAnswer } from './failure.ts';
import { type RowError, toOutcome } from './outcome.ts';
import { inChunks } from './soql.ts';

/** Requests that one composite request carries at the most. */
const SUBREQUESTS = 25;
/** Longest query that fits into an address, encoded. */
const QUERY_LENGTH = 13_000;

interface Answers {
  readonly compositeResponse: readonly { readonly body: unknown; readonly httpStatusCode: number }[];
}

/** Ids of the records that rows name by an external id, by row key. Rows whose record is not there have no entry. */
export async function existing(
  client: SalesforceClient,
  object: string,
  externalField: string,
  rows: readonly WriteRow[],
): Promise<Map<string, string>> {
  const values = rows.map((row) => row.externalId?.value ?? '');
  const ids = new Map<string, string>();
  const head = `SELECT Id, ${externalField} FROM ${object} WHERE ${externalField}`;
  for (const record of await found(client, head, values)) {
    const value = Object.entries(record).find(([name]) => name.toLowerCase() === externalField.toLowerCase())?.[1];
    if (typeof record.Id === 'string') ids.set(String(value).toLowerCase(), record.Id);
  }
  return new Map(
    rows.flatMap((row): [string, string][] => {
      const id = ids.get(row.externalId?.value.toLowerCase() ?? '');
      return id === undefined ? [] : [[row.key, id]];
    }),
  );
}

/** Those of the records that are there and not deleted, by the first 15 characters of their ids. */
export async function living(
  client: SalesforceClient,
  object: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const records = await found(client, `SELECT Id FROM ${object} WHERE Id`, ids);
  return new Set(records.flatMap(({ Id: id }) => (typeof id === 'string' ? [id.slice(0, 15)] : [])));
}

type FoundRecord = Readonly<Record<string, unknown>>;

/** The records of a query that ends in a list of values, in as many requests as the list needs. */
async function found(client: SalesforceClient, head: string, values: readonly string[]): Promise<FoundRecord[]> {
  const all: FoundRecord[] = [];
  for (const soql of inChunks(head, values, QUERY_LENGTH)) {
    const { records } = await client.call({
      kind: 'read',
      method: 'GET',
      path: `/query?q=${encodeURIComponent(soql)}`,
      repeatable: true,
      accept: isRecords,
    });
    all.push(...records);
  }
  return all;
}

/**
 * Sends rows again one by one, 25 in a request: only answers about a single record name the records that a duplicate rule
 * matched. A row whose duplicates are gone by now is written. `mayGoOn` is awaited before each request: where it rejects,
 * nothing more is sent.
 */
export async function oneByOne(
  client: SalesforceClient,
  object: string,
  externalField: string | null,
  rows: readonly WriteRow[],
  headers: Readonly<Record<string, string>>,
  mayGoOn: () => Promise<void>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let start = 0; start < rows.length; start += SUBREQUESTS) {
    await mayGoOn();
    const some = rows.slice(start, start + SUBREQUESTS);
    outcomes.push(...(await request(client, object, externalField, some, headers)));
  }
  return outcomes;
}

async function request(
  client: SalesforceClient,
  object: string,
  externalField: string | null,
  rows: readonly WriteRow[],
  headers: Readonly<Record<string, string>>,
): Promise<Outcome[]> {
  const base = `/services/data/v${client.settings.apiVersion}/sobjects/${object}`;
  const place = ({ id = '', externalId }: WriteRow): string =>
    externalField === null ? id : `${externalField}/${encodeURIComponent(externalId?.value ?? '')}`;
  try {
    const { compositeResponse } = await client.call({
      kind: 'write',
      method: 'POST',
      path: '/composite',
      body: {
        allOrNone: false,
        compositeRequest: rows.map((row, index) => ({
          method: 'PATCH',
          url: `${base}/${place(row)}`,
          referenceId: `row${index}`,
          httpHeaders: headers,
          body: row.fields,
        })),
      },
      repeatable: false,
      accept: (body): body is Answers => isAnswers(body, rows.length),
    });
    return rows.map((row, index) => singleOutcome(row, compositeResponse[index]));
  } catch (error) {
    if (!(error instanceof LostAnswer)) throw error;
    const message = `the answer to this write was lost: ${error.message}`;
    return rows.map(({ key }) => ({ key, status: 'unknown', code: error.code, message }));
  }
}

function singleOutcome(row: WriteRow, answer: Answers['compositeResponse'][number] | undefined): Outcome {
  const { body, httpStatusCode = 0 } = answer ?? {};
  if (httpStatusCode >= 200 && httpStatusCode < 300) {
    const named = typeof body === 'object' && body !== null ? (body as { id?: unknown }).id : undefined;
    const id = named ?? row.id;
    if (typeof id === 'string') return { key: row.key, status: 'ok', id, created: httpStatusCode === 201 };
    return { key: row.key, status: 'unknown', code: 'BAD_ANSWER', message: 'the answer to this write names no record' };
  }
  return toOutcome(row, { success: false, errors: Array.isArray(body) ? (body as RowError[]) : [] });
}

function isAnswers(body: unknown, count: number): body is Answers {
  const answers = (body as { compositeResponse?: unknown } | null)?.compositeResponse;
  return Array.isArray(answers) && answers.length === count;
}

function isRecords(body: unknown): body is { readonly records: readonly FoundRecord[] } {
  return Array.isArray((body as { records?: unknown } | null)?.records);
}
