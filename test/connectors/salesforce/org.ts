import type { Connector, CrmRecord, Cursor, Page, StreamSpec } from '../../../connectors/connector.ts';
import { createSalesforce, salesforceSettings } from '../../../connectors/salesforce/index.ts';
import { SandboxClock, startSalesforce } from '../../../sandbox/index.ts';
import { type RecordedPorts, recordPorts } from '../ports.ts';

type Options = Omit<Parameters<typeof startSalesforce>[0], 'clock'>;
type Opened = RecordedPorts & { readonly crm: Connector };

/** An emulated org with a clock of its own, connectors to it, and plain HTTP for everybody else. */
export class TestOrg {
  readonly sandbox: Awaited<ReturnType<typeof startSalesforce>>;
  readonly clock: SandboxClock;

  constructor(sandbox: Awaited<ReturnType<typeof startSalesforce>>, clock: SandboxClock) {
    this.sandbox = sandbox;
    this.clock = clock;
  }

  static async start(options: Options = {}): Promise<TestOrg> {
    const clock = new SandboxClock(Date.parse('2026-06-01T00:00:00Z'));
    const session = 60 * 24 * 3_600_000;
    return new TestOrg(await startSalesforce({ clock, sessionMs: session, changeEvents: false, ...options }), clock);
  }

  get controls() {
    return this.sandbox.controls;
  }

  /** A connector in a process of its own, as far as it can tell. */
  open(settings: object = {}): Opened {
    const { url, clientId, clientSecret, refreshToken, accessToken } = this.sandbox.credentials;
    const recorded = recordPorts(this.clock);
    const auth = { type: 'refresh_token', clientId, clientSecret, refreshToken, accessToken };
    const parsed = salesforceSettings.parse({ url, sandbox: true, auth, ...settings });
    return { ...recorded, crm: createSalesforce(parsed, recorded.ports) };
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  async http(method: string, path: string, body?: unknown): Promise<any> {
    const response = await fetch(`${this.sandbox.url}/services/data/v68.0${path}`, {
      method,
      headers: { authorization: `Bearer ${this.sandbox.credentials.accessToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  async create(object: string, fields: Record<string, unknown>): Promise<string> {
    return (await this.http('POST', `/sobjects/${object}`, fields)).id;
  }

  /** Rows of a query. */
  // biome-ignore lint/suspicious/noExplicitAny: rows of any shape
  async rows(soql: string): Promise<any[]> {
    return (await this.http('GET', `/query?q=${encodeURIComponent(soql)}`)).records;
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }
}

/** A cursor as it comes back from the store. */
export function stored(cursor: Cursor): Cursor {
  return JSON.parse(JSON.stringify(cursor)) as Cursor;
}

/** Reads to the end. `onPage` may open another connector in the place of the one that "was killed". */
export async function readAll(
  crm: Connector,
  stream: StreamSpec,
  cursor: Cursor | null,
  onPage: (page: Page, pages: number) => Promise<Connector | undefined> = async () => undefined,
): Promise<{ records: CrmRecord[]; pages: Page[]; cursor: Cursor }> {
  const records: CrmRecord[] = [];
  const pages: Page[] = [];
  let reader = crm;
  for (let at = cursor; ; ) {
    const page = await reader.read(stream, at);
    records.push(...page.records);
    pages.push(page);
    at = stored(page.cursor);
    if (page.done) return { records, pages, cursor: at };
    reader = (await onPage(page, pages.length)) ?? reader;
  }
}

export function idsOf(records: readonly CrmRecord[]): string[] {
  return records.map(({ id }) => id);
}
