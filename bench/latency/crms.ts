import type { SandboxProcess } from '../../src/cli/demo/sandbox-process.ts';
import { freshTokens } from '../backfill/world.ts';

/** Somebody whom both CRMs know, and who is no lead in either. */
export interface Pair {
  readonly lead: string;
  readonly contact: string;
}

const API = '/services/data/v68.0';

/** Both CRMs as their users see them. */
export class Crms {
  readonly #salesforce: string;
  readonly #hubspot: string;
  readonly #tokens: ReadonlyMap<string, string>;

  private constructor(sandbox: SandboxProcess, tokens: ReadonlyMap<string, string>) {
    this.#salesforce = new URL(sandbox.salesforce.url).origin;
    this.#hubspot = new URL(sandbox.hubspot.url).origin;
    this.#tokens = tokens;
  }

  static async open(sandbox: SandboxProcess): Promise<Crms> {
    const tokens = await freshTokens(sandbox, new Map());
    // With the app's own tokens its events would say that Sluice made the edits.
    const { url, serviceKey } = sandbox.hubspot;
    if (serviceKey !== undefined) tokens.set(new URL(url).origin, serviceKey);
    return new Crms(sandbox, tokens);
  }

  async unreleased(): Promise<Pair[]> {
    const soql =
      "SELECT Id, Email FROM Lead WHERE Marketing_Stage__c IN ('Subscriber', 'Lead') AND HasOptedOutOfEmail = false ORDER BY Id LIMIT 2000";
    const { records } = (await this.#send(this.#salesforce, 'GET', `${API}/query?q=${encodeURIComponent(soql)}`)) as {
      records: { Id: string; Email: string | null }[];
    };
    const leads = new Map(records.flatMap(({ Id, Email }) => (Email === null ? [] : [[Email, Id] as const])));
    const pairs: Pair[] = [];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const path: string = `/crm/v3/objects/contacts?limit=100&properties=email,lifecyclestage${after && `&after=${after}`}`;
      const page = (await this.#send(this.#hubspot, 'GET', path)) as {
        results: { id: string; properties: { email: string | null; lifecyclestage: string | null } }[];
        paging?: { next?: { after: string } };
      };
      for (const { id, properties } of page.results) {
        const lead = leads.get(properties.email ?? '');
        const isEarly = properties.lifecyclestage === 'subscriber' || properties.lifecyclestage === 'lead';
        if (lead !== undefined && isEarly) pairs.push({ lead, contact: id });
      }
      after = page.paging?.next?.after;
    }
    return pairs;
  }

  async releaseInHubSpot(contact: string): Promise<void> {
    const properties = { lifecyclestage: 'marketingqualifiedlead' };
    await this.#send(this.#hubspot, 'PATCH', `/crm/v3/objects/contacts/${contact}`, { properties });
  }

  async releaseInSalesforce(lead: string): Promise<void> {
    await this.#send(this.#salesforce, 'PATCH', `${API}/sobjects/Lead/${lead}`, { Marketing_Stage__c: 'MQL' });
  }

  async statusInHubSpot(contact: string): Promise<string | null> {
    const path = `/crm/v3/objects/contacts/${contact}?properties=sluice_status`;
    const { properties } = (await this.#send(this.#hubspot, 'GET', path)) as {
      properties: { sluice_status?: string | null };
    };
    return properties.sluice_status || null;
  }

  async statusInSalesforce(lead: string): Promise<string | null> {
    const path = `${API}/sobjects/Lead/${lead}?fields=Sluice_Status__c`;
    const found = (await this.#send(this.#salesforce, 'GET', path)) as { Sluice_Status__c: string | null };
    return found.Sluice_Status__c;
  }

  async #send(origin: string, method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#tokens.get(origin)}`, 'content-type': 'application/json' };
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 200)}`);
    return text === '' ? null : JSON.parse(text);
  }
}
