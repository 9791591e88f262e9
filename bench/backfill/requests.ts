/** Requests that move records: noted while the product makes them, and sent once more by the floor, which keeps nothing. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

interface Noted {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Id of the Bulk job that the answer made. */
  readonly job?: string;
}

/** Requests that move no records: signing in, describing, asking who we are and how much there is. */
const SET_UP = /\/(oauth2?|describe|properties|userinfo|tooling|Soap|account-info|limits)\b/;
const JOB = /\/jobs\/(?:query|ingest)\/([A-Za-z0-9]{15,18})/;
const NEW_JOB = /\/jobs\/(?:query|ingest)\/?$/;

/** From now on every request that moves records is told of, as one line of JSON. Both CRM clients send with the global fetch. */
export function noteRequests(tell: (line: string) => void): void {
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const { pathname } = new URL(url);
    if (!/\/(services|crm|marketing)\//.test(pathname) || SET_UP.test(pathname)) return real(input, init);
    const method = init?.method ?? 'GET';
    const headers = Object.fromEntries(new Headers(init?.headers));
    const noted: Noted = { url, method, headers, ...(typeof init?.body === 'string' ? { body: init.body } : {}) };
    if (!NEW_JOB.test(pathname) || method !== 'POST') {
      tell(`${JSON.stringify(noted)}\n`);
      return real(input, init);
    }
    const answer = await real(input, init);
    const { id } = (await answer.clone().json()) as { id: string };
    tell(`${JSON.stringify({ ...noted, job: id })}\n`);
    return answer;
  };
}

/** Requests of one CRM that are read from the file before the first of them is answered. */
const READ_AHEAD = 100;

export interface Floor {
  readonly seconds: number;
  readonly requests: number;
  readonly bytes: number;
}

/**
 * Sends the noted requests once more with plain fetch, each CRM's one after the other and both CRMs side by side, reads the
 * answers and keeps nothing. A Bulk job is made anew and asked for until it is done. @throws where a request is refused
 */
export async function sendAgain(file: string, token: (origin: string) => string): Promise<Floor> {
  const startedAt = performance.now();
  let requests = 0;
  let bytes = 0;
  const lanes = new Map<string, { waiting: number; last: Promise<void> }>();
  const jobs = new Map<string, string>();
  const send = async (noted: Noted): Promise<void> => {
    const { origin, pathname } = new URL(noted.url);
    const job = JOB.exec(pathname)?.[1];
    const url = job === undefined ? noted.url : noted.url.replace(job, jobs.get(job) ?? job);
    const isPoll = job !== undefined && noted.method === 'GET' && pathname.endsWith(job);
    const headers = { ...noted.headers, authorization: `Bearer ${token(origin)}` };
    for (;;) {
      const answer = await fetch(url, {
        method: noted.method,
        headers,
        ...(noted.body === undefined ? {} : { body: noted.body }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`the floor was answered ${answer.status} to ${url}: ${text.slice(0, 200)}`);
      requests += 1;
      bytes += text.length + (noted.body?.length ?? 0);
      const isJson = answer.headers.get('content-type')?.includes('json') && text !== '';
      const body = isJson ? (JSON.parse(text) as { id?: string; state?: string }) : null;
      if (noted.job !== undefined && body?.id !== undefined) jobs.set(noted.job, body.id);
      if (!isPoll || body?.state === undefined || !/^(UploadComplete|InProgress)$/.test(body.state)) return;
    }
  };
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const noted = JSON.parse(line) as Noted;
    const { origin } = new URL(noted.url);
    const lane = lanes.get(origin) ?? { waiting: 0, last: Promise.resolve() };
    lanes.set(origin, lane);
    lane.waiting += 1;
    lane.last = lane.last.then(async () => {
      await send(noted);
      lane.waiting -= 1;
    });
    // Looked at by whoever waits for the lane.
    lane.last.catch(() => undefined);
    if (lane.waiting > READ_AHEAD) await lane.last;
  }
  await Promise.all([...lanes.values()].map(({ last }) => last));
  return { seconds: (performance.now() - startedAt) / 1000, requests, bytes };
}
