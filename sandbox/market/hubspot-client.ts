import { type Answer, MarketHttpError, pieces, type Refusal, Sender } from './http.ts';

/** A row to write: `key` is the market's own name of the record, for messages. */
export interface HubspotRow {
  readonly key: string;
  readonly id?: string;
  readonly properties: Record<string, string>;
  readonly companyId?: string;
}

interface HubspotObject {
  readonly id: string;
  readonly properties: Record<string, string | null>;
}

interface BatchAnswer {
  readonly results: readonly HubspotObject[];
  readonly errors?: readonly { readonly category?: string; readonly message?: string }[];
}

const contactToPrimaryCompany = 1;

/** The vendor's marketing at work in HubSpot, by batches of a hundred with a service key. */
export class HubspotClient {
  readonly #sender: Sender;
  readonly #headers: Record<string, string>;
  /** Rows that HubSpot did not take, newest last. */
  readonly refusals: Refusal[] = [];

  constructor(url: string, serviceKey: string) {
    this.#sender = new Sender(url);
    this.#headers = { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' };
  }

  /** Requests sent so far. */
  get sent(): number {
    return this.#sender.sent;
  }

  /**
   * Creates records in the order given; the ids in that order, null where a row was refused. One bad row fails a
   * whole batch of HubSpot's, so a failed batch is tried again by halves.
   */
  async create(type: 'contacts' | 'companies', rows: readonly HubspotRow[]): Promise<(string | null)[]> {
    const ids: (string | null)[] = [];
    for (const piece of pieces(rows, 100)) ids.push(...(await this.#createPiece(type, piece)));
    return ids;
  }

  async update(type: 'contacts', rows: readonly HubspotRow[]): Promise<void> {
    for (const piece of pieces(rows, 100)) await this.#updatePiece(type, piece);
  }

  async archive(type: 'contacts', rows: readonly { key: string; id: string }[]): Promise<void> {
    for (const piece of pieces(rows, 100)) {
      const answer = await this.#post(`/crm/v3/objects/${type}/batch/archive`, {
        inputs: piece.map(({ id }) => ({ id })),
      });
      if (answer.status >= 300) throw new MarketHttpError(`HubSpot archive ${type}`, answer.status, answer.text);
    }
  }

  /** The records with these ids that exist, by id. */
  async read(
    type: 'contacts',
    ids: readonly string[],
    properties: readonly string[],
  ): Promise<Map<string, HubspotObject>> {
    const found = new Map<string, HubspotObject>();
    for (const piece of pieces(ids, 100)) {
      const answer = await this.#post(`/crm/v3/objects/${type}/batch/read`, {
        properties,
        inputs: piece.map((id) => ({ id })),
      });
      for (const result of (parse(`read ${type}`, answer) as BatchAnswer).results) found.set(result.id, result);
    }
    return found;
  }

  /** Creates a property of a contact unless it is there. */
  async createProperty(property: Record<string, unknown>): Promise<void> {
    const answer = await this.#post('/crm/v3/properties/contacts', property);
    if (answer.status !== 409) parse(`create property ${String(property.name)}`, answer);
  }

  /** Creates a marketing campaign with its budget and spend items (in cents of the portal's currency); its id. */
  async createCampaign(
    properties: Record<string, string>,
    budgetCents: number,
    spend: readonly { readonly name: string; readonly cents: number }[],
  ): Promise<string> {
    const path = '/marketing/v3/campaigns';
    const campaign = parse('create campaign', await this.#post(path, { properties })) as { id: string };
    const budget = { name: 'Planned', amount: budgetCents / 100, order: 0 };
    parse('create budget', await this.#post(`${path}/${campaign.id}/budget`, budget));
    for (const [order, { name, cents }] of spend.entries()) {
      parse('create spend', await this.#post(`${path}/${campaign.id}/spend`, { name, amount: cents / 100, order }));
    }
    return campaign.id;
  }

  async #createPiece(type: string, rows: readonly HubspotRow[]): Promise<(string | null)[]> {
    const answer = await this.#post(`/crm/v3/objects/${type}/batch/create`, {
      inputs: rows.map(({ properties, companyId }) => ({
        properties,
        associations: companyId === undefined ? [] : [primaryCompany(companyId)],
      })),
    });
    if (answer.status === 201 || answer.status === 200) {
      const { results } = JSON.parse(answer.text) as BatchAnswer;
      return inOrder(rows, results);
    }
    if (answer.status !== 400 && answer.status !== 409) {
      throw new MarketHttpError(`HubSpot create ${type}`, answer.status, answer.text);
    }
    if (rows.length === 1) {
      this.#refuse('create', rows, answer);
      return [null];
    }
    const half = Math.ceil(rows.length / 2);
    const first = await this.#createPiece(type, rows.slice(0, half));
    return [...first, ...(await this.#createPiece(type, rows.slice(half)))];
  }

  async #updatePiece(type: string, rows: readonly HubspotRow[]): Promise<void> {
    const answer = await this.#post(`/crm/v3/objects/${type}/batch/update`, {
      inputs: rows.map(({ id, properties }) => ({ id, properties })),
    });
    if (answer.status === 200) return;
    if (answer.status === 207) {
      for (const error of (JSON.parse(answer.text) as BatchAnswer).errors ?? []) {
        this.refusals.push({
          call: 'hubspot update',
          record: rows.map(({ key }) => key).join(' or '),
          code: error.category ?? 'UNKNOWN',
          message: error.message ?? '',
        });
      }
      return;
    }
    if (![400, 404, 409].includes(answer.status)) {
      throw new MarketHttpError(`HubSpot update ${type}`, answer.status, answer.text);
    }
    if (rows.length === 1) return this.#refuse('update', rows, answer);
    const half = Math.ceil(rows.length / 2);
    await this.#updatePiece(type, rows.slice(0, half));
    await this.#updatePiece(type, rows.slice(half));
  }

  #refuse(call: string, rows: readonly HubspotRow[], answer: Answer): void {
    this.refusals.push({
      call: `hubspot ${call}`,
      record: rows.map(({ key }) => key).join(', '),
      code: String(answer.status),
      message: answer.text.slice(0, 400),
    });
  }

  #post(path: string, body: unknown): Promise<Answer> {
    return this.#sender.send('POST', path, this.#headers, JSON.stringify(body));
  }
}

function primaryCompany(id: string) {
  return {
    to: { id },
    types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: contactToPrimaryCompany }],
  };
}

/** HubSpot promises no order of a batch's results: contacts are told apart by address, companies by domain. */
function inOrder(rows: readonly HubspotRow[], results: readonly HubspotObject[]): string[] {
  const name = (properties: Record<string, string | null>) =>
    (properties.email ?? properties.domain ?? '').toLowerCase();
  const byName = new Map(results.map((result) => [name(result.properties), result.id]));
  return rows.map((row) => {
    const id = byName.get(name(row.properties));
    if (id === undefined) throw new Error(`HubSpot created ${row.key} without answering its id`);
    return id;
  });
}

function parse(call: string, answer: Answer): unknown {
  if (answer.status >= 300 && answer.status !== 207) {
    throw new MarketHttpError(`HubSpot ${call}`, answer.status, answer.text);
  }
  return JSON.parse(answer.text);
}
