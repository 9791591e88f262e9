import { MarketHttpError, pieces, type Refusal, Sender } from './http.ts';

export interface SalesforceCredentials {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A row to write: `key` is the market's own name of the record, for messages. */
export interface SalesforceRow {
  readonly key: string;
  readonly type: string;
  readonly id?: string;
  readonly fields: Record<string, unknown>;
}

export interface Conversion {
  readonly key: string;
  readonly leadId: string;
  readonly accountId: string | null;
  readonly opportunityName: string;
}

export interface Converted {
  readonly accountId: string;
  readonly contactId: string;
  readonly opportunityId: string;
}

type Row = Record<string, unknown> & { Id: string };

const version = '68.0';
/** The org's session setting, from which a client knows when to sign in again. */
const sessionMs = 110 * 60_000;
const data = `/services/data/v${version}`;

/**
 * The vendor's people and partners at work in Salesforce: REST collections, queries, and SOAP where only SOAP does it.
 * Has its own session by client credentials and takes a new one whenever it expires.
 */
export class SalesforceClient {
  readonly #credentials: SalesforceCredentials;
  readonly #sender: Sender;
  /** Rows that Salesforce did not take, newest last. */
  readonly refusals: Refusal[] = [];
  /** Calls that Salesforce counts against its limit: all but those to sign in and those without a valid session. */
  counted = 0;
  #token: string | null = null;
  #nowMs = 0;
  #tokenMs = 0;

  constructor(credentials: SalesforceCredentials) {
    this.#credentials = credentials;
    this.#sender = new Sender(credentials.url);
  }

  /** Tells the client how late it is, so that it asks for a new session before the old one is refused. */
  itIs(nowMs: number): void {
    this.#nowMs = nowMs;
    if (nowMs - this.#tokenMs >= sessionMs) this.#token = null;
  }

  /** All rows of a query; null where the object or a field does not exist (yet). */
  async query(soql: string): Promise<Row[] | null> {
    const rows: Row[] = [];
    let path: string | null = `${data}/query?q=${encodeURIComponent(soql)}`;
    while (path !== null) {
      const answer = await this.#request('GET', path);
      if (answer.status === 400 && /"(INVALID_TYPE|INVALID_FIELD)"/.test(answer.text)) return null;
      const page = parse(`query ${soql}`, answer) as { records: Row[]; nextRecordsUrl?: string };
      rows.push(...page.records);
      path = page.nextRecordsUrl ?? null;
    }
    return rows;
  }

  /** Creates rows in the order given; the ids in that order, null where a row was refused. */
  async create(rows: readonly SalesforceRow[]): Promise<(string | null)[]> {
    return this.#collection('POST', rows);
  }

  async update(rows: readonly SalesforceRow[]): Promise<(string | null)[]> {
    return this.#collection('PATCH', rows);
  }

  async remove(rows: readonly { key: string; id: string }[]): Promise<void> {
    for (const piece of pieces(rows, 200)) {
      const path = `${data}/composite/sobjects?ids=${piece.map(({ id }) => id).join(',')}&allOrNone=false`;
      const results = parse('delete', await this.#request('DELETE', path)) as RowResult[];
      this.#outcomes('delete', piece, results);
    }
  }

  /** Converts Leads, up to 100 a call; null where one was refused. */
  async convert(conversions: readonly Conversion[]): Promise<(Converted | null)[]> {
    const converted: (Converted | null)[] = [];
    for (const piece of pieces(conversions, 100)) {
      const body = piece.map(
        (each) =>
          `<urn:leadConverts>${each.accountId ? tag('urn:accountId', each.accountId) : ''}${tag(
            'urn:convertedStatus',
            'Closed - Converted',
          )}<urn:doNotCreateOpportunity>false</urn:doNotCreateOpportunity>${tag('urn:leadId', each.leadId)}${tag(
            'urn:opportunityName',
            each.opportunityName,
          )}<urn:overwriteLeadSource>false</urn:overwriteLeadSource><urn:sendNotificationEmail>false</urn:sendNotificationEmail></urn:leadConverts>`,
      );
      const text = await this.#soap(
        'u',
        'urn:partner.soap.sforce.com',
        `<urn:convertLead>${body.join('')}</urn:convertLead>`,
      );
      const results = elements(text, 'result');
      piece.forEach((each, index) => {
        const result = results[index] ?? '';
        const accountId = element(result, 'accountId');
        const contactId = element(result, 'contactId');
        const opportunityId = element(result, 'opportunityId');
        if (element(result, 'success') === 'true' && accountId && contactId && opportunityId) {
          converted.push({ accountId, contactId, opportunityId });
          return;
        }
        converted.push(null);
        this.#refuse('convertLead', each.key, element(result, 'statusCode'), element(result, 'message'));
      });
    }
    return converted;
  }

  /** Creates metadata components given as XML bodies with their xsi:type, ten a call. @throws where one is refused */
  async createMetadata(components: readonly { type: string; xml: string }[]): Promise<void> {
    for (const piece of pieces(components, 10)) {
      const body = piece.map(({ type, xml }) => `<met:metadata xsi:type="met:${type}">${xml}</met:metadata>`).join('');
      const text = await this.#soap(
        'm',
        'http://soap.sforce.com/2006/04/metadata',
        `<met:createMetadata>${body}</met:createMetadata>`,
      );
      const failed = elements(text, 'result').find((result) => element(result, 'success') !== 'true');
      if (failed !== undefined) throw new MarketHttpError('SOAP createMetadata', 200, failed);
    }
  }

