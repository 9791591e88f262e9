/** Asks the CRMs over plain HTTP, past every client and connector: what they answer is what the summary is held against. */
import type { Credentials } from '../write-config.ts';

type Row = Readonly<Record<string, string | number | boolean | null>>;

export interface RawCrm {
  /** Ids and fields of every live record of an object. */
  records(object: string, fields: readonly string[]): Promise<Map<string, Row>>;
  /** How many live records an object has. */
  count(object: string): Promise<number>;
  /** HTTP requests made so far. */
  readonly requests: number;
}

const API = '/services/data/v68.0';

/** @throws where the org refuses the credentials or a query */
export async function rawSalesforce(
  credentials: Credentials,
): Promise<RawCrm & { wonAmounts(): Promise<(string | null)[]> }> {
  let requests = 0;
  const call = async (path: string, init: RequestInit): Promise<unknown> => {
    requests += 1;
    const response = await fetch(`${credentials.url}${path}`, init);
    const text = await response.text();
    if (!response.ok)
      throw new Error(`Salesforce answered ${response.status} to ${path.slice(0, 80)}: ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };
  const { access_token: token } = (await call('/services/oauth2/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
    }),
  })) as { access_token: string };
  const get = (path: string) => call(path, { headers: { authorization: `Bearer ${token}` } });
  const query = async (soql: string): Promise<Row[]> => {
    const rows: Row[] = [];
    let path: string | undefined = `${API}/query?q=${encodeURIComponent(soql)}`;
    while (path !== undefined) {
      const page = (await get(path)) as { records: Row[]; nextRecordsUrl?: string };
      rows.push(...page.records);
      path = page.nextRecordsUrl;
    }
    return rows;
  };
  return {
    get requests() {
      return requests;
    },
    async records(object, fields) {
      const rows = await query(`SELECT Id, ${fields.join(', ')} FROM ${object}`);
      return new Map(rows.map((row) => [String(row.Id), row]));
    },
    async count(object) {
      const answer = (await get(`${API}/query?q=${encodeURIComponent(`SELECT COUNT() FROM ${object}`)}`)) as {
        totalSize: number;
      };
      return answer.totalSize;
    },
    async wonAmounts() {
      const rows = await query('SELECT Amount FROM Opportunity WHERE IsWon = true');
      return rows.map((row) => (row.Amount === null ? null : String(row.Amount)));
    },
  };
}

/** @throws where the portal refuses the credentials or a request */
export async function rawHubSpot(credentials: Credentials): Promise<RawCrm> {
  let requests = 0;
  const call = async (path: string, init: RequestInit): Promise<unknown> => {
    for (;;) {
      requests += 1;
      const response = await fetch(`${credentials.url}${path}`, init);
      const text = await response.text();
      if (response.ok) return JSON.parse(text);
      if (response.status !== 429)
        throw new Error(`HubSpot answered ${response.status} to ${path.slice(0, 80)}: ${text.slice(0, 300)}`);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };
  const { access_token: token } = (await call('/oauth/v1/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      refresh_token: credentials.refreshToken,
    }),
  })) as { access_token: string };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return {
    get requests() {
      return requests;
    },
    async records(object, fields) {
      const found = new Map<string, Row>();
      let after: string | undefined;
      do {
        const path = `/crm/v3/objects/${object}?limit=100&properties=${fields.join(',')}${after ? `&after=${after}` : ''}`;
        const page = (await call(path, { headers })) as {
          results: { id: string; properties: Row }[];
          paging?: { next?: { after: string } };
        };
        for (const { id, properties } of page.results) found.set(id, properties);
        after = page.paging?.next?.after;
      } while (after !== undefined);
      return found;
    },
    async count(object) {
      const answer = (await call(`/crm/v3/objects/${object}/search`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ limit: 1 }),
      })) as { total: number };
      return answer.total;
    },
  };
}
