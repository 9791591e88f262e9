import type { SalesforceClient } from './client.ts';
import { exchange, json, type RawAnswer } from './exchange.ts';

/** How a job stands; `waiting`: it was not done when our patience ended. */
export interface JobStanding {
  readonly state: 'JobComplete' | 'Failed' | 'Aborted' | 'waiting' | 'Open';
  /** What Salesforce says of a failed job. */
  readonly message: string;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** How long one call waits; then the caller may look after other things, its lease for one. */
const PATIENCE_MS = 60_000;

/** Asks for the job's state until it has ended, at growing intervals. */
export async function waitForJob(
  client: SalesforceClient,
  kind: 'query' | 'ingest',
  id: string,
  patienceMs = PATIENCE_MS,
): Promise<JobStanding> {
  let waited = 0;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
    const { state, message } = await askForJob(client, kind, id);
    if (state === 'JobComplete' || state === 'Failed' || state === 'Aborted' || state === 'Open') {
      return { state, message };
    }
    if (waited >= patienceMs) return { state: 'waiting', message };
    const ms = Math.round(pause);
    await client.ports.sleep(ms);
    waited += ms;
  }
}

function askForJob(client: SalesforceClient, kind: 'query' | 'ingest', id: string) {
  return exchange(client, {
    kind: 'poll',
    method: 'GET',
    path: `/jobs/${kind}/${id}`,
    repeatable: true,
    read: readStanding,
  });
}

function readStanding({ text }: RawAnswer): { state: string; message: string } | null {
  const body = json(text) as { state?: unknown; errorMessage?: unknown } | null;
  if (typeof body?.state !== 'string') return null;
  return { state: body.state, message: typeof body.errorMessage === 'string' ? body.errorMessage : '' };
}
