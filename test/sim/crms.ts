/** Both CRMs as the people who work in them use them: over HTTP, spared by the faults. */
import { marketAgent } from '../../sandbox/index.ts';

export type Fields = Record<string, string | number | boolean | null>;
export interface Row {
  readonly id: string;
  readonly fields: Fields;
}

/** The text of the first element of that name. */
function partOf(xml: string, name: string): string {
  const found = new RegExp(`<(?:\\w+:)?${name}[^>]*>([^<]+)<`).exec(xml)?.[1];
  if (found === undefined) throw new Error(`the answer has no ${name}: ${xml}`);
  return found;
}

const DATA = '/services/data/v68.0';

async function ask(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  type = 'application/json',
) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': type, 'user-agent': marketAgent, soapaction: '""' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text;
}

/** What a change event of Salesforce tells: which record, and what became of it. */
export interface News {
  readonly object: string;
  readonly id: string;
  readonly what: 'changed' | 'deleted';
}

export class SalesforceDesk {
  readonly #url: string;
  readonly #token: string;
  /** What was done here since somebody listened last. */
  news: News[] = [];

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async create(object: string, fields: Fields): Promise<string> {
    const { id } = JSON.parse(await this.#rest('POST', `/sobjects/${object}`, fields)) as { id: string };
    this.news.push({ object, id, what: 'changed' });
    return id;
  }

  async update(object: string, id: string, fields: Fields): Promise<void> {
    await this.#rest('PATCH', `/sobjects/${object}/${id}`, fields);
    this.news.push({ object, id, what: 'changed' });
  }

  async remove(object: string, id: string): Promise<void> {
    await this.#rest('DELETE', `/sobjects/${object}/${id}`);
    this.news.push({ object, id, what: 'deleted' });
  }

  /** Takes a deleted record out of the recycle bin: nobody restores it any more. */
  async erase(id: string): Promise<void> {
    await this.#soap(`<urn:emptyRecycleBin><urn:ids>${id}</urn:ids></urn:emptyRecycleBin>`);
  }

  /** Live rows, in the order of ids unless the query says otherwise. */
  async query(object: string, fields: readonly string[], where = ''): Promise<Row[]> {
    const soql = `SELECT Id${fields.map((field) => `, ${field}`).join('')} FROM ${object} ${where} ORDER BY Id`;
    const answer = JSON.parse(await this.#rest('GET', `/query?q=${encodeURIComponent(soql)}`)) as {
      done: boolean;
      records: Record<string, Fields[string]>[];
    };
    if (!answer.done) throw new Error(`the world has outgrown one page of ${object}`);
    return answer.records.map((row) => ({
      id: String(row.Id),
      fields: Object.fromEntries(fields.map((field) => [field, row[field] ?? null])),
    }));
  }

  /** Converts a Lead into a new contact and an opportunity of an account. */
  async convert(
    leadId: string,
    accountId: string,
    opportunity: string,
  ): Promise<{ contactId: string; dealId: string }> {
    const answer = await this.#soap(
      `<urn:convertLead><urn:leadConverts><urn:accountId>${accountId}</urn:accountId>` +
        '<urn:convertedStatus>Closed - Converted</urn:convertedStatus><urn:doNotCreateOpportunity>false</urn:doNotCreateOpportunity>' +
        `<urn:leadId>${leadId}</urn:leadId><urn:opportunityName>${opportunity}</urn:opportunityName>` +
        '<urn:overwriteLeadSource>false</urn:overwriteLeadSource><urn:sendNotificationEmail>false</urn:sendNotificationEmail>' +
        '</urn:leadConverts></urn:convertLead>',
    );
    return { contactId: partOf(answer, 'contactId'), dealId: partOf(answer, 'opportunityId') };
  }

  async merge(object: string, master: string, loser: string): Promise<void> {
    await this.#soap(
      `<urn:merge><urn:request><urn:masterRecord xsi:type="urn:${object}"><urn:type>${object}</urn:type><urn:Id>${master}</urn:Id>` +
        `</urn:masterRecord><urn:recordToMergeIds>${loser}</urn:recordToMergeIds></urn:request></urn:merge>`,
    );
  }

  async undelete(id: string): Promise<void> {
    await this.#soap(`<urn:undelete><urn:ids>${id}</urn:ids></urn:undelete>`);
  }

  /** One call of the partner API. @throws where it did not succeed */
  async #soap(call: string): Promise<string> {
    const answer = await ask(
      this.#url,
      this.#token,
      'POST',
      '/services/Soap/u/68.0',
      '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ' +
        'xmlns:urn="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Header>' +
        `<urn:SessionHeader><urn:sessionId>${this.#token}</urn:sessionId></urn:SessionHeader></soapenv:Header>` +
        `<soapenv:Body>${call}</soapenv:Body></soapenv:Envelope>`,
      'text/xml; charset=UTF-8',
    );
    if (partOf(answer, 'success') !== 'true') throw new Error(`the call did not succeed: ${answer}`);
    return answer;
  }

  #rest(method: string, path: string, body?: unknown): Promise<string> {
    return ask(this.#url, this.#token, method, DATA + path, body);
  }
}

export class HubSpotDesk {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async create(type: string, properties: Record<string, string>): Promise<string> {
    return (JSON.parse(await this.#call('POST', `/crm/v3/objects/${type}`, { properties })) as { id: string }).id;
  }

  async update(type: string, id: string, properties: Record<string, string>): Promise<void> {
    await this.#call('PATCH', `/crm/v3/objects/${type}/${id}`, { properties });
  }

  /** Deletes for good, as the data protection law asks: nothing tells of it afterwards. */
  async erase(type: string, id: string): Promise<void> {
    await this.#call('POST', `/crm/v3/objects/${type}/gdpr-delete`, { objectId: id });
  }

  async archive(type: string, id: string): Promise<void> {
    await this.#call('DELETE', `/crm/v3/objects/${type}/${id}`);
  }

  /** Merges the second into the first; the id of what is left, a new one as in HubSpot since 2025. */
  async merge(type: string, primaryObjectId: string, objectIdToMerge: string): Promise<string> {
    const answer = await this.#call('POST', `/crm/v3/objects/${type}/merge`, { primaryObjectId, objectIdToMerge });
    return (JSON.parse(answer) as { id: string }).id;
  }

  /** Makes a company the contact's primary one. */
  async employ(contact: string, company: string): Promise<void> {
    await this.#call('PUT', `/crm/v4/objects/contacts/${contact}/associations/companies/${company}`, [
      { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 1 },
    ]);
  }

  /** Live objects in the order of ids. */
  async list(type: string, properties: readonly string[]): Promise<Row[]> {
    const rows: Row[] = [];
    for (let after = '0'; ; ) {
      const query = `limit=100&after=${after}&properties=${properties.join(',')}`;
      const page = JSON.parse(await this.#call('GET', `/crm/v3/objects/${type}?${query}`)) as {
        results: { id: string; properties: Record<string, string | null> }[];
        paging?: { next: { after: string } };
      };
      for (const { id, properties: all } of page.results) {
        rows.push({ id, fields: Object.fromEntries(properties.map((name) => [name, all[name] ?? null])) });
      }
      if (page.paging === undefined) return rows.sort((a, b) => Number(a.id) - Number(b.id));
      after = page.paging.next.after;
    }
  }

  #call(method: string, path: string, body?: unknown): Promise<string> {
    return ask(this.#url, this.#key, method, path, body);
  }
}
