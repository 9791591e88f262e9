import { SandboxClock } from '../../../sandbox/core/clock.ts';
import { type SalesforceOptions, type SalesforceSandbox, startSalesforce } from '../../../sandbox/salesforce/index.ts';

/** An answer: status, parsed body, headers. */
export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly body: any;
  readonly headers: Headers;
}

/** A started org with short ways to call it over plain HTTP. */
export class Org {
  readonly sandbox: SalesforceSandbox;
  readonly clock: SandboxClock;
  token: string;

  constructor(sandbox: SalesforceSandbox, clock: SandboxClock) {
    this.sandbox = sandbox;
    this.clock = clock;
    this.token = sandbox.credentials.accessToken;
  }

  static async start(options: Partial<SalesforceOptions> = {}): Promise<Org> {
    const clock = options.clock ?? new SandboxClock(Date.UTC(2026, 0, 5, 9));
    return new Org(await startSalesforce({ clock, ...options }), clock);
  }

  /** A call below /services/data/v68.0. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    return this.raw(method, `/services/data/v68.0${path}`, body, {
      authorization: `Bearer ${this.token}`,
      ...headers,
    });
  }

  async raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(this.sandbox.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      body: json && answer !== '' ? JSON.parse(answer) : answer,
      headers: response.headers,
    };
  }

  async query(soql: string, headers: Record<string, string> = {}, resource = 'query'): Promise<Reply> {
    return this.call('GET', `/${resource}?q=${encodeURIComponent(soql)}`, undefined, headers);
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into records of any shape
  async rows(soql: string): Promise<any[]> {
    const reply = await this.query(soql);
    if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
    return reply.body.records;
  }

  async create(type: string, fields: Record<string, unknown>): Promise<string> {
    const reply = await this.call('POST', `/sobjects/${type}`, fields);
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    return reply.body.id;
  }

  async soap(api: 'm' | 'u', content: string, token = this.token): Promise<Reply> {
    const xml = `<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header><SessionHeader><sessionId>${token}</sessionId></SessionHeader></e:Header><e:Body>${content}</e:Body></e:Envelope>`;
    return this.raw('POST', `/services/Soap/${api}/68.0`, xml, { 'content-type': 'text/xml' });
  }

  /** Deploys custom fields and lets the integration user read and edit those that need it. */
  async deploy(fields: Record<string, string>, visible = true): Promise<void> {
    const components = Object.entries(fields)
      .map(([name, xml]) => `<metadata xsi:type="CustomField"><fullName>${name}</fullName>${xml}</metadata>`)
      .join('');
    const reply = await this.soap('m', `<createMetadata>${components}</createMetadata>`);
    if (reply.body.includes('<success>false')) throw new Error(reply.body);
    if (visible) await this.grant(Object.keys(fields));
  }

  async grant(names: readonly string[]): Promise<void> {
    const [user] = await this.rows("SELECT Id FROM User WHERE Alias = 'integ'");
    const set = await this.create('PermissionSet', { Name: `Set${Math.random()}`.replace('.', ''), Label: 'Set' });
    await this.create('PermissionSetAssignment', { PermissionSetId: set, AssigneeId: user.Id });
    for (const Field of names) {
      await this.create('FieldPermissions', {
        ParentId: set,
        SobjectType: Field.split('.')[0],
        Field,
        PermissionsRead: true,
        PermissionsEdit: true,
      });
    }
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }
}

export const TEXT_KEY =
  '<label>Key</label><type>Text</type><length>64</length><externalId>true</externalId><unique>true</unique>';
