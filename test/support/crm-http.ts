/** The two CRMs over plain HTTP, as a user or a partner would change them: past every client and connector. */
import type { SandboxAddress } from '../../src/cli/write-config.ts';

type Row = Readonly<Record<string, string | number | boolean | null>>;
const API = '/services/data/v68.0';

export interface PlainCrms {
  soql(query: string): Promise<Row[]>;
  /** Changes fields of a Salesforce record. */
  patch(object: string, id: string, fields: Row): Promise<void>;
  create(object: string, fields: Row): Promise<string>;
  contact(id: string, properties: readonly string[]): Promise<Row>;
  contacts(properties: readonly string[]): Promise<(Row & { id: string })[]>;
  patchContact(id: string, properties: Row): Promise<void>;
}

export function plainCrms(sandbox: SandboxAddress): PlainCrms {
  const { salesforce, hubspot } = sandbox;
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    for (;;) {
      const response = await fetch(url, init);
      if (response.status !== 429) return response;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };
  /** Tokens die as the sandbox's time moves: each is fetched anew where it is refused. */
  const speaker = (tokenUrl: string, form: Record<string, string>) => {
    let token = '';
    const call = async (url: string, init: RequestInit = {}, isAgain = false): Promise<unknown> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await send(url, { ...init, headers });
      const text = await response.text();
      if (response.ok) return text === '' ? null : JSON.parse(text);
      if (response.status !== 401 || isAgain) throw new Error(`${response.status} ${url}: ${text}`);
      const answer = await send(tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
      token = ((await answer.json()) as { access_token: string }).access_token;
      return call(url, init, true);
    };
    return call;
  };
  const inSalesforce = speaker(`${salesforce.url}/services/oauth2/token`, {
    grant_type: 'client_credentials',
    client_id: salesforce.clientId,
    client_secret: salesforce.clientSecret,
  });
  const inHubSpot = speaker(`${hubspot.url}/oauth/v1/token`, {
    grant_type: 'refresh_token',
    client_id: hubspot.clientId,
    client_secret: hubspot.clientSecret,
    refresh_token: hubspot.refreshToken,
  });
  return {
    async soql(query) {
      const url = `${salesforce.url}${API}/query?q=${encodeURIComponent(query)}`;
      return ((await inSalesforce(url)) as { records: Row[] }).records;
    },
    async patch(object, id, fields) {
      const url = `${salesforce.url}${API}/sobjects/${object}/${id}`;
      await inSalesforce(url, { method: 'PATCH', body: JSON.stringify(fields) });
    },
    async create(object, fields) {
      const url = `${salesforce.url}${API}/sobjects/${object}`;
      const made = await inSalesforce(url, { method: 'POST', body: JSON.stringify(fields) });
      return (made as { id: string }).id;
    },
    async contact(id, properties) {
      const url = `${hubspot.url}/crm/v3/objects/contacts/${id}?properties=${properties.join(',')}`;
      return ((await inHubSpot(url)) as { properties: Row }).properties;
    },
    async contacts(properties) {
      const url = `${hubspot.url}/crm/v3/objects/contacts?limit=100&properties=${properties.join(',')}`;
      const found: (Row & { id: string })[] = [];
      for (let after: string | undefined = ''; after !== undefined; ) {
        const page = (await inHubSpot(`${url}${after ? `&after=${after}` : ''}`)) as {
          results: { id: string; properties: Row }[];
          paging?: { next?: { after: string } };
        };
        found.push(...page.results.map(({ id, properties: values }) => ({ ...values, id })));
        after = page.paging?.next?.after;
      }
      return found;
    },
    async patchContact(id, properties) {
      const url = `${hubspot.url}/crm/v3/objects/contacts/${id}`;
      await inHubSpot(url, { method: 'PATCH', body: JSON.stringify({ properties }) });
    },
  };
}
