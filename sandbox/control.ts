/** The sandbox's own door: moves time, and tells what only the sandbox knows. No CRM has anything like it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Listening, listen } from './core/listen.ts';
import { BadSchedule, type Faults, parseSchedule } from './faults/index.ts';

/** What the control server asks of the sandbox behind it. */
export interface Controlled {
  /** The sandbox instant in epoch milliseconds. */
  now(): number;
  /** Moves time forward, the market acting on the way; what it did, counted. Calls wait for each other. */
  advance(hours: number): Promise<Record<string, number>>;
  truth(): Promise<unknown>;
  stats(): unknown;
  readonly faults: Faults;
  /** Changes the Salesforce org as a JSON text says; throws with a message for people where it cannot. */
  readonly salesforce?: (json: string) => void;
}

/** The longest jump that one call may ask for. */
const longestHours = 24 * 400;
const largestBody = 10_000;

/** A request that cannot be served as it is; the message goes to the caller. */
class BadRequest extends Error {}

/** Serves `POST /advance {"hours"}`, `PUT /faults` (a schedule), `PUT /salesforce` (flows, locks, limits, duplicate rules of the org), `GET /faults`, `/time`, `/truth`, `/stats` and `/health` on loopback, JSON all of them. */
export function startControl(sandbox: Controlled, port = 0): Promise<Listening> {
  return listen((request, response) => {
    answer(sandbox, request).then(
      ([status, body]) => reply(response, status, body),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        reply(response, error instanceof BadRequest ? 400 : 500, { error: message });
      },
    );
  }, port);
}

async function answer(sandbox: Controlled, request: IncomingMessage): Promise<[number, unknown]> {
  const path = (request.url ?? '/').split('?')[0];
  const time = () => ({ now: new Date(sandbox.now()).toISOString(), epochMs: sandbox.now() });
  switch (`${request.method} ${path}`) {
    case 'POST /advance': {
      const acted = await sandbox.advance(await readHours(request));
      return [200, { now: time().now, acted }];
    }
    case 'GET /time':
      return [200, time()];
    case 'GET /truth':
      return [200, await sandbox.truth()];
    case 'GET /stats':
      return [200, sandbox.stats()];
    case 'GET /faults':
      return [200, told(sandbox.faults)];
    case 'PUT /faults':
      sandbox.faults.use(await readSchedule(request));
      return [200, told(sandbox.faults)];
    case 'PUT /salesforce':
      change(sandbox, await readText(request));
      return [200, { status: 'ok' }];
    case 'GET /health':
      return [200, { status: 'ok' }];
    default: {
      const known =
        'POST /advance, PUT /faults, PUT /salesforce, GET /faults, GET /time, GET /truth, GET /stats and GET /health';
      return [404, { error: `there is no ${request.method} ${path}: the control server knows ${known}` }];
    }
  }
}

function change(sandbox: Controlled, json: string): void {
  try {
    sandbox.salesforce?.(json);
  } catch (error) {
    throw new BadRequest(error instanceof Error ? error.message : String(error));
  }
}

const told = ({ schedule, counts }: Faults) => ({ schedule, counts });

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > largestBody) throw new BadRequest(`the body is longer than ${largestBody} characters`);
  }
  return text;
}

async function readSchedule(request: IncomingMessage) {
  const text = await readText(request);
  try {
    return parseSchedule(text, 'body');
  } catch (error) {
    throw error instanceof BadSchedule ? new BadRequest(error.message) : error;
  }
}

async function readHours(request: IncomingMessage): Promise<number> {
  const text = await readText(request);
  const hours = hoursOf(text);
  if (typeof hours !== 'number' || !Number.isFinite(hours) || hours <= 0 || hours > longestHours) {
    throw new BadRequest(`"hours" must be a number above 0 and at most ${longestHours}: send {"hours": 6}`);
  }
  return hours;
}

function hoursOf(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'hours' in body ? body.hours : undefined;
  } catch (error) {
    throw new BadRequest(`the body is not JSON (${(error as Error).message}): send {"hours": 6}`);
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