  /** The id of the user a token belongs to; of our own session where none is given. */
  async userId(token?: string): Promise<string> {
    const answer = token
      ? await this.#sender.send('GET', '/services/oauth2/userinfo', { authorization: `Bearer ${token}` })
      : await this.#request('GET', '/services/oauth2/userinfo');
    return (parse('userinfo', answer) as { user_id: string }).user_id;
  }

  async #collection(method: 'POST' | 'PATCH', rows: readonly SalesforceRow[]): Promise<(string | null)[]> {
    const ids: (string | null)[] = [];
    const call = method === 'POST' ? 'create' : 'update';
    for (const piece of pieces(rows, 200)) {
      const records = piece.map(({ type, id, fields }) => ({ attributes: { type }, ...(id ? { id } : {}), ...fields }));
      const answer = await this.#request(method, `${data}/composite/sobjects`, { allOrNone: false, records });
      ids.push(...this.#outcomes(call, piece, parse(`${call} ${piece[0]?.type}`, answer) as RowResult[]));
    }
    return ids;
  }

  #outcomes(call: string, rows: readonly { key: string }[], results: readonly RowResult[]): (string | null)[] {
    return rows.map(({ key }, index) => {
      const result = results[index];
      if (result?.success) return result.id;
      const error = result?.errors[0];
      this.#refuse(call, key, error?.statusCode, error?.message);
      return null;
    });
  }

  #refuse(call: string, record: string, code = 'UNKNOWN', message = 'no answer for this row'): void {
    this.refusals.push({ call: `salesforce ${call}`, record, code, message });
  }

  async #soap(kind: 'u' | 'm', namespace: string, body: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const prefix = kind === 'u' ? 'urn' : 'met';
      const envelope =
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ' +
        `xmlns:${prefix}="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Header><${prefix}:SessionHeader>` +
        `${tag(`${prefix}:sessionId`, await this.#session())}</${prefix}:SessionHeader></soapenv:Header>` +
        `<soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
      const headers = { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' };
      const answer = await this.#sender.send('POST', `/services/Soap/${kind}/${version}`, headers, envelope);
      if (attempt === 1 && /INVALID_SESSION_ID/.test(answer.text)) {
        this.#token = null;
        continue;
      }
      this.counted += 1;
      if (answer.status !== 200) throw new MarketHttpError(`SOAP ${kind}`, answer.status, answer.text);
      return answer.text;
    }
  }

  async #request(method: string, path: string, body?: unknown): ReturnType<Sender['send']> {
    for (let attempt = 1; ; attempt++) {
      const headers = { authorization: `Bearer ${await this.#session()}`, 'content-type': 'application/json' };
      const answer = await this.#sender.send(
        method,
        path,
        headers,
        body === undefined ? undefined : JSON.stringify(body),
      );
      if (answer.status !== 401 && path.startsWith(data)) this.counted += 1;
      if (answer.status !== 401 || attempt > 1) return answer;
      this.#token = null;
    }
  }

  async #session(): Promise<string> {
    if (this.#token !== null) return this.#token;
    const { clientId, clientSecret } = this.#credentials;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.#sender.send('POST', '/services/oauth2/token', headers, form.toString());
    this.#token = (parse('client_credentials', answer) as { access_token: string }).access_token;
    this.#tokenMs = this.#nowMs;
    return this.#token;
  }
}

interface RowResult {
  readonly id: string;
  readonly success: boolean;
  readonly errors: readonly { readonly statusCode: string; readonly message: string }[];
}

function parse(call: string, answer: { status: number; text: string }): unknown {
  if (answer.status >= 300) throw new MarketHttpError(`Salesforce ${call}`, answer.status, answer.text);
  return JSON.parse(answer.text);
}

/** One XML element with its text escaped. */
export function tag(name: string, text: string): string {
  return `<${name}>${text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')}</${name}>`;
}

function elements(xml: string, name: string): string[] {
  const pattern = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:\\w+:)?${name}>`, 'g');
  return [...xml.matchAll(pattern)].map((match) => match[1] ?? '');
}

function element(xml: string, name: string): string | undefined {
  return elements(xml, name)[0];
}
