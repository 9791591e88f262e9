import { SandboxClock } from '../../../sandbox/core/clock.ts';
import { type HubSpotOptions, type HubSpotSandbox, startHubSpot } from '../../../sandbox/hubspot/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are checked by the tests, not by their types
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

export interface TestPortal {
  readonly sandbox: HubSpotSandbox;
  readonly clock: SandboxClock;
  /** One call with the service key, or with `token`. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
  /** Creates a record and gives its id. */
  make(type: string, properties: Record<string, unknown>, associations?: unknown[]): Promise<string>;
}

/** An account of its own, without limits unless the options say so. */
export async function openPortal(options: Partial<HubSpotOptions> = {}): Promise<TestPortal> {
  const clock = options.clock ?? new SandboxClock(Date.UTC(2026, 0, 5, 9));
  const sandbox = await startHubSpot({ limits: false, ...options, clock });
  const call: TestPortal['call'] = async (method, path, body, token = sandbox.serviceKey) => {
    const response = await fetch(sandbox.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
  };
  return {
    sandbox,
    clock,
    call,
    make: async (type, properties, associations) => {
      const { status, body } = await call('POST', `/crm/v3/objects/${type}`, {
        properties,
        ...(associations ? { associations } : {}),
      });
      if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
      return body.id;
    },
  };
}

/** An inline association of the vendor's own type. */
export const tie = (id: string, typeId: number): unknown => ({
  to: { id },
  types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: typeId }],
});

/** Sends a form to the token endpoint. */
export async function sendForm(url: string, form: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  return { status: response.status, body: await response.json(), headers: response.headers };
}
